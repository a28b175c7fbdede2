"""What a relay asks of its store: one transaction at a time, bulk reads, and writes that leave together.

Invariant: nothing is written outside a transaction and no method commits. Writes are taken in order and are durable
when `transaction()` has ended without an error; reads see the writes before them. A transaction that ends with an
error leaves no trace. tests/contracts/ holds every implementation to this.

Several processes of one relay may share a store (`Transaction.claims` is then not None). Between their transactions:
one that runs `alone` excludes all others, and only such a one changes what processes keep in memory (roster, keys,
descriptors, board, marks); `changes` tells the others to read that again. What the rest changes is taken row by row:
a shelf, ticket, way back or link that a transaction has read, and a tag or cell that it has claimed, waits for its end.
Spec: docs/protocol.md, Relay.
Decision 67.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.records import (
    CellRow,
    DescriptorRow,
    KeyKind,
    KeyRow,
    LinkRow,
    ListedRow,
    PacketRow,
    PieceRow,
    ReplyRow,
    ReturnRow,
    SealRow,
    ShelfRow,
    TagRow,
    TicketRow,
)

PoolEntry = tuple[int, int, int, int]
"""(due_ms, id, next relay, frame kind) of a packet."""


class Keys(Protocol):
    """Counters and marks, rotating keys with their replay tags, access secrets."""

    async def state(self) -> dict[str, int]:
        """All counters and marks."""

    def set_state(self, values: Mapping[str, int]) -> None:
        """Set some of them."""

    async def keys(self) -> list[KeyRow]:
        """All rotating keys, oldest period first."""

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        """Add keys."""

    def erase_keys(self, keys: Iterable[tuple[KeyKind, int]]) -> None:
        """Erase keys and every replay tag that belongs to them."""

    async def seen_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        """Those of `tags` that are stored already."""

    async def claim_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        """Add replay tags; those that were not there. Of a box that two transactions bring, one gets the tag."""

    async def access(self) -> dict[int, bytes]:
        """Access secrets by epoch."""

    def add_access(self, epoch: int, secret: bytes, oldest: int) -> None:
        """Keep a secret and erase those of epochs before `oldest`."""


class Pool(Protocol):
    """Packets that wait, and ways back of fetches."""

    async def pool(self) -> list[PoolEntry]:
        """Every packet without its body, by (due, id)."""

    async def packets(self, ids: Sequence[int]) -> list[PacketRow]:
        """The packets with these ids that exist, in the order of `ids`."""

    def add_packets(self, rows: Iterable[PacketRow]) -> None:
        """Add packets."""

    def clamp_packets(self, latest_ms: int) -> None:
        """Make no packet due later than `latest_ms`: all board pieces earlier by as much as the last one has to be, so
        that they keep their order."""

    def erase_packets(self, ids: Iterable[int]) -> None:
        """Erase packets."""

    async def returns(self, refs: Sequence[bytes]) -> dict[bytes, ReturnRow]:
        """Ways back by our reference."""

    def add_returns(self, rows: Iterable[ReturnRow]) -> None:
        """Add ways back."""

    def erase_returns(self, refs: Iterable[bytes]) -> None:
        """Erase ways back."""


class Shelves(Protocol):
    """Shelves, the replies on them, and spent tickets."""

    async def shelves_named(self, names: Sequence[bytes]) -> list[ShelfRow]:
        """Shelves whose name is among `names`."""

    async def shelves(self, ids: Sequence[int]) -> list[ShelfRow]:
        """Shelves by internal number."""

    async def shelf_count(self) -> int:
        """How many shelves exist."""

    async def shelves_used_since(self, day: int) -> int:
        """How many of them were last used on this UTC day or later."""

    def put_shelves(self, rows: Iterable[ShelfRow]) -> None:
        """Add shelves, or replace those with the same id."""

    async def replies(self, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, bytes] | None]:
        """For each (shelf, number): the lowest-numbered reply not below it, as (number, body)."""

    async def reply_counts(self, shelves: Sequence[int]) -> dict[int, int]:
        """How many replies wait on each of these shelves."""

    def add_replies(self, rows: Iterable[ReplyRow]) -> None:
        """Add replies."""

    def erase_replies_below(self, floors: Iterable[tuple[int, int]]) -> None:
        """For each (shelf, number): erase the replies numbered below it."""

    async def tickets(self, hashes: Sequence[bytes]) -> list[TicketRow]:
        """Spent tickets by hash."""

    def put_tickets(self, rows: Iterable[TicketRow]) -> None:
        """Add spent tickets, or replace those with the same hash."""


class Board(Protocol):
    """Cells, the holes they fill, the board that lists them, and what other relays said."""

    async def cells(self, holes: Sequence[bytes]) -> dict[bytes, bytes]:
        """Cells by hole."""

    async def claim_cells(self, rows: Sequence[CellRow]) -> set[int]:
        """Add cells of different ids; the ids that were free. Where one is taken the first cell stays."""

    async def hole_intervals(self) -> dict[int, int]:
        """Page intervals that have holes not listed yet, and how many."""

    async def holes(self, interval: int) -> list[bytes]:
        """Holes to be listed on the page of an interval, in ascending order."""

    def add_holes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Add (interval, hole)."""

    def erase_holes(self, interval: int) -> None:
        """Erase the holes of an interval."""

    async def sheet_lengths(self) -> dict[int, int]:
        """Length in bytes of every sheet that holds something."""

    async def sheets(self, intervals: Sequence[int]) -> dict[int, bytes]:
        """The bytes of these sheets; empty where there is none."""

    def append_sheet(self, interval: int, entries: Sequence[bytes]) -> None:
        """Append entries to a sheet."""

    def erase_sheets(self, since_interval: int) -> None:
        """Erase the sheets of an interval and later ones, which a clock that was ahead began."""

    async def listed(self, kind: int, relay: int, period: int) -> set[bytes]:
        """Hashes of the entries of this kind, relay and period that the board holds."""

    def add_listed(self, row: ListedRow) -> None:
        """Note that the board holds an entry."""

    async def chains(self) -> bytes | None:
        """What was followed of every relay's chain of pages (`protocol.board.chain.Chains`), None at first."""

    def put_chains(self, body: bytes) -> None:
        """Replace it."""

    async def seals(self) -> list[SealRow]:
        """Newest seal of each relay, ascending."""

    def put_seal(self, row: SealRow) -> None:
        """Set the newest seal of a relay."""

    async def pieces(self, relay: RelayId) -> list[PieceRow]:
        """Parts of unfinished entries of one relay."""

    def add_piece(self, row: PieceRow) -> None:
        """Keep a part; one that exists stays."""

    def erase_pieces(self, relay: RelayId, entry: bytes) -> None:
        """Erase the parts of one entry."""

    async def descriptors(self) -> list[DescriptorRow]:
        """Descriptors of all relays, by (relay, day)."""

    def put_descriptor(self, row: DescriptorRow, oldest: int) -> None:
        """Keep a descriptor (replacing one of the same relay and day), erase that relay's from before `oldest`."""

    def erase_descriptors(self, relay: RelayId, since_day: int) -> None:
        """Erase those of a relay of a day and later ones."""

    async def rosters(self) -> list[tuple[int, bytes]]:
        """(version, signed bytes), ascending."""

    def add_roster(self, version: int, body: bytes) -> None:
        """Keep a roster."""

    async def link(self, relay: RelayId, process: bytes) -> LinkRow | None:
        """Last batch heard from one process of a relay."""

    def put_link(self, row: LinkRow) -> None:
        """Set it."""

    def thin_links(self, relay: RelayId, keep: int) -> None:
        """Erase what was heard of all processes of a relay but the `keep` heard latest."""


