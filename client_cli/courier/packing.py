"""Bundles: exchanges in a file for a courier. Taking in what comes back is client_cli.courier.unpacking.

A bundle is N exchanges to post at once and N that only collect, which a courier posts some hours later or on another
trip. Invariant 1: their routes come from a schedule of their own, and N is all that a person chooses. A bundle has a
shelf of its own, so it neither disturbs `online` nor another bundle. Spec: docs/protocol.md, Bundles.
Decisions 45, 46, 47, 48, 52, 127.
"""

from dataclasses import dataclass, field
from typing import Final

from client_cli.board.reader import position
from client_cli.community.relays import Network, RelayAddress, access_pass, door_keys, load_network, slow_keys
from client_cli.courier import awaited
from client_cli.courier.awaited import SentExchange
from client_cli.post.fetches import Asked, choose_take, note_presented
from client_cli.post.guard_state import load_shelf
from client_cli.post.housekeeping import housekeeping
from client_cli.post.slots import Fields, begin_schedules, choose_deposit, cover, ensure_seed, plan
from client_cli.randomness import Randomness
from client_cli.streams.expected import enable_blind
from client_cli.vault.keys import Counter, Key
from client_cli.vault.settings import get_settings
from client_cli.vault.transaction import Transactions, Tx
from protocol.board.log import ROSTERS_REPEATED, key_block_bytes
from protocol.profile import Profile
from protocol.routes.exchange import LATEST_KEY_BLOCK, Cursor, PassKind, Request, seal_request
from protocol.routes.onion import Route, seal_deposit, seal_discard, seal_fetch
from protocol.routes.schedule import SCHEDULE_KEY_BYTES, BlindSlot, PlannedSlot, Schedule
from protocol.seams import RelayId
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES, RESPONSE_KEY_BYTES, SHELF_BYTES, STRETCH_BYTES

__all__ = ["BUNDLE_PROFILE", "COLLECT_AFTER_S", "Bundle", "pack", "post_box"]

BUNDLE_PROFILE: Final = Profile.STANDARD
"""Whatever the profile: a response is 8192 bytes, so that answers do not tell whose they are."""
COLLECT_AFTER_S: Final = 3 * 3600.0
"""When a courier collects, if not told otherwise: the holds of the way there and back are over by then."""
_BLIND_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Bundle:
    """A packed bundle. `blocks`: sealed requests of 6144 bytes, to send and to collect in turn."""

    number: int
    blocks: tuple[bytes, ...] = field(repr=False)


def post_box(tx: Tx) -> tuple[RelayId, RelayAddress]:
    """The relay that bundles are posted to: the first guard, whichever one is in use here, since a courier is not
    blocked where we are and all bundles of a community should go the same way. NotJoined."""
    network = load_network(tx)
    relay = network.guard_order[0]
    address = network.find_address(relay)
    if address is None:
        raise LookupError("a guard that is in no roster")
    return relay, address


def pack(vault: Transactions, count: int, now: float, randomness: Randomness) -> Bundle:
    """Seal a bundle of `count` exchanges of each kind, in one transaction. NotJoined before an invitation was taken."""
    with vault.transaction() as tx:
        ensure_seed(tx, randomness.crypto)
        network = load_network(tx)
        begin_schedules(tx, now)
        if tx.get(Key.BUNDLE_SCHEDULE) is None:  # a vault whose schedules began before there were bundles
            tx.put(Key.BUNDLE_SCHEDULE, Schedule.start(randomness.crypto(SCHEDULE_KEY_BYTES), now).encode())
        housekeeping(tx, now, randomness.crypto)
        awaited.forget_old(tx, now)
        enable_blind(tx, now + _BLIND_S)  # a bundle never knows the newest pages
        packing = _Packing(tx, network, now, randomness)
        sent, collected = _cursors(tx, network, packing.guard, count, now)
        blocks = [
            block
            for number in range(count)
            for block in (
                packing.seal(packing.fields(), sent[number], 1, 2 * number),
                packing.seal(packing.empty(), collected[number], 1 + number, 2 * number + 1),
            )
        ]
        tx.mark_erasing()
        return Bundle(packing.number, tuple(blocks))


