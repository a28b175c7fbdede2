"""What the vault keeps of the client's relation to its guards: which one is used, and the shelf at each.

Invariant: a guard that is taken up anew gets a new random shelf and is read from its latest key block, so nothing
that it sees continues from elsewhere. Spec: docs/protocol.md, Fail-over; Shelves.
"""

import msgspec

from client_cli.board.broken_pages import forget_pages
from client_cli.board.reader import begin_reading
from client_cli.post.fetches import forget_carriers
from client_cli.post.guard_choice import Guard
from client_cli.post.shelf import Shelf, new_shelf
from client_cli.vault.keys import Key, shelf_at
from client_cli.vault.transaction import Tx
from protocol.seams import Entropy, RelayId

__all__ = ["find_guard", "keep_guard", "keep_shelf", "load_shelf"]


def find_guard(tx: Tx) -> Guard | None:
    """The guard chosen last; None before the first packet was prepared."""
    held = tx.get(Key.GUARD)
    return None if held is None else msgspec.msgpack.decode(held, type=Guard)


def keep_guard(tx: Tx, old: Guard | None, new: Guard, crypto: Entropy) -> None:
    """Keep the choice; another relay than before is begun with as a stranger."""
    if old == new:
        return
    tx.put(Key.GUARD, msgspec.msgpack.encode(new))
    if old is None or old.relay != new.relay:
        keep_shelf(tx, new.relay, new_shelf(crypto))
        begin_reading(tx, new.relay)
        forget_carriers(tx)
        forget_pages(tx)


def load_shelf(tx: Tx, guard: RelayId, crypto: Entropy) -> Shelf:
    """The shelf at a guard; a new one if there is none."""
    held = tx.get(shelf_at(guard))
    if held is not None:
        return msgspec.msgpack.decode(held, type=Shelf)
    shelf = new_shelf(crypto)
    keep_shelf(tx, guard, shelf)
    return shelf


def keep_shelf(tx: Tx, guard: RelayId, shelf: Shelf) -> None:
    """Keep the state of the shelf at a guard."""
    tx.put(shelf_at(guard), msgspec.msgpack.encode(shelf))
