"""What people are told when the computer does not play along: full or write-protected disks, files gone, pipes.

Every error is one sentence with an exit code of docs/family.md, never a traceback; what was confirmed is kept.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from client_cli.desk import invitations
from client_cli.errors import ExitCode, NotJoined, VaultDamaged
from client_cli.terminal.layout import columns
from client_cli.terminal.progress import ProgressLine
from client_cli.vault.key_file import KEY_FILE
from client_cli.vault.vault import DATABASE_FILE
from protocol.seams import SeededEntropy
from tests.kits.commandline import WORDS, CommandLine, make_community
from tests.kits.typist import Typist

DAY_S = 86_400


@pytest.fixture
def person(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    cli = CommandLine(capsys, tmp_path / "home")
    cli.good("setup", "--language", "en", "--profile", "standard")
    return cli


def shell(script: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `sosik ARGUMENTS` from a shell that first runs `script`; the opening words come from descriptor 9."""
    return subprocess.run(
        ["bash", "-c", script + ' "$@" 9<<<"$WORDS"', "bash", sys.executable, "-m", "client_cli", *arguments],
        env={"WORDS": WORDS, "SOSIK_HOME": os.fspath(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_a_disk_that_takes_nothing_is_told_from_damage_and_nothing_is_lost(person: CommandLine) -> None:
    person.good("meet", "Mother", "--words")
    ran = shell("ulimit -f 0; exec", person.home, "meet", "Aunt", "--words", "--words-fd", "9")
    assert (ran.returncode, ran.stdout) == (ExitCode.NOT_WRITTEN, ""), ran
    assert "nothing was changed" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert "Mother" in person.good("people")
    assert "Aunt" not in person.good("people")


@pytest.mark.parametrize("arguments", [["people", "--words-fd", "9"], ["--help"], ["read", "--help"]])
def test_output_that_cannot_be_written_is_told(person: CommandLine, arguments: list[str]) -> None:
    ran = shell("exec >/dev/full;", person.home, *arguments)
    assert ran.returncode == ExitCode.NOT_WRITTEN
    assert "no room left" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_closed_output_is_like_one_that_nobody_reads(person: CommandLine) -> None:
    ran = shell("exec >&-;", person.home, "people", "--words-fd", "9")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    ("script", "arguments", "code"),
    [
        ("exec 2>/dev/full;", ["online", "--words-fd", "9"], NotJoined.exit_code),
        ("exec 2>/dev/full;", ["people", "--nonsense"], 2),
        ("exec >/dev/full 2>&1;", ["people", "--words-fd", "9"], ExitCode.NOT_WRITTEN),
    ],
)
def test_the_code_says_it_where_the_sentence_cannot_be_written(
    person: CommandLine, script: str, arguments: list[str], code: int
) -> None:
    assert shell(script, person.home, *arguments).returncode == code


def test_a_progress_line_that_cannot_be_written_ends_nothing() -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - closing it fails as well
    line = ProgressLine(full)
    line.show("one")
    line.show("two")
    with pytest.raises(OSError, match="space"):
        full.close()


def test_setup_in_a_place_that_cannot_be_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        ran = CommandLine(capsys, place)("setup", "--language", "en", "--profile", "standard")
        assert ran.code == ExitCode.NOT_WRITTEN
        assert "refused" in ran.err
    assert (tmp_path / "file").read_text() == ""


def test_leave_that_was_interrupted_can_be_finished(person: CommandLine) -> None:
    (person.home / KEY_FILE).unlink()
    for command in (["people"], ["setup", "--language", "en", "--profile", "standard"]):
        ran = person(*command)
        assert ran.code == VaultDamaged.exit_code
        assert "sosik leave" in ran.err
    assert (person.home / DATABASE_FILE).exists()
    assert person.bare("--home", person.home, "leave", "--confirm", "leave").code == 0
    assert not person.home.exists()
    assert person.bare("--home", person.home, "leave", "--confirm", "leave").code == 4


def test_a_fault_of_ours_names_its_place_and_no_values() -> None:
    faulty = (
        "import sys\nfrom client_cli import __main__\nfrom client_cli.desk import invitations\n"
        "invitations.load_community = int\n__main__.main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", faulty, "desk", "invite", "--community", "/감나무", "--words"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == ExitCode.FAULT
    assert "TypeError, client_cli.commands.desk:" in ran.stderr
    assert "감나무" not in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_wrong_words_are_asked_for_again_and_do_not_go_to_the_shell(person: CommandLine) -> None:
    typist = Typist("--home", os.fspath(person.home), "people")
    typist.type("Opening words: ", "not these\n")
    typist.type("Opening words: ", WORDS + "\n")
    assert typist.end() == 0
    typist = Typist("--home", os.fspath(person.home), "people")
    for _try in range(3):
        typist.type("Opening words: ", "not these\n")
    assert typist.end() == 3


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_typed_card_keeps_its_good_lines_when_one_is_wrong(person: CommandLine, tmp_path: Path) -> None:
    make_community(tmp_path / "community", time.time())
    ran = person.bare("desk", "invite", "--community", tmp_path / "community", "--words")
    lines = [line for line in ran.out.splitlines() if line[:2].isdecimal()]
    typist = Typist("--home", os.fspath(person.home), "join", "--yes", "--text", "-")
    typist.type("> ", lines[1] + "\n")
    typist.type("> ", lines[0].replace(lines[0][4], "Z" if lines[0][4] != "Z" else "Y", 1) + "\n")
    typist.wait_for("Line 1 is not right")
    for line in [lines[0], *lines[2:]]:
        typist.type("> ", line + "\n")
    typist.type("Opening words: ", WORDS + "\n")
    assert typist.end() == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_nought_goes_back_from_the_lines_of_a_card(tmp_path: Path) -> None:
    typist = Typist("--home", os.fspath(tmp_path / "home"), "join", "--text", "-")
    typist.type("> ", "0\n")
    assert typist.end() == ExitCode.INTERRUPTED
    assert b"Back; nothing" in typist.shown


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_an_answer_may_be_typed_instead_of_its_number(tmp_path: Path) -> None:
    typist = Typist("--home", os.fspath(tmp_path / "home"), "setup")
    typist.type("> ", "한\n")
    typist.type("> ", "ㅋ\n")
    typist.type("> ", "보통\n")
    typist.type("> ", "내가\n")
    typist.type("> ", "아니요\n")
    typist.type("여는 말: ", WORDS + "\n")
    typist.type("한 번 더: ", WORDS + "\n")
    assert typist.end() == 0


def test_no_invitation_is_made_by_a_clock_before_the_roster(tmp_path: Path) -> None:
    now = time.time()
    community = invitations.load_community(make_community(tmp_path / "community", now))
    with pytest.raises(invitations.ClockBehind):
        invitations.make_invitation(community, now - 20 * DAY_S, SeededEntropy(bytes(32)))


def test_where_no_code_can_be_drawn_the_picture_is_named(person: CommandLine) -> None:
    assert "--show CARD.png" in person.good("meet", "Mother")
    assert "columns" not in person.good("meet", "Mother")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_what_a_command_line_lacks_is_told_in_whole_words(person: CommandLine) -> None:
    typist = Typist("desk", "invite", "--community", os.fspath(person.home))
    typist.resize(24, 40)
    assert typist.end() == 2
    shown = typist.shown.decode().replace("\r", "").splitlines()
    assert all(columns(line) <= 40 for line in shown), shown
    assert "Say where to put it: --out OUT.png, --sheet OUT.pdf or --words." in " ".join(shown)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("command", [["people"], ["write", "--help"]])
def test_a_window_of_40_columns_is_not_overrun(person: CommandLine, command: list[str]) -> None:
    person.good("meet", "Grandmother in the village", "--words")
    typist = Typist("--home", os.fspath(person.home), *command)
    typist.resize(24, 40)
    if command == ["people"]:
        typist.type("Opening words: ", WORDS + "\n")
    assert typist.end() == 0
    shown = typist.shown.decode().replace("\r", "").splitlines()
    assert shown
    assert all(columns(line) <= 40 for line in shown), shown
