"""Relays as the postman needs them: in which order to try guards, where they are, which of their keys are live.

Invariant: everything here comes from the invitation or from bytes the community or a relay signed. Before the roster
is known there are only the entry relays of the invitation, with their door keys. Spec: docs/protocol.md, Enrolment;
Relay keys.
Decisions 9, 42, 82, 101, 104, 105, 108.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from client_cli.community.membership import (
    find_roster,
    require_joined,
)
from client_cli.errors import NotJoined
from client_cli.vault.keys import Key, ticket_tried_at
from client_cli.vault.transaction import Tx
from protocol.board.agreement import Words
from protocol.board.log import Seal, parse_seal
from protocol.community.constants import Constants
from protocol.community.descriptor import (
    CLOCK_DAYS,
    DAY_KEY_DAYS,
    DAYS_AHEAD,
    Descriptor,
    check_day,
    day_key,
    descriptor_hash,
    door_key,
    exchange_key,
    parse_descriptor,
    slow_key,
)
from protocol.community.roster import Roster, roster_hash
from protocol.errors import ProtocolError
from protocol.people.key_card import Entry, InviteCard, parse_card
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HybridPublic, curve_only
from protocol.profile import Profile
from protocol.routes.exchange import PassKind
from protocol.routes.schedule import Schedule, blind_slot_s
from protocol.seams import RelayId

__all__ = [
    "Network",
    "RelayAddress",
    "access_pass",
    "deniers",
    "descriptors",
    "disputed",
    "door_keys",
    "exchange_keys",
    "exchange_pass",
    "is_outside",
    "is_withholding",
    "keep_descriptor",
    "keep_seal",
    "live_keys",
    "load_network",
    "slow_keys",
    "words",
]

_EPOCH_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """Where a relay is: URL, SHA-256 of its certificate (zeros: ordinary check)."""

    url: str
    tls_pin: bytes


@dataclass(frozen=True, slots=True)
class Network:
    """The newest roster, if there is one yet, and the invitation."""

    roster: Roster | None
    invite: InviteCard
    invited_again: bool = False
    """Whether the invitation is asked before the roster."""

    @property
    def constants(self) -> Constants:
        """The constants of the roster, or the defaults before there is one."""
        return Constants() if self.roster is None else self.roster.constants

    @property
    def guard_order(self) -> tuple[RelayId, ...]:
        """Relays to make exchanges with, the first one preferred."""
        entries = tuple(entry.relay for entry in self.invite.entries)
        if self.roster is None:
            return entries
        if not self.invited_again:
            return self.roster.guard_order
        return (*entries, *(relay for relay in self.roster.guard_order if relay not in entries))

    def guards_to_ask(self, today: int) -> tuple[RelayId, ...]:
        """`guard_order`, and once the roster has expired what else it has of the invitation: its guards may keep the
        next one from us."""
        order = self.guard_order
        if self.roster is None or not self.roster.expired(today):
            return order
        entries = (entry.relay for entry in self.invite.entries)
        return (*order, *(relay for relay in entries if relay not in order and self.roster.find_relay(relay)))

    def slot_s(self, profile: Profile) -> float:
        """Mean gap between slots in seconds."""
        if self.roster is not None:
            return self.roster.constants.slot_s(profile)
        return blind_slot_s(self.invite.pace_ms, profile)

    def next_at(self, schedule: Schedule, profile: Profile) -> float:
        """When the next slot of `schedule` is."""
        return schedule.next_at(self.slot_s(profile))

    def find_address(self, relay: RelayId) -> RelayAddress | None:
        """Where a relay is; None when neither roster nor invitation names it."""
        entry = self.find_entry(relay)
        if entry is not None:
            return RelayAddress(entry.url, entry.tls_pin)
        known = None if self.roster is None else self.roster.find_relay(relay)
        return None if known is None else RelayAddress(known.url, known.tls_pin)

    def find_entry(self, relay: RelayId) -> Entry | None:
        """What the invitation says of a relay, while that counts: without a roster, or before it."""
        if self.roster is not None and not self.invited_again:
            return None
        return next((entry for entry in self.invite.entries if entry.relay == relay), None)


@lru_cache(maxsize=4)
def _parse_invite(data: bytes) -> InviteCard:
    card = parse_card(data)
    if not isinstance(card, InviteCard):
        raise ProtocolError("the kept card is no invitation")
    return card


def load_network(tx: Tx) -> Network:
    """What is known of the network. NotJoined before an invitation was taken."""
    require_joined(tx)
    invite = tx.get(Key.INVITE)
    if invite is None:
        raise NotJoined
    return Network(find_roster(tx), _parse_invite(invite), tx.get(Key.INVITED_AGAIN) is not None)


def is_outside(network: Network, relay: RelayId) -> bool:
    """Whether a later invitation alone vouches for `relay`: our roster does not have its number with this door. Anybody
    can make up such an invitation."""
    entry = network.find_entry(relay)
    if entry is None or not network.invited_again:
        return False
    known = None if network.roster is None else network.roster.find_relay(relay)
    return known is None or known.door != entry.door


def access_pass(tx: Tx, network: Network, relay: RelayId) -> tuple[PassKind, bytes]:
    """What admits an exchange: the community's access secret once it came; before that, and wherever else our roster
    does not vouch for the relay, the ticket of the invitation."""
    held = tx.get(Key.ACCESS_SECRET)
    if held is None or is_outside(network, relay):
        return PassKind.TICKET, network.invite.ticket
    return PassKind.ACCESS, held[_EPOCH_BYTES:]


def exchange_pass(tx: Tx, network: Network, relay: RelayId, today: int) -> tuple[PassKind, bytes]:
    """What admits an exchange with `relay`. While the access secret is refused, an entry relay of an invitation that
    has not expired is shown its ticket once more: a guard may have given us a false secret.
    """
    invite = network.invite
    if (
        tx.get(Key.ACCESS_REFUSED) is not None
        and tx.get(ticket_tried_at(relay)) is None
        and today <= invite.expiry_day
        and any(entry.relay == relay for entry in invite.entries)
    ):
        return PassKind.TICKET, invite.ticket
    return access_pass(tx, network, relay)


@lru_cache(maxsize=256)
def _parse_descriptor(data: bytes, roster: Roster) -> tuple[Descriptor, bytes]:
    return parse_descriptor(data, roster), descriptor_hash(data)


@dataclass(frozen=True, slots=True)
class _Held:
    """A kept descriptor, its hash, and the relay on whose board it was read last."""

    descriptor: Descriptor
    digest: bytes
    board: RelayId | None

    def agreed(self, told: Words) -> bool:
        """Whether the others agree on it."""
        return told.agree(self.descriptor.relay, self.descriptor.day, self.digest, board=self.board)

    def denied(self, told: Words) -> list[RelayId]:
        """Who names another one in its place."""
        return told.disagree(self.descriptor.relay, self.descriptor.day, self.digest, board=self.board)


@lru_cache(maxsize=64)
def _parse_seal(data: bytes, roster: Roster) -> Seal:
    return parse_seal(data, roster)


def _held(tx: Tx, roster: Roster) -> list[_Held]:
    rows = tx.all("SELECT relay, body, board FROM descriptors ORDER BY relay, day")
    return [
        _Held(*_parse_descriptor(bytes(data), roster), board)
        for relay, data, board in rows
        if roster.find_relay(RelayId(relay))
    ]


def descriptors(tx: Tx, roster: Roster) -> list[Descriptor]:
    """The kept descriptors of relays that are still in the roster, by relay and day, agreed or not."""
    return [held.descriptor for held in _held(tx, roster)]


def keep_descriptor(tx: Tx, data: bytes, roster: Roster, now: float, board: RelayId) -> None:
    """Keep a descriptor from the board of a relay for its day, instead of one that the others do not agree on.
    Of each relay the newest days stay, not those of a wrong clock. ProtocolError: not signed by its relay, or of a day
    to come."""
    fresh, digest = _parse_descriptor(data, roster)
    check_day(fresh, now)
    for old in _held(tx, roster):
        if (old.descriptor.relay, old.descriptor.day) == (fresh.relay, fresh.day) and old.digest != digest:
            told = words(tx, roster)
            if old.agreed(told) or _Held(fresh, digest, board).denied(told):
                return
    tx.execute("INSERT OR REPLACE INTO descriptors VALUES (?, ?, ?, ?)", (fresh.relay, fresh.day, data, board))
    newest = day_of(now) + DAYS_AHEAD + CLOCK_DAYS
    tx.execute(
        "DELETE FROM descriptors WHERE relay = ?1 AND (day > ?2"
        " OR day <= (SELECT MAX(day) FROM descriptors WHERE relay = ?1 AND day <= ?2) - ?3)",
        (fresh.relay, newest, DAYS_AHEAD + DAY_KEY_DAYS),
    )


def keep_seal(tx: Tx, data: bytes, seal: Seal, constants: Constants, now: float, board: RelayId) -> None:
    """Keep the newest seal of its relay; one of a day to come is left. What a relay showed of its own yields to what
    the next guard shows of it: it may have been for us alone."""
    if day_of(constants.interval_start(seal.interval)) > day_of(now) + CLOCK_DAYS:
        return
    tx.execute(
        "INSERT INTO seals VALUES (?, ?, ?, ?) ON CONFLICT (relay) DO UPDATE SET interval = excluded.interval,"
        " body = excluded.body, board = excluded.board WHERE excluded.interval >= seals.interval"
        " OR (seals.board = seals.relay AND excluded.board != excluded.relay)",
        (seal.relay, seal.interval, data, board),
    )


def words(tx: Tx, roster: Roster) -> Words:
    """What the relays of the roster say of each other's keys."""
    rows = tx.all("SELECT relay, body FROM seals")
    seals = [_parse_seal(bytes(data), roster) for relay, data in rows if roster.find_relay(RelayId(relay))]
    return Words({seal.relay: seal for seal in seals}, roster.numbers, roster.constants)


