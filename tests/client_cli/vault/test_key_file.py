"""The key file: closed to everyone without the words, damage told apart, other words for one pair of keys."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_cli.errors import (
    VaultDamaged,
    WordsProblem,
    WrongWords,
)
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
from client_cli.vault.vault import Vault
from protocol.primitives.aead import seal
from protocol.primitives.kdf import derive
from protocol.profile import Profile
from tests.kits.homes import NOW, QUICK, WORDS, entropy, make_vault

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
    wrapped = seal(key_file.wrapping_key(OLD, bytes(16), QUICK, 1), KEYS.post + KEYS.letters, header, entropy(1))
    (tmp_path / KEY_FILE).write_bytes(header + wrapped + derive(b"sosik keyfile", header + wrapped, size=16)[:8])
    assert read_keys(tmp_path, f" {OLD}\n") == KEYS
    with pytest.raises(WrongWords):
        read_keys(tmp_path, OLD.replace(" ", ""))


@pytest.mark.parametrize(
    ("held", "took_s", "ops"),
    [(3, 0.1, 30), (3, 0.5, 6), (3, 2.0, 3), (30, 0.9, 33), (64, 0.001, 64), (3, 0.0, 3), (3, -5.0, 3), (3, 0.001, 64)],
)
def test_the_cost_rises_to_a_second_and_never_falls(held: int, took_s: float, ops: int) -> None:
    assert raised(WordsCost(held, 64), took_s) == WordsCost(ops, 64)


def contents(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


def test_wrong_words_are_named_and_change_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make_vault(tmp_path / "home").close()
    before = contents(tmp_path / "home")
    with pytest.raises(WrongWords):
        Vault.open(tmp_path / "home", "other words")
    assert contents(tmp_path / "home") == before
    assert capfd.readouterr() == ("", "")


def test_words_are_compared_in_their_compatibility_form(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Vault.create(home, "가 ＡＢ", entropy(1), language="ko", profile=Profile.METERED, now=NOW, cost=QUICK).close()
    Vault.open(home, " 가 AB ").close()


@pytest.mark.parametrize("words", ["", "   ", "\u3000"])
def test_empty_words_are_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(WordsProblem):
        Vault.create(tmp_path / "home", words, entropy(1), language="ko", profile=Profile.METERED, now=NOW, cost=QUICK)
    assert not (tmp_path / "home" / KEY_FILE).exists()


@pytest.mark.parametrize("place", [0, 8, 10, 20, 30, 60, 100, 130])
def test_damaged_key_file_is_told_apart_from_wrong_words(tmp_path: Path, place: int) -> None:
    make_vault(tmp_path / "home").close()
    path = tmp_path / "home" / KEY_FILE
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(VaultDamaged):
        Vault.open(tmp_path / "home", WORDS)
    path.write_bytes(data[:place])
    with pytest.raises(VaultDamaged):
        Vault.open(tmp_path / "home", WORDS)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_arbitrary_key_files_are_only_ever_damaged(data: bytes, cut: int) -> None:
    with TemporaryDirectory() as directory:
        home = Path(directory)
        for content in (data, b"SOSIKKEY\x01" + data[:cut]):
            (home / KEY_FILE).write_bytes(content)
            with pytest.raises(VaultDamaged):
                read_keys(home, WORDS)
