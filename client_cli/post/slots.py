"""Slots of the schedule: planning them, sealing their packets ahead, and handing each out once.

Invariant 1: time, guard, routes, holds, deposit or discard come from protocol.routes.schedule and the guard alone;
content is asked for only after that, and what nothing fits carries cover of the same shape. Invariant: the schedule's
state only moves forward, and a sealed packet leaves the vault in the transaction that hands it out, so none is ever
sent twice. Spec: docs/protocol.md, The schedule.
Decisions 3, 20, 35, 52.
"""

from dataclasses import dataclass, field
from typing import Final

from client_cli.community.relays import Network, live_keys
from client_cli.community.silence import silent_at
from client_cli.errors import NotJoined
from client_cli.outbox.sending import next_content
from client_cli.post.fetches import choose_take, note_asked, wanted
from client_cli.randomness import Randomness
from client_cli.streams import in_flight
from client_cli.streams.deposit import Deposit
from client_cli.streams.loops import next_loop
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.primitives.kdf import derive
from protocol.profile import Profile
from protocol.routes.onion import Route, seal_deposit, seal_discard, seal_fetch
from protocol.routes.schedule import SCHEDULE_KEY_BYTES, BlindSlot, PlannedSlot, Schedule
from protocol.seams import Entropy, RelayId
from protocol.sizes import CELL_BYTES, FETCH_FIELD_BYTES, HOLE_BYTES, PACKET_FIELD_BYTES
from protocol.streams.pigeonhole import Hole

__all__ = [
    "LATE_S",
    "LOOKAHEAD_S",
    "Fields",
    "Slot",
    "begin_schedules",
    "choose_deposit",
    "cover",
    "drop_missed",
    "ensure_seed",
    "lookahead_s",
    "peek_at",
    "plan",
    "pop_slot",
    "prepare_ahead",
    "prepared_times",
    "seal_fields",
]

