"""Exchanges: from the posted bodies of a group to its answers.

Three steps: `read` opens and parses (no store), `serve` does everything that must be durable in one transaction,
`answers` seals what may be said after it. Invariant: whatever happened - good, refused, busy, unreadable, seen before -
an answer has the size of its profile, and takes the same number of draws.
Spec: docs/protocol.md, Exchange; Admission; Shelves.
Decision 27.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from protocol.board.sheets import Stretch
from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.profile import Profile
from protocol.routes.exchange import (
    LATEST_KEY_BLOCK,
    Cursor,
    Request,
    Response,
    Status,
    parse_request,
    seal_response,
    split_body,
)
from protocol.routes.frames import NO_REF
from protocol.routes.onion import Layer
from protocol.sizes import ACCESS_BYTES, RESPONSE_BYTES, STRETCH_BYTES, SYNC_EXCHANGES
from relay.core.board.publisher import Publisher
from relay.core.guard.admission import SpentTicket, check_pass
from relay.core.guard.shelves import ShelfGroup, shelf_mark
from relay.core.interface import Count
from relay.core.mix.caps import Cap, drop_chance
from relay.core.routing import OpenedPacket, Origin, Router, peel_packet
from relay.core.state import RelayState, Work
from relay.events import Event
from relay.store.records import ShelfRow, TagRow, TicketRow


@dataclass(slots=True)
class _Call:
    """One request on its way through the three steps; `request` is None if it could not be opened."""

    request: Request | None
    admitted: bool = False
    ticket: SpentTicket | None = None
    marks: tuple[bytes, bytes] = (b"", b"")
    layers: list[tuple[TagRow, Layer] | None] = field(default_factory=list)
    shelf: ShelfRow | None = None
    reply: tuple[int, bytes] | None = None
    stretch: tuple[Stretch, bytes] | None = None
    response: Response | None = None

    def asks_from(self, cursor: Cursor) -> bool:
        """Whether the request reads the board from `cursor`."""
        return self.request is not None and self.request.cursor == cursor


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of each body, in order."""

    bodies: tuple[tuple[_Call, ...], ...]

    @property
    def calls(self) -> list[_Call]:
        """All of them."""
        return [call for body in self.bodies for call in body]