def disputed(tx: Tx, roster: Roster, now: float) -> dict[RelayId, list[RelayId]]:
    """Relays whose keys of today or tomorrow others name otherwise than we were told, and who does."""
    told = words(tx, roster)
    found: dict[RelayId, set[RelayId]] = {}
    for held in _held(tx, roster):
        if held.descriptor.day >= day_of(now):
            found.setdefault(held.descriptor.relay, set()).update(held.denied(told))
    return {relay: sorted(by) for relay, by in found.items() if by}


def is_withholding(tx: Tx, roster: Roster, guard: RelayId, now: float) -> bool:
    """Whether `guard` does not show what the others say there is: its own keys as they were told them, the keys that
    they name of each other, today's and tomorrow's, the roster that they follow; or lets the roster expire; or whether,
    by what it says of who is away, there are no two relays to seal to."""
    today, told = day_of(now), words(tx, roster)
    kept = {(held.descriptor.relay, held.descriptor.day): held for held in _held(tx, roster)}
    live = live_keys(tx, roster, now)
    if guard not in live or len(live) < min(2, len(roster.numbers) - 1):
        return True
    for relay in roster.numbers:
        for day in (today, today + 1):
            word, named = told.of(guard, relay, day), told.named(relay, day, without=guard)
            found = kept.get((relay, day))
            if found is None:
                if word is not None or named is not None:
                    return True
            elif relay != guard and found.digest == named and guard != found.board and word != named:
                return True
    return told.roster_passed(roster.version, roster_hash(roster), without=guard) or roster.expired(today)


