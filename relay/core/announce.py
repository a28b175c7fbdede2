"""Telling other relays: an entry of the board, cut into pieces that wait in the pool for their link.

Invariant: entries leave one by one, in the order in which they were announced.
Spec: docs/protocol.md, Links.
"""

from collections.abc import Sequence

from protocol.board.log import Entry
from protocol.board.pieces import split_entry
from protocol.routes.frames import NO_REF, FrameKind
from protocol.seams import RelayId
from relay.core.state import RelayState, Work
from relay.store.records import PacketRow

# Further ahead than this an entry's tick is one of a clock that has been set back since: nobody waits for it.
QUEUE_TICKS = 600


class Announcer:
    """The queue of entries for other relays."""

    def __init__(self, state: RelayState) -> None:
        self._state = state
        self._last_ms = 0  # when the last entry is due

    async def load(self, work: Work) -> None:
        """Read from the pool when the last entry is due."""
        claims = work.tx.claims
        self._last_ms = self._state.pool.last_piece_due() if claims is None else await claims.last_piece_due()

    def send(self, work: Work, entry: Entry, peers: Sequence[RelayId]) -> None:
        """Queue an entry as pieces for other relays.

        Every entry has a link tick of its own: what is due together leaves in a random order, and a seal that comes
        before its page, or a page before an earlier one, looks like an equivocation.
        """
        tick_ms = self._state.constants.link_tick_ms
        due_ms = work.due_ms(0)
        if 0 <= self._last_ms - due_ms < QUEUE_TICKS * tick_ms:
            due_ms = self._last_ms + tick_ms
        self._last_ms = due_ms
        rows = []
        for peer in peers:
            for piece in split_entry(entry.encode()):
                row = PacketRow(self._state.next_id(), due_ms, peer, FrameKind.PIECE, NO_REF, piece)
                rows.append(row)
        work.tx.add_packets(rows)
        for row in rows:
            self._state.pool.add((row.due_ms, row.id, row.next, row.kind))
