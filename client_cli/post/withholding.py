"""Whether the guard has kept something from us for so long that another one is to be asked.

A guard cannot change what others signed, only leave it out: then keys of the day or the newest roster are missing,
while the seals of the others name them; or their seals are missing as well, and the guard's own keys are not agreed.
Invariant: it follows from what the board showed and the clock, never from letters, and acts like exchanges that failed,
from the next packet that is prepared. docs/protocol.md, Fail-over.
"""

from typing import Final

import msgspec

from client_cli.community.relays import Network, is_withholding
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.seams import RelayId

__all__ = ["WAIT_SEALS", "has_withheld"]

WAIT_SEALS: Final = 2
"""What is new at one relay is at every other one within minutes, and in its next seal."""


class _Missing(msgspec.Struct, frozen=True, array_like=True):
    guard: RelayId
    since: float
    last: float


def has_withheld(tx: Tx, network: Network, guard: RelayId, now: float) -> bool:
    """Note what the board of `guard` shows after an exchange; whether it has kept something back for `WAIT_SEALS`
    seals, in all of which we heard of it. To a newcomer that is any roster at all."""
    wait_s = WAIT_SEALS * network.constants.pages_per_seal * network.constants.page_s
    data = tx.get(Key.GUARD_WITHHOLDS)
    held = None if data is None else msgspec.msgpack.decode(data, type=_Missing)
    if network.roster is not None and not is_withholding(tx, network.roster, guard, now):
        for done in (Key.GUARD_WITHHOLDS, Key.INVITED_AGAIN):
            if tx.get(done) is not None:
                tx.delete(done)
        return False
    if held is None or held.guard != guard or not 0 <= now - held.last <= wait_s / 2:
        held = _Missing(guard, now, now)
    held = msgspec.structs.replace(held, last=now)
    if now - held.since < wait_s:
        tx.put(Key.GUARD_WITHHOLDS, msgspec.msgpack.encode(held))
        return False
    tx.delete(Key.GUARD_WITHHOLDS)
    return True
