"""A skeleton of a world: everything that decides when what goes where, for thousands of people or weeks.

Clients are lab.skeleton.client. A relay is what its rules for times come to: holds are cut, rounded and put on the link
grid by the relay's own functions, pages list what was stored in their interval, a shelf gives one reply an exchange.
Left out: cryptography, vaults, stores, losses, board pieces on links. A test compares with lab.worlds.world: with the
same seeds every exchange, packet and reply is at the same instant between the same two.
Decision 83.
"""

import hashlib
import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Any

from lab.skeleton.client import GUARD, Cell, Habits, SkeletonClient, begin_client
from lab.worlds.community import make_community
from lab.worlds.wire import WIRE_S
from protocol.board.log import seal_bytes
from protocol.board.page import PAGE_HEADER_BYTES, set_bytes
from protocol.community.constants import Constants
from protocol.community.descriptor import DESCRIPTOR_BYTES
from protocol.primitives.sampling import EXPONENTIAL_CAP
from protocol.profile import Profile
from protocol.routes.onion import Route
from protocol.seams import RelayId, SeededEntropy
from relay.core.mix.pool import next_tick_ms

ENTRY_HEADER_BYTES = 3
MARK_BYTES = ENTRY_HEADER_BYTES + 4
DAYS_DESCRIBED = 2
"""Every relay publishes descriptors of today and tomorrow; they come in when the guard starts, and then the seals that
name them all, in the order of the relays."""
DESCRIPTOR_ENTRY_BYTES = ENTRY_HEADER_BYTES + DESCRIPTOR_BYTES


