"""The roster: the community's signed list of relays and of the network constants.

Bytes: signature 64 | body, the body being msgpack of `Roster` with its fields in order and integers in their shortest
form. Invariant: what parses re-encodes to the same bytes, so a roster has one hash; the signature is checked over the
bytes as received; numbers of relays are permanent. Spec: docs/protocol.md, Roster.
Decisions 17, 40, 41, 59.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from protocol.community.constants import Constants
from protocol.errors import ProtocolError
from protocol.primitives.agreement import require_usable
from protocol.primitives.days import DAY_MAX
from protocol.primitives.kdf import derive
from protocol.primitives.signing import SIGNATURE_BYTES, check_signature, sign, verify_key_of
from protocol.seams import MAX_RELAY_ID, RelayId

ROSTER_BYTES_MAX: Final = 32_768  # travels as one entry of the board log
RELAYS_MAX: Final = 64  # 64 relays with the longest addresses stay below ROSTER_BYTES_MAX
DESK_KEYS_MAX: Final = 16
URL_CHARS_MAX: Final = 120  # so that two of them fit into an invite card
NAME_BYTES_MAX: Final = 32
HASH_BYTES: Final = 32
NO_PREVIOUS: Final = bytes(HASH_BYTES)
NO_PIN: Final = bytes(32)
ACCESS_BOX_BYTES: Final = 72
SERIAL_BYTES: Final = 16
REVOKED_MAX: Final = 256  # with 64 relays the roster stays below ROSTER_BYTES_MAX
COUNTED_BY: Final = ("page_ms", "key_block_ms", "epoch_ms")
"""Constants that number intervals, key blocks and epochs. Numbers only go up: after a change relays would list
pigeonholes in a page that is cut years later, and streams would wait for an epoch that long."""
_LABEL: Final = b"sosik roster"

Key = Annotated[bytes, Meta(min_length=32, max_length=32)]
Number = Annotated[int, Meta(ge=0, le=MAX_RELAY_ID)]
Day = Annotated[int, Meta(ge=0, le=DAY_MAX)]
Revocation = Annotated[bytes, Meta(min_length=2 + SERIAL_BYTES, max_length=2 + SERIAL_BYTES)]


class RosterRelay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One relay. `door_kem` is the hash of its door's ML-KEM key, which its descriptors hold. `tls_pin` is the SHA-256
    of its certificate, or zeros for the ordinary check by authorities."""

    number: Number
    url: Annotated[str, Meta(min_length=8, max_length=URL_CHARS_MAX, pattern=r"^https?://[!-~]+\Z")]
    identity: Key
    door: Key
    door_kem: Key
    tls_pin: Key

    @property
    def relay(self) -> RelayId:
        """The permanent number, typed."""
        return RelayId(self.number)


