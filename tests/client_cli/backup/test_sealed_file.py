"""The file of a backup: what opens it, what is refused, and how little it tells."""

import pytest

from client_cli.backup.sealed_file import SIZES, open_file, seal_file
from client_cli.errors import BackupDamaged, BackupNewer, BackupTooLarge, NoBackup, SosikError, WrongWords
from tests.kits.homes import QUICK, WORDS, entropy

SMALL = seal_file(b"people", WORDS, QUICK, entropy(1))


def test_what_was_sealed_comes_back_with_its_cost() -> None:
    assert open_file(SMALL, WORDS.replace(" ", "")) == (b"people", QUICK)


def test_one_person_and_many_are_the_same_size() -> None:
    assert len(seal_file(bytes(SIZES[0] - 4), WORDS, QUICK, entropy(2))) == len(SMALL)
    assert len(seal_file(bytes(SIZES[0] - 3), WORDS, QUICK, entropy(2))) == len(SMALL) + SIZES[1] - SIZES[0]


def test_more_than_the_largest_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client_cli.backup.sealed_file.SIZES", SIZES[:1])
    with pytest.raises(BackupTooLarge):
        seal_file(bytes(SIZES[0] - 3), WORDS, QUICK, entropy(3))


@pytest.mark.parametrize(
    ("data", "words", "refused"),
    [
        (SMALL, "다른 네 개의 말", WrongWords),
        (b"", WORDS, NoBackup),
        (b"SOSIKKEY" + SMALL[8:], WORDS, NoBackup),
        (SMALL[:20], WORDS, NoBackup),
        (SMALL[:-1], WORDS, BackupDamaged),
        (SMALL[: len(SMALL) // 2], WORDS, BackupDamaged),
        (SMALL + b"\0", WORDS, BackupDamaged),
        (SMALL[:900] + bytes([SMALL[900] ^ 1]) + SMALL[901:], WORDS, BackupDamaged),
        (SMALL[:8] + b"\2" + SMALL[9:], WORDS, BackupNewer),
        (SMALL[:8] + b"\0" + SMALL[9:], WORDS, BackupDamaged),
    ],
)
def test_everything_else_is_refused_by_its_name(data: bytes, words: str, refused: type[SosikError]) -> None:
    with pytest.raises(refused):
        open_file(data, words)
