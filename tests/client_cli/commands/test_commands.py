"""The commands as people type them, on real vaults."""

import json
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from client_cli import cli as commands
from client_cli import i18n
from client_cli.cards.qr import read_image
from client_cli.cards.typed import from_typed
from tests.kits.commandline import WORDS, CommandLine, make_community

LETTER = "딸아, 감자를 구워 먹던 날을 기억하지?\n보고 싶다.\n"


@pytest.fixture
def mother(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    person = CommandLine(capsys, tmp_path / "mother")
    person.good("setup", "--language", "ko", "--profile", "standard")
    return person


@pytest.fixture
def daughter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    person = CommandLine(capsys, tmp_path / "daughter", "different words for her")
    person.good("setup", "--language", "en", "--profile", "metered")
    return person


def meet(one: CommandLine, two: CommandLine, folder: Path) -> None:
    one.good("meet", "딸", "--show", folder / "one.png")
    two.good("meet", "Mother", "--scan", folder / "one.png", "--show", folder / "two.png")
    one.good("meet", "딸", "--scan", folder / "two.png")


def invite(cli: CommandLine, folder: Path) -> Path:
    if not (folder / "community").exists():
        make_community(folder / "community", time.time())
    card = folder / f"invite-{cli.home.name}.png"
    assert cli.bare("desk", "invite", "--community", folder / "community", "--out", card).code == 0
    return card


def test_every_command_has_help_with_an_example_that_fits_80_columns(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cli = CommandLine(capsys, tmp_path)
    for name in [*commands.COMMANDS, None]:
        ran = cli.bare(*([] if name is None else [name] if name != "desk" else ["desk", "invite"]), "--help")
        assert ran.code == 0
        assert "sosik " + (name or "write") in ran.out
        assert all(len(line) <= 80 for line in ran.out.splitlines())
        if name is not None:
            assert "Example" in ran.out


@pytest.mark.parametrize("language", ["ko", "zh"])
def test_translated_help_fits_80_columns(language: str) -> None:
    from client_cli.terminal.layout import columns

    environment = {**os.environ, "LANG": f"{language}.UTF-8", "LC_ALL": "", "LANGUAGE": ""}
    for name in ("--help", "meet", "leave"):
        arguments = [name] if name == "--help" else [name, "--help"]
        out = subprocess.run(
            [sys.executable, "-m", "client_cli", *arguments], env=environment, capture_output=True, check=True
        ).stdout.decode()
        assert not out.isascii()
        assert "Show this message" not in out
        assert all(columns(line) <= 80 for line in out.splitlines())


def test_help_imports_nothing_heavy() -> None:
    heavy = [
        "rich",
        "textual",
        "aiohttp",
        "PIL",
        "nacl",
        "sqlcipher3",
        "msgspec",
        "asyncio",
        "qrcode",
        "zxingcpp",
        "wcwidth",
    ]
    code = (
        "import sys; sys.argv = ['sosik', '--help']\n"
        "from client_cli.__main__ import run\n"
        "run(['--help'])\n"
        f"sys.exit(' '.join(name for name in {heavy!r} if name in sys.modules) or None)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_letters_does_not_import_the_network(mother: CommandLine) -> None:
    code = (
        "import os, sys\n"
        "from client_cli.__main__ import run\n"
        "reading, writing = os.pipe()\n"
        f"os.write(writing, {WORDS!r}.encode()); os.close(writing)\n"
        f"run(['--home', {os.fspath(mother.home)!r}, '--words-fd', str(reading), 'letters'])\n"
        "sys.exit(' '.join(n for n in ('aiohttp', 'PIL', 'doubleratchet', 'qrcode') if n in sys.modules) or None)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_from_setup_to_a_waiting_letter(mother: CommandLine, daughter: CommandLine, tmp_path: Path) -> None:
    for person in (mother, daughter):
        assert "기다리는 집" in person.good("join", invite(person, tmp_path), "--yes")
    meet(mother, daughter, tmp_path)
    (tmp_path / "letter.txt").write_text(LETTER, "utf-8")
    assert "차례를 기다리는 중" in mother.good("write", "딸", tmp_path / "letter.txt")
    assert "차례를 기다리는 중" in mother.good("letters")
    assert "카드만 주고받음" in mother.good("people")
    assert "cards exchanged" in daughter.good("people")
    (letter,) = json.loads(mother.good("letters", "--json"))["letters"]
    assert (letter["person"], letter["status"], letter["parts_arrived"]) == ("딸", "waiting", 0)
    shown = {
        "name": "Mother",
        "label": "cards",
        "introduced_by": "",
        "asks": False,
        "state": "ready",
        "portrait": False,
    }
    assert json.loads(daughter.good("people", "--json")) == {"people": [shown], "requests": []}
    assert json.loads(daughter.good("read", "--json")) == {"letters": []}


def test_a_meeting_can_be_typed(mother: CommandLine, daughter: CommandLine, tmp_path: Path) -> None:
    for person, name, file in ((mother, "딸", "one.txt"), (daughter, "Mother", "two.txt")):
        (tmp_path / file).write_text(person.good("meet", name, "--words").split(":", 1)[1].rsplit("\n", 2)[0], "utf-8")
    mother.good("meet", "딸", "--text", tmp_path / "two.txt")
    assert "sosik compare Mother" in daughter.good("meet", "Mother", "--text", tmp_path / "one.txt")


def test_a_mistyped_line_is_named(mother: CommandLine, tmp_path: Path) -> None:
    mother.good("meet", "딸", "--show", tmp_path / "card.png")
    from client_cli.cards.typed import to_typed

    lines = to_typed(read_image(tmp_path / "card.png"))
    assert from_typed("\n".join(lines)) == read_image(tmp_path / "card.png")
    (tmp_path / "lines.txt").write_text("\n".join([*lines[:3], lines[3].replace(lines[3][-1], "?"), *lines[4:]]))
    ran = mother("meet", "아들", "--text", tmp_path / "lines.txt")
    assert ran.code == 1
    assert "Line 4 " in ran.err


def test_status_says_what_is_not_known_and_how_little_few_relays_hide(mother: CommandLine, tmp_path: Path) -> None:
    assert "아직 공동체에 들어가지 않았습니다" in mother.good("status")
    mother.good("join", invite(mother, tmp_path), "--yes")
    assert "기다리는 집" in mother.good("status")
    found = json.loads(mother.good("status", "--json"))
    assert (found["joined"], found["relays"], found["online"], found["profile"]) == (True, 0, False, "standard")
    assert found["mb_per_month"] > 0


def test_errors_are_one_sentence_with_a_documented_exit_code(
    mother: CommandLine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = CommandLine(capsys, mother.home, "not these words")
    nowhere = CommandLine(capsys, tmp_path / "nowhere")
    for ran, code in (
        (wrong("letters"), 3),
        (nowhere("letters"), 4),
        (nowhere("lock"), 4),
        (mother("setup", "--language", "ko", "--profile", "standard"), 1),
        (mother("write", "nobody", tmp_path / "x"), 1),
        (mother("online"), 8),
        (mother("sync"), 8),
        (mother("join", tmp_path / "missing.png"), 1),
        (mother("write"), 2),
    ):
        assert ran.code == code, ran
        assert not ran.out
        assert "Traceback" not in ran.err
        assert code == 2 or len(ran.err.splitlines()) == 1


def test_home_may_come_from_the_environment(mother: CommandLine) -> None:
    reading, writing = os.pipe()
    os.write(writing, mother.words.encode())
    os.close(writing)
    ended = subprocess.run(
        [sys.executable, "-m", "client_cli", "people", "--words-fd", str(reading)],
        env={**os.environ, "SOSIK_HOME": os.fspath(mother.home)},
        pass_fds=[reading],
        capture_output=True,
        check=False,
    )
    os.close(reading)
    assert ended.returncode == 0


def test_opening_words_are_no_option(mother: CommandLine) -> None:
    assert mother.bare("--home", mother.home, "people", "--words", WORDS).code == 2


def test_without_words_and_terminal_nothing_is_asked(mother: CommandLine) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "client_cli", "--home", os.fspath(mother.home), "people"],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "--words-fd" in ended.stderr


def test_lock_without_a_running_process_is_confirmed(mother: CommandLine) -> None:
    ran = mother.bare("--home", mother.home, "lock")
    assert ran.code == 0


def test_leave_needs_its_word_and_erases_everything(mother: CommandLine) -> None:
    assert mother.bare("--home", mother.home, "leave", "--confirm", "yes").code == 1
    assert (mother.home / "vault.db").exists()
    assert "may remain" in mother.bare("--home", mother.home, "leave", "--confirm", "leave").out
    assert not mother.home.exists()


class Typist:
    """Types at a command that runs on a terminal of its own, each time after the words it waits for were shown."""

    def __init__(self, *arguments: str) -> None:
        self.shown = b""
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.environ["LANG"] = "C.UTF-8"
            os.execv(sys.executable, [sys.executable, "-m", "client_cli", *arguments])  # noqa: S606

    def resize(self, rows: int, columns: int) -> None:
        termios.tcsetwinsize(self._terminal, (rows, columns))

    def wait_for(self, text: str) -> None:
        while text.encode() not in self.shown:
            self.shown += os.read(self._terminal, 4096)

    def type(self, after: str, text: str) -> None:
        self.wait_for(after)
        self.shown = b""
        os.write(self._terminal, text.encode())

    def end(self) -> int:
        try:
            while chunk := os.read(self._terminal, 4096):
                self.shown += chunk
        except OSError:
            pass  # Linux: the other end is closed
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_setup_asks_for_language_profile_and_words_twice(tmp_path: Path) -> None:
    typist = Typist("--home", os.fspath(tmp_path / "home"), "setup")
    typist.type("> ", "1\n")
    typist.type("> ", "2\n")
    typist.type("> ", "2\n")
    typist.type("여는 말: ", "짧다\n")
    typist.type("여는 말: ", WORDS + "\n")
    typist.type("한 번 더: ", "다른 말입니다 정말로\n")
    typist.type("여는 말: ", WORDS + "\n")
    typist.type("한 번 더: ", WORDS + "\n")
    assert typist.end() == 0
    assert WORDS.encode() not in typist.shown
    assert "다 되었습니다" in typist.shown.decode()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_letter_is_typed_up_to_a_full_stop(mother: CommandLine, daughter: CommandLine, tmp_path: Path) -> None:
    meet(mother, daughter, tmp_path)
    typist = Typist("--home", os.fspath(mother.home), "write", "딸")
    typist.type("Opening words: ", WORDS + "\n")
    typist.type("편지를 쓰세요", "보고 싶다\n")
    typist.type("보고 싶다", ".\n")
    assert typist.end() == 0
    assert "차례를 기다리는 중" in typist.shown.decode()
    assert {path.name for path in mother.home.iterdir()} <= {"keys", "vault.db", "vault.db-wal", "vault.db-shm"}
    i18n.use("en")
