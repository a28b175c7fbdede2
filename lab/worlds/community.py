"""A community made in memory for simulations: keys, a signed roster, invitations. Real formats, seeded entropy."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from protocol.community.access import ACCESS_BYTES, wrap_access
from protocol.community.constants import Constants
from protocol.community.roster import NO_PIN, NO_PREVIOUS, Roster, RosterRelay, roster_hash, sign_roster
from protocol.community.tickets import make_ticket
from protocol.people.key_card import Entry, InviteCard, encode_card_text
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HYBRID_SECRET_BYTES, HybridKey, kem_hash
from protocol.primitives.signing import verify_key_of
from protocol.seams import Entropy, RelayId

VALID_DAYS = 365


@dataclass(frozen=True, slots=True)
class RelaySecrets:
    """The lasting keys of one relay."""

    number: RelayId
    identity_secret: bytes = field(repr=False)
    door_secret: bytes = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class LabCommunity:
    """Everything that an administrator, a desk and the operators would hold. `relays`: all there ever were."""

    community_secret: bytes = field(repr=False)
    desk_secret: bytes = field(repr=False)
    access_secrets: Mapping[int, bytes] = field(repr=False)
    relays: tuple[RelaySecrets, ...]
    roster: Roster
    roster_bytes: bytes

    @property
    def access_secret(self) -> bytes:
        """The secret in force."""
        return self.access_secrets[self.roster.access_epoch]

    def renewed(
        self, entropy: Entropy, now: float, *, new_access: bool = False, without: Collection[RelayId] = ()
    ) -> "LabCommunity":
        """Return the community after its next roster: valid for a year from `now`, without some relays."""
        old = self.roster
        epoch, box, secrets = old.access_epoch, old.access_box, dict(self.access_secrets)
        if new_access:
            epoch += 1
            secrets[epoch] = entropy(ACCESS_BYTES)
            box = wrap_access(old.community_key, epoch, secrets[epoch], secrets[epoch - 1], entropy)
        roster = msgspec.structs.replace(
            old,
            version=old.version + 1,
            issued_day=day_of(now),
            expires_day=day_of(now) + VALID_DAYS,
            relays=tuple(relay for relay in old.relays if relay.number not in without),
            guards=tuple(number for number in old.guards if number not in without),
            access_epoch=epoch,
            access_box=box,
            previous=roster_hash(old),
        )
        return replace(
            self,
            access_secrets=secrets,
            roster=roster,
            roster_bytes=sign_roster(roster, self.community_secret),
        )

    def invitation(self, entropy: Entropy, expiry_day: int) -> str:
        """Return the text of a one-use invite card with the first two relays as entries."""
        entries = [relay for relay in self.relays if self.roster.find_relay(relay.number)][:2]
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
                roster_version=self.roster.version,
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
        door_secret = entropy(HYBRID_SECRET_BYTES)
        door = HybridKey.of(door_secret).public
        url = f"https://relay{number}.test/{number:022d}"
        secrets.append(RelaySecrets(RelayId(number), identity_secret, door_secret, url))
        entries.append(RosterRelay(number, url, verify_key_of(identity_secret), door.curve, kem_hash(door.kem), NO_PIN))
    roster = Roster(
        community_key=verify_key_of(community_secret),
        name="lab",
        version=1,
        issued_day=day_of(now),
        expires_day=day_of(now) + VALID_DAYS,
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
        community_secret, desk_secret, {0: access_secret}, tuple(secrets), roster, sign_roster(roster, community_secret)
    )
