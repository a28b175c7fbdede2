"""Targets inside cells, where only the other person writes: contents, letters, acks, ratchet messages; and their states
as a vault keeps them.
"""

import json
from collections.abc import Callable, Iterable

from protocol.board.chain import Chains
from protocol.board.reader import BoardReader
from protocol.errors import ProtocolError
from protocol.letters.assembler import LATE_HELD, Assembler
from protocol.letters.letter import MAX_PARTS, PARTS_AHEAD, Fragment, encode_content, encode_letter
from protocol.ratchet.conversation import Conversation
from protocol.ratchet.session import Session
from protocol.routes.schedule import Schedule
from protocol.seams import RelayId
from protocol.streams.acks import ACKS_BYTES, FLOORS_BYTES, encode_acks, encode_floors
from protocol.streams.cell import CONTENT_BYTES, MESSAGE_BYTES
from protocol.streams.generations import Receiving, Sending, Where
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import SendStream, Told
from tests.fuzz.cases_network import entropy
from tests.fuzz.seeds import vectors
from tests.fuzz.target import Case, Finding, Target, fitted, plain, same
from tests.properties.parsers import PARSERS
from tests.protocol.kept_states import DIRECTORY, EPOCH, RELAYS, ROOT

KEPT: dict[str, bytes] = {
    name: bytes.fromhex(text) for name, text in json.loads((DIRECTORY / "v4.json").read_text("utf-8")).items()
}
_HEADER = 1 + 32 + 4 + 4


def sized(parser: str, size: int, encode: Callable[..., bytes]) -> Callable[[bytes], object]:
    """A parser of one size."""
    return lambda data: same(PARSERS[parser], encode, fitted(data, size))


def _assembled(data: bytes) -> object:
    """Cells one after another, 12 bytes each: oldest u8 | letter u8 | part u8 | parts u8 | length u16 | filler."""
    assembler, refused = Assembler(), 0
    for at in range(0, min(len(data), 12 * 200), 12):
        cell = fitted(data[at : at + 12], 12)
        try:
            fragment = None
            if cell[1]:
                size = min(int.from_bytes(cell[4:6], "big"), 3904)
                fragment = Fragment(cell[1], cell[2], cell[3], fitted(cell[6:], size))
            assembler.receive(max(cell[0], 1), fragment)
        except ProtocolError:
            refused += 1
        kept = assembler.encode()
        if len(kept) > (PARTS_AHEAD + LATE_HELD * MAX_PARTS) * (3906 + 9) + 155:
            raise Finding("an assembler holds more than it may")
        assembler = Assembler.decode(kept)
        if assembler.encode() != kept:
            raise Finding("a kept assembler is another one")
    if refused:
        raise ProtocolError("some were refused")
    return assembler


def _acknowledged(data: bytes) -> object:
    """Acks and floors of a stranger at streams that have sent and received something."""
    send, read = SendStream.begin(ROOT, EPOCH, RELAYS), ReceiveStream.begin(ROOT, EPOCH, RELAYS)
    claims = [claim for n in range(30) if (claim := send.claim(RELAYS[n % 3]))]
    for claim in claims[::3]:
        read.receive(claim.epoch, claim.index)
    try:
        told = send.acknowledge(PARSERS["streams.acks.parse_acks"](fitted(data[:ACKS_BYTES], ACKS_BYTES)))  # type: ignore[arg-type]
    except ProtocolError:
        told = Told()
    if not set(told.acked) | set(told.lost) <= {(claim.epoch, claim.index) for claim in claims}:
        raise Finding("something was acknowledged that was never sent")
    for index in range(64):
        again = send.claim(RELAYS[index % 3])
        if again is not None and again in claims:
            raise Finding("an index is used twice")
    SendStream.decode(send.encode())
    read.set_floors(PARSERS["streams.acks.parse_floors"](fitted(data[ACKS_BYTES:], FLOORS_BYTES)))  # type: ignore[arg-type]
    return ReceiveStream.decode(read.encode())


