"""Leaving: everything of ours is destroyed, the key file first, and nothing else."""

from pathlib import Path

import pytest

from client_cli.errors import VaultMissing
from client_cli.vault import erase
from client_cli.vault.erase import leave
from client_cli.vault.key_file import KEY_FILE
from client_cli.vault.keys import Key
from client_cli.vault.lock import (
    hold_online,
)
from client_cli.vault.vault import Vault
from tests.kits.homes import WORDS, make_vault


def test_leave_destroys_everything_and_the_key_file_first(tmp_path: Path) -> None:
    home = tmp_path / "home"
    vault = make_vault(home)
    with vault.transaction() as tx:
        tx.put(Key.PROXY, b"value")
    with hold_online(home):
        pass
    leave(home)
    assert not home.exists()
    with pytest.raises(VaultMissing):
        Vault.open(home, WORDS)
    leave(home)


def test_leave_that_is_interrupted_has_destroyed_the_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    make_vault(home).close()
    destroyed: list[str] = []
    destroy = erase._destroy

    def until_the_power_goes(path: Path) -> None:
        if destroyed:
            raise OSError("no power")
        destroy(path)
        destroyed.append(path.name)

    monkeypatch.setattr(erase, "_destroy", until_the_power_goes)
    with pytest.raises(OSError, match="power"):
        leave(home)
    assert destroyed == [KEY_FILE]
    assert not (home / KEY_FILE).exists()


def test_leave_keeps_what_is_not_ours_and_follows_no_link(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_vault(home).close()
    other = tmp_path / "other"
    other.write_bytes(b"not ours")
    (home / "lock").symlink_to(other)
    (home / "photo.png").write_bytes(b"theirs")
    leave(home)
    assert [path.name for path in home.iterdir()] == ["photo.png"]
    assert other.read_bytes() == b"not ours"
    assert not (home / KEY_FILE).exists()
