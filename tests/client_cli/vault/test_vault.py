"""The vault: whole or not at all, closed to everyone without the words, and traceless where something was erased."""

import multiprocessing
from pathlib import Path

import pytest

from client_cli.errors import (
    VaultBusy,
    VaultDamaged,
    VaultExists,
    VaultMissing,
    VaultRemains,
)
from client_cli.vault.key_file import KEY_FILE
from client_cli.vault.keys import Counter, Key
from client_cli.vault.settings import settings
from client_cli.vault.vault import DATABASE_FILE, Vault
from tests.kits.homes import WORDS, make_vault


def contents(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault, vault.transaction() as tx:
        tx.put(Key.PROXY, b"value")
    with Vault.open(tmp_path / "home", WORDS) as vault, vault.transaction() as tx:
        assert tx.get(Key.PROXY) == b"value"
        tx.delete(Key.PROXY)
        assert tx.get(Key.PROXY) is None


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


def test_what_is_committed_is_synced_and_what_is_erased_is_overwritten(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        asked = ("synchronous", "journal_mode", "secure_delete", "temp_store")
        found = {name: vault._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
    full, on, memory = 2, 1, 2
    assert found == {"synchronous": full, "journal_mode": "wal", "secure_delete": on, "temp_store": memory}
