"""Clients whose letters change what a slot carries and where that goes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import client_cli.outbox.letters
import client_cli.outbox.sending
import client_cli.post.postman
import client_cli.post.slots
from client_cli.community.membership import find_roster
from client_cli.community.relays import Network, live_keys
from client_cli.outbox.sending import Departing
from client_cli.people.contacts import Person
from client_cli.post.fetches import Asked
from client_cli.post.guard_choice import Guard
from client_cli.post.postman import Postman
from client_cli.randomness import Randomness
from client_cli.streams.deposit import Deposit
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from lab.mutants.wrapping import wrapped
from protocol.community.constants import Constants
from protocol.letters.letter import Fragment, Letter
from protocol.primitives.kdf import derive
from protocol.profile import Profile
from protocol.routes.onion import ReplyKeys, Route, seal_discard
from protocol.routes.schedule import BlindSlot, PlannedSlot, Schedule, window_w
from protocol.seams import Entropy, RelayId
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES, TAKE_BYTES
from protocol.streams.pigeonhole import Hole

# What is wrapped are the names these modules look up, their own and their imports.
slots: Any = client_cli.post.slots
postman: Any = client_cli.post.postman
outbox: Any = client_cli.outbox.letters
departing: Any = client_cli.outbox.sending


def has_waiting_letter(tx: Tx) -> bool:
    """Whether a letter waits that was not sent yet."""
    return tx.find("SELECT 1 FROM parts WHERE arrived_at IS NULL AND tries = 0 LIMIT 1") is not None


@contextmanager
def no_loop_when_idle() -> Iterator[None]:
    """A deposit slot without a letter sends a discard."""
    real_content, real_seal = slots.next_content, slots.seal_deposit
    found: list[Deposit | None] = [None]

    def content(tx: Tx, store: RelayId, now: float, randomness: Randomness) -> Deposit | None:
        content_found: Deposit | None = real_content(tx, store, now, randomness)
        found[0] = content_found
        return content_found

    def seal(route: Route, keys: Mapping[RelayId, bytes], hole: bytes, cell: bytes, entropy: Entropy) -> bytes:
        if found[0] is None:
            return seal_discard(keys.get(route.entry), PACKET_FIELD_BYTES, entropy)
        sealed: bytes = real_seal(route, keys, hole, cell, entropy)
        return sealed

    with wrapped(slots, next_content=content, seal_deposit=seal):
        yield


@contextmanager
def no_fetch_when_idle() -> Iterator[None]:
    """A fetch slot that expects nothing sends a discard."""
    real_choose, real_seal = slots.choose_take, slots.seal_fetch
    asked: list[Asked | None] = [None]

    def choose(tx: Tx, route: Route, at: float, constants: Constants, entropy: Entropy) -> Asked:
        chosen: Asked = real_choose(tx, route, at, constants, entropy)
        asked[0] = chosen
        return chosen

    def seal(route: Route, keys: Mapping[RelayId, bytes], take: bytes, entropy: Entropy) -> tuple[bytes, ReplyKeys]:
        field, reply_keys = real_seal(route, keys, take, entropy)
        if asked[0] is None or asked[0].hole is None:
            field = seal_discard(keys.get(route.entry), FETCH_FIELD_BYTES, entropy)
        return field, reply_keys

    with wrapped(slots, choose_take=choose, seal_fetch=seal):
        yield


@contextmanager
def fixed_store_per_contact() -> Iterator[None]:
    """Letters always go to the same relay instead of waiting for a slot that goes there."""
    real_plan = slots.plan

    def plan(
        tx: Tx, network: Network, profile: Profile, guard: RelayId, name: Key = Key.SCHEDULE
    ) -> PlannedSlot | BlindSlot:
        planned: PlannedSlot | BlindSlot = real_plan(tx, network, profile, guard, name)
        waiting = tx.find("SELECT contact FROM parts WHERE arrived_at IS NULL AND tries = 0 LIMIT 1")
        if waiting is None or isinstance(planned, BlindSlot) or network.roster is None:
            return planned
        numbers = [number for number in network.roster.numbers if number != planned.packet.middle]
        return replace(planned, packet=replace(planned.packet, store=numbers[waiting[0] % len(numbers)]))

    with wrapped(slots, plan=plan):
        yield


@contextmanager
def window_counts_hits_only() -> Iterator[None]:
    """Only fetches for something expected count as outstanding."""

    def wanted(tx: Tx, constants: Constants, profile: Profile, at: float) -> bool:
        row = tx.find("SELECT count(*) FROM outstanding WHERE give_up_at > ? AND hole IS NOT NULL", (at,))
        return row is not None and row[0] < window_w(constants, profile)

    with wrapped(slots, wanted=wanted):
        yield


@contextmanager
def one_random_stream() -> Iterator[None]:
    """The schedule draws from the stream that content draws from."""
    real = postman.prepare_ahead

    def prepare(
        tx: Tx,
        network: Network,
        profile: Profile,
        guard: RelayId,
        randomness: Randomness,
        now: float,
        *,
        settled: bool,
    ) -> list[float]:
        state = Schedule.decode(tx.get(Key.SCHEDULE) or b"")
        tx.put(Key.SCHEDULE, replace(state, key=derive(b"lab", state.key, randomness.content(8))).encode())
        times: list[float] = real(tx, network, profile, guard, randomness, now, settled=settled)
        return times

    with wrapped(postman, prepare_ahead=prepare):
        yield


@contextmanager
def fetch_placed_by_the_letter() -> Iterator[None]:
    """A fetch goes to the relay where something expected lies instead of where its slot says."""
    real_plan = slots.plan

    def plan(
        tx: Tx, network: Network, profile: Profile, guard: RelayId, name: Key = Key.SCHEDULE
    ) -> PlannedSlot | BlindSlot:
        planned: PlannedSlot | BlindSlot = real_plan(tx, network, profile, guard, name)
        listed = tx.find("SELECT relay FROM expected WHERE listed_at IS NOT NULL ORDER BY listed_at LIMIT 1")
        if listed is None or isinstance(planned, BlindSlot) or listed[0] == planned.fetch.middle:
            return planned
        return replace(planned, fetch=replace(planned.fetch, store=RelayId(listed[0])))

    with wrapped(slots, plan=plan):
        yield


@contextmanager
def guard_chosen_by_letters() -> Iterator[None]:
    """Letters go through the reserve guard, cover through the first."""
    real = Postman._guard

    def chosen(self: Postman, tx: Tx, network: Network, now: float) -> Guard:
        guard = real(self, tx, network, now)
        return Guard(network.guard_order[-1]) if has_waiting_letter(tx) else guard

    with wrapped(Postman, _guard=chosen):
        yield


@contextmanager
def resend_to_the_same_pigeonhole() -> Iterator[None]:
    """A part that is sent again goes where it went before."""
    real = departing._seal
    before: dict[tuple[int, ...], Hole] = {}

    def seal(tx: Tx, leaves: Departing, fragment: Fragment | None, entropy: Entropy) -> Deposit:
        made: Deposit = real(tx, leaves, fragment, entropy)
        if fragment is None:
            return made
        place = (id(tx.box), leaves.contact, fragment.letter, fragment.part)
        return replace(made, hole=before.setdefault(place, made.hole))

    with wrapped(departing, _seal=seal):
        yield


@contextmanager
def sealed_at_writing_time() -> Iterator[None]:
    """A letter's packets are sealed with the keys that relays had when a letter was first written."""
    real_content, real_seal, real_queue = slots.next_content, slots.seal_deposit, outbox._queue_in
    old: dict[int, Mapping[RelayId, bytes]] = {}
    sealing: list[int | None] = [None]

    def queue(tx: Tx, person: Person, what: Letter, now: float) -> int:
        roster = find_roster(tx)
        if roster is not None:
            old.setdefault(id(tx.box), live_keys(tx, roster, now))
        number: int = real_queue(tx, person, what, now)
        return number

    def content(tx: Tx, store: RelayId, now: float, randomness: Randomness) -> Deposit | None:
        found: Deposit | None = real_content(tx, store, now, randomness)
        sealing[0] = None if found is None else id(tx.box)
        return found

    def seal(route: Route, keys: Mapping[RelayId, bytes], hole: bytes, cell: bytes, entropy: Entropy) -> bytes:
        whose, sealing[0] = sealing[0], None
        sealed: bytes = real_seal(route, keys if whose is None else old.get(whose, keys), hole, cell, entropy)
        return sealed

    with wrapped(slots, next_content=content, seal_deposit=seal), wrapped(outbox, _queue_in=queue):
        yield


@contextmanager
def asks_again_at_once() -> Iterator[None]:
    """A fetch presents the oldest listed take, whether it was presented before or not (for M8; M1 cannot see it)."""

    def choose(tx: Tx, route: Route, at: float, constants: Constants, entropy: Entropy) -> Asked:
        row = tx.find(
            "SELECT hole, take FROM expected WHERE relay = ? AND listed_at IS NOT NULL ORDER BY listed_at LIMIT 1",
            (route.store,),
        )
        return Asked(entropy(TAKE_BYTES), None) if row is None else Asked(bytes(row[1]), bytes(row[0]))

    with wrapped(slots, choose_take=choose):
        yield
