"""Clients and relays with one mistake each: what the comparison of worlds must find, or it is worth nothing.

Each is a context manager that wraps one function of the product for as long as it is open; the product itself has no
switch for any of them. The names are those of the anonymity table.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import client_cli.slots
from client_cli.departing import Deposit
from client_cli.fetching import Asked
from client_cli.network import Network
from client_cli.tx import Tx
from lab.world import SimulatedClient, World
from protocol.constants import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES
from protocol.kdf import derive
from protocol.onion import ReplyKeys, Route, seal_discard
from protocol.profile import Profile
from protocol.roster_constants import Constants
from protocol.schedule import BlindSlot, PlannedSlot, Schedule, window_w
from protocol.seams import Entropy, RelayId

ONLINE = "schedule"
slots: Any = client_cli.slots  # what is wrapped are the names this module looks up, its own and its imports


@contextmanager
def wrapped(module: Any, **functions: Callable[..., Any]) -> Iterator[None]:
    """Put other functions in a module's place and take them out again."""
    old = {name: getattr(module, name) for name in functions}
    try:
        for name, function in functions.items():
            setattr(module, name, function)
        yield
    finally:
        for name, function in old.items():
            setattr(module, name, function)


@contextmanager
def no_loop_when_idle() -> Iterator[None]:
    """A deposit slot without a letter sends a discard."""
    real_content, real_seal = slots.next_content, slots.seal_deposit
    found: list[Deposit | None] = [None]

    def content(tx: Tx, store: RelayId, now: float, one: Entropy, other: Entropy) -> Deposit | None:
        content_found: Deposit | None = real_content(tx, store, now, one, other)
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

    def plan(tx: Tx, network: Network, profile: Profile, guard: RelayId, name: str = ONLINE) -> PlannedSlot | BlindSlot:
        planned: PlannedSlot | BlindSlot = real_plan(tx, network, profile, guard, name)
        waiting = tx.find("SELECT contact FROM parts WHERE arrived_at IS NULL AND tries = 0 LIMIT 1")
        if waiting is None or isinstance(planned, BlindSlot) or network.roster is None:
            return planned
        numbers = [number for number in network.roster.numbers if number != planned.packet.middle]
        return replace(planned, packet=replace(planned.packet, store=numbers[waiting[0] % len(numbers)]))

    with wrapped(slots, plan=plan):
        yield


@contextmanager
def one_random_stream() -> Iterator[None]:
    """The schedule draws from the stream that content draws from."""
    real_content, real_plan = slots.next_content, slots.plan
    streams: list[Entropy] = []

    def content(tx: Tx, store: RelayId, now: float, one: Entropy, other: Entropy) -> Deposit | None:
        streams[:] = [one]
        found: Deposit | None = real_content(tx, store, now, one, other)
        return found

    def plan(tx: Tx, network: Network, profile: Profile, guard: RelayId, name: str = ONLINE) -> PlannedSlot | BlindSlot:
        if streams:
            state = Schedule.decode(tx.get(name) or b"")
            tx.put(name, replace(state, key=derive(b"lab", state.key, streams[0](8))).encode())
        planned: PlannedSlot | BlindSlot = real_plan(tx, network, profile, guard, name)
        return planned

    with wrapped(slots, next_content=content, plan=plan):
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
def flush_on_write() -> Iterator[None]:
    """Writing makes an exchange at once."""
    real = World.write

    def write(self: World, sender: str, receiver: str, text: str) -> None:
        real(self, sender, receiver, text)
        self.flush(self.clients[sender])

    with wrapped(World, write=write):
        yield


@contextmanager
def ack_at_once() -> Iterator[None]:
    """A letter that arrives makes an exchange at once."""
    real = World.finished

    def finished(self: World, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        before = self.received_count(client)
        real(self, client, handle, body, now)
        if self.received_count(client) > before:
            self.flush(client)

    with wrapped(World, finished=finished):
        yield


@contextmanager
def resend_in_an_extra_slot() -> Iterator[None]:
    """A part that has to be sent again makes an exchange of its own."""
    real = World.finished

    def finished(self: World, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        real(self, client, handle, body, now)
        with client.vault.transaction() as tx:
            due = tx.find("SELECT 1 FROM parts WHERE arrived_at IS NULL AND tries > 0 AND next_try <= ?", (now,))
        if due is not None:
            self.flush(client)

    with wrapped(World, finished=finished):
        yield


MUTANTS: Mapping[str, Callable[[], Any]] = {
    "flush on write": flush_on_write,
    "ack at once": ack_at_once,
    "one random stream": one_random_stream,
    "re-sending in an extra slot": resend_in_an_extra_slot,
    "a fixed store per contact": fixed_store_per_contact,
    "no fetch when idle": no_fetch_when_idle,
    "no loop when idle": no_loop_when_idle,
    "a window that counts hits only": window_counts_hits_only,
}