class Kind(IntEnum):
    """What a deposit left."""

    LOOP = 0
    LETTER = 1
    ACK = 2
    COVER = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A packet that went from a client's slot to its store; times in Unix seconds.

    `cell`: what it left or asked for; None: a random take. `since`: of a fetch, how many slots its client had planned
    since it read that the pigeonhole is filled, -1 for a random take. The last three are zero for a deposit.
    """

    client: int
    at: float
    middle: RelayId
    store: RelayId
    guard_out: float
    middle_in: float
    middle_out: float
    store_in: float
    cell: Cell | None
    since: int = -1
    reply_out: float = 0.0
    back_out: float = 0.0
    shelved: float = 0.0


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page as the guard's board has it: readable from `at` on, ends at byte `end` of the log."""

    at: float
    end: int
    relay: RelayId
    interval: int
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Skeleton:
    """See the module. Make with `make_skeleton`, then `run`."""

    constants: Constants
    start: float
    clients: list[SkeletonClient]
    key_block_bytes: int
    seal_bytes: int
    exchanges: list[tuple[float, int]] = field(default_factory=list)
    deposits: list[Way] = field(default_factory=list)
    fetches: list[Way] = field(default_factory=list)
    pages: list[ListedPage] = field(default_factory=list)
    arrived: dict[bytes, float] = field(default_factory=dict)
    """When the reader of a hole had its cell."""
    senders: dict[bytes, int] = field(default_factory=dict)
    _stored: dict[tuple[int, RelayId], list[Cell]] = field(default_factory=dict)
    _cells: dict[bytes, Cell] = field(default_factory=dict)
    _log: list[tuple[float, int, int]] = field(default_factory=list)
    """(when, end of the log then, pages so far) of what was appended at the guard."""
    _queue: list[tuple[float, int, int, object]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def run(self, until: float) -> None:
        """Run until a Unix time."""
        while self._queue and self._queue[0][0] < until:
            now, _, what, detail = heapq.heappop(self._queue)
            _HANDLERS[what](self, now, detail)

    def _at(self, when: float, what: int, detail: object) -> None:
        heapq.heappush(self._queue, (when, next(self._order), what, detail))

    def begin(self) -> None:
        """Everybody goes online, and the first page interval begins."""
        self._log.append((self.start, self.key_block_bytes, 0))
        for client in self.clients:
            client.prepare(self.start)
            self._plan(client)
        self._at(self._boundary(self.constants.interval_of(self.start)), _CUT, self.constants.interval_of(self.start))

    def _boundary(self, interval: int) -> float:
        return self.constants.interval_start(interval + 1) + 0.0005

    # --- a slot, and its two packets' ways ----------------------------------------------------------------------------

    def _plan(self, client: SkeletonClient) -> None:
        """Look forward to the next slot, and to sealing if it is due before."""
        if client.prepare_at() <= client.next_slot_at():
            self._at(client.prepare_at(), _SEAL, client)
        self._at(client.next_slot_at(), _SLOT, client)

    def _seal(self, now: float, client: SkeletonClient) -> None:
        client.prepare(now)

    def _slot(self, now: float, client: SkeletonClient) -> None:
        slot = client.sealed.pop(0)
        client.slot_at = now
        self._plan(client)
        if not client.habits.online(now):
            return
        self.exchanges.append((now, client.number))
        asked = client.durable
        while asked in client.collected or asked in client.flying:
            asked += 1
        client.flying.add(asked)
        self._at(now + WIRE_S, _HEARD, (client, asked, client.cursor))
        heard = now + WIRE_S
        if slot.deposit is not None and slot.cell is not None:
            way = self._way(client.number, now, heard, slot.deposit, slot.cell)
            self.deposits.append(way)
            self.senders[slot.cell.hole] = client.number
            self._cells[slot.cell.hole] = slot.cell
            self._stored.setdefault((self.constants.interval_of(way.store_in), way.store), []).append(slot.cell)
        if slot.fetch is not None:
            cell = None if slot.wants is None else self._cells[slot.wants]
            way = self._way(client.number, now, heard, slot.fetch, cell, slot.listed_slots)
            self.fetches.append(way)
            self._at(way.shelved, _SHELVED, (client, slot.asked, slot.wants))

    def _way(self, client: int, at: float, heard: float, route: Route, cell: Cell | None, since: int = -2) -> Way:
        guard_out = self._out(heard, route.hold_entry_s)
        middle_in = guard_out + WIRE_S
        middle_out = self._out(middle_in, route.hold_middle_s)
        store_in = middle_out + WIRE_S
        times = (guard_out, middle_in, middle_out, store_in)
        if since == -2:
            return Way(client, at, route.middle, route.store, *times, cell)
        reply_out = self._out(store_in, 0.0)
        back_out = self._out(reply_out + WIRE_S, route.hold_back_s, back=True)
        return Way(client, at, route.middle, route.store, *times, cell, since, reply_out, back_out, back_out + WIRE_S)

    def _out(self, now: float, hold_s: float, *, back: bool = False) -> float:
        """When what arrives `now` leaves (relay.core.state: Work.due_ms, RelayState.held_ms)."""
        mean_ms = self.constants.reply_hold_ms if back else self.constants.mean_hold_ms
        hold_ms = min(round(hold_s * 1000), EXPONENTIAL_CAP * mean_ms)
        return next_tick_ms(round(now * 1000) + hold_ms, self.constants.link_tick_ms) / 1000

    # --- the guard ----------------------------------------------------------------------------------------------------

    def _heard(self, now: float, detail: tuple[SkeletonClient, int, int]) -> None:
        client, asked, cursor = detail
        reply = asked if asked < len(client.shelf) else None
        end = self._log[-1][1]
        answer = (client, asked, reply, len(client.shelf), cursor, min(end, cursor + client.stretch_bytes))
        self._at(now + self.constants.answer_ms / 1000 + WIRE_S, _ANSWERED, answer)

    def _shelved(self, now: float, detail: tuple[SkeletonClient, int, bytes | None]) -> None:
        client, row, hole = detail
        client.shelf.append((row, hole))

    def _answered(self, now: float, detail: tuple[SkeletonClient, int, int | None, int, int, int]) -> None:
        client, asked, reply, shelf_end, cursor, following = detail
        client.knows_roster = True
        client.flying.discard(asked)
        client.collected.update(range(asked, shelf_end if reply is None else reply + 1))
        while client.durable in client.collected:
            client.collected.discard(client.durable)
            client.durable += 1
        if reply is not None:
            row, hole = client.shelf[reply]
            cell = None if hole is None else self._cells.get(hole)
            if hole is not None:
                self.arrived[hole] = now
            client.take_reply(row, cell, -1 if hole is None else self.senders[hole], now)
        if cursor == client.cursor:
            self._read(client, following, now)

    def _read(self, client: SkeletonClient, following: int, now: float) -> None:
        for page in self._pages_between(client.cursor, following):
            for cell in page.cells:
                if cell.reader == client.number:
                    client.listed(cell, page.relay, now)
        client.cursor = following

    def _pages_between(self, begin: int, end: int) -> list[ListedPage]:
        """The pages that end in (begin, end] of the log, oldest first."""
        found = []
        for page in reversed(self.pages):
            if page.end <= begin:
                break
            if page.end <= end:
                found.append(page)
        return found[::-1]

    # --- the board ----------------------------------------------------------------------------------------------------

    def _cut(self, now: float, interval: int) -> None:
        """A page interval is over: the guard's own page is readable now, the others' a link tick later."""
        for relay in self.clients[0].roster.numbers:
            cells = tuple(self._stored.pop((interval, relay), ()))
            at = now if relay == GUARD else self._out(now, 0.0) + WIRE_S
            self._at(at, _APPEND, (relay, interval, cells))
        self._at(self._boundary(interval + 1), _CUT, interval + 1)

    def _append(self, now: float, detail: tuple[RelayId, int, tuple[Cell, ...]]) -> None:
        relay, interval, cells = detail
        size = ENTRY_HEADER_BYTES + PAGE_HEADER_BYTES + set_bytes(len(cells))
        if relay == GUARD and (interval + 1) % self.constants.pages_per_key_block == 0:
            size += self.key_block_bytes
        if (interval + 1) % self.constants.pages_per_seal == 0:
            size += self.seal_bytes
        end = self._log[-1][1] + size
        self.pages.append(ListedPage(now, end, relay, interval, cells))
        self._log.append((now, end, len(self.pages)))


_SEAL, _SLOT, _HEARD, _SHELVED, _ANSWERED, _CUT, _APPEND = range(7)
_HANDLERS: tuple[Callable[[Skeleton, float, Any], None], ...] = (
    Skeleton._seal,
    Skeleton._slot,
    Skeleton._heard,
    Skeleton._shelved,
    Skeleton._answered,
    Skeleton._cut,
    Skeleton._append,
)


def make_skeleton(
    seed: int,
    start: float,
    constants: Constants,
    profiles: Sequence[Profile],
    *,
    relays: int = 3,
    guards: tuple[int, ...] = (0,),
    letters: Sequence[tuple[float, int, int]] = (),
    habits: Sequence[Habits] = (),
) -> Skeleton:
    """Return a skeleton world with everybody online; `letters` are (written, sender, reader).

    Streams are those of a lab.worlds.world.World of that seed whose members are called member0, member1, ...
    """

    def stream(label: str) -> SeededEntropy:
        return SeededEntropy(hashlib.blake2b(f"{seed}/{label}".encode(), digest_size=32).digest())

    community = make_community(stream("community"), relays=relays, guards=guards, constants=constants, now=start)
    at = MARK_BYTES + ENTRY_HEADER_BYTES + len(community.roster_bytes)
    at += DAYS_DESCRIBED * relays * DESCRIPTOR_ENTRY_BYTES
    seal = ENTRY_HEADER_BYTES + seal_bytes(relays - 1)
    sealed_at = {relay: at + (place + 1) * seal for place, relay in enumerate(community.roster.numbers)}
    # Nothing is sealed to a relay's keys before the others have named them.
    keys_at = {relay: max(end for other, end in sealed_at.items() if other != relay) for relay in sealed_at}
    clients = []
    for number, profile in enumerate(profiles):
        client = begin_client(number, stream(f"member{number}/crypto"), profile, community.roster, start)
        client.keys_at = keys_at
        client.letters = [(written, reader) for written, sender, reader in sorted(letters) if sender == number]
        client.habits = habits[number] if habits else Habits()
        clients.append(client)
    world = Skeleton(constants, start, clients, at + relays * seal, seal)
    world.begin()
    return world
