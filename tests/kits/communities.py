"""Made-up communities for tests: rosters of any size with their secrets, on a fixed day."""

from dataclasses import dataclass
from functools import lru_cache

from protocol.community.constants import Constants
from protocol.community.roster import NO_PIN, NO_PREVIOUS, Roster, RosterRelay, sign_roster
from protocol.people.key_card import Entry, InviteCard, encode_card_text
from protocol.primitives.hybrid_box import kem_hash
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KEM_SEED_BYTES, KemKey
from protocol.primitives.signing import verify_key_of
from protocol.seams import RelayId

TODAY = 20_500
NOW = TODAY * 86_400.0 + 40_000

COMMUNITY_SECRET = derive(b"test community")
COMMUNITY_KEY = verify_key_of(COMMUNITY_SECRET)
DESK_SECRET = derive(b"test desk")


def identity_secret(number: int) -> bytes:
    """Seed of a relay's identity key."""
    return derive(b"test identity", bytes([number]))


@lru_cache
def door_kem(number: int) -> bytes:
    """The public ML-KEM key of a relay's door."""
    return KemKey(derive(b"test door kem", bytes([number]), size=KEM_SEED_BYTES)).public


@lru_cache
def day_kem(number: int) -> bytes:
    """The public ML-KEM key of a relay's day."""
    return KemKey(derive(b"test day kem", bytes([number]), size=KEM_SEED_BYTES)).public


def make_relay(number: int) -> RosterRelay:
    """A relay whose keys follow from its number."""
    return RosterRelay(
        number=number,
        url=f"https://relay-{number}.example/",
        identity=verify_key_of(identity_secret(number)),
        door=derive(b"test door", bytes([number])),
        door_kem=kem_hash(door_kem(number)),
        tls_pin=NO_PIN,
    )


def make_roster(
    relays: int | tuple[int, ...] = 3,
    guards: tuple[int, ...] = (0,),
    constants: Constants | None = None,
    version: int = 1,
    previous: bytes = NO_PREVIOUS,
) -> Roster:
    """A roster of relays 0..n-1, or of the numbers given."""
    numbers = tuple(range(relays)) if isinstance(relays, int) else relays
    return Roster(
        community_key=COMMUNITY_KEY,
        name="한 마을",
        version=version,
        issued_day=TODAY - 1,
        expires_day=TODAY + 90,
        constants=constants or Constants(),
        relays=tuple(make_relay(number) for number in numbers),
        next_number=max(numbers) + 1,
        guards=guards,
        desk_keys=(verify_key_of(DESK_SECRET),),
        access_epoch=0,
        access_box=b"",
        previous=previous,
    )


@dataclass(frozen=True, slots=True)
class SignedRoster:
    """A roster with its bytes."""

    roster: Roster
    data: bytes


def signed(roster: Roster) -> SignedRoster:
    """Sign with the test community's key."""
    return SignedRoster(roster, sign_roster(roster, COMMUNITY_SECRET))


def relay_ids(*numbers: int) -> tuple[RelayId, ...]:
    """Typed relay numbers."""
    return tuple(RelayId(number) for number in numbers)


def invitation(
    community: bytes = COMMUNITY_KEY, ticket: int = 1, expiry: int = TODAY + 10, pace_ms: int = 120_000
) -> str:
    """The text of an invitation into this community."""
    entry = Entry(RelayId(0), "https://relay.example/", bytes(range(32)), bytes(32))
    return encode_card_text(InviteCard(community, "한 마을", expiry, pace_ms, 1, (entry,), bytes([ticket]) * 96))
