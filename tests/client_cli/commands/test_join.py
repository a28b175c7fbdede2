"""`sosik join`: the community is named and confirmed before anything changes."""

from pathlib import Path

from client_cli.errors import ExitCode
from tests.kits.commandline import CommandLine, invite


def test_the_community_is_named_before_and_after(mother: CommandLine, tmp_path: Path) -> None:
    card = invite(mother, tmp_path)
    asked, joined, _next = mother.good("join", card, "--yes").splitlines()
    assert "기다리는 집" in asked
    assert "기다리는 집" in joined
    assert "기다리는 집" in mother.good("status")


def test_where_nobody_can_be_asked_nothing_is_joined(mother: CommandLine, tmp_path: Path) -> None:
    ran = mother("join", invite(mother, tmp_path))
    assert ran.code == 1
    assert mother("sync").code == ExitCode.NOT_JOINED


def test_a_picture_or_lines_and_not_both(mother: CommandLine, tmp_path: Path) -> None:
    card = invite(mother, tmp_path)
    assert mother("join").code == 2
    assert mother("join", card, "--text", "-").code == 2


def test_what_is_no_card_changes_nothing(mother: CommandLine, tmp_path: Path) -> None:
    for name, content in (("long", b"a" * 20_001), ("binary", b"\xff\xfe"), ("other", "감자".encode())):
        (tmp_path / name).write_bytes(content)
        ran = mother("join", "--text", tmp_path / name, "--yes")
        assert (ran.code, ran.out) == (1, "")
        assert len(ran.err.splitlines()) == 1
    assert mother("sync").code == ExitCode.NOT_JOINED
