"""The conversation of two people: Double Ratchet messages in two sessions, one begun by each side.

Either side may write first, so each begins a session of its own to the other's card. The side with the smaller card
hash ("first") always sends on the session it began; the other one does so until it has opened a message of first's
session, and then sends on that one and forgets its own. The session of the other side comes to life with the first
message of it that opens, whatever its number. From when both speak on one, first reads the other session for as long as
a message of it may be under way, and then forgets it: whoever copied it could write on it for ever. Invariant: what
does not open changes nothing.

Spec: docs/protocol.md, Ratchet messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from protocol.errors import ProtocolError
from protocol.people.handshake import Relationship
from protocol.primitives.codec import Reader
from protocol.ratchet.healing import Healing
from protocol.seams import Entropy
from protocol.streams.cell import CONTENT_BYTES, MESSAGE_BYTES
from protocol.streams.generations import Where
from protocol.streams.pigeonhole import calendar_of

if TYPE_CHECKING:
    from protocol.ratchet.session import Session

KEY_BYTES: Final = 32
_VERSION: Final = 2
_LABEL: Final = b"sosik letter 1"
_WAITING, _KEPT, _FORGOTTEN = 0, 1, 2
_NOT_YET: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A session without a message yet. `key`: their ratchet key (ours to begin) or our ratchet secret (theirs)."""

    secret: bytes = field(repr=False)
    key: bytes = field(repr=False)


@dataclass(slots=True)
class _Kept:
    """A session that lives. It is read from its bytes when first needed, for that loads the library."""

    data: bytes | None = field(repr=False)
    session: Session | None = None

    def load(self) -> Session:
        from protocol.ratchet.session import Session

        if self.session is None:
            self.session = Session.decode(self.data or b"")
        self.data = None
        return self.session

    def encode(self) -> bytes:
        return self.data if self.data is not None else self.load().encode()


_Session = _Waiting | _Kept | None


class Conversation:
    """Both sessions of one relationship. Mutable; the caller encodes it in the transaction that uses a message."""

    __slots__ = ("_first", "_joined", "_own", "_theirs", "healing")

    def __init__(self, first: bool, joined: int, own: _Session, theirs: _Session, healing: Healing) -> None:
        self._first = first
        self._joined = joined
        """To first: the calendar's epoch of the message that showed that both send on one session, or none yet."""
        self._own = own
        self._theirs = theirs
        self.healing = healing

    @classmethod
    def create(cls, relationship: Relationship) -> Self:
        """Start from a meeting. Nothing is sent by it."""
        return cls(
            relationship.first,
            _NOT_YET,
            _Waiting(relationship.own_session, relationship.their_ratchet),
            _Waiting(relationship.their_session, relationship.own_ratchet_secret),
            Healing.create(relationship.first, relationship.healing),
        )

    def seal(self, content: bytes, entropy: Entropy) -> bytes:
        """Return a message: session u8 (0: begun by first) | header 40 | ciphertext | tag, `MESSAGE_BYTES`.

        `content`: `CONTENT_BYTES`. ProtocolError: their ratchet key is of small order.
        """
        if len(content) != CONTENT_BYTES:
            raise ValueError("content fills its message")
        if self._own is None and isinstance(self._theirs, _Kept):
            number = self._number(own=False)
            return number + self._theirs.load().seal(content, _LABEL + number)
        number = self._number(own=True)
        if isinstance(self._own, _Kept):
            return number + self._own.load().seal(content, _LABEL + number)
        if self._own is None:
            raise ProtocolError("a conversation has no session to send on")
        from protocol.ratchet.session import Session

        session, message = Session.initiate(self._own.secret, self._own.key, content, _LABEL + number, entropy)
        self._own = _Kept(None, session)
        return number + message

    def open(self, message: bytes, entropy: Entropy, where: Where) -> bytes:
        """Return the content of a message. `entropy` is for the new ratchet key that an answer brings about.

        ProtocolError: wrong size, no such session, altered, opened before, too far ahead; nothing has changed then.
        """
        if len(message) != MESSAGE_BYTES:
            raise ProtocolError("a ratchet message has one size")
        number, rest = message[:1], message[1:]
        label = _LABEL + number
        if number == self._number(own=True):
            # Only first's session is written to by both; the other side's messages on ours come after it read us.
            if not (self._first and isinstance(self._own, _Kept)):
                raise ProtocolError("a message on a session that nobody answers on")
            content = self._own.load().open(rest, label, entropy, where)
            self._joined = min(self._joined, calendar_of(where.epoch))
            return content
        if number != self._number(own=False):
            raise ProtocolError("unknown session")
        if isinstance(self._theirs, _Kept):
            return self._theirs.load().open(rest, label, entropy, where)
        if self._theirs is None:
            raise ProtocolError("a message on a session that was retired")
        from protocol.ratchet.session import Session

        session, content = Session.accept(self._theirs.secret, self._theirs.key, rest, label, entropy, where)
        self._theirs = _Kept(None, session)
        if not self._first:
            self._own = None
        return content

    def forget(self, generation: int, epoch: int) -> None:
        """Nothing sent before this generation, or before this epoch of the calendar, comes any more: drop the keys kept
        for it, and to first the session that the other side left, once both have long been on one.
        """
        if self._first and self._joined != _NOT_YET and (generation > 0 or epoch > self._joined):
            self._theirs = None
        for session in (self._own, self._theirs):
            if isinstance(session, _Kept):
                session.load().forget(generation, epoch)

    def _number(self, *, own: bool) -> bytes:
        return b"\0" if self._first is own else b"\1"

    def encode(self) -> bytes:
        """Return version u8=2 | first u8 | epoch since when both are on one session u32 (all ones: not yet) | own
        session | their session, each: state u8 | length u32 | bytes | `Healing.encode`.

        State 0, without a message yet: secret 32 | ratchet key or secret 32; 1: `Session.encode`; 2, forgotten:
        nothing.
        """
        out = bytes([_VERSION, self._first]) + self._joined.to_bytes(4, "big")
        for session in (self._own, self._theirs):
            match session:
                case _Waiting():
                    state, data = _WAITING, session.secret + session.key
                case _Kept():
                    state, data = _KEPT, session.encode()
                case None:
                    state, data = _FORGOTTEN, b""
            out += bytes([state]) + len(data).to_bytes(4, "big") + data
        return out + self.healing.encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else; a living session's own bytes are read when used."""
        reader = Reader(data)
        reader.version(_VERSION)
        first, joined = reader.flag(), reader.u32()
        own, theirs = _parse_session(reader), _parse_session(reader)
        healing = Healing.parse(reader)
        reader.end()
        joined_by_first = first and isinstance(own, _Kept)
        if (
            (joined != _NOT_YET and not joined_by_first)
            or (theirs is None and joined == _NOT_YET)
            or (own is None and (first or isinstance(theirs, _Waiting)))
        ):
            raise ProtocolError("a kept conversation is out of range")
        return cls(first, joined, own, theirs, healing)


def _parse_session(reader: Reader) -> _Session:
    state, size = reader.u8(), reader.u32()
    data = reader.read(size)
    if state == _WAITING and size == 2 * KEY_BYTES:
        return _Waiting(data[:KEY_BYTES], data[KEY_BYTES:])
    if state == _KEPT:
        return _Kept(data)
    if state == _FORGOTTEN and size == 0:
        return None
    raise ProtocolError("a kept session is out of range")