LOOKAHEAD_S: Final = 10.0
"""How long before its slot a packet is sealed (or a mean gap before, if that is less), together with all that follow
each other as closely: no sealing falls between two close slots, and content is chosen as late as it may be."""
LATE_S: Final = 5.0
"""A slot that is found later than this after its time is skipped: the device slept, or the program did not run."""
BACK_S: Final = 60.0
"""A clock set back by less is waited for; by more, the schedule goes on from the present. More than the look-ahead."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The two sealed fields of a request."""

    packet: bytes = field(repr=False)
    fetch: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot whose packets are sealed."""

    number: int
    at: float
    guard: RelayId
    fields: Fields


def ensure_seed(tx: Tx, crypto: Entropy) -> None:
    """Draw the seed of the schedules, once in the life of a vault and before anything else draws."""
    if tx.get(Key.SCHEDULE_SEED) is None and tx.get(Key.SCHEDULE) is None:
        tx.put(Key.SCHEDULE_SEED, crypto(SCHEDULE_KEY_BYTES))


def begin_schedules(tx: Tx, now: float) -> None:
    """Begin the schedule and the separate ones of `sync` and of bundles at `now`, once; the seed is erased."""
    seed = tx.get(Key.SCHEDULE_SEED)
    if seed is None:
        return
    for name in (Key.SCHEDULE, Key.SYNC_SCHEDULE, Key.BUNDLE_SCHEDULE):
        tx.put(name, Schedule.start(derive(b"sosik schedule", name.encode(), key=seed), now).encode())
    tx.delete(Key.SCHEDULE_SEED)
    tx.mark_erasing()


def _load(tx: Tx, name: Key) -> Schedule:
    held = tx.get(name)
    if held is None:
        raise NotJoined
    return Schedule.decode(held)


def lookahead_s(slot_s: float) -> float:
    """How long before a slot it is sealed, for a mean gap of `slot_s`."""
    return min(LOOKAHEAD_S, slot_s)


def peek_at(tx: Tx, network: Network, profile: Profile) -> float:
    """When the next slot that is not sealed yet will be."""
    return network.next_at(_load(tx, Key.SCHEDULE), profile)


def plan(
    tx: Tx, network: Network, profile: Profile, guard: RelayId, name: Key = Key.SCHEDULE
) -> PlannedSlot | BlindSlot:
    """Draw the next slot; the state that drew it is erased with this transaction."""
    schedule = _load(tx, name)
    if network.roster is None:
        blind, following = schedule.plan_blind(network.invite.pace_ms, profile)
        tx.put(name, following.encode())
        return blind
    silent = silent_at(tx, network.roster, schedule.next_at(network.slot_s(profile)))
    planned, following = schedule.plan(network.roster, profile, guard, silent)
    tx.put(name, following.encode())
    return planned


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
    """Choose content for a planned slot that leaves at `at`, and seal both of its fields. Until it is `settled` that
    this vault was not put back from a copy, a deposit carries cover."""
    roster = network.roster
    if roster is None or isinstance(planned, BlindSlot):
        packet = seal_discard(None, PACKET_FIELD_BYTES, randomness.crypto)
        return Fields(packet, seal_discard(None, FETCH_FIELD_BYTES, randomness.crypto))
    keys = live_keys(tx, roster, at)

    def live(route: Route) -> bool:
        return route.entry in keys and route.middle in keys and route.store in keys

    if planned.deposit:
        # Without a live key the field is random bytes: nothing is taken from the outbox only to be lost.
        chosen = settled and live(planned.packet)
        deposit = choose_deposit(tx, planned.packet.store, at, randomness) if chosen else cover(randomness)
        in_flight.note_route(tx, planned.packet, at)
        packet = seal_deposit(planned.packet, keys, deposit.hole, deposit.cell, randomness.crypto)
    else:
        packet = seal_discard(keys.get(planned.guard), PACKET_FIELD_BYTES, randomness.crypto)
    if live(planned.fetch) and wanted(tx, roster.constants, profile, at):
        asked = choose_take(tx, planned.fetch, at, roster.constants, randomness.crypto)
        fetch, reply_keys = seal_fetch(planned.fetch, keys, asked.take, randomness.crypto)
        note_asked(tx, asked, reply_keys, planned.fetch, at, roster.constants, profile)
    else:
        fetch = seal_discard(keys.get(planned.guard), FETCH_FIELD_BYTES, randomness.crypto)
    return Fields(packet, fetch)


def choose_deposit(tx: Tx, store: RelayId, at: float, randomness: Randomness) -> Deposit:
    """What a deposit leaves: content if any fits this store, else a loop, else a cell that nobody will fetch."""
    content = next_content(tx, store, at, randomness)
    return content or next_loop(tx, store, at, randomness.crypto) or cover(randomness)


def cover(randomness: Randomness) -> Deposit:
    """A cell of random bytes in a pigeonhole that nobody knows."""
    return Deposit(Hole(randomness.crypto(HOLE_BYTES)), randomness.crypto(CELL_BYTES))


def prepared_times(tx: Tx) -> list[float]:
    """Times of the slots that are sealed, ascending."""
    return [at for (at,) in tx.all("SELECT at FROM prepared ORDER BY slot")]


def prepare_ahead(
    tx: Tx,
    network: Network,
    profile: Profile,
    guard: RelayId,
    randomness: Randomness,
    now: float,
    *,
    settled: bool,
) -> list[float]:
    """Seal every slot that is due within `lookahead_s`, and all that follow each other as closely; the times of all
    that are sealed now."""
    times = prepared_times(tx)
    ahead_s = lookahead_s(network.slot_s(profile))
    while peek_at(tx, network, profile) <= max([now, *times[-1:]]) + ahead_s:
        planned = plan(tx, network, profile, guard)
        fields = seal_fields(tx, planned, planned.at, network, profile, randomness, settled=settled)
        tx.execute(
            "INSERT INTO prepared (slot, at, guard, packet, fetch) VALUES (?, ?, ?, ?, ?)",
            (planned.number, planned.at, guard, fields.packet, fields.fetch),
        )
        times.append(planned.at)
    return times


def pop_slot(tx: Tx) -> Slot | None:
    """The earliest sealed slot; it is gone from the vault once this transaction commits."""
    row = tx.find("SELECT slot, at, guard, packet, fetch FROM prepared ORDER BY slot LIMIT 1")
    if row is None:
        return None
    slot = Slot(row[0], row[1], RelayId(row[2]), Fields(bytes(row[3]), bytes(row[4])))
    tx.execute("DELETE FROM prepared WHERE slot = ?", (slot.number,))
    return slot


def drop_missed(tx: Tx, network: Network, profile: Profile, now: float) -> int:
    """Drop slots that were missed, whose packets are lost, and move the schedule up to `now`; the number of sealed
    slots dropped.

    A clock that was set back leaves the schedule in the future, whether a slot was used there or not: it goes on from
    `now` with the keys that come next, so that no slot is used twice and nobody waits for a wrong clock's future.
    """
    dropped = tx.execute("DELETE FROM prepared WHERE at < ?", (now - LATE_S,))
    schedule = _load(tx, Key.SCHEDULE)
    if now < schedule.at - BACK_S:
        dropped += tx.execute("DELETE FROM prepared")
        tx.put(Key.SCHEDULE, Schedule(schedule.key, schedule.number, now).encode())
    elif not prepared_times(tx):
        tx.put(Key.SCHEDULE, schedule.skip_to(now, network.slot_s(profile)).encode())
    if dropped:
        tx.mark_erasing()
    return dropped
