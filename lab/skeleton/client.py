"""A client without a vault and without cryptography: the schedule, the fetches and the loops are the product's own.

Invariant: what decides times, routes and which pigeonhole is asked for is code of `protocol` and `client_cli`
(`Schedule`, `wanted`, `choose_take`, `note_asked`, `SendStream`, `ReceiveStream`); left out are sealing, ratchets,
re-sending and what is on disk. Letters are one cell each; nothing is lost.
Decision 83.
"""

import math
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from client_cli.post.fetches import choose_take, note_asked, wanted
from client_cli.post.slots import lookahead_s
from client_cli.streams.loop_watch import patience_s
from client_cli.streams.streams import LOOPS
from client_cli.vault.letters_key import LettersBox
from client_cli.vault.schema import migrate
from client_cli.vault.transaction import Tx
from protocol.community.roster import Roster
from protocol.primitives.kdf import derive
from protocol.primitives.sampling import exponential, uniform01
from protocol.profile import Profile
from protocol.routes.onion import ReplyKeys, Route
from protocol.routes.schedule import BlindSlot, PlannedSlot, Schedule, blind_slot_s
from protocol.seams import Entropy, RelayId, SeededEntropy
from protocol.sizes import STRETCH_BYTES, TAKE_BYTES
from protocol.streams.pigeonhole import ChainRoot, epoch_of, hole_of
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import SendStream
from protocol.streams.stream import retained_epochs

NO_KEYS: Final = ReplyKeys(b"", b"", b"")
OTHERS: Final = 1
"""The stream number under which letters of people are expected; LOOPS is our own."""
GUARD: Final = RelayId(0)

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a deposit leaves. `reader`: the client that will fetch it, -1 nobody. `kind`: see
    lab.skeleton.world.Kind."""

    hole: bytes
    take: bytes
    reader: int
    kind: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A slot sealed ahead: its routes, what it leaves and what it asks for (None: a discard). `asked` is the row to be
    struck off when the answer is here; `wants` the hole, None a random take."""

    at: float
    deposit: Route | None
    cell: Cell | None
    fetch: Route | None
    asked: int = 0
    wants: bytes | None = None
    listed_slots: int = 0


@dataclass(slots=True)
class Habits:
    """What clients of a positive control do instead; the product has none of it.

    loops: whether idle deposit slots carry loops. at_once: fetch whatever is listed, wherever it lies, and nothing
    else. hours: (from, to) of the day, in hours, during which the device is online; None always.
    """

    loops: bool = True
    at_once: bool = False
    hours: tuple[float, float] | None = None

    def online(self, at: float) -> bool:
        """Whether the device is on."""
        if self.hours is None:
            return True
        hour = at / 3600 % 24
        begin, end = self.hours
        return (hour - begin) % 24 < (end - begin) % 24