class _Packing:
    """One bundle while it is sealed."""

    def __init__(self, tx: Tx, network: Network, now: float, randomness: Randomness) -> None:
        self._tx = tx
        self._network = network
        self._now = now
        self._randomness = randomness
        self._profile = get_settings(tx).profile
        self.guard, _ = post_box(tx)
        self._door = door_keys(tx, network, self.guard)
        self.number = tx.next_number(Counter.BUNDLES)
        self._kind, self._admission = access_pass(tx, network, self.guard)
        self._keys = {} if network.roster is None else slow_keys(tx, network.roster, now)
        if self._kind is PassKind.TICKET:
            # A ticket is good for one shelf only: the one that `online` goes on with.
            self._shelf = load_shelf(tx, self.guard, randomness.crypto).name
        else:
            self._shelf = randomness.crypto(SHELF_BYTES)

    def empty(self) -> Fields:
        """The fields of an exchange that only collects."""
        crypto, key = self._randomness.crypto, self._keys.get(self.guard)
        return Fields(seal_discard(key, PACKET_FIELD_BYTES, crypto), seal_discard(key, FETCH_FIELD_BYTES, crypto))

    def fields(self) -> Fields:
        """The fields of the next planned exchange. Every one of them fetches: there is one to collect for each."""
        planned: PlannedSlot | BlindSlot = plan(self._tx, self._network, self._profile, self.guard, Key.BUNDLE_SCHEDULE)
        roster, crypto, keys = self._network.roster, self._randomness.crypto, self._keys
        if roster is None or isinstance(planned, BlindSlot):
            return self.empty()
        if planned.deposit:
            live = self._live(planned.packet)
            store = planned.packet.store
            left = choose_deposit(self._tx, store, self._now, self._randomness) if live else cover(self._randomness)
            packet = seal_deposit(planned.packet, keys, left.hole, left.cell, crypto)
        else:
            packet = seal_discard(keys.get(self.guard), PACKET_FIELD_BYTES, crypto)
        if not self._live(planned.fetch):
            return Fields(packet, seal_discard(keys.get(self.guard), FETCH_FIELD_BYTES, crypto))
        asked = choose_take(self._tx, planned.fetch, self._now, roster.constants, crypto)
        fetch, reply_keys = seal_fetch(planned.fetch, keys, asked.take, crypto)
        self._note(asked, planned.fetch, reply_keys.entry + reply_keys.middle + reply_keys.store)
        return Fields(packet, fetch)

    def seal(self, fields: Fields, cursor: Cursor, collect: int, place: int) -> bytes:
        """Seal one exchange to the keys of the door, which live as long as the relay is in the roster."""
        response_key = self._randomness.crypto(RESPONSE_KEY_BYTES)
        sent = SentExchange(response_key, self.number, self.guard, cursor)
        awaited.add_exchange(self._tx, sent, place, self._now)
        request = Request(
            profile=BUNDLE_PROFILE,
            pass_kind=self._kind,
            admission=self._admission,
            shelf=self._shelf,
            next_shelf=self._shelf,
            collect=collect,
            durable=1,  # nothing is ever called durable: the same request may be posted again after a lost answer
            response_key=response_key,
            cursor=cursor,
            packet=fields.packet,
            fetch=fields.fetch,
        )
        return seal_request(request, self._door, self._randomness.crypto)

    def _live(self, route: Route) -> bool:
        return all(relay in self._keys for relay in (route.entry, route.middle, route.store))

    def _note(self, asked: Asked, route: Route, keys: bytes) -> None:
        note_presented(self._tx, asked, route, self._now)
        awaited.add_fetch(self._tx, self.number, asked.hole, keys, self._now)


def _cursors(tx: Tx, network: Network, guard: RelayId, count: int, now: float) -> tuple[list[Cursor], list[Cursor]]:
    """Where each exchange reads the board: nobody can know now where a stretch will end. Those to send are spread over
    the time since we last read; those to collect read the latest key block stretch by stretch, for a packet needs every
    part of it, and are then spread over the time until the courier collects. One that does not exist yet when it is
    asked for is answered with the latest key block."""
    size = STRETCH_BYTES[BUNDLE_PROFILE]
    latest = [Cursor(LATEST_KEY_BLOCK.interval, size * number) for number in range(count)]
    if network.roster is None:
        return latest, latest
    constants = network.constants
    rosters = len(tx.get(Key.ROSTER) or b"") * min(network.roster.version, ROSTERS_REPEATED)
    at = position(tx, guard)
    present = constants.interval_of(now)
    block = present // constants.pages_per_key_block * constants.pages_per_key_block
    first = min(at.interval or block, present)
    later = constants.interval_of(now + COLLECT_AFTER_S) - present
    sent = [at, *(Cursor(first + (present - first) * number // count, 0) for number in range(1, count))]
    latest = latest[: -(-key_block_bytes(rosters, len(network.roster.relays)) // size)]
    spread = count - len(latest)
    collected = [*latest, *(Cursor(present + later * number // spread, 0) for number in range(1, spread + 1))]
    return sent, collected
