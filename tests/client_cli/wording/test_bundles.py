"""What is missing of a bundle is named by its numbers."""

from pathlib import Path

import pytest

from client_cli.courier.bundle_file import Blocks
from client_cli.wording.bundles import ranges, tell_cut


def test_numbers_are_told_as_ranges() -> None:
    assert ranges([7, 1, 2, 3, 9, 10]) == "1-3, 7, 9-10"
    assert ranges([]) == ""


def test_a_file_cut_short_says_what_of_it_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    tell_cut(Path("bundle"), Blocks((b"a", b"b"), cut=True))
    assert "ends inside block 3; the 2 before it are whole" in capsys.readouterr().err
    tell_cut(Path("bundle"), Blocks((b"a", b"b"), cut=False))
    assert capsys.readouterr().err == ""
