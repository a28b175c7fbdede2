"""New generations of a relationship's streams, agreed on inside its cells: how pigeonholes heal after a theft.

The side whose card has the smaller hash ("first") offers an ML-KEM key, the other one answers with a ciphertext, both
in the padding of cells that are sent anyway. The secret goes into the roots of the next generation, together with a
key that both have of the one before, so the roots stay closed to whoever lacks either; and into the keys of its cells,
inside which the double ratchet heals by itself. One exchange at a time, begun when both ends hold one generation.

    first:   rest -> offered -> (answer opens: reads and sends on the next) rest
    second:  rest -> answered (reads the next) -> (a cell comes on it: sends on it) rest

Invariant: a side sends on a generation only when it knows that the other side reads it, whatever is lost, late or
repeated; until then the generation before is used as ever. Nobody waits: an offer and an answer are repeated in every
cell with room until they are heard.

Spec: docs/protocol.md, Generations.
Decisions 94, 95.
"""

from dataclasses import dataclass, field
from typing import Final, Self, assert_never

from protocol.errors import ProtocolError
from protocol.letters.healing_part import TAG_BYTES, Answer, HealingPart, Offer
from protocol.primitives.codec import Reader
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KEM_CIPHERTEXT_BYTES, KEM_SEED_BYTES, KemKey, encapsulate
from protocol.seams import Entropy
from protocol.streams.pigeonhole import MAX_GENERATION, SECRET_BYTES, ChainRoot

MAX_OFFER_EPOCHS: Final = 0xFFFF
"""An offer that counts from longer ago is not answered: each epoch since then costs a hash."""
_REST, _OFFERED, _ANSWERED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Begun:
    """A generation to begin at the calendar's `epoch`; a root that is None is not for now."""

    generation: int
    epoch: int
    send_root: ChainRoot | None = field(repr=False)
    receive_root: ChainRoot | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Roots:
    """What a generation is made of. `key`: for the one after it; `tag`: shows that both came to the same."""

    key: bytes = field(repr=False)
    tag: bytes
    first: ChainRoot = field(repr=False)
    second: ChainRoot = field(repr=False)


def roots_of(key: bytes, secret: bytes, offer: Offer, ciphertext: bytes) -> Roots:
    """Work out the next generation. `key`: 32 bytes of the one before; `secret`: what the ciphertext holds."""
    root = derive(b"sosik heal", secret, offer.encode(), ciphertext, key=key)
    return Roots(
        key=derive(b"sosik healing", root),
        tag=derive(b"sosik heal tag", root, size=TAG_BYTES),
        first=ChainRoot(derive(b"sosik stream", root, b"first")),
        second=ChainRoot(derive(b"sosik stream", root, b"second")),
    )


@dataclass(frozen=True, slots=True)
class _Offered:
    """Ours to first: the seed of the key that was offered."""

    seed: bytes = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True)
class _Answered:
    """Ours to second: what was answered, and what to send on when it is known to have come."""

    answer: Answer
    send_root: ChainRoot = field(repr=False)
    epoch: int


