"""access.key has one form: the newest one or two secrets, of epochs that follow each other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import FileProblem
from relay.home.access_key import encode_access, read_access
from relay.home.files import write_private
from relay.secrets import AccessKeys

OLD, NEW = b"\1" * 32, b"\2" * 32


def kept(folder: Path, data: bytes) -> AccessKeys:
    write_private(folder / "access.key", data)
    return read_access(folder / "access.key")


@pytest.mark.parametrize("secrets", [{0: OLD}, {65_535: NEW}, {6: OLD, 7: NEW}])
def test_what_was_written_is_read(tmp_path: Path, secrets: dict[int, bytes]) -> None:
    assert kept(tmp_path, encode_access(AccessKeys(secrets))).secrets == secrets


def test_only_the_newest_two_are_handed_out(tmp_path: Path) -> None:
    assert kept(tmp_path, encode_access(AccessKeys({5: bytes(32), 7: NEW, 6: OLD}))).secrets == {6: OLD, 7: NEW}


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\1\0",
        b"\2\1" + bytes(2) + OLD,  # of a later version
        b"\1\2" + bytes(2) + OLD,  # one is missing
        b"\1\1" + bytes(2) + OLD + b"\0",
        b"\1\2\0\7" + NEW + b"\0\6" + OLD,  # not ascending
        b"\1\2\0\5" + OLD + b"\0\7" + NEW,  # not consecutive
        b"\1\2\0\7" + NEW + b"\0\7" + NEW,
    ],
)
def test_another_form_is_damage_and_the_sentence_names_no_secret(tmp_path: Path, damaged: bytes) -> None:
    with pytest.raises(FileProblem, match="is damaged; nothing was changed") as problem:
        kept(tmp_path, damaged)
    assert OLD.hex() not in str(problem.value)


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_damage_or_come_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    try:
        access = kept(tmp_path_factory.getbasetemp(), data)
    except FileProblem:
        return
    assert encode_access(access) == data


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    kept(tmp_path, encode_access(AccessKeys({0: OLD})))
    (tmp_path / "access.key").chmod(0o640)
    with pytest.raises(FileProblem, match="chmod 600"):
        read_access(tmp_path / "access.key")
