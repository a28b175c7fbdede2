"""Nothing is lost by a key: on terminals of their own, the full screen and the menus."""

from pathlib import Path

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import letters as sent
from client_cli.vault.vault import Vault
from lab.processes.terminals import DELETE
from tests.kits.homes import NOW, WORDS
from tests.kits.letterboxes import both_interfaces, on_terminal, starts_processes, visit_with_letters


def texts(home: Path) -> list[str]:
    with Vault.open(home, WORDS) as vault:
        return [letter.text for letter in unread(vault)]


@starts_processes
@both_interfaces
def test_a_letter_is_asked_about_once_and_then_can_be_taken_back(memory_path: Path, options: tuple[str, ...]) -> None:
    visit = visit_with_letters(memory_path, 3)
    home = visit.home
    visit.close()
    with on_terminal(home, *options) as box:
        box.press("2", until="감자를 구워")
        box.press("0", until="이 편지를 간직할까요")
        assert "감자를 구워" not in box.terminal.text or not options, "the menus have emptied the window"
        box.press("0", until="감자를 구워")  # back, to the letter
        box.press("0", until="이 편지를 간직할까요")
        box.press("2", until="9번을 누르면")
        assert len(texts(home)) == 2
        box.press("2", until="감자를 구워")
        box.press("0", until="9번을 누르면")  # not asked any more
        assert len(texts(home)) == 1
        box.press("9", until="감자를 구워")
        box.press("9", until="되돌렸습니다")
        assert len(texts(home)) == 3
        box.press("0", until="새 편지 2통")
        box.press("0", until="잠그기")
        box.press("1", until="새 편지 2통")
        assert "되돌리기" not in box.terminal.text, "the page was left"


@starts_processes
@both_interfaces
def test_a_refused_line_is_mended_at_its_end_and_an_unwanted_one_is_left(
    memory_path: Path, options: tuple[str, ...]
) -> None:
    visit = visit_with_letters(memory_path)
    home = visit.home
    visit.close()
    (memory_path / "card.png").write_text("mine")
    with on_terminal(home, *options) as box:
        terminal = box.terminal
        box.press("3", until="> ")
        terminal.type("0\r")
        terminal.wait_for("잠시 멈춤")
        if not options:  # in the menus the terminal itself takes the line apart
            box.press("3", until="> ")
            terminal.type("가" + DELETE)
            terminal.type(DELETE)
            terminal.wait_for("잠시 멈춤")
            box.press("4", until="편지를 쓰세요")
            terminal.type(DELETE)
            terminal.wait_for("잠시 멈춤")
        box.press("0", until="사람 만나기")
        box.press("6", until="뭐라고 부릅니까")
        terminal.type("이모\r")
        terminal.wait_for("그림으로 저장해서")
        box.press("1", until="새 그림 파일")
        terminal.type(f"{memory_path}/card\r")
        terminal.wait_for("card-2.png")
        terminal.type("-3.png\r")
        terminal.wait_for("card-3.png")
        assert "이모에게 보일 내 카드" in terminal.text
    assert (memory_path / "card.png").read_text() == "mine"
    assert (memory_path / "card-3.png").stat().st_size > 100
    with Vault.open(home, WORDS) as vault:
        assert sent(vault, NOW) == []
