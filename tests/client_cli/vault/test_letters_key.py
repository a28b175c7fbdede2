"""The letters compartment: closed without its key, while the rest goes on."""

from pathlib import Path

import pytest

from client_cli.errors import (
    KeyUnavailable,
    VaultDamaged,
)
from client_cli.vault.keys import Key
from tests.kits.homes import make_vault


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
