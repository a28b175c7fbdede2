"""The key file: other words for the same keys, a cost that only rises, and words with or without spaces."""

from pathlib import Path

import pytest

from client_cli.errors import WordsProblem, WrongWords
from client_cli.vault import key_file
from client_cli.vault.key_file import (
    KEY_FILE,
    VaultKeys,
    WordsCost,
    change_words,
    raised,
    read_cost,
    read_keys,
    write_keys,
)
from protocol.primitives.aead import seal
from protocol.primitives.kdf import derive
from tests.kits.homes import QUICK, entropy

OLD, NEW = "감자 옥수수 맷돌 외양간", "강가 저녁 다리 등불"
KEYS = VaultKeys(bytes(32), bytes(range(32)))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_keys(tmp_path, OLD, KEYS, entropy(1), QUICK)
    return tmp_path


def test_changed_words_open_the_same_keys_and_the_old_ones_nothing(home: Path) -> None:
    change_words(home, NEW, KEYS, entropy(2), WordsCost(2, 8))
    assert read_keys(home, NEW) == KEYS
    assert read_cost(home) == WordsCost(2, 8)
    with pytest.raises(WrongWords):
        read_keys(home, OLD)
    assert (home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in home.iterdir()} == {KEY_FILE}


def test_a_change_to_no_words_changes_nothing(home: Path) -> None:
    with pytest.raises(WordsProblem):
        change_words(home, " ", KEYS, entropy(2), QUICK)
    assert read_keys(home, OLD) == KEYS


def test_words_open_with_spaces_and_without(tmp_path: Path) -> None:
    write_keys(tmp_path, "炮 柱 倒 纸", KEYS, entropy(1), QUICK)
    for typed in ("炮柱倒纸", " 炮 柱 倒 纸 ", "炮\u3000柱\u3000倒\u3000纸"):
        assert read_keys(tmp_path, typed) == KEYS


def test_a_key_file_of_before_still_opens_and_with_its_spaces_only(tmp_path: Path) -> None:
    header = key_file._HEADER.pack(b"SOSIKKEY", 1, QUICK.ops, QUICK.memory_kib, bytes(16))
    wrapped = seal(key_file._wrapping_key(OLD, bytes(16), QUICK, 1), KEYS.post + KEYS.letters, header, entropy(1))
    (tmp_path / KEY_FILE).write_bytes(header + wrapped + derive(b"sosik keyfile", header + wrapped, size=16)[:8])
    assert read_keys(tmp_path, f" {OLD}\n") == KEYS
    with pytest.raises(WrongWords):
        read_keys(tmp_path, OLD.replace(" ", ""))


@pytest.mark.parametrize(
    ("held", "took_s", "ops"),
    [(3, 0.1, 30), (3, 0.5, 6), (3, 2.0, 3), (30, 0.9, 33), (64, 0.001, 64), (3, 0.0, 64), (3, 0.001, 64)],
)
def test_the_cost_rises_to_a_second_and_never_falls(held: int, took_s: float, ops: int) -> None:
    assert raised(WordsCost(held, 64), took_s) == WordsCost(ops, 64)