class Healing:
    """One side's part. Mutable; `Conversation` keeps it. `generation` is the newest one that is read."""

    __slots__ = ("_first", "_key", "_pending", "generation")

    def __init__(self, first: bool, generation: int, key: bytes, pending: _Offered | _Answered | None) -> None:
        self._first = first
        self.generation = generation
        self._key = key
        self._pending = pending

    @classmethod
    def create(cls, first: bool, key: bytes) -> Self:
        """Start at a meeting. `key`: 32 bytes of generation 0 that both have."""
        return cls(first, 0, key, None)

    def part(self, *, settled: bool, epoch: int, entropy: Entropy) -> HealingPart | None:
        """Return what a cell with room carries. `settled`: one generation is held, each way; `epoch`: the present."""
        match self._pending:
            case _Answered(answer=answer):
                return answer
            case _Offered(seed, begun):
                return Offer(self.generation + 1, begun, KemKey(seed).public)
            case None:
                if not (self._first and settled and self.generation < MAX_GENERATION):
                    return None
                self._pending = _Offered(entropy(KEM_SEED_BYTES), epoch)
                return self.part(settled=settled, epoch=epoch, entropy=entropy)
            case unknown:
                assert_never(unknown)

    def hear(self, part: HealingPart, *, settled: bool, epoch: int) -> Begun | None:
        """Take in what a cell carried, as often and in what order it may come.

        ProtocolError: not what the other side could have sent; nothing has changed then.
        """
        if isinstance(part, Offer) == self._first or part.generation > self.generation + 1:
            raise ProtocolError("a generation that could not be offered or answered")
        if part.generation <= self.generation:
            return None
        match part:
            case Offer():
                return self._answer(part, epoch) if settled else None
            case Answer():
                return self._finish(part)
            case unknown:
                assert_never(unknown)

    def heard_on(self, generation: int) -> Begun | None:
        """A cell came on `generation`: whoever sends on it knows that we read it, and reads it."""
        pending = self._pending
        if generation != self.generation or not isinstance(pending, _Answered):
            return None
        self._pending = None
        return Begun(generation, pending.epoch, pending.send_root, None)

    def _answer(self, offer: Offer, epoch: int) -> Begun | None:
        # A clock may be one epoch behind the other; one that is far off comes right, or stays without healing.
        if not epoch - MAX_OFFER_EPOCHS <= offer.epoch <= epoch + 1:
            return None
        made = encapsulate(offer.public)
        roots = roots_of(self._key, made.secret, offer, made.ciphertext)
        self._key, self.generation = roots.key, offer.generation
        self._pending = _Answered(Answer(offer.generation, made.ciphertext, roots.tag), roots.second, offer.epoch)
        return Begun(offer.generation, offer.epoch, None, roots.first)

    def _finish(self, answer: Answer) -> Begun:
        pending = self._pending
        if not isinstance(pending, _Offered):
            raise ProtocolError("an answer to what was never offered")
        key = KemKey(pending.seed)
        offer = Offer(self.generation + 1, pending.epoch, key.public)
        roots = roots_of(self._key, key.decapsulate(answer.ciphertext), offer, answer.ciphertext)
        if roots.tag != answer.tag:
            raise ProtocolError("an answer to another offer")
        self._key, self.generation, self._pending = roots.key, answer.generation, None
        return Begun(answer.generation, pending.epoch, roots.first, roots.second)

    def encode(self) -> bytes:
        """Return first u8 | generation u32 | key 32 | state u8, and after it, 1, offered: epoch u32 | seed 64;
        2, answered: epoch u32 | ciphertext 1088 | tag 16 | root 32.
        """
        head = bytes([self._first]) + self.generation.to_bytes(4, "big") + self._key
        match self._pending:
            case _Offered(seed, epoch):
                return head + bytes([_OFFERED]) + epoch.to_bytes(4, "big") + seed
            case _Answered(answer, root, epoch):
                body = epoch.to_bytes(4, "big") + answer.ciphertext + answer.tag + root
                return head + bytes([_ANSWERED]) + body
            case None:
                return head + bytes([_REST])
            case unknown:
                assert_never(unknown)

    @classmethod
    def parse(cls, reader: Reader) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else."""
        first, generation, key, state = reader.flag(), reader.u32(), reader.read(SECRET_BYTES), reader.u8()
        if state == _REST:
            return cls(first, generation, key, None)
        epoch = reader.u32()
        if state == _OFFERED and first and generation < MAX_GENERATION:
            return cls(first, generation, key, _Offered(reader.read(KEM_SEED_BYTES), epoch))
        if state == _ANSWERED and not first and generation:
            answer = Answer(generation, reader.read(KEM_CIPHERTEXT_BYTES), reader.read(TAG_BYTES))
            return cls(first, generation, key, _Answered(answer, ChainRoot(reader.read(SECRET_BYTES)), epoch))
        raise ProtocolError("a kept generation is out of range")
