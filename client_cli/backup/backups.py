"""What a backup holds, and a new vault made of one.

Invariant: a vault made of a backup is put back before anything opens it: nothing of the old state is used, whatever a
guard says. Without letters, none of a letter is in it but numbers: no text, no part, no picture. Spec:
docs/protocol.md, Backups. Decision 137.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from client_cli.backup.sealed_file import open_file, seal_file
from client_cli.errors import BackupDamaged, BackupNewer, VaultDamaged, VaultNewer
from client_cli.people.contacts import State, people_in
from client_cli.streams.fresh_start import mark_put_back
from client_cli.streams.ratchets import sealed_without_parts
from client_cli.vault.key_file import WordsCost
from client_cli.vault.keys import Key
from client_cli.vault.rows import OF_PEOPLE, WHOLE, dump
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault, require_no_vault
from protocol.seams import Entropy

__all__ = ["PutBackVault", "make_backup", "restore"]


class _Content(msgspec.Struct, frozen=True, array_like=True):
    letters_key: bytes
    made_at: float
    letters: bool
    rows: bytes


@dataclass(frozen=True, slots=True)
class PutBackVault:
    """What there is now. `made_at`: Unix seconds of the backup; `people`: how many who are not closed."""

    vault: Vault
    made_at: float
    people: int
    letters: bool


def make_backup(vault: Vault, words: str, cost: WordsCost, now: float, entropy: Entropy, *, letters: bool) -> bytes:
    """A sealed backup of what is in the vault now. KeyUnavailable while locked; BackupTooLarge."""
    with vault.transaction() as tx:
        rows = dump(tx, WHOLE, {}) if letters else dump(tx, OF_PEOPLE, sealed_without_parts(tx))
        content = _Content(tx.box.key, now, letters, rows)
    return seal_file(msgspec.msgpack.encode(content), words, cost, entropy)


def restore(home: Path, data: bytes, words: str, now: float, entropy: Entropy) -> PutBackVault:
    """Make a vault in an empty home; the words of the backup open it. VaultExists, VaultRemains, and as `open_file`."""
    require_no_vault(home)
    opened, cost = open_file(data, words)
    try:
        content = msgspec.msgpack.decode(opened, type=_Content)
    except msgspec.MsgspecError:
        raise BackupDamaged from None

    def settle(tx: Tx) -> None:
        known_at = tx.get(Key.SHELF_KNOWN_AT)
        mark_put_back(tx, now, 0.0 if known_at is None else float(known_at))

    try:
        vault = Vault.create_of_rows(home, words, content.rows, content.letters_key, settle, entropy, cost)
    except VaultNewer:
        raise BackupNewer from None
    except VaultDamaged:
        raise BackupDamaged from None
    with vault.transaction() as tx:
        people = sum(person.state is not State.CLOSED for person in people_in(tx))
    return PutBackVault(vault, content.made_at, people, content.letters)