def _message(data: bytes) -> object:
    """session u8 | ratchet key 32 | u32 | u32 | rest: at a conversation that is under way. It never opens."""
    conversation = Conversation.decode(KEPT["conversation"])
    late = KEPT["late_message"]
    message = (
        fitted(data[:_HEADER], _HEADER)
        + (data[_HEADER:] + late[_HEADER + len(data[_HEADER:]) :])[: MESSAGE_BYTES - _HEADER]
    )
    if message == late:
        return None
    before = conversation.encode()
    try:
        return conversation.open(message, entropy(), Where(EPOCH))
    except ProtocolError:
        if conversation.encode() != before:
            raise Finding("a message that does not open changes something") from None
        raise


def _rolled(data: bytes) -> object:
    """A kept reading stream, or one that was altered, goes on."""
    stream = Receiving.decode(data)
    if stream.encode() != data:
        raise Finding("a kept stream is another one")
    stream.watch()
    stream.roll(stream.epoch + 1, [RelayId(0)])
    return stream


def _one(name: str) -> Callable[[], Iterable[bytes]]:
    return lambda: [KEPT[name]]


def _streams(name: str, at: int) -> bytes:
    """The first stream of what a vault keeps: length u32 | bytes at `at`."""
    kept = KEPT[name]
    return kept[at + 4 : at + 4 + int.from_bytes(kept[at : at + 4], "big")]


def _sessions() -> Iterable[bytes]:
    """The sessions inside the kept conversation: state u8 | length u32 | bytes, twice."""
    kept, at = KEPT["conversation"], 1 + 1 + 4
    for _ in range(2):
        end = at + 5 + int.from_bytes(kept[at + 1 : at + 5], "big")
        if end > at + 5:
            yield kept[at + 5 : end]
        at = end


LETTER = Target(
    "letter",
    (
        Case(
            "letters.letter.parse_content",
            sized("letters.letter.parse_content", CONTENT_BYTES, encode_content),
            vectors("content.parse", "content"),
        ),
        plain("letters.letter.parse_letter", encode_letter, vectors("letter.parse", "letter")),
        Case(
            "streams.acks.parse_acks",
            sized("streams.acks.parse_acks", ACKS_BYTES, encode_acks),
            vectors("content.parse", "content", slice(ACKS_BYTES)),
        ),
        Case(
            "streams.acks.parse_floors",
            sized("streams.acks.parse_floors", FLOORS_BYTES, encode_floors),
            vectors("content.parse", "content", slice(ACKS_BYTES, ACKS_BYTES + FLOORS_BYTES)),
        ),
        Case(
            "assembler.Assembler.receive",
            _assembled,
            lambda: [b"\1\1\0\1\0\x05abcdef" + b"\1\3\0\1\0\x05abcdef" + b"\4\0"],
        ),
        Case(
            "stream_send.SendStream.acknowledge",
            _acknowledged,
            vectors("content.parse", "content", slice(ACKS_BYTES + FLOORS_BYTES)),
        ),
        Case(
            "ratchet.Conversation.open",
            _message,
            lambda: [KEPT["late_message"][:_HEADER], KEPT["first_message"][:_HEADER], b"\1" + bytes(40)],
        ),
    ),
)
STATES = Target(
    "kept",
    (
        plain("letters.assembler.Assembler.decode", Assembler.encode, _one("assembler")),
        plain("board.chain.Chains.decode", seeds=lambda: [Chains().encode()]),
        plain("board.reader.BoardReader.decode", seeds=lambda: [BoardReader().encode()]),
        plain(
            "ratchet.conversation.Conversation.decode",
            seeds=lambda: [KEPT[name] for name in ("conversation", "waiting_conversation", "offered", "answered")],
        ),
        plain("ratchet.session.Session.decode", Session.encode, _sessions),
        plain("routes.schedule.Schedule.decode", Schedule.encode, vectors("schedule.stored", "state", slice(None))),
        plain("streams.receive.ReceiveStream.decode", ReceiveStream.encode, lambda: [_streams("receiving", 1 + 4 + 1)]),
        plain("streams.send.SendStream.decode", SendStream.encode, lambda: [_streams("sending", 1 + 1)]),
        plain("streams.generations.Receiving.decode", Receiving.encode, _one("receiving")),
        plain("streams.generations.Sending.decode", Sending.encode, _one("sending")),
        Case("streams.generations.Receiving.roll", _rolled, _one("receiving")),
    ),
)