class Expiry(Protocol):
    """Each erases at most `limit` rows and returns how many it erased."""

    async def expire_cells(self, before_day: int, limit: int) -> int:
        """Erase cells stored before a day."""

    async def expire_replies(self, before_day: int, limit: int) -> int:
        """Erase replies that came before a day."""

    async def expire_returns(self, before_quarter: int, limit: int) -> int:
        """Erase ways back from before a quarter of a day."""

    async def expire_shelves(self, before_day: int, limit: int) -> int:
        """Erase shelves (with their replies) not used since before a day."""

    async def expire_tickets(self, today: int, unbind_before_day: int) -> int:
        """Erase spent tickets that have expired; unbind from their shelf those spent before a day."""

    async def expire_board(self, before_interval: int, before_day: int) -> int:
        """Erase sheets before an interval and notes and pieces from before a day."""

    async def expire_links(self, before_day: int) -> int:
        """Erase what was heard before a day of processes that were not heard since."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What several processes see of the pool: packets and replies in it, and how many processes share it."""

    travelling: int
    processes: int


class Claims(Protocol):
    """How the processes that share a store take packets: each packet has at most one holder, and a holder lives.

    A process holds what it took for as long as it is connected; `free` returns what others held that are gone.
    """

    async def claim(self, peer: RelayId, until_ms: int, limit: int) -> list[PoolEntry]:
        """Hold at most `limit` packets and replies for `peer` that are due by `until_ms` and that nobody holds."""

    async def claim_pieces(self, peer: RelayId, until_ms: int, limit: int) -> list[PoolEntry]:
        """The same for board pieces, earliest first; none while anybody holds some for `peer`: they leave in order."""

    async def held(self) -> list[PoolEntry]:
        """Everything we hold."""

    def let_go(self) -> None:
        """Hold nothing any more."""

    async def free(self) -> None:
        """Let packets wait again whose holder is gone."""

    async def waiting(self) -> Waiting:
        """Count what is in the pool, held or not, and who shares it."""

    async def last_piece_due(self) -> int:
        """When the last board piece is due, 0 if there is none."""

    async def stale(self, kind: FrameKind, before_ms: int) -> list[int]:
        """Ids of one kind that were due before a time, ascending."""

    async def bound_for_others(self, peers: Sequence[RelayId]) -> list[int]:
        """Ids whose next relay is not among `peers`, ascending."""


class Transaction(Keys, Pool, Shelves, Board, Expiry, Protocol):
    """Reads are coroutines; writes are queued and go out with the next read or the commit."""

    @property
    def claims(self) -> Claims | None:
        """The pool as several processes share it; None if only one process can use this store."""

    async def changes(self) -> int:
        """How often what processes keep in memory has changed."""

    async def add_change(self) -> int:
        """At the end of a transaction that ran alone: count a change if anything was written; `changes` from now on."""


class Store(Protocol):
    """A durable store of one relay."""

    def transaction(self, *, alone: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Begin a transaction; those of one process take turns, and one that runs `alone` excludes other processes."""

    async def checkpoint(self) -> bool:
        """Let as little as the store can of what was erased remain in its files. Not inside a transaction.

        No transaction waits for it for more than a second. False: somebody else reads; to be called again later.
        """

    async def tables(self) -> dict[str, list[str]]:
        """Every table that exists and its columns."""

    async def ranges(self, table: str, columns: Sequence[str]) -> tuple[int, list[tuple[int, int] | None]]:
        """Number of rows, and for each of these integer columns its least and greatest value."""

    async def close(self) -> None:
        """Close it; nothing else may be called afterwards."""
