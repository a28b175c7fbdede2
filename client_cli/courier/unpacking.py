"""Taking in what a courier brought back.

Invariant: answers may come in any order, in part and any number of times; what one brings is taken once, and nothing
that a file holds is an error. Spec: docs/protocol.md, Bundles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from client_cli.board.reader import keep_access, position, read_aside, read_board
from client_cli.community.membership import require_joined
from client_cli.courier import awaited
from client_cli.courier.awaited import SentExchange
from client_cli.courier.packing import BUNDLE_PROFILE
from client_cli.post.exchanges import accept_answer
from client_cli.post.housekeeping import housekeeping
from client_cli.randomness import Randomness
from client_cli.vault.transaction import Transactions, Tx
from protocol.board.reader import BoardReader
from protocol.errors import ProtocolError
from protocol.routes.exchange import Response, Status, open_response
from protocol.sizes import RESPONSE_BYTES, STRETCH_BYTES

__all__ = ["Missing", "Unpacked", "unpack"]


@dataclass(frozen=True, slots=True)
class Missing:
    """What of a bundle has not come back: places in its file, from 1; and how many of its fetches wait for a reply."""

    bundle: int
    sent: tuple[int, ...]
    collected: tuple[int, ...]
    replies: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a file of answers brought: blocks that opened for the first time, blocks of exchanges that were answered
    before, blocks that nothing here opens; and what is still missing of the bundles they belong to."""

    fresh: int
    again: int
    strange: int
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A response and what is kept of its request."""

    sent: SentExchange
    response: Response


def unpack(vault: Transactions, answers: Sequence[bytes], now: float, randomness: Randomness) -> Unpacked:
    """Take in blocks of 8192 bytes, in whatever order, number and state they are, in one transaction."""
    with vault.transaction() as tx:
        require_joined(tx)
        housekeeping(tx, now, randomness.crypto)
        opened: dict[tuple[bytes, bytes], _Opened] = {}
        strange = 0
        for answer in dict.fromkeys(answers):
            found = _open(tx, answer)
            if found is None:
                strange += 1
            else:
                opened[found.sent.key, answer] = found
        fresh = {found.sent.key for found in opened.values() if not found.sent.answered}
        for found in opened.values():
            if found.response.status is Status.OK:
                _accept(tx, found, randomness, now)
        _read_boards(tx, list(opened.values()), now)
        missing = tuple(_missing(tx, number) for number in sorted({found.sent.bundle for found in opened.values()}))
        awaited.forget_old(tx, now)
        tx.mark_erasing()
    again = len({found.sent.key for found in opened.values()}) - len(fresh)
    return Unpacked(len(fresh), again, strange, missing)


def _open(tx: Tx, answer: bytes) -> _Opened | None:
    if len(answer) != RESPONSE_BYTES[BUNDLE_PROFILE]:
        return None
    for sent in awaited.exchanges(tx):
        try:
            return _Opened(sent, open_response(sent.key, answer))
        except ProtocolError:
            continue
    return None


def _accept(tx: Tx, found: _Opened, randomness: Randomness, now: float) -> None:
    """Note that an exchange was answered, and take in the access secret and the reply it brought."""
    awaited.note_answered(tx, found.sent.key, now)
    keep_access(tx, found.response.access_epoch, found.response.access)
    if found.response.reply is None:
        return
    answer = awaited.pop_answer(tx, found.sent.bundle, found.response.reply[1])
    if answer is not None:
        accept_answer(tx, answer, randomness, now)


def _read_boards(tx: Tx, opened: list[_Opened], now: float) -> None:
    """Read the stretches in the order of the board: those that go on where reading stands move it, the others are read
    beside it."""
    size = STRETCH_BYTES[BUNDLE_PROFILE]
    reader = BoardReader()
    for found in sorted(opened, key=lambda found: (found.response.start, found.sent.asked)):
        response = found.response
        if response.status is not Status.OK or not response.stretch:
            continue
        if position(tx, found.sent.guard) in (response.start, found.sent.asked):
            read_board(tx, found.sent.guard, found.sent.asked, response, size, now)
        else:
            reader = read_aside(tx, reader, found.sent.guard, found.sent.asked, response, now)


def _missing(tx: Tx, bundle: int) -> Missing:
    places = awaited.unanswered(tx, bundle)
    return Missing(
        bundle,
        tuple(place + 1 for place in places if place % 2 == 0),
        tuple(place + 1 for place in places if place % 2),
        awaited.waiting_fetches(tx, bundle),
    )