class ExchangeServer:
    """Serves groups of exchanges."""

    def __init__(self, state: RelayState, publisher: Publisher, router: Router) -> None:
        self._state = state
        self._publisher = publisher
        self._router = router

    def read(self, bodies: Sequence[bytes], now: float) -> Group:
        """Open, parse and admit every request, and open the packets of those admitted."""
        return Group(tuple(self._read_body(body, now) for body in bodies))

    def _read_body(self, body: bytes, now: float) -> tuple[_Call, ...]:
        try:
            boxes = split_body(body)
        except ProtocolError:
            return (_Call(None),)
        return tuple(self._read_box(box, now) for box in boxes)

    def _read_box(self, box: bytes, now: float) -> _Call:
        state = self._state
        try:
            call = _Call(parse_request(state.ring.open_request(box)))
        except ProtocolError:
            return _Call(None)
        request = call.request
        if request is None:
            return call
        try:
            call.ticket = check_pass(request, state.access, state.roster, state.number, day_of(now))
            call.admitted = True
        except ProtocolError:
            return call
        call.marks = (shelf_mark(request.shelf), shelf_mark(request.next_shelf))
        call.layers = [peel_packet(state.ring, request.packet), peel_packet(state.ring, request.fetch)]
        return call

    async def serve(self, work: Work, group: Group) -> None:
        """Settle passes and shelves, accept packets, collect replies and read the board."""
        calls = group.calls
        today = day_of(work.now)
        admitted = [call for call in calls if call.admitted]
        marks = list(dict.fromkeys(mark for call in admitted for mark in call.marks))
        rows = await work.tx.shelves_named(marks)
        shelves = ShelfGroup(rows, await work.tx.shelf_count(), today, self._state.entropy)
        spent = await self._spent(work, admitted)
        packets: list[OpenedPacket] = []
        statuses: list[Status] = []
        for call in calls:
            # The draws of an exchange are taken whatever becomes of it: nobody's fate moves another's.
            numbers = (self._state.next_id(), self._state.next_id())
            draws = (self._state.fair.fraction(), self._state.fair.fraction())
            status = self._settle(work, call, shelves, spent, draws[0])
            statuses.append(status)
            if status is Status.OK and call.shelf is not None:
                origin = Origin(self._state.number, NO_REF, call.shelf.id)
                for layer, number, draw in zip(call.layers, numbers, draws, strict=True):
                    if layer is not None:
                        packets.append(OpenedPacket(*layer, origin, number, draw))
        work.tx.put_shelves(shelves.changed.values())
        await self._router.accept(work, packets, self._publisher.open_interval(work.now))
        await self._respond(work, group, statuses)

    async def _spent(self, work: Work, admitted: Sequence[_Call]) -> dict[bytes, TicketRow]:
        marks = [call.ticket.mark for call in admitted if call.ticket is not None]
        return {row.ticket: row for row in await work.tx.tickets(marks)} if marks else {}

    def _settle(
        self, work: Work, call: _Call, shelves: ShelfGroup, spent: dict[bytes, TicketRow], draw: float
    ) -> Status:
        """Decide the status of a call and, unless it is refused, find its shelf."""
        state, constants = self._state, self._state.constants
        if not call.admitted:
            return Status.REFUSED  # and not counted: whoever is not let in must not use up what members share
        done = state.fair.count(Cap.EXCHANGES, constants.interval_of(work.clock))
        found = shelves.find(*call.marks)
        if call.ticket is not None:
            row = spent.get(call.ticket.mark)
            if row is not None and (found is None or row.shelf != found.id):
                return Status.REFUSED  # used already, and not by this shelf
        if found is None and draw < self._chance(Cap.SHELVES, shelves.count, constants.max_shelves):
            return Status.BUSY
        call.shelf = shelves.use(*call.marks)
        if call.ticket is not None and call.ticket.mark not in spent:
            ticket = TicketRow(call.ticket.mark, call.shelf.id, day_of(work.now), call.ticket.expires)
            spent[ticket.ticket] = ticket
            work.tx.put_tickets([ticket])
        loads = (
            self._chance(Cap.EXCHANGES, done, constants.max_exchanges_per_page),
            self._chance(Cap.PACKETS, state.pool.travelling, constants.max_packets),
        )
        return Status.BUSY if draw < max(loads) else Status.OK

    def _chance(self, cap: Cap, used: int, limit: int) -> float:
        chance = drop_chance(used, limit)
        if chance:
            self._state.events.emit(Event.CAP_REACHED, kind=cap.value)
        return chance

    async def _read_board(self, work: Work, group: Group) -> None:
        """Find the stretch for every admitted request.

        In a body of eight a request with the cursor of the one before it goes on where that one's stretch ends: a
        client cannot know where a stretch will end, and so reads eight of them in one round trip.
        """
        for place in range(SYNC_EXCHANGES):
            readers: list[_Call] = []
            wanted: list[tuple[Cursor, int]] = []
            for body in group.bodies:
                call = body[place] if place < len(body) else None
                if call is None or call.request is None or not call.admitted:
                    continue
                cursor = call.request.cursor
                before = body[place - 1] if place else None
                if before is not None and before.asks_from(cursor) and before.stretch is not None:
                    cursor = before.stretch[0].next
                readers.append(call)
                wanted.append((cursor, STRETCH_BYTES[call.request.profile]))
            if not readers:
                continue
            for call, stretch in zip(readers, await self._publisher.board.read(work.tx, wanted), strict=True):
                call.stretch = stretch

    async def _respond(self, work: Work, group: Group, statuses: Sequence[Status]) -> None:
        calls = group.calls
        shelved = [
            (call, call.request, call.shelf) for call in calls if call.request is not None and call.shelf is not None
        ]
        work.tx.erase_replies_below((shelf.id, request.durable) for _, request, shelf in shelved)
        replies = await work.tx.replies([(shelf.id, request.collect) for _, request, shelf in shelved])
        for (call, _, _), reply in zip(shelved, replies, strict=True):
            call.reply = reply
        await self._read_board(work, group)
        access = self._state.access
        for call, status in zip(calls, statuses, strict=True):
            if call.request is None:
                continue
            read = call.stretch
            call.response = Response(
                status,
                access.current if status is Status.OK else bytes(ACCESS_BYTES),
                access.epoch if status is Status.OK else 0,
                call.reply,
                call.shelf.next_number if call.shelf is not None else 0,
                read[0].start if read is not None else LATEST_KEY_BLOCK,
                read[0].next if read is not None else LATEST_KEY_BLOCK,
                read[0].end if read is not None else LATEST_KEY_BLOCK,
                read[1] if read is not None else b"",
            )

    def answers(self, group: Group) -> list[bytes]:
        """Seal the responses; call it only after the transaction has been committed."""
        return [b"".join(self._answer(call) for call in body) for body in group.bodies]

    def _answer(self, call: _Call) -> bytes:
        counts, entropy = self._state.counts, self._state.entropy
        if call.request is None or call.response is None:
            counts[Count.EXCHANGES_UNREADABLE] += 1
            return entropy(RESPONSE_BYTES[Profile.STANDARD])
        match call.response.status:
            case Status.OK:
                counts[Count.EXCHANGES_OK] += 1
            case Status.REFUSED:
                counts[Count.EXCHANGES_REFUSED] += 1
            case Status.BUSY:
                counts[Count.EXCHANGES_BUSY] += 1
        return seal_response(call.response, call.request.response_key, call.request.profile, entropy)
