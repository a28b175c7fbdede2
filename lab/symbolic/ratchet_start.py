"""The start of a conversation, explored: who writes first, what is lost, late, repeated or sent back to its writer.

Depth: up to `MESSAGES` messages of each side, in every order of writing and arriving; any of them may never arrive. In
every situation he also shows each side everything he has that it should refuse: its own messages, what it opened
already, and each message with another session number. A refusal changes nothing. With one message of each side he
copies in every situation what a side keeps; what is under way arrives, and both go on for `ROUND_TRIPS` and until
retention has passed: the copy opens and forges nothing then.
Where all has arrived he copies one side's state, and both go on for `ROUND_TRIPS` and until retention has passed: the
copy opens and forges nothing then.
"""

from dataclasses import dataclass, replace
from typing import Final

from lab.symbolic.findings import Explored
from protocol.errors import ProtocolError
from protocol.people import handshake
from protocol.people.key_card import CardKind, make_card
from protocol.ratchet.conversation import Conversation
from protocol.seams import SeededEntropy
from protocol.streams.cell import CONTENT_BYTES
from protocol.streams.generations import Where

MACHINE: Final = "start of the ratchet"
MESSAGES: Final = 2
ROUND_TRIPS: Final = 2
_SIDES: Final = (0, 1)


@dataclass(frozen=True, slots=True)
class _Message:
    writer: int
    number: int
    data: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class _Situation:
    """Both sides as their vaults keep them, all that was written, and which of it each side has opened."""

    kept: tuple[bytes, bytes]
    written: tuple[_Message, ...] = ()
    opened: frozenset[tuple[int, int]] = frozenset()
    way: str = ""


def explore() -> Explored:
    """Explore the order of messages, and with fewer of them what a thief can do."""
    found = Explored(MACHINE)
    for messages in (1, MESSAGES):
        _explore(messages, found)
    return found


def _explore(messages: int, found: Explored) -> None:
    entropy = SeededEntropy(b"ratchet start explored".ljust(32))
    cards = [make_card(CardKind.MEET, "", 20_800, entropy) for _ in _SIDES]
    sides = [handshake.meet(cards[0], cards[1].card), handshake.meet(cards[1], cards[0].card)]
    kept = [Conversation.create(side).encode() for side in sides]
    waiting = [_Situation((kept[0], kept[1]))]
    while waiting:
        at = waiting.pop()
        found.states += 1
        _probe(at, found, entropy)
        if messages == 1:
            for side in _SIDES:
                _thief(at, side, found, entropy)
        waiting += [after for side in _SIDES if (after := _write(at, side, messages, found, entropy)) is not None]
        waiting += [after for message in at.written if (after := _arrive(at, message, found, entropy)) is not None]


def _write(at: _Situation, side: int, messages: int, found: Explored, entropy: SeededEntropy) -> _Situation | None:
    number = sum(message.writer == side for message in at.written)
    if number == messages:
        return None
    conversation = Conversation.decode(at.kept[side])
    content = bytes([side, number]) + bytes(CONTENT_BYTES - 2)
    message = _Message(side, number, conversation.seal(content, entropy), content)
    again = any(message.data == earlier.data for earlier in at.written)
    found.check(not again, "no message is written twice", at.way)
    return _Situation(
        _with(at.kept, side, conversation), (*at.written, message), at.opened, f"{at.way} {'ab'[side]}{number}"
    )


def _arrive(at: _Situation, message: _Message, found: Explored, entropy: SeededEntropy) -> _Situation | None:
    """What its reader makes of a message that it has not opened yet."""
    if (message.writer, message.number) in at.opened:
        return None
    reader = 1 - message.writer
    way = f"{at.way} >{'ab'[message.writer]}{message.number}"
    conversation = Conversation.decode(at.kept[reader])
    found.tried += 1
    try:
        content = conversation.open(message.data, entropy, Where())
    except ProtocolError:
        found.check(False, "what was written is opened, in any order", way)
        return None
    found.check(content == message.content, "what was written is what is read", way)
    opened = at.opened | {(message.writer, message.number)}
    return replace(at, kept=_with(at.kept, reader, conversation), opened=opened, way=way)


def _probe(at: _Situation, found: Explored, entropy: SeededEntropy) -> None:
    for message in at.written:
        _refused(at, message.writer, message.data, "a message is refused by its own writer", found, entropy)
        for session in (b"\0", b"\1"):
            if message.data[:1] != session:
                other = session + message.data[1:]
                for side in _SIDES:
                    _refused(at, side, other, "a message belongs to its session", found, entropy)
        if (message.writer, message.number) in at.opened:
            _refused(at, 1 - message.writer, message.data, "a message is opened once", found, entropy)


def _thief(at: _Situation, side: int, found: Explored, entropy: SeededEntropy) -> None:
    """He copies what one side keeps, and waits."""
    stolen = at.kept[side]
    live = [Conversation.decode(kept) for kept in at.kept]
    content = bytes(CONTENT_BYTES)

    def round_trip() -> list[bytes]:
        said = []
        for writer in _SIDES:
            said.append(live[writer].seal(content, entropy))
            live[1 - writer].open(said[-1], entropy, Where())
        return said

    try:
        for message in at.written:
            if (message.writer, message.number) not in at.opened:
                live[1 - message.writer].open(message.data, entropy, Where())
        for _ in range(ROUND_TRIPS):
            round_trip()
        for one in live:
            one.forget(1, 1)
        last = round_trip()
    except ProtocolError:
        found.check(False, "what was written is opened, in any order", at.way)
        return
    found.tried += 2
    forged = Conversation.decode(stolen).seal(content, entropy)
    try:
        live[1 - side].open(forged, entropy, Where())
    except ProtocolError:
        pass
    else:
        found.check(False, "a copied state forges nothing in the end", f"{at.way}, {'ab'[side]} copied")
    try:
        Conversation.decode(stolen).open(last[1 - side], entropy, Where())
    except ProtocolError:
        return
    found.check(False, "a copied state opens nothing in the end", f"{at.way}, {'ab'[side]} copied")


def _refused(at: _Situation, side: int, data: bytes, promise: str, found: Explored, entropy: SeededEntropy) -> None:
    conversation = Conversation.decode(at.kept[side])
    before = conversation.encode()
    found.tried += 1
    try:
        conversation.open(data, entropy, Where())
    except ProtocolError:
        found.check(conversation.encode() == before, "a refusal changes nothing", at.way)
        return
    found.check(False, promise, at.way)


def _with(kept: tuple[bytes, bytes], side: int, conversation: Conversation) -> tuple[bytes, bytes]:
    data = conversation.encode()
    return (data, kept[1]) if side == 0 else (kept[0], data)
