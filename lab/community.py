"""A community made in memory for simulations: keys, a signed roster, invitations. Real formats, seeded entropy."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from protocol.days import day_of
from protocol.keycard import Entry, InviteCard, encode_card_text
from protocol.roster import NO_PIN, NO_PREVIOUS, Roster, RosterRelay, sign_roster
from protocol.roster_constants import Constants
from protocol.sealedbox import keypair
from protocol.seams import Entropy, RelayId
from protocol.signing import verify_key_of
from protocol.tickets import make_ticket


@dataclass(frozen=True, slots=True)
class RelaySecrets:
    """The lasting keys of one relay."""

    number: RelayId
    identity_secret: bytes = field(repr=False)
    door_secret: bytes = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class LabCommunity:
    """Everything that an administrator, a desk and the operators would hold."""

    community_secret: bytes = field(repr=False)
    desk_secret: bytes = field(repr=False)
    access_secret: bytes = field(repr=False)
    relays: tuple[RelaySecrets, ...]
    roster: Roster
    roster_bytes: bytes

    def invitation(self, entropy: Entropy, expiry_day: int) -> str:
        """Return the text of a one-use invite card with the first two relays as entries."""
        entries = self.relays[:2]
        first, last = entries[0], entries[-1]
        ticket = make_ticket(
            self.desk_secret, self.roster.community_key, (first.number, last.number), expiry_day, entropy
        )
        return encode_card_text(
            InviteCard(
                community_key=self.roster.community_key,
                name=self.roster.name,
                expiry_day=expiry_day,
                pace_ms=self.roster.constants.standard_slot_ms,
                entries=tuple(
                    Entry(relay.number, relay.url, self.roster.relay(relay.number).door, NO_PIN) for relay in entries
                ),
                ticket=ticket.encode(),
            )
        )


def make_community(
    entropy: Entropy, *, relays: int, guards: Sequence[int], constants: Constants, now: float
) -> LabCommunity:
    """Make a community of `relays` relays; `guards` are numbers of relays, the first being the guard."""
    community_secret, desk_secret, access_secret = entropy(32), entropy(32), entropy(32)
    secrets: list[RelaySecrets] = []
    entries: list[RosterRelay] = []
    for number in range(relays):
        identity_secret = entropy(32)
        door_secret, door = keypair(entropy)
        url = f"https://relay{number}.test/{number:022d}"
        secrets.append(RelaySecrets(RelayId(number), identity_secret, door_secret, url))
        entries.append(RosterRelay(number, url, verify_key_of(identity_secret), door, NO_PIN))
    roster = Roster(
        community_key=verify_key_of(community_secret),
        name="lab",
        version=1,
        issued_day=day_of(now),
        expires_day=day_of(now) + 365,
        constants=constants,
        relays=tuple(entries),
        next_number=relays,
        guards=tuple(guards),
        desk_keys=(verify_key_of(desk_secret),),
        access_epoch=0,
        access_box=b"",
        previous=NO_PREVIOUS,
    )
    return LabCommunity(
        community_secret, desk_secret, access_secret, tuple(secrets), roster, sign_roster(roster, community_secret)
    )
