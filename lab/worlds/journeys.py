"""What was recorded of a simulated world (lab.worlds.recording), and each packet's whole way put together from it.

Rows of `arrivals`, `departures`, `replies` and `pages` are what relays see: one row of one relay is what that relay
knows, and whoever plays a set of relays filters by `relay`. `slots` and `collected` are the truth behind them, for
whoever judges an attack.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.routes.frames import FrameKind
from protocol.routes.onion import Route
from protocol.seams import RelayId


@dataclass(frozen=True, slots=True)
class Cargo:
    """What one field of a slot really was. `contact`: whom it is for or from, 0 the client itself (a loop), None nobody
    (cover, a random take). `letter`: the letter's number in its conversation, None in a loop or an ack-only cell.
    `tag`: the replay tag by which the guard will know it.
    """

    route: Route
    hole: bytes
    tag: bytes
    contact: int | None
    letter: int | None


@dataclass(frozen=True, slots=True)
class SlotTruth:
    """A slot for which packets were sealed (a crash or a stop may have kept it from leaving); None: a discard."""

    client: str
    number: int
    at: float
    guard: RelayId
    packet: Cargo | None
    fetch: Cargo | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet that a relay opened. `number`: its row there. `source`: the relay it came from, None for a client, whose
    `shelf` the guard knows. `next`, `hold_s`, `back_s` and `inner` (tag of the box inside) of what goes on; `hole` at
    its store. `fetch`: it will be answered.
    """

    relay: RelayId
    at: float
    number: int
    tag: bytes
    source: RelayId | None
    shelf: int | None
    fetch: bool
    next: RelayId | None = None
    hold_s: float = 0.0
    back_s: float = 0.0
    inner: bytes | None = None
    hole: bytes | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """A frame that a relay handed to a link; again for each time its batch was sent."""

    relay: RelayId
    at: float
    to: RelayId
    kind: FrameKind
    number: int
    ref: bytes


@dataclass(frozen=True, slots=True)
class ReplyArrival:
    """A reply on its way back that a relay heard, for its reference `ref`. At the guard it goes to a shelf."""

    relay: RelayId
    at: float
    source: RelayId
    ref: bytes
    number: int


@dataclass(frozen=True, slots=True)
class ListedPage:
    """The holes that a relay listed for one page interval."""

    relay: RelayId
    interval: int
    holes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Collected:
    """A client took a reply from its shelf; `hole` None: it answered a random take, or nothing."""

    client: str
    at: float
    hole: bytes | None
    hit: bool


@dataclass(frozen=True, slots=True)
class Journey:
    """A packet's whole way; Unix seconds, None where it never came (losses, or the end of the world).

    `guard_out` and `middle_out` are when its frame left; a fetch goes on with `reply_out` at its store, `back_in` and
    `back_out` at the middle, and `shelved`.
    """

    slot: SlotTruth
    cargo: Cargo
    guard_in: float | None
    guard_out: float | None
    middle_in: float | None
    middle_out: float | None
    store_in: float | None
    reply_out: float | None = None
    back_in: float | None = None
    back_out: float | None = None
    shelved: float | None = None


@dataclass(slots=True)
class Recording:
    """Everything recorded, in order of time."""

    slots: list[SlotTruth] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    departures: list[Departure] = field(default_factory=list)
    replies: list[ReplyArrival] = field(default_factory=list)
    pages: list[ListedPage] = field(default_factory=list)
    collected: list[Collected] = field(default_factory=list)

    def deposits(self) -> list[Journey]:
        """The ways of all deposits."""
        return [way for way in self.journeys() if way.cargo is way.slot.packet]

    def fetches(self) -> list[Journey]:
        """The ways of all fetches."""
        return [way for way in self.journeys() if way.cargo is way.slot.fetch]

    def journeys(self) -> list[Journey]:
        """The ways of all deposits and fetches, in order of their slots."""
        arrived: dict[tuple[RelayId, bytes], Arrival] = {}
        for arrival in self.arrivals:
            arrived.setdefault((arrival.relay, arrival.tag), arrival)
        left: dict[tuple[RelayId, int, FrameKind], Departure] = {}
        for departure in self.departures:
            left[departure.relay, departure.number, departure.kind] = departure
        back: dict[tuple[RelayId, bytes], ReplyArrival] = {}
        for reply in self.replies:
            back.setdefault((reply.relay, reply.ref), reply)
        return [
            _journey(slot, cargo, arrived, left, back)
            for slot in self.slots
            for cargo in (slot.packet, slot.fetch)
            if cargo is not None
        ]


def _journey(
    slot: SlotTruth,
    cargo: Cargo,
    arrived: Mapping[tuple[RelayId, bytes], Arrival],
    left: Mapping[tuple[RelayId, int, FrameKind], Departure],
    back: Mapping[tuple[RelayId, bytes], ReplyArrival],
) -> Journey:
    route = cargo.route
    guard = arrived.get((route.entry, cargo.tag))
    from_guard = _left(left, guard, FrameKind.PACKET)
    middle = None if guard is None or guard.inner is None else arrived.get((route.middle, guard.inner))
    from_middle = _left(left, middle, FrameKind.PACKET)
    store = None if middle is None or middle.inner is None else arrived.get((route.store, middle.inner))
    reply = _left(left, store, FrameKind.REPLY)
    middle_back = None if from_middle is None else back.get((route.middle, from_middle.ref))
    back_out = None if middle_back is None else left.get((route.middle, middle_back.number, FrameKind.REPLY))
    shelved = None if from_guard is None else back.get((route.entry, from_guard.ref))
    here = (guard, from_guard, middle, from_middle, store)
    times = [None if event is None else event.at for event in here]
    if store is None or not store.fetch:
        return Journey(slot, cargo, *times)
    times += [None if event is None else event.at for event in (reply, middle_back, back_out, shelved)]
    return Journey(slot, cargo, *times)


def _left(
    left: Mapping[tuple[RelayId, int, FrameKind], Departure], arrival: Arrival | None, kind: FrameKind
) -> Departure | None:
    return None if arrival is None else left.get((arrival.relay, arrival.number, kind))
