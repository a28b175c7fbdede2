"""Invitations made by a helper, offline.

Invariant: nothing about an invitation is kept once it is handed over - no list, no name, no number - and no key of a
family member passes through here (Spec: docs/protocol.md, Admission).  The community's folder is only read.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from client_cli.errors import SosikError
from client_cli.i18n import N_
from protocol.community.roster import Roster, RosterRelay, parse_roster
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.people.card_name import fit_name
from protocol.people.key_card import Entry, InviteCard
from protocol.primitives.days import day_of
from protocol.primitives.signing import SIGNATURE_BYTES, verify_key_of
from protocol.seams import Entropy

ROSTER_FILE = "roster"
DESK_KEY_FILE = "desk.key"
DESK_KEY_BYTES = 32
INVITATION_DAYS = 14  # long enough to travel with a helper, short enough that a lost sheet soon means nothing


class CommunityProblem(SosikError):
    """The folder of the community cannot be used for invitations."""

    sentence = N_("This folder cannot make invitations; nothing was made; ask your operator for a complete one.")


class RosterOld(SosikError):
    """The list of relays is too old for an invitation to work."""

    sentence = N_("The roster in this folder has expired; nothing was made; ask your operator for the newest one.")


class ClockBehind(SosikError):
    """An invitation made now would have run out already, or nearly."""

    sentence = N_(
        "This computer's clock is before the day the roster was made; nothing was made; set the date, then try again."
    )


@dataclass(frozen=True, slots=True)
class Community:
    """What an invitation is made from."""

    roster: Roster
    desk_secret: bytes


def load_community(folder: Path) -> Community:
    """Read `roster` and `desk.key` (32 bytes) from a folder that the operator prepared.  CommunityProblem."""
    try:
        data = (folder / ROSTER_FILE).read_bytes()
        secret = (folder / DESK_KEY_FILE).read_bytes()
        # The folder itself is what a helper trusts, so the community key is taken from the roster that it holds.
        claimed = msgspec.msgpack.decode(data[SIGNATURE_BYTES:], type=Roster).community_key
        roster = parse_roster(data, claimed)
    except (OSError, msgspec.MsgspecError, ProtocolError, ValueError) as error:
        raise CommunityProblem from error
    if len(secret) != DESK_KEY_BYTES or verify_key_of(secret) not in roster.desk_keys:
        raise CommunityProblem
    return Community(roster, secret)


def entry_relays(roster: Roster) -> tuple[RosterRelay, ...]:
    """The guard and its first reserve, or without a reserve the lowest other relay; one relay alone stays alone."""
    order = [*roster.guard_order, *(number for number in roster.numbers if number not in roster.guard_order)]
    return tuple(roster.relay(number) for number in order[:2])


def make_invitation(community: Community, now: float, entropy: Entropy, days: int = INVITATION_DAYS) -> InviteCard:
    """A new invitation for one person, valid for `days` days but not beyond the roster.  RosterOld, ClockBehind."""
    roster = community.roster
    today = day_of(now)
    if roster.expired(today):
        raise RosterOld
    if today < roster.issued_day:
        raise ClockBehind
    expiry_day = min(today + days, roster.expires_day)
    entries = entry_relays(roster)
    numbers = (entries[0].relay, entries[-1].relay)
    ticket = make_ticket(community.desk_secret, roster.community_key, numbers, expiry_day, entropy)
    return InviteCard(
        community_key=roster.community_key,
        name=fit_name(roster.name),
        expiry_day=expiry_day,
        pace_ms=roster.constants.standard_slot_ms,
        roster_version=roster.version,
        entries=tuple(Entry(relay.relay, relay.url, relay.door, relay.tls_pin) for relay in entries),
        ticket=ticket.encode(),
    )
