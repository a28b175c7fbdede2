"""The byte log a guard keeps for its clients: framed entries, and the seals that sign an hour of a relay's pages.

Entry: kind u8 | length u16 | body. PAGE, SEAL, DESCRIPTOR and ROSTER bodies are those of their modules, passed on from
relay to relay unchanged; MARK (interval u32) begins a key block. A log is read in stretches that cut entries anywhere.

Invariant: bytes that break the framing are a ProtocolError at once, so a reader never holds more than one entry. What
is inside a body is judged later: one bad body must not stop the log. Spec: docs/protocol.md, Board log.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from protocol.board.page import CHAIN_START, PAGE_HEADER_BYTES, set_bytes
from protocol.community.constants import TAGS_PER_PAGE_MAX
from protocol.community.descriptor import DAYS_AHEAD, DESCRIPTOR_BYTES, DESCRIPTOR_HASH_BYTES
from protocol.community.roster import NO_PREVIOUS, RELAYS_MAX, ROSTER_BYTES_MAX, Roster
from protocol.errors import ProtocolError
from protocol.primitives.signing import SIGNATURE_BYTES, check_signature, sign
from protocol.routes.exchange import LATEST_KEY_BLOCK, Cursor
from protocol.seams import RelayId


@unique
class EntryKind(IntEnum):
    """What an entry's body is."""

    PAGE = 1
    SEAL = 2
    ROSTER = 3
    DESCRIPTOR = 4
    MARK = 5


