"""A question only we know: two people find out whether they mean the same answer, and nobody else learns it.

    ASK     asker -> answerer   id, X* (SPAKE2), the question
    ANSWER  answerer -> asker   Y*, confirmation of the answerer
    FINISH  asker -> answerer   confirmation of the asker
    DIFFERS asker -> answerer   the answers, or the keys of the two sides, are not the same

Invariant: whoever stands between the two, relaying everything under other keys, makes every confirmation fail, because
they cover the binding (root and both whole cards), the question and the transcript. Asker and answerer go by the hashes
of their cards, so whoever sends our own question back to us learns nothing from our own answer: it confirms ourselves.
Each exchange tells the other side about one guess, no more. The answer itself is in no message and in no state.

Spec: docs/protocol.md, A question only we know.
Decisions 54, 55, 57.
"""

import hmac
import unicodedata
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from nacl.pwhash import argon2id

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.primitives.kdf import derive
from protocol.seams import SEED_BYTES, Entropy, SeededEntropy

TRIES: Final = 3
"""Exchanges per pair, ever, both directions counted: an impostor has as many guesses."""
QUESTION_BYTES_MAX: Final = 600
"""Two hundred Hangul syllables: a question about one shared moment, and far from filling a cell."""
ID_BYTES: Final = 16
SHARE_BYTES: Final = 32
CONFIRMATION_BYTES: Final = 32
STRETCH_OPS: Final = 3
STRETCH_BYTES: Final = 32 * 1024 * 1024
"""Argon2id over an answer: whoever takes an opened vault while a question is out pays this for every guess."""
_SALT_BYTES: Final = 16
_SILENT: Final = "\u115f\u1160\u119e"
"""Fillers of Hangul, and what NFKC makes of the middle dot that Korean keyboards offer."""


class Step(IntEnum):
    """The steps of an exchange; the number is the first byte of its letter."""

    ASK = 1
    ANSWER = 2
    FINISH = 3
    DIFFERS = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """The first step: what the answerer needs."""

    id: bytes
    share: bytes
    question: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The second step."""

    id: bytes
    share: bytes
    confirmation: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """The third step."""

    id: bytes
    confirmation: bytes


@dataclass(frozen=True, slots=True)
class Differs:
    """The third step after a confirmation that does not hold."""

    id: bytes


Message = Ask | Answer | Finish | Differs


@dataclass(frozen=True, slots=True)
class Pair:
    """The two who ask and answer: the binding of their relationship, and the hashes of our card and of theirs."""

    binding: bytes = field(repr=False)
    own: bytes = field(repr=False)
    theirs: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """What the asker keeps until the answer comes; erased with it. `stretched`: Argon2id of the answer."""

    id: bytes
    question: str
    seed: bytes = field(repr=False)
    stretched: bytes = field(repr=False)


def normalise_answer(text: str) -> str:
    """Return an answer without what people do not mean: NFKC, no case, spaces, punctuation or symbols; may be empty."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    meant = "".join([char for char in folded if unicodedata.category(char)[0] not in "CPSZ" and char not in _SILENT])
    # Characters that a space kept apart may be one syllable now: spaces do not matter inside one either.
    return unicodedata.normalize("NFKC", meant)


def ask(question: str, answer: str, pair: Pair, entropy: Entropy) -> tuple[Asking, Ask]:
    """Begin an exchange. ProtocolError: no question, too long, or an empty answer."""
    _check_question(question)
    number = entropy(ID_BYTES)
    asking = Asking(number, question, entropy(SEED_BYTES), _stretch(answer, number, question, pair.binding))
    _, share = _start(asking, pair)
    return asking, Ask(number, share, question)


def answer(asked: Ask, text: str, pair: Pair, entropy: Entropy) -> tuple[bytes, Answer]:
    """Answer; return (confirmation that the asker's FINISH has to hold, message). ProtocolError: nothing in the answer,
    or the asker's share is none.
    """
    from spake2 import SPAKE2_B  # late: its tables take a tenth of a second

    stretched = _stretch(text, asked.id, asked.question, pair.binding)
    asker, answerer = _names(pair, asking=False)
    side = SPAKE2_B(stretched, idA=asker, idB=answerer, entropy_f=entropy)
    share = side.start()[1:]
    key = _finish(side, b"A" + asked.share)
    transcript = (asked.id, asked.question.encode(), asked.share, share, asker, answerer)
    message = Answer(asked.id, share, _confirmation(key, "answerer", transcript))
    return _confirmation(key, "asker", transcript), message


