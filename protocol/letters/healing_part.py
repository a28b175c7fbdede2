"""What a cell carries at its end, where a letter leaves room: an offer of a new generation, or the answer to one.

Invariant: the part has one place, the last bytes before the padding, and costs no letter a cell: without room it waits.

Spec: docs/protocol.md, Generations.
Decision 94.
"""

from dataclasses import dataclass, field
from typing import Final

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.primitives.kem import KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES
from protocol.streams.pigeonhole import MAX_EPOCH, MAX_GENERATION

TAG_BYTES: Final = 16
OFFER_BYTES: Final = 4 + 4 + KEM_PUBLIC_BYTES
ANSWER_BYTES: Final = 4 + KEM_CIPHERTEXT_BYTES + TAG_BYTES
MAX_PART_BYTES: Final = max(OFFER_BYTES, ANSWER_BYTES)
_OFFER, _ANSWER = 1, 2


@dataclass(frozen=True, slots=True)
class Offer:
    """First offers to begin `generation`, counted from the calendar's `epoch`. `public`: an ML-KEM-768 key."""

    generation: int
    epoch: int
    public: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_generation(self.generation)
        if not 0 <= self.epoch <= MAX_EPOCH or len(self.public) != KEM_PUBLIC_BYTES:
            raise ProtocolError("an offer is out of range")

    def encode(self) -> bytes:
        """Return generation u32 | epoch u32 | public key 1184."""
        return self.generation.to_bytes(4, "big") + self.epoch.to_bytes(4, "big") + self.public


@dataclass(frozen=True, slots=True)
class Answer:
    """Second answers. `tag` shows that it came to the roots which first will come to."""

    generation: int
    ciphertext: bytes = field(repr=False)
    tag: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_generation(self.generation)
        if len(self.ciphertext) != KEM_CIPHERTEXT_BYTES or len(self.tag) != TAG_BYTES:
            raise ProtocolError("an answer has a wrong size")

    def encode(self) -> bytes:
        """Return generation u32 | ciphertext 1088 | tag 16."""
        return self.generation.to_bytes(4, "big") + self.ciphertext + self.tag


HealingPart = Offer | Answer


def encode_part(part: HealingPart | None) -> tuple[int, bytes]:
    """Return (kind, bytes): 0 nothing, 1 an offer, 2 an answer."""
    if part is None:
        return 0, b""
    return (_OFFER if isinstance(part, Offer) else _ANSWER), part.encode()


def read_part(kind: int, reader: Reader) -> HealingPart | None:
    """Read what `encode_part` gave. ProtocolError: unknown kind, or out of range."""
    match kind:
        case 0:
            return None
        case 1:
            return Offer(reader.u32(), reader.u32(), reader.read(KEM_PUBLIC_BYTES))
        case 2:
            return Answer(reader.u32(), reader.read(KEM_CIPHERTEXT_BYTES), reader.read(TAG_BYTES))
        case _:
            raise ProtocolError("unknown kind of healing part")


def _check_generation(generation: int) -> None:
    if not 1 <= generation <= MAX_GENERATION:
        raise ProtocolError("a generation is out of range")