_FRAME: Final = struct.Struct(">BH")
_MARK: Final = struct.Struct(">I")
_SEAL: Final = struct.Struct(">BI32sI32sB")
_SEEN: Final = struct.Struct(">BI32s32s32s")
NO_WORD: Final = bytes(DESCRIPTOR_HASH_BYTES)
"""In place of the hash of a descriptor that the signer of a seal does not have."""
ROSTERS_REPEATED: Final = 16
"""In a key block: a client that missed more rosters than this starts at the newest one."""
_LABEL: Final = b"sosik seal"
BODY_BYTES_MAX: Final = {
    EntryKind.PAGE: PAGE_HEADER_BYTES + set_bytes(TAGS_PER_PAGE_MAX),
    EntryKind.SEAL: _SEAL.size + (RELAYS_MAX - 1) * _SEEN.size + SIGNATURE_BYTES,
    EntryKind.ROSTER: ROSTER_BYTES_MAX,
    EntryKind.DESCRIPTOR: DESCRIPTOR_BYTES,
    EntryKind.MARK: _MARK.size,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log; the body is not checked."""

    kind: EntryKind
    body: bytes

    def encode(self) -> bytes:
        """Return kind u8 | length u16 | body. ValueError: the body is longer than its kind may be."""
        if len(self.body) > BODY_BYTES_MAX[self.kind]:
            raise ValueError("an entry is too long")
        return _FRAME.pack(self.kind, len(self.body)) + self.body


def parse_entry(data: bytes) -> Entry:
    """Read exactly one entry. Raises ProtocolError: framing, or bytes missing or left over."""
    entries, rest = _cut(data)
    if len(entries) != 1 or rest:
        raise ProtocolError("not exactly one entry")
    return entries[0]


def mark_entry(interval: int) -> Entry:
    """Return the MARK that begins the key block of a page interval."""
    return Entry(EntryKind.MARK, _MARK.pack(interval))


def parse_mark(body: bytes) -> int:
    """Return the interval of a MARK body. Raises ProtocolError: length."""
    if len(body) != _MARK.size:
        raise ProtocolError("a mark has the wrong length")
    interval: int = _MARK.unpack(body)[0]
    return interval


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sealer has from another relay: the interval of its newest page, that relay's chain hash there (zeros: it
    cannot say), and the hashes of its descriptors of the seal's UTC day and of the next."""

    relay: RelayId
    interval: int
    chain: bytes
    today: bytes = NO_WORD
    tomorrow: bytes = NO_WORD

    @property
    def tells_chain(self) -> bool:
        """Whether the chain hash says anything."""
        return self.chain != CHAIN_START


@dataclass(frozen=True, slots=True)
class Seal:
    """A relay's word on its chain of pages up to and with `interval`, on what it has seen of the others, and on the
    roster it follows."""

    relay: RelayId
    interval: int
    chain: bytes
    others: tuple[Seen, ...]
    roster_version: int = 0
    roster_hash: bytes = NO_PREVIOUS

    def seen_of(self, relay: RelayId) -> Seen | None:
        """What it has seen of one of the others."""
        return next((seen for seen in self.others if seen.relay == relay), None)


def sign_seal(seal: Seal, identity_secret: bytes) -> bytes:
    """Return relay u8 | interval u32 | chain hash 32 | roster version u32 | roster hash 32 | count u8 |
    count * (relay u8 | interval u32 | chain hash 32 | descriptor hash of today 32 | of tomorrow 32) | signature 64.

    `identity_secret` is the 32-byte seed. ValueError: the others are not in ascending order, or include the relay.
    """
    if not _in_order(seal):
        raise ValueError("the others of a seal are not in order")
    count = len(seal.others)
    head = _SEAL.pack(seal.relay, seal.interval, seal.chain, seal.roster_version, seal.roster_hash, count)
    body = head + b"".join(
        _SEEN.pack(seen.relay, seen.interval, seen.chain, seen.today, seen.tomorrow) for seen in seal.others
    )
    return body + sign(identity_secret, _LABEL, body)


def seal_bytes(others: int) -> int:
    """How long a seal is that says what it has seen of so many others."""
    return _SEAL.size + others * _SEEN.size + SIGNATURE_BYTES


def parse_seal(data: bytes, roster: Roster) -> Seal:
    """Check and read a SEAL body. Raises ProtocolError: length, order, relay not in the roster, signature."""
    if len(data) < _SEAL.size + SIGNATURE_BYTES:
        raise ProtocolError("a seal is too short")
    number, interval, chain, version, roster_hash, count = _SEAL.unpack_from(data)
    body = data[:-SIGNATURE_BYTES]
    if len(body) != _SEAL.size + count * _SEEN.size:
        raise ProtocolError("a seal has the wrong length")
    seen = tuple(Seen(RelayId(relay), *rest) for relay, *rest in _SEEN.iter_unpack(body[_SEAL.size :]))
    seal = Seal(RelayId(number), interval, chain, seen, version, roster_hash)
    if not _in_order(seal):
        raise ProtocolError("a seal is not in canonical form")
    check_signature(roster.relay(seal.relay).identity, _LABEL, body, data[-SIGNATURE_BYTES:])
    return seal


@dataclass(frozen=True, slots=True)
class EntryReader:
    """Puts entries together from stretches. `cursor` is where the next stretch must begin; `partial` what is cut."""

    cursor: Cursor = LATEST_KEY_BLOCK
    partial: bytes = b""

    def feed(self, start: Cursor, following: Cursor, data: bytes) -> tuple[list[Entry], "EntryReader"]:
        """Return the entries that `data` completes, and the reader at `following`.

        A stretch that does not begin at `cursor` begins anew: at the start of a sheet or at a MARK.
        Raises ProtocolError: unknown kind, impossible length, or a beginning that is neither.
        """
        unbroken = start == self.cursor
        if not unbroken and start.offset and data and data[0] != EntryKind.MARK:
            raise ProtocolError("the board log begins inside an entry")
        entries, rest = _cut(self.partial + data if unbroken else data)
        return entries, EntryReader(following, rest)


def key_block_bytes(rosters: int, relays: int) -> int:
    """Return the most bytes of a key block: a mark, rosters of so many bytes together in at most `ROSTERS_REPEATED`
    entries, for each relay descriptors of as many days as there may be, and a seal."""
    frames = [_MARK.size, *[DESCRIPTOR_BYTES] * (relays * (DAYS_AHEAD + 1)), *[seal_bytes(relays - 1)] * relays]
    return rosters + _FRAME.size * (ROSTERS_REPEATED + len(frames)) + sum(frames)


def _cut(data: bytes) -> tuple[list[Entry], bytes]:
    """Return the whole entries at the front of `data`, and the beginning of one that is cut (maybe empty)."""
    entries = []
    position = 0
    while len(data) - position >= _FRAME.size:
        number, length = _FRAME.unpack_from(data, position)
        try:
            kind = EntryKind(number)
        except ValueError as error:
            raise ProtocolError("an entry of an unknown kind") from error
        if length > BODY_BYTES_MAX[kind]:
            raise ProtocolError("an entry is too long")
        end = position + _FRAME.size + length
        if end > len(data):
            break
        entries.append(Entry(kind, data[position + _FRAME.size : end]))
        position = end
    return entries, data[position:]


def _in_order(seal: Seal) -> bool:
    numbers = [seen.relay for seen in seal.others]
    return numbers == sorted(set(numbers)) and seal.relay not in numbers