def finish(asking: Asking, answered: Answer, pair: Pair) -> Finish:
    """Check the answerer's confirmation and return ours. ProtocolError: another answer, other keys or exchange."""
    if answered.id != asking.id:
        raise ProtocolError("an answer belongs to another question")
    side, share = _start(asking, pair)
    key = _finish(side, b"B" + answered.share)
    transcript = (asking.id, asking.question.encode(), share, answered.share, *_names(pair, asking=True))
    check_confirmation(_confirmation(key, "answerer", transcript), answered.confirmation)
    return Finish(asking.id, _confirmation(key, "asker", transcript))


def check_confirmation(expected: bytes, received: bytes) -> None:
    """ProtocolError unless both are the same, compared in constant time."""
    if not hmac.compare_digest(expected, received):
        raise ProtocolError("a confirmation does not hold")


def encode_message(message: Message) -> bytes:
    """Return step u8 | id 16, then ASK: share 32 | question; ANSWER: share 32 | confirmation 32; FINISH:
    confirmation 32; DIFFERS: nothing.
    """
    match message:
        case Ask():
            return bytes([Step.ASK]) + message.id + message.share + message.question.encode()
        case Answer():
            return bytes([Step.ANSWER]) + message.id + message.share + message.confirmation
        case Finish():
            return bytes([Step.FINISH]) + message.id + message.confirmation
        case Differs():
            return bytes([Step.DIFFERS]) + message.id


def parse_message(data: bytes) -> Message:
    """Read what `encode_message` wrote. ProtocolError: anything else."""
    reader = Reader(data)
    step, number = reader.u8(), reader.read(ID_BYTES)
    message: Message
    match step:
        case Step.ASK:
            message = Ask(number, reader.read(SHARE_BYTES), _parse_question(reader.rest()))
        case Step.ANSWER:
            message = Answer(number, reader.read(SHARE_BYTES), reader.read(CONFIRMATION_BYTES))
        case Step.FINISH:
            message = Finish(number, reader.read(CONFIRMATION_BYTES))
        case Step.DIFFERS:
            message = Differs(number)
        case _:
            raise ProtocolError("unknown step of a question")
    reader.end()
    return message


def _check_question(question: str) -> None:
    if not question.strip() or len(question.encode("utf-8", "replace")) > QUESTION_BYTES_MAX:
        raise ProtocolError("a question is empty or too long")


def _parse_question(data: bytes) -> str:
    try:
        question = data.decode()
    except UnicodeDecodeError:
        raise ProtocolError("a question is not UTF-8") from None
    _check_question(question)
    return question


def _stretch(text: str, number: bytes, question: str, binding: bytes) -> bytes:
    plain = normalise_answer(text)
    if not plain:
        raise ProtocolError("an answer is empty")
    salt = derive(b"sosik answer", number, question.encode(), binding, size=_SALT_BYTES)
    return argon2id.kdf(32, plain.encode(), salt, opslimit=STRETCH_OPS, memlimit=STRETCH_BYTES)


def _names(pair: Pair, *, asking: bool) -> tuple[bytes, bytes]:
    """Names of the asker and of the answerer. `asking`: we are the asker."""
    asker, answerer = (pair.own, pair.theirs) if asking else (pair.theirs, pair.own)
    return (
        derive(b"sosik side", b"asker", asker, pair.binding),
        derive(b"sosik side", b"answerer", answerer, pair.binding),
    )


def _start(asking: Asking, pair: Pair) -> tuple[Any, bytes]:
    """The asker's side as it was when the question left; its scalar follows from the seed."""
    from spake2 import SPAKE2_A

    asker, answerer = _names(pair, asking=True)
    side = SPAKE2_A(asking.stretched, idA=asker, idB=answerer, entropy_f=SeededEntropy(asking.seed))
    return side, side.start()[1:]


def _finish(side: Any, share: bytes) -> bytes:
    from spake2 import SPAKEError
    from spake2.ed25519_basic import NotOnCurve

    try:
        key: bytes = side.finish(share)
    except (SPAKEError, NotOnCurve, ValueError, AssertionError):  # what the library raises for other people's bytes
        raise ProtocolError("a share is no point of the curve") from None
    return key


def _confirmation(key: bytes, role: str, transcript: tuple[bytes, ...]) -> bytes:
    return derive(b"sosik confirm", role.encode(), *transcript, key=key)
