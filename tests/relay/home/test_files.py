"""Secrets are their owner's alone, and a write is whole or did not happen."""

import os
import stat
from pathlib import Path

import pytest

from relay.errors import AlreadyRunning, FileProblem
from relay.home.files import (
    DirectoryClaim,
    check_private,
    check_writable,
    make_private_directory,
    read_private,
    write_private,
)


def test_written_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private_directory(tmp_path / "relay")
        write_private(tmp_path / "relay" / "identity.key", b"secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "relay").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "relay" / "identity.key").stat().st_mode) == 0o600


def test_rewriting_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_private(tmp_path / "a", b"old")
    write_private(tmp_path / "a", b"new")
    assert read_private(tmp_path / "a") == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    write_private(tmp_path / "a", b"secret")
    (tmp_path / "a").chmod(mode)
    with pytest.raises(FileProblem, match="chmod 600"):
        read_private(tmp_path / "a")


def test_directory_that_others_may_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "relay").mkdir(mode=0o755)
    (tmp_path / "relay").chmod(0o755)
    with pytest.raises(FileProblem, match="chmod 700"):
        check_private(tmp_path / "relay")


def test_secret_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "a", b"short")
    with pytest.raises(FileProblem, match="not 32"):
        read_private(tmp_path / "a", 32)


def test_directory_in_use_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "letter").touch()
    with pytest.raises(FileProblem, match="not empty"):
        make_private_directory(tmp_path)


def test_directory_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileProblem, match="cannot be written"):
        check_writable(tmp_path / "missing")


def test_one_process_holds_a_directory(tmp_path: Path) -> None:
    claim = DirectoryClaim(tmp_path)
    with pytest.raises(AlreadyRunning):
        DirectoryClaim(tmp_path)
    claim.release()
    DirectoryClaim(tmp_path).release()
