"""Whether the guard shows us its board later than it could, which makes us ask later than everybody for what it lists.

Where the guard also stores the cell, it would know by that who reads it. What it cut itself it can show at once: by our
clock the end of its newest page is at most a page interval ago. A clock of ours that is ahead looks the same, so the
next guard is asked, and the least that two of them showed is taken for our clock's.
Invariant: it follows from board, clock and constants alone, never from letters. Spec: docs/protocol.md, Fail-over.
"""

from typing import Final

import msgspec

from client_cli.community.relays import Network
from client_cli.post.exchanges import ExchangeInFlight
from client_cli.vault.keys import Key, board_of
from client_cli.vault.transaction import Tx
from protocol.board.reader import BoardReader
from protocol.primitives.days import DAY_S
from protocol.routes.exchange import Response
from protocol.seams import RelayId
from protocol.sizes import STRETCH_BYTES

__all__ = ["LATE_PAGES", "is_late"]

LATE_PAGES: Final = 2
"""Page intervals: one is the age of an honest page, one is for what is under way and for clocks."""
RUNNING: Final = 2
OURS_S: Final = 7 * DAY_S


class _Left(msgspec.Struct, frozen=True, array_like=True):
    """A guard that was left, and how late its board was."""

    guard: RelayId
    late_s: float


class _Lateness(msgspec.Struct, frozen=True, array_like=True):
    """`ours_s`: the part that is our clock's, as two guards showed `ours_at`. `running`: exchanges in a row in which
    `guard` was late. `left_at`: when one was left for it last; `left`: until another one is compared with it."""

    ours_s: float = 0.0
    ours_at: float = 0.0
    guard: RelayId | None = None
    running: int = 0
    left_at: float | None = None
    left: _Left | None = None


def is_late(tx: Tx, network: Network, flight: ExchangeInFlight, response: Response) -> bool:
    """Note how late the guard's board was in an exchange; whether the guard is to be left for that: at most once in the
    time after which a guard is returned to."""
    late_s = _late_s(tx, network, flight, response)
    if late_s is None:
        return False
    guard, now = flight.guard, flight.left_at
    data = tx.get(Key.GUARD_LATE)
    held = _Lateness() if data is None else msgspec.msgpack.decode(data, type=_Lateness)
    recently = held.left_at is not None and abs(now - held.left_at) < network.constants.guard_return_ms / 1000
    new = _compared(held, guard, now) if recently else msgspec.structs.replace(held, left=None)
    new = _with_ours(new, late_s, now)
    over = late_s - new.ours_s > LATE_PAGES * network.constants.page_s
    before = new.running if new.guard == guard else 0
    new = msgspec.structs.replace(new, guard=guard, running=min(before + 1, RUNNING) if over else 0)
    leaves = new.running == RUNNING and not recently
    if leaves:
        new = msgspec.structs.replace(new, running=0, left_at=now, left=_Left(guard, late_s))
    if new != held:
        tx.put(Key.GUARD_LATE, msgspec.msgpack.encode(new))
    return leaves


def _late_s(tx: Tx, network: Network, flight: ExchangeInFlight, response: Response) -> float | None:
    """How long before the request left the newest page that the guard showed of its own had ended; None while there is
    more to read or none was shown. A stretch that is not full is the end, whatever the guard says."""
    full = len(response.stretch) >= STRETCH_BYTES[flight.profile]
    data = tx.get(board_of(flight.guard))
    if data is None or (response.next < response.end and full):
        return None
    reader = BoardReader.decode(data)
    newest = reader.chains.heard(flight.guard)
    if newest is None or reader.cursor < response.next:
        return None
    return flight.left_at - network.constants.interval_start(newest + 1)


def _compared(held: _Lateness, guard: RelayId, now: float) -> _Lateness:
    """Once another guard answers, what the one that was left showed counts as our clock's, so far as this one shows as
    much: one alone cannot raise it."""
    if held.left is None or held.left.guard == guard:
        return held
    return msgspec.structs.replace(held, ours_s=held.left.late_s, ours_at=now, left=None)


def _with_ours(held: _Lateness, late_s: float, now: float) -> _Lateness:
    """Forget what our clock was ahead by after a week, and so much of it as a board was less late."""
    ours_s = max(min(held.ours_s, late_s), 0.0) if abs(now - held.ours_at) < OURS_S else 0.0
    return msgspec.structs.replace(held, ours_s=ours_s)
