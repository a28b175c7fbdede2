"""The postman: makes one exchange in every slot and takes in what comes back. No I/O beside the vault, no clock of
its own.

Whoever drives it (client_cli.running.online, client_cli.running.sync, a simulation) calls `start` once; then `prepare`
at every `prepare_at`, and at every `next_slot_at` `begin`, posts the exchange, and `finish` when the answer came or did
not.

Invariant 1: what `begin` hands out - when, to whom, which routes and holds - was drawn by the schedule before any
content was looked at; letters never make, move or skip a slot. Invariant: packets leave the vault durably before they
are handed out, so a crash at any moment loses packets and never repeats one. Spec: docs/protocol.md, The schedule;
Exchange.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from client_cli.community.membership import constants, relays
from client_cli.community.relays import Network, load_network
from client_cli.network.proxy import find_proxy, is_onion
from client_cli.post.clock_set_back import clock_went_back
from client_cli.post.exchanges import ExchangeInFlight, accept_response, note_refusal, open_exchange, seal_exchange
from client_cli.post.fetches import FetchAnswer, forget_carriers, forget_old
from client_cli.post.guard_choice import Guard, after_failure, after_success, chosen, every_way_failed, moved
from client_cli.post.guard_state import find_guard, keep_guard, load_shelf
from client_cli.post.housekeeping import housekeeping
from client_cli.post.leaving import find_successor
from client_cli.post.lost_shelves import asked_last
from client_cli.post.shelf import FIRST_REPLY
from client_cli.post.slots import (
    LATE_S,
    begin_schedules,
    drop_missed,
    ensure_seed,
    lookahead_s,
    peek_at,
    plan,
    pop_slot,
    prepare_ahead,
    prepared_times,
    seal_fields,
)
from client_cli.randomness import Randomness
from client_cli.streams.loop_watch import interrupted, note_exchange, patience_s
from client_cli.vault.keys import Key
from client_cli.vault.settings import get_settings
from client_cli.vault.tallies import Tally, count
from client_cli.vault.transaction import Transactions, Tx
from protocol.primitives.days import day_of
from protocol.profile import Profile
from protocol.routes.exchange import Response
from protocol.seams import RelayId
from protocol.sizes import RESPONSE_BYTES, SYNC_EXCHANGES

__all__ = ["Exchange", "ExchangeCounts", "NothingDue", "Postman"]

SYNC_PROFILE: Final = Profile.STANDARD
"""Whatever the profile: a sync is at most 64 KiB each way, eight responses of 8192 bytes."""


class NothingDue(Exception):
    """`begin` was called although no slot is due: call `start` again (the clock moved), then wait for
    `next_slot_at`."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One POST to make: `body` to `url`; the answer has `response_bytes` bytes. `handle` goes back into `finish`."""

    guard: RelayId
    url: str
    tls_pin: bytes
    body: bytes = field(repr=False)
    response_bytes: int
    handle: int
    proxied: bool = False
    """Through the proxy that was given: without one it counts as failed."""


@dataclass(frozen=True, slots=True)
class ExchangeCounts:
    """Plain counters since the program started, for a progress line."""

    exchanges: int = 0
    answered: int = 0
    failed: int = 0
    blocked: bool = False
    """Every relay failed on every way there is: a courier may be the way out."""