def deniers(tx: Tx, roster: Roster, guard: RelayId, now: float) -> list[RelayId]:
    """Relays whose word alone is against the key of `guard` of the day, while another vouches for it: whose fault that
    is we cannot tell, so nobody goes over to them for it."""
    told = words(tx, roster)
    for held in _held(tx, roster):
        if (held.descriptor.relay, held.descriptor.day) == (guard, day_of(now)) and not held.agreed(told):
            denied = held.denied(told)
            names = [relay for relay in roster.numbers if told.of(relay, guard, held.descriptor.day) == held.digest]
            return denied if names else []
    return []


def live_keys(tx: Tx, roster: Roster, at: float) -> Mapping[RelayId, bytes]:
    """Keys for the layers of a packet that leaves at `at`; relays without a live one are absent."""
    return _keys(tx, roster, at, day_key)


def slow_keys(tx: Tx, roster: Roster, now: float) -> Mapping[RelayId, bytes]:
    """Keys for the layers of packets in a bundle sealed at `now`; relays without one are absent."""
    return _keys(tx, roster, now, slow_key)


def _keys(
    tx: Tx, roster: Roster, at: float, find: Callable[[Descriptor, float], bytes | None]
) -> Mapping[RelayId, bytes]:
    """Keys that every relay told everybody: Spec: docs/protocol.md, Agreement."""
    return {known.relay: key for known in _agreed(tx, roster) if (key := find(known, at)) is not None}


def _agreed(tx: Tx, roster: Roster) -> list[Descriptor]:
    told = words(tx, roster)
    return [held.descriptor for held in _held(tx, roster) if held.agreed(told)]


def door_keys(tx: Tx, network: Network, relay: RelayId) -> HybridPublic:
    """The keys of the door of `relay`; with everybody's ML-KEM key while we know none that the roster vouches for."""
    roster, entry = network.roster, network.find_entry(relay)
    known = None if roster is None else roster.find_relay(relay)
    if roster is not None and known is not None and (entry is None or entry.door == known.door):
        return door_key(known, _of(tx, roster, relay))
    if entry is None:
        raise LookupError("a guard that is in no roster")
    return curve_only(entry.door)


def exchange_keys(tx: Tx, network: Network, relay: RelayId, now: float) -> HybridPublic:
    """The keys an exchange with `relay` is sealed to: those of the day if we have them, else its door's."""
    known = [] if network.roster is None else [one for one in _agreed(tx, network.roster) if one.relay == relay]
    live = [keys for descriptor in known if (keys := exchange_key(descriptor, now)) is not None]
    return live[0] if live else door_keys(tx, network, relay)


def _of(tx: Tx, roster: Roster, relay: RelayId) -> list[Descriptor]:
    return [descriptor for descriptor in descriptors(tx, roster) if descriptor.relay == relay]
