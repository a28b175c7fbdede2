"""Recording what each relay of a simulated world sees, and the truth behind it: which slot of whom made which packet.

    with recording(world) as record:
        await world.run(until)
    record.arrivals, record.departures, record.replies, record.pages     # what relays see, each for itself
    record.slots, record.collected, record.journeys()                    # the truth

Functions of the product are wrapped from outside for as long as the block lasts; the product has no switch for it. One
world at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import client_cli.post.exchanges
import client_cli.post.slots
import client_cli.streams.in_flight
import relay.core.board.publisher
from client_cli.community.relays import Network
from client_cli.post.fetches import Asked, FetchAnswer
from client_cli.post.slots import Fields
from client_cli.randomness import Randomness
from client_cli.vault.transaction import Tx
from lab.mutants.wrapping import wrapped
from lab.worlds.journeys import Arrival, Cargo, Collected, Departure, ListedPage, Recording, ReplyArrival, SlotTruth
from lab.worlds.world import World
from protocol.primitives.sealed_box import box_tag
from protocol.profile import Profile
from protocol.routes.onion import Deposit, Discard, Fetch, Forward, ForwardFetch, ReplyKeys, Route
from protocol.routes.schedule import BlindSlot, PlannedSlot
from protocol.seams import Entropy, RelayId
from protocol.streams.pigeonhole import Hole, Take, hole_of
from relay.core.interface import SealedBatch
from relay.core.links.sending import Peers
from relay.core.routing import OpenedPacket, ReplyFrame, Router
from relay.core.state import Work
from relay.store.records import PacketRow


@contextmanager
def recording(world: World) -> Iterator[Recording]:
    """Record what happens in `world` until the block ends."""
    record = Recording()
    with _clients(world, record), _relays(record):
        yield record


@contextmanager
def _clients(world: World, record: Recording) -> Iterator[None]:
    slots: Any = client_cli.post.slots
    exchanges: Any = client_cli.post.exchanges
    delivery: Any = client_cli.streams.in_flight
    real_fields, real_deposit, real_fetch, real_take = (
        slots.seal_fields,
        slots.seal_deposit,
        slots.seal_fetch,
        slots.choose_take,
    )
    real_sent, real_reply, real_answer = delivery.record_sent, exchanges._accept_reply, exchanges.find_answer
    sealed: dict[str, Cargo] = {}
    sent: list[tuple[int, int | None]] = []
    asked_of: list[int | None] = []
    answers: list[FetchAnswer | None] = []

    def name_of(randomness: Randomness) -> str:
        return next(client.name for client in world.clients.values() if client.content is randomness.content)

    def record_sent(
        tx: Tx, contact: int, place: tuple[int, int], letter: int | None, part: int | None, now: float
    ) -> None:
        sent.append((contact, letter))
        real_sent(tx, contact, place, letter, part, now)

    def seal_deposit(route: Route, keys: Mapping[RelayId, bytes], hole: bytes, cell: bytes, entropy: Entropy) -> bytes:
        field: bytes = real_deposit(route, keys, hole, cell, entropy)
        contact, letter = sent[-1] if sent else (None, None)
        sealed["packet"] = Cargo(route, bytes(hole), box_tag(field), contact, letter)
        return field

    def choose_take(tx: Tx, *rest: Any) -> Asked:
        asked: Asked = real_take(tx, *rest)
        query = "SELECT s.contact FROM expected e JOIN streams s ON s.id = e.stream WHERE e.hole = ?"
        row = None if asked.hole is None else tx.find(query, (asked.hole,))
        asked_of.append(None if row is None else int(row[0]))
        return asked

    def seal_fetch(
        route: Route, keys: Mapping[RelayId, bytes], take: bytes, entropy: Entropy
    ) -> tuple[bytes, ReplyKeys]:
        field, reply_keys = real_fetch(route, keys, take, entropy)
        sealed["fetch"] = Cargo(route, bytes(hole_of(Take(take))), box_tag(field), asked_of[-1], None)
        return field, reply_keys

    def seal_fields(
        tx: Tx,
        planned: PlannedSlot | BlindSlot,
        at: float,
        network: Network,
        profile: Profile,
        randomness: Randomness,
        *,
        settled: bool,
    ) -> Fields:
        for found in (sealed, sent, asked_of):
            found.clear()
        fields: Fields = real_fields(tx, planned, at, network, profile, randomness, settled=settled)
        if isinstance(planned, PlannedSlot):
            truth = SlotTruth(
                name_of(randomness), planned.number, at, planned.guard, sealed.get("packet"), sealed.get("fetch")
            )
            record.slots.append(truth)
        return fields

    def find_answer(tx: Tx, body: bytes) -> FetchAnswer | None:
        answers.append(real_answer(tx, body))
        return answers[-1]

    def accept_reply(tx: Tx, body: bytes, randomness: Randomness, now: float) -> FetchAnswer | None:
        real_reply(tx, body, randomness, now)
        answer = answers.pop()
        hole = None if answer is None else answer.hole
        record.collected.append(
            Collected(name_of(randomness), now, hole, answer is not None and answer.cell is not None)
        )
        return answer

    with (
        wrapped(delivery, record_sent=record_sent),
        wrapped(exchanges, find_answer=find_answer, _accept_reply=accept_reply),
        wrapped(
            slots, seal_fields=seal_fields, seal_deposit=seal_deposit, seal_fetch=seal_fetch, choose_take=choose_take
        ),
    ):
        yield


@contextmanager
def _relays(record: Recording) -> Iterator[None]:
    publisher: Any = relay.core.board.publisher
    real_accept, real_back, real_seal, real_page = Router.accept, Router.bring_back, Peers.seal, publisher.encode_page

    async def accept(self: Router, work: Work, packets: Sequence[OpenedPacket], hole_interval: int) -> None:
        await real_accept(self, work, packets, hole_interval)
        number = self._state.number
        record.arrivals += [_arrival(number, work.now, one) for one in packets if not isinstance(one.layer, Discard)]

    async def bring_back(self: Router, work: Work, replies: Sequence[ReplyFrame]) -> None:
        await real_back(self, work, replies)
        number = self._state.number
        record.replies += [ReplyArrival(number, work.now, one.sender, one.ref, one.number) for one in replies]

    def seal(
        self: Peers, peer: RelayId, seq: int, rows: Sequence[PacketRow], now: float
    ) -> tuple[SealedBatch | None, list[int]]:
        number = self._state.number
        record.departures += [Departure(number, now, peer, row.kind, row.id, row.ref) for row in rows]
        return real_seal(self, peer, seq, rows, now)

    def encode_page(holes: Sequence[Hole], number: RelayId, interval: int) -> bytes:
        record.pages.append(ListedPage(number, interval, tuple(holes)))
        body: bytes = real_page(holes, number, interval)
        return body

    with (
        wrapped(Router, accept=accept, bring_back=bring_back),
        wrapped(Peers, seal=seal),
        wrapped(publisher, encode_page=encode_page),
    ):
        yield


def _arrival(number: RelayId, now: float, packet: OpenedPacket) -> Arrival:
    layer, origin = packet.layer, packet.origin
    source = None if origin.shelf is not None else origin.relay
    common = (number, now, packet.number, packet.tag.tag, source, origin.shelf)
    match layer:
        case Forward():
            return Arrival(*common, False, layer.next, layer.hold_ms / 1000, 0.0, box_tag(layer.inner))
        case ForwardFetch():
            times = (layer.hold_ms / 1000, layer.back_ms / 1000)
            return Arrival(*common, True, layer.next, *times, box_tag(layer.inner))
        case Deposit():
            return Arrival(*common, False, hole=layer.hole)
        case Fetch():
            return Arrival(*common, True, hole=bytes(hole_of(Take(layer.take))))
        case _:
            raise AssertionError("a discard goes nowhere")