class Postman:
    """See the module. One instance per vault and process; the vault allows one process that runs the schedule."""

    def __init__(self, vault: Transactions, randomness: Randomness) -> None:
        self._vault = vault
        self._randomness = randomness
        self._flights: dict[int, list[ExchangeInFlight]] = {}
        self._proxied: dict[int, bool] = {}  # the way of each exchange under way
        self._blocked = False
        self._next_handle = 0
        self._settled = False
        """Whether it is known in this run that the vault is the only one, or was put back: before that nothing that it
        holds is used."""
        self._started_after = 0  # handles of exchanges before the run
        self._started_at: float | None = None
        self._witness: RelayId | None = None
        # Remembered, since drivers ask often and only this process changes them: the next slot and the next sealing.
        self._next_at: float | None = None
        self._seal_at: float | None = None
        self._slot_at = -math.inf
        self._made = self._answered = self._failed = 0
        with vault.transaction() as tx:
            ensure_seed(tx, randomness.crypto)
            self._begin_run(tx)

    @property
    def counts(self) -> ExchangeCounts:
        """Counters since this instance was made."""
        return ExchangeCounts(self._made, self._answered, self._failed, self._blocked)

    @property
    def under_way(self) -> int:
        """Exchanges begun and not finished."""
        return len(self._flights)

    def start(self, now: float) -> None:
        """Begin, or go on after a pause or a jump of the clock: slots of the past are skipped and their packets
        lost. The vault, or the machine with it, may have been put back meanwhile: nothing is settled."""
        self._slot_at = min(self._slot_at, now)
        self._started_at = now
        with self._vault.transaction() as tx:
            self._begin_run(tx)
            network = load_network(tx)
            begin_schedules(tx, now)
            clock_went_back(tx, now)
            drop_missed(tx, network, get_settings(tx).profile, now)
            interrupted(tx)
            forget_carriers(tx)
            self._prepare(tx, network, now)

    def next_slot_at(self) -> float:
        """When the next slot is, Unix seconds."""
        if self._next_at is None:
            with self._vault.transaction() as tx:
                times = prepared_times(tx)
                self._next_at = times[0] if times else peek_at(tx, load_network(tx), get_settings(tx).profile)
        return self._next_at

    def prepare_at(self) -> float:
        """When `prepare` is due next, Unix seconds, maybe past: a look-ahead before the first slot that is not sealed,
        and half of one after a slot began, for what sealing takes depends on letters and must not be seen in a slot's
        packets."""
        if self._seal_at is None:
            with self._vault.transaction() as tx:
                network, profile = load_network(tx), get_settings(tx).profile
                ahead_s = lookahead_s(network.slot_s(profile))
                self._seal_at = max(peek_at(tx, network, profile) - ahead_s, self._slot_at + ahead_s / 2)
        return self._seal_at

    def prepare(self, now: float) -> None:
        """Seal packets for the slots that are due soon."""
        with self._vault.transaction() as tx:
            self._prepare(tx, load_network(tx), now)

    def begin(self, now: float) -> Exchange:
        """The exchange of the slot that is due. Its packets are erased from the vault before this returns.

        NothingDue: the slot was missed by more than LATE_S; nothing was changed.
        """
        with self._vault.transaction() as tx:
            times = prepared_times(tx)
            due_at = times[0] if times else peek_at(tx, load_network(tx), get_settings(tx).profile)
            if due_at < now - LATE_S:
                raise NothingDue
            if not times:
                self._prepare(tx, load_network(tx), now)
            slot = pop_slot(tx)
            self._next_at = self._seal_at = None
            if slot is None:
                raise NothingDue
            self._slot_at = slot.at
            network, profile = load_network(tx), get_settings(tx).profile
            # The guard may have left the roster since: the slot stays, its packets are lost.
            guard = slot.guard if network.find_address(slot.guard) else self._guard(tx, network, now).relay
            asked_for, crypto = self._asked_for(guard), self._randomness.crypto
            body, flight = seal_exchange(
                tx, network, guard, profile, slot.fields, asked_for, crypto, now, slot.at, settled=self._settled
            )
            proxied = self._goes_proxied(tx)
        return self._handed_out(network, guard, [body], [flight], profile, proxied)

    def finish(self, handle: int, response: bytes | None, now: float) -> None:
        """The answer to an exchange, or None when none came. One transaction takes in all of it. Never raises for
        bytes of a peer."""
        self._finish(handle, response, now)

    def begin_check(self, now: float) -> Exchange:
        """An ordinary exchange before a `sync`, with cover: it tells whether the vault was put back."""
        return self._begin_by_hand(now, 1)

    def begin_sync(self, now: float) -> Exchange:
        """Eight exchanges in one body, for a moment online; their packets come from a schedule of their own.

        They collect the answers of earlier ones, and ask for what the next `sync` collects.
        """
        return self._begin_by_hand(now, SYNC_EXCHANGES)

    def finish_sync(self, handle: int, response: bytes | None, now: float) -> None:
        """As `finish`, for what was begun by hand: all responses in one answer."""
        self._finish(handle, response, now)

    def _begin_by_hand(self, now: float, count: int) -> Exchange:
        with self._vault.transaction() as tx:
            begin_schedules(tx, now)
            network, profile = load_network(tx), get_settings(tx).profile
            housekeeping(tx, now, self._randomness.crypto)
            guard = self._guard(tx, network, now).relay
            bodies: list[bytes] = []
            flights: list[ExchangeInFlight] = []
            for _ in range(count):
                planned = plan(tx, network, profile, guard, Key.SYNC_SCHEDULE)
                fields = seal_fields(tx, planned, now, network, profile, self._randomness, settled=self._settled)
                asked_for = self._asked_for(guard) | {flight.asked for flight in flights}
                crypto = self._randomness.crypto
                body, flight = seal_exchange(
                    tx, network, guard, SYNC_PROFILE, fields, asked_for, crypto, now, settled=self._settled
                )
                bodies.append(body)
                flights.append(flight)
            proxied = self._goes_proxied(tx)
        return self._handed_out(network, guard, bodies, flights, SYNC_PROFILE, proxied)

    def _handed_out(
        self,
        network: Network,
        guard: RelayId,
        bodies: list[bytes],
        flights: list[ExchangeInFlight],
        profile: Profile,
        proxied: bool,
    ) -> Exchange:
        address = network.find_address(guard)
        if address is None:
            raise NothingDue
        self._next_handle += 1
        self._flights[self._next_handle] = flights
        self._proxied[self._next_handle] = proxied
        self._made += 1
        size = RESPONSE_BYTES[profile] * len(bodies)
        through = proxied or is_onion(address.url)
        return Exchange(guard, address.url, address.tls_pin, b"".join(bodies), size, self._next_handle, through)

    def _goes_proxied(self, tx: Tx) -> bool:
        """The way of an exchange that leaves now; it follows from earlier network results alone."""
        proxy, held = find_proxy(tx), find_guard(tx)
        return proxy is not None and (proxy.always or (held is not None and held.proxied))

    def _finish(self, handle: int, body: bytes | None, now: float) -> None:
        flights = self._flights[handle]
        guard, proxied = flights[0].guard, self._proxied[handle]
        with self._vault.transaction() as tx:
            opened = open_exchange(flights, body)
            note_refusal(tx, flights[0], opened[0].status)
            for flight, one in zip(flights, opened, strict=True):
                good, answer = one.response is not None, None
                if one.response is not None:
                    answer = accept_response(tx, flight, one.response, self._randomness, now)
                    self._settle(tx, handle, flight, now)
                note_exchange(tx, guard, flight.slot_at, answered=good, now=now)
                self._note(tx, flight, one.response, answer, now, proxied=proxied)
            forget_old(tx, now)
            tx.mark_erasing()
        # Only now: where the vault was busy the same answer is brought again.
        del self._flights[handle], self._proxied[handle]
        answered = any(one.response is not None for one in opened)
        self._answered += answered
        self._failed += not answered

    def _begin_run(self, tx: Tx) -> None:
        """Nothing is settled; who can settle it is the guard that knows our shelf from before."""
        held = find_guard(tx)
        known = held is not None and load_shelf(tx, held.relay, self._randomness.crypto).durable > FIRST_REPLY
        self._settled, self._started_after = False, self._next_handle
        self._witness = held.relay if held is not None and known else None

    def _settle(self, tx: Tx, handle: int, flight: ExchangeInFlight, now: float) -> None:
        """An exchange was answered. A guard that we come to anew tells nothing of another run: then we wait until its
        loops would have come home, unless nothing of this vault was ever used."""
        if flight.guard != self._witness:
            self._witness = None
        constant, profile = constants(tx), get_settings(tx).profile
        waited_s = 0.0 if self._started_at is None else now - self._started_at
        self._settled = self._settled or (
            handle > self._started_after
            and (
                self._witness is not None
                or count(tx, Tally.LOOPS_SENT) == 0
                or waited_s >= patience_s(constant, profile, len(relays(tx)))
            )
        )

    def _note(
        self,
        tx: Tx,
        flight: ExchangeInFlight,
        response: Response | None,
        answer: FetchAnswer | None,
        now: float,
        *,
        proxied: bool,
    ) -> None:
        """Count a network result; fail-over acts from the next packet that is prepared. One of a way that is not the
        present one any more counts no more."""
        network, held, proxy, guard = load_network(tx), find_guard(tx), find_proxy(tx), flight.guard
        if held is None:
            return
        always = proxy is not None and proxy.always
        if not always and proxied != held.proxied and proxy is not None:
            return
        # One made by hand is not tried three times: the next one goes to another relay.
        limit = 1 if flight.slot_at is None else network.constants.guard_failures
        order = asked_last(tx, network.guards_to_ask(day_of(now)), now)
        if response is None:
            choice = proxy is not None and not always
            new = after_failure(held, guard, order, now, limit, has_proxy=choice)
        elif guard != held.relay:
            new = held
        else:
            successor = find_successor(tx, network, flight, response, answer, now)
            new = after_success(held, guard) if successor is None else moved(held, successor, order, now)
        keep_guard(tx, held, new, self._randomness.crypto)
        self._blocked = every_way_failed(new, ways=1 if proxy is None else proxy.ways)

    def _prepare(self, tx: Tx, network: Network, now: float) -> None:
        housekeeping(tx, now, self._randomness.crypto)
        guard = self._guard(tx, network, now)
        prepare_ahead(tx, network, get_settings(tx).profile, guard.relay, self._randomness, now, settled=self._settled)
        self._next_at = self._seal_at = None

    def _guard(self, tx: Tx, network: Network, now: float) -> Guard:
        held = find_guard(tx)
        order, return_s = (
            asked_last(tx, network.guards_to_ask(day_of(now)), now),
            network.constants.guard_return_ms / 1000,
        )
        new = chosen(held, order, now, return_s)
        keep_guard(tx, held, new, self._randomness.crypto)
        return new

    def _asked_for(self, guard: RelayId) -> set[int]:
        """Numbers that exchanges under way collect from the shelf at `guard`."""
        return {flight.asked for flights in self._flights.values() for flight in flights if flight.guard == guard}