class Roster(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the community key signs. `guards`: the first is everyone's guard, the rest are its reserves in order.

    `next_number` is the lowest relay number never used yet. `access_box` is the access secret of `access_epoch`,
    sealed under the one before it (empty in epoch 0). `previous` is the hash of the roster before, zeros for the first.
    `revoked`: expiry day u16 | serial of helper certificates that are not good any more, ascending; absent when empty.
    """

    community_key: Key
    name: Annotated[str, Meta(min_length=1, max_length=NAME_BYTES_MAX)]
    version: Annotated[int, Meta(ge=1, le=0xFFFFFFFF)]
    issued_day: Day
    expires_day: Day
    constants: Constants
    relays: Annotated[tuple[RosterRelay, ...], Meta(min_length=1, max_length=RELAYS_MAX)]
    next_number: Annotated[int, Meta(ge=1, le=MAX_RELAY_ID + 1)]
    guards: Annotated[tuple[Number, ...], Meta(min_length=1, max_length=RELAYS_MAX)]
    desk_keys: Annotated[tuple[Key, ...], Meta(max_length=DESK_KEYS_MAX)]
    access_epoch: Annotated[int, Meta(ge=0, le=0xFFFF)]
    access_box: Annotated[bytes, Meta(max_length=ACCESS_BOX_BYTES)]
    previous: Key
    revoked: Annotated[tuple[Revocation, ...], Meta(max_length=REVOKED_MAX)] = ()

    def __post_init__(self) -> None:
        """Check the rules between fields (ValueError; msgspec turns it into a ValidationError while decoding)."""
        numbers = [relay.number for relay in self.relays]
        if any(low >= high for low, high in pairwise(numbers)):
            raise ValueError("relays are not in ascending order of their numbers")
        if numbers and numbers[-1] >= self.next_number:
            raise ValueError("a relay has a number that is not given out yet")
        if len(set(self.guards)) != len(self.guards) or not set(self.guards) <= set(numbers):
            raise ValueError("guards are not distinct relays of the roster")
        if len(self.name.encode()) > NAME_BYTES_MAX:
            raise ValueError(f"the name is longer than {NAME_BYTES_MAX} bytes")
        if self.expires_day < self.issued_day:
            raise ValueError("the roster expires before it is issued")
        if len(self.access_box) != (ACCESS_BOX_BYTES if self.access_epoch else 0):
            raise ValueError("the access box does not fit the access epoch")
        if (self.version == 1) != (self.previous == NO_PREVIOUS):
            raise ValueError("only the first roster names no previous one")
        if any(low >= high for low, high in pairwise(self.revoked)):
            raise ValueError("revoked certificates are not in ascending order")

    @property
    def numbers(self) -> tuple[RelayId, ...]:
        """Numbers of all relays, ascending."""
        return tuple(RelayId(relay.number) for relay in self.relays)

    @property
    def guard_order(self) -> tuple[RelayId, ...]:
        """The guard and then its reserves."""
        return tuple(RelayId(number) for number in self.guards)

    def find_relay(self, number: RelayId) -> RosterRelay | None:
        """Return the relay with this number, None if the roster has none."""
        for relay in self.relays:
            if relay.number == number:
                return relay
        return None

    def relay(self, number: RelayId) -> RosterRelay:
        """Return the relay with this number. Raises ProtocolError: not in the roster."""
        relay = self.find_relay(number)
        if relay is None:
            raise ProtocolError("a relay is not in the roster")
        return relay

    def others(self, number: RelayId) -> tuple[RosterRelay, ...]:
        """Return every relay except the one with this number, ascending."""
        return tuple(relay for relay in self.relays if relay.number != number)

    def expired(self, today: int) -> bool:
        """Tell whether the last day of validity (UTC day number) is over."""
        return today > self.expires_day


@dataclass(frozen=True, slots=True)
class FirstRoster:
    """What a newcomer asks of the roster to begin with, when relay `relay` shows it. `version` and `doors`: from the
    invitation. An older roster, signed when there were fewer relays, would make one relay everything to them."""

    version: int
    relay: RelayId
    doors: Mapping[RelayId, bytes]
    today: int

    def check(self, roster: Roster) -> None:
        """Raise ProtocolError unless a roster of this version or a later one may be begun with: it has the relay, and
        if the invitation was made from it, all that the invitation names."""
        for number in self.doors if roster.version == self.version else (self.relay,):
            known = roster.find_relay(number)
            if known is None or known.door != self.doors.get(number):
                raise ProtocolError("a first roster does not have a relay of the invitation")
        if roster.expired(self.today):
            raise ProtocolError("a first roster has expired")


_decoder: Final = msgspec.msgpack.Decoder(Roster)
_encoder: Final = msgspec.msgpack.Encoder()


def sign_roster(roster: Roster, community_secret: bytes) -> bytes:
    """Return signature 64 | body. `community_secret` is the 32-byte seed of `roster.community_key`.

    Raises ProtocolError when the roster would not be accepted, ValueError for the wrong secret.
    """
    if verify_key_of(community_secret) != roster.community_key:
        raise ValueError("the community secret does not belong to the roster's community key")
    body = _encoder.encode(roster)
    data = sign(community_secret, _LABEL, body) + body
    parse_roster(data, roster.community_key)
    return data


def parse_roster(data: bytes, community_key: bytes) -> Roster:
    """Check and read a signed roster. Raises ProtocolError: signature, encoding, unknown field, range or rule, a
    door key of small order.
    """
    if not SIGNATURE_BYTES < len(data) <= ROSTER_BYTES_MAX:
        raise ProtocolError("a roster has an impossible size")
    body = data[SIGNATURE_BYTES:]
    check_signature(community_key, _LABEL, body, data[:SIGNATURE_BYTES])
    try:
        roster = _decoder.decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise ProtocolError("a roster does not parse") from error
    if _encoder.encode(roster) != body:
        raise ProtocolError("a roster is not in canonical form")
    if roster.community_key != community_key:
        raise ProtocolError("a roster names another community")
    require_usable(*[relay.door for relay in roster.relays])
    return roster


def roster_hash(roster: Roster) -> bytes:
    """Return the 32-byte hash of a roster's body, which the next roster names as its previous one."""
    return derive(_LABEL, _encoder.encode(roster))


def check_succession(new: Roster, old: Roster) -> None:
    """Raise ProtocolError unless `new` is the roster that directly follows `old`: see `check_later`; its version is
    one higher and it names the hash of `old`.
    """
    check_later(new, old)
    if new.version != old.version + 1:
        raise ProtocolError("a roster does not follow the one before")
    if new.previous != roster_hash(old):
        raise ProtocolError("a roster names another previous one")
    if new.access_epoch > old.access_epoch + 1:
        raise ProtocolError("an access epoch is missing")


def check_later(new: Roster, old: Roster) -> None:
    """Raise ProtocolError unless `new` can be some later roster of the community of `old`.

    The constants of `COUNTED_BY` stay. Relay numbers are permanent: a number in both keeps its identity key, and one
    only in `new` was never used before.
    """
    if new.community_key != old.community_key or new.version <= old.version:
        raise ProtocolError("a roster is not later than the one before")
    if any(getattr(new.constants, name) != getattr(old.constants, name) for name in COUNTED_BY):
        raise ProtocolError("a roster changes what page intervals, key blocks or epochs are counted by")
    if new.issued_day < old.issued_day or new.next_number < old.next_number or new.access_epoch < old.access_epoch:
        raise ProtocolError("a roster goes backwards")
    for relay in new.relays:
        known = old.find_relay(relay.relay)
        if known is not None and known.identity != relay.identity:
            raise ProtocolError("a relay number was given to another relay")
        if known is None and relay.number < old.next_number:
            raise ProtocolError("a relay number was used again")
    still = {entry for entry in old.revoked if int.from_bytes(entry[:2], "big") >= new.issued_day}
    if not still <= set(new.revoked):
        raise ProtocolError("a roster forgets a revoked certificate before it expires")
    if new.access_epoch == old.access_epoch and new.access_box != old.access_box:
        raise ProtocolError("an access secret changed within its epoch")


def find_successor(candidates: Sequence[bytes], current: Roster) -> tuple[bytes, Roster] | None:
    """Return the newest roster reachable from `current` through `candidates`, with its bytes; None when none follows.

    Candidates may come in any order, repeat, or be forged; only those that follow one another are taken.
    """
    found: tuple[bytes, Roster] | None = None
    follower = _find_follower(candidates, current)
    while follower is not None:
        found = follower
        follower = _find_follower(candidates, follower[1])
    return found


def _find_follower(candidates: Sequence[bytes], current: Roster) -> tuple[bytes, Roster] | None:
    for data in candidates:
        try:
            roster = parse_roster(data, current.community_key)
            check_succession(roster, current)
        except ProtocolError:
            continue
        return data, roster
    return None