@dataclass(slots=True)
class SkeletonClient:
    """See the module. Times are Unix seconds; `number` is its place in the world."""

    number: int
    profile: Profile
    roster: Roster
    schedule: Schedule
    entropy: Entropy
    habits: Habits = field(default_factory=Habits)
    knows_roster: bool = False
    keys_at: Mapping[RelayId, int] = field(default_factory=dict)
    """Where the first descriptor of each relay ends in the log: a packet needs the keys of all its relays."""
    sealed: list[Sealed] = field(default_factory=list)
    letters: list[tuple[float, int]] = field(default_factory=list)
    """(written, reader) of the letters that wait, oldest first."""
    acks_due: dict[int, float] = field(default_factory=dict)
    shelf: list[tuple[int, bytes | None]] = field(default_factory=list)
    """What the guard put on our shelf: (row to strike off, hole that was asked for)."""
    collected: set[int] = field(default_factory=set)
    flying: set[int] = field(default_factory=set)
    durable: int = 0
    cursor: int = 0
    slots: int = 0
    slot_at: float = -math.inf
    seen_at: dict[bytes, int] = field(default_factory=dict)
    """How many slots we had when a hole of ours was listed."""
    others: int = 0
    """Cells of people that were listed so far; each has a row of its own among those expected."""
    _tx: Tx = field(init=False, repr=False)
    _loops: tuple[SendStream, ReceiveStream] | None = None
    _flights: dict[Place, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(connection)
        connection.execute("INSERT INTO streams (id, contact, direction) VALUES (?, ?, 1)", (LOOPS, LOOPS))
        connection.execute("INSERT INTO streams (id, contact, direction) VALUES (?, ?, 1)", (OTHERS, OTHERS))
        connection.execute("BEGIN")  # once: nothing here has to outlive the process
        self._tx = Tx(connection, LettersBox(bytes(32)))

    @property
    def stretch_bytes(self) -> int:
        """Most bytes of the board that a response holds."""
        return STRETCH_BYTES[self.profile]

    @property
    def _slot_s(self) -> float:
        constants = self.roster.constants
        return (
            constants.slot_s(self.profile)
            if self.knows_roster
            else blind_slot_s(constants.standard_slot_ms, self.profile)
        )

    # --- slots: client_cli.post.slots without sealing ---------------------------------------------------------

    def next_slot_at(self) -> float:
        """When the next slot is."""
        return self.sealed[0].at if self.sealed else self.schedule.next_at(self._slot_s)

    def prepare_at(self) -> float:
        """When sealing is due next (client_cli.post.postman.Postman.prepare_at)."""
        ahead_s = lookahead_s(self._slot_s)
        return max(self.schedule.next_at(self._slot_s) - ahead_s, self.slot_at + ahead_s / 2)

    def prepare(self, now: float) -> None:
        """Plan the slots that are due soon (client_cli.post.slots.prepare_ahead)."""
        ahead_s = lookahead_s(self._slot_s)
        while self.schedule.next_at(self._slot_s) <= max([now, *(slot.at for slot in self.sealed[-1:])]) + ahead_s:
            planned: PlannedSlot | BlindSlot
            if self.knows_roster:
                planned, self.schedule = self.schedule.plan(self.roster, self.profile, GUARD)
            else:
                pace_ms = self.roster.constants.standard_slot_ms
                planned, self.schedule = self.schedule.plan_blind(pace_ms, self.profile)
            self.sealed.append(self._fill(planned, now))

    def _fill(self, planned: PlannedSlot | BlindSlot, now: float) -> Sealed:
        """Choose what a planned slot carries (client_cli.post.slots.seal_fields)."""
        at = planned.at
        self.slots += 1
        if isinstance(planned, BlindSlot) or not self.habits.online(at):
            return Sealed(at, None, None, None)
        leaves = planned.deposit and self._live(planned.packet)
        cell = self._cell(planned.packet.store, at, now) if leaves else None
        packet = planned.packet if cell is not None else None
        route = planned.fetch
        constants = self.roster.constants
        if self.habits.at_once:
            found = self._tx.find("SELECT relay FROM expected WHERE listed_at IS NOT NULL AND asked_at IS NULL LIMIT 1")
            if found is None:
                return Sealed(at, packet, cell, None)
            route = Route(GUARD, route.middle, RelayId(found[0]), *_holds(route))
        if not self._live(route) or not wanted(self._tx, constants, self.profile, at):
            return Sealed(at, packet, cell, None)
        asked = choose_take(self._tx, route, at, constants, self.entropy)
        note_asked(self._tx, asked, NO_KEYS, route, at, constants, self.profile)
        row = self._tx.find("SELECT last_insert_rowid()")
        assert row is not None
        since = -1 if asked.hole is None else self.slots - self.seen_at[asked.hole]
        return Sealed(at, packet, cell, route, int(row[0]), asked.hole, since)

    def _live(self, route: Route) -> bool:
        return all(self.cursor >= self.keys_at.get(relay, 0) for relay in (GUARD, route.middle, route.store))

    # --- content ----------------------------------------------------------------------------------------------------

    def _cell(self, store: RelayId, at: float, now: float) -> Cell | None:
        """A letter, else an ack that is due, else a loop, else cover (client_cli.post.slots.choose_deposit)."""
        if self.letters and self.letters[0][0] <= now:
            _, reader = self.letters.pop(0)
            self.acks_due.pop(reader, None)
            return self._new(reader, 1)
        due = sorted((when, reader) for reader, when in self.acks_due.items() if when <= at)
        if due:
            del self.acks_due[due[0][1]]
            return self._new(due[0][1], 2)
        if not self.habits.loops:
            return None
        return self._loop(store, at) or self._new(-1, 3)

    def _new(self, reader: int, kind: int) -> Cell:
        take = self.entropy(TAKE_BYTES)
        return Cell(take, take, reader, kind)

    def _loop(self, store: RelayId, at: float) -> Cell | None:
        """client_cli.streams.loops.next_loop."""
        constants = self.roster.constants
        epoch, retained = epoch_of(at, constants.epoch_s), retained_epochs(constants.retention_s, constants.epoch_s)
        if self._loops is None:
            root = ChainRoot(self.entropy(32))
            self._loops = (
                SendStream.begin(root, epoch, self.roster.numbers, retained),
                ReceiveStream.begin(root, epoch, self.roster.numbers, retained),
            )
        send, receive = self._loops
        if epoch > send.epoch:
            send.roll(epoch, self.roster.numbers, retained)
            receive.roll(epoch, self.roster.numbers, retained)
        before = at - patience_s(constants, self.profile, len(self.roster.relays))
        overdue = [place for place, sent_at in self._flights.items() if sent_at < before]
        for place in overdue:
            send.give_up(*place)
            del self._flights[place]
        taken = send.claim(store)
        if overdue:
            self._move_windows()
        if taken is None:
            return None
        place = (taken.epoch, taken.index)
        self._flights[place] = at
        return Cell(bytes(hole_of(taken.take)), bytes(taken.take), self.number, 0, place)

    def _move_windows(self) -> None:
        assert self._loops is not None
        send, receive = self._loops
        send.acknowledge(receive.acks())
        receive.set_floors(send.floors())
        send.acknowledge(receive.acks())

    # --- what comes back ----------------------------------------------------------------------------------------------

    def listed(self, cell: Cell, store: RelayId, now: float) -> None:
        """A page that we read lists a cell that is for us (client_cli.board.reader)."""
        epoch, index = cell.place if cell.place is not None else (0, self.others)
        stream = OTHERS if cell.place is None else LOOPS
        self._tx.execute(
            "INSERT OR REPLACE INTO expected (hole, take, stream, epoch, idx, relay, listed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (cell.hole, cell.take, stream, epoch, index, store, now),
        )
        self.others += cell.place is None
        self.seen_at[cell.hole] = self.slots

    def take_reply(self, row: int, cell: Cell | None, sender: int, now: float) -> None:
        """A reply was collected: strike its fetch off; a letter makes an ack due, a loop moves our own window."""
        self._tx.execute("DELETE FROM outstanding WHERE id = ?", (row,))
        if cell is None:
            return
        self._tx.execute("DELETE FROM expected WHERE hole = ?", (cell.hole,))
        self.seen_at.pop(cell.hole, None)
        if cell.place is not None and self._loops is not None:
            self._flights.pop(cell.place, None)
            self._loops[1].receive(*cell.place)
            self._move_windows()
        elif cell.kind == 1:
            due = now + exponential(uniform01(self.entropy), self.roster.constants.ack_wait_ms / 1000)
            self.acks_due[sender] = min(due, self.acks_due.get(sender, due))


def begin_client(number: int, crypto: Entropy, profile: Profile, roster: Roster, now: float) -> SkeletonClient:
    """Return a client whose schedule is that of a vault with the crypto stream `crypto`
    (client_cli.post.slots.begin_schedules)."""
    key = derive(b"sosik schedule", b"schedule", key=crypto(32))
    entropy = SeededEntropy(derive(b"lab skeleton", number.to_bytes(4, "big"), key=key))
    return SkeletonClient(number, profile, roster, Schedule.start(key, now), entropy)


def _holds(route: Route) -> tuple[float, float, float]:
    return route.hold_entry_s, route.hold_middle_s, route.hold_back_s
