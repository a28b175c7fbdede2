"""The vault: whole or not at all, closed to everyone without the words, and traceless where something was erased."""

import multiprocessing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_cli.errors import (
    KeyUnavailable,
    VaultBusy,
    VaultDamaged,
    VaultExists,
    VaultMissing,
    VaultRemains,
    WordsProblem,
    WrongWords,
)
from client_cli.vault.key_file import KEY_FILE, read_keys
from client_cli.vault.keys import Counter, Key
from client_cli.vault.settings import change_settings, settings
from client_cli.vault.vault import DATABASE_FILE, Vault
from protocol.profile import Profile
from tests.kits.homes import NOW, QUICK, WORDS, entropy, make_vault


def contents(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault, vault.transaction() as tx:
        tx.put(Key.PROXY, b"value")
    with Vault.open(tmp_path / "home", WORDS) as vault, vault.transaction() as tx:
        assert tx.get(Key.PROXY) == b"value"
        tx.delete(Key.PROXY)
        assert tx.get(Key.PROXY) is None


def _fail_after_putting(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.put(Key.PROXY, b"value")
        raise KeyError


def test_exception_leaves_nothing_of_a_transaction(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        with pytest.raises(KeyError):
            _fail_after_putting(vault)
        with vault.transaction() as tx:
            assert tx.get(Key.PROXY) is None


def test_transactions_do_not_nest(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault, vault.transaction(), pytest.raises(RuntimeError), vault.transaction():
        pass


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault, vault.transaction() as tx:
        assert [tx.next_number(Counter.CONTACTS) for _ in range(3)] == [1, 2, 3]
        assert tx.next_number(Counter.STREAMS) == 1


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


def test_home_without_a_vault_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(VaultMissing):
        Vault.open(tmp_path, WORDS)


def test_an_existing_vault_is_never_overwritten(tmp_path: Path) -> None:
    make_vault(tmp_path / "home").close()
    before = contents(tmp_path / "home")
    with pytest.raises(VaultExists):
        make_vault(tmp_path / "home", 2)
    (tmp_path / "home" / KEY_FILE).rename(tmp_path / "keys")
    with pytest.raises(VaultRemains):
        make_vault(tmp_path / "home", 2)
    (tmp_path / "keys").rename(tmp_path / "home" / KEY_FILE)
    assert contents(tmp_path / "home") == before


def test_files_are_for_one_user_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with make_vault(home) as vault, vault.transaction() as tx:
        tx.put(Key.PROXY, b"value")
        assert home.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o600}
        assert len(list(home.iterdir())) > 2, "the log and its index are there"


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


def _read_all(home: Path) -> None:
    """Open and read: what is cut off may only be noticed when it is read."""
    with Vault.open(home, WORDS) as vault, vault.transaction() as tx:
        tx.all("SELECT * FROM letters_in")
        tx.all("SELECT * FROM tallies")


@pytest.mark.parametrize("keep", [0, 1, 100, 4096, 10_000])
def test_truncated_database_is_told_and_not_overwritten(
    tmp_path: Path, keep: int, capfd: pytest.CaptureFixture[str]
) -> None:
    make_vault(tmp_path / "home").close()
    path = tmp_path / "home" / DATABASE_FILE
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(VaultDamaged):
        _read_all(tmp_path / "home")
    assert path.stat().st_size == keep
    assert capfd.readouterr() == ("", "")


def test_database_cut_within_its_last_page_is_told_before_anything_is_written(tmp_path: Path) -> None:
    make_vault(tmp_path / "home").close()
    path = tmp_path / "home" / DATABASE_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(VaultDamaged):
        Vault.open(tmp_path / "home", WORDS)
    assert path.read_bytes() == whole[:-100]


@given(st.binary(max_size=200), st.integers(0, 200))
def test_arbitrary_key_files_are_only_ever_damaged(data: bytes, cut: int) -> None:
    with TemporaryDirectory() as directory:
        home = Path(directory)
        for content in (data, b"SOSIKKEY\x01" + data[:cut]):
            (home / KEY_FILE).write_bytes(content)
            with pytest.raises(VaultDamaged):
                read_keys(home, WORDS)


def test_missing_or_foreign_database_is_told_and_not_made_anew(tmp_path: Path) -> None:
    make_vault(tmp_path / "one").close()
    make_vault(tmp_path / "two", 2).close()
    (tmp_path / "two" / DATABASE_FILE).replace(tmp_path / "one" / DATABASE_FILE)
    for home in ("one", "two"):
        with pytest.raises(VaultDamaged):
            Vault.open(tmp_path / home, WORDS)
    assert not (tmp_path / "two" / DATABASE_FILE).exists()


def test_set_up_interrupted_before_the_key_file_begins_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / (DATABASE_FILE + ".new")).write_bytes(b"half")
    (home / (DATABASE_FILE + ".new-wal")).write_bytes(b"half")
    make_vault(home).close()
    assert sorted(contents(home)) == [KEY_FILE, DATABASE_FILE]


def test_set_up_interrupted_after_the_key_file_is_whole(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_vault(home).close()
    (home / DATABASE_FILE).rename(home / (DATABASE_FILE + ".new"))
    with Vault.open(home, WORDS) as vault:
        assert settings(vault).language == "ko"


def test_settings_are_kept_and_changed(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        assert settings(vault).profile is Profile.STANDARD
        assert change_settings(vault, profile=Profile.METERED).made_at == NOW
        assert change_settings(vault, language="zh").profile is Profile.METERED
        assert settings(vault).language == "zh"


def test_without_the_letters_key_the_letters_compartment_is_closed(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        with vault.transaction() as tx:
            sealed = tx.box.seal("t", 1, "c", b"text")
            assert tx.box.open("t", 1, "c", sealed) == b"text"
            for place in (("u", 1, "c"), ("t", 2, "c"), ("t", 1, "d")):
                with pytest.raises(VaultDamaged):
                    tx.box.open(*place, sealed)
        vault.drop_letters_key()
        assert not vault.has_letters_key
        with vault.transaction() as tx:
            tx.put(Key.PROXY, b"the post compartment goes on")
            with pytest.raises(KeyUnavailable):
                tx.box.open("t", 1, "c", sealed)
            with pytest.raises(KeyUnavailable):
                tx.box.seal("t", 1, "c", b"text")


def test_erased_values_leave_the_log_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with make_vault(home) as vault:
        with vault.transaction() as tx:
            tx.put(Key.PROXY, bytes(20_000))
        assert (home / (DATABASE_FILE + "-wal")).stat().st_size > 0
        with vault.transaction() as tx:
            tx.delete(Key.PROXY)
            tx.mark_erasing()
        assert (home / (DATABASE_FILE + "-wal")).stat().st_size == 0


def _count_up(home: Path, times: int) -> None:
    with Vault.open(home, WORDS) as vault:
        for _ in range(times):
            with vault.transaction() as tx:
                tx.next_number(Counter.BUNDLES)


def test_two_processes_work_on_one_vault(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with make_vault(home) as vault:
        processes = [multiprocessing.get_context("spawn").Process(target=_count_up, args=(home, 40)) for _ in range(2)]
        for process in processes:
            process.start()
        for _ in range(40):
            with vault.transaction() as tx:
                tx.next_number(Counter.BUNDLES)
        for process in processes:
            process.join()
            assert process.exitcode == 0
        with vault.transaction() as tx:
            assert tx.next_number(Counter.BUNDLES) == 121


def test_a_vault_that_stays_busy_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with make_vault(home) as vault, Vault.open(home, WORDS) as other, vault.transaction():
        other._connection.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(VaultBusy), other.transaction():
            pass
