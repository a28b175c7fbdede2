"""Taking in what a courier brought back.

Invariant: answers may come in any order, in part and any number of times; what one brings is taken once, and nothing
that a file holds is an error. docs/protocol.md, Bundles.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from client_cli.board.reader import keep_access, position, read_aside, read_board
from client_cli.community.relays import load_network
from client_cli.courier.packing import BUNDLE_PROFILE, forget_bundles
from client_cli.post.exchanges import accept_answer
from client_cli.post.fetches import try_keys
from client_cli.randomness import Randomness
from client_cli.streams.streams import ensure_loops, roll
from client_cli.vault.transaction import Transactions, Tx
from protocol.board.reader import BoardReader
from protocol.errors import ProtocolError
from protocol.routes.exchange import Cursor, Response, Status, open_response
from protocol.seams import RelayId
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

    key: bytes = field(repr=False)
    bundle: int
    guard: RelayId
    asked: Cursor
    answered: bool
    response: Response


def unpack(vault: Transactions, answers: Sequence[bytes], now: float, randomness: Randomness) -> Unpacked:
    """Take in blocks of 8192 bytes, in whatever order, number and state they are, in one transaction."""
    with vault.transaction() as tx:
        if load_network(tx).roster is not None:
            ensure_loops(tx, now, randomness.crypto)
            roll(tx, now)
        opened: dict[tuple[bytes, bytes], _Opened] = {}
        strange = 0
        for answer in dict.fromkeys(answers):
            found = _open(tx, answer)
            if found is None:
                strange += 1
            else:
                opened[found.key, answer] = found
        fresh = {found.key for found in opened.values() if not found.answered}
        for found in opened.values():
            if found.response.status is Status.OK:
                _accept(tx, found, randomness, now)
        _read_boards(tx, list(opened.values()), now)
        missing = tuple(_missing(tx, number) for number in sorted({found.bundle for found in opened.values()}))
        forget_bundles(tx, now)
        tx.mark_erasing()
    again = len({found.key for found in opened.values()}) - len(fresh)
    return Unpacked(len(fresh), again, strange, missing)


def _open(tx: Tx, answer: bytes) -> _Opened | None:
    if len(answer) != RESPONSE_BYTES[BUNDLE_PROFILE]:
        return None
    rows = tx.all("SELECT response_key, bundle, guard, interval, offset, answered_at FROM bundle_exchanges")
    for key, bundle, guard, interval, offset, answered_at in rows:
        try:
            response = open_response(bytes(key), answer)
        except ProtocolError:
            continue
        asked = Cursor(interval, offset)
        return _Opened(bytes(key), bundle, RelayId(guard), asked, answered_at is not None, response)
    return None


def _accept(tx: Tx, found: _Opened, randomness: Randomness, now: float) -> None:
    """Note that an exchange was answered, and take in the access secret and the reply it brought."""
    tx.execute(
        "UPDATE bundle_exchanges SET answered_at = ? WHERE response_key = ? AND answered_at IS NULL", (now, found.key)
    )
    keep_access(tx, found.response.access_epoch, found.response.access)
    if found.response.reply is None:
        return
    body = found.response.reply[1]
    for number, hole, keys in tx.all(
        "SELECT id, hole, reply_keys FROM bundle_fetches WHERE bundle = ?", (found.bundle,)
    ):
        answer = try_keys(tx, hole, keys, body)
        if answer is not None:
            tx.execute("DELETE FROM bundle_fetches WHERE id = ?", (number,))
            accept_answer(tx, answer, randomness, now)
            return


def _read_boards(tx: Tx, opened: list[_Opened], now: float) -> None:
    """Read the stretches in the order of the board: those that go on where reading stands move it, the others are read
    beside it."""
    size = STRETCH_BYTES[BUNDLE_PROFILE]
    reader = BoardReader()
    for found in sorted(opened, key=lambda found: (found.response.start, found.asked)):
        response = found.response
        if response.status is not Status.OK or not response.stretch:
            continue
        if position(tx, found.guard) in (response.start, found.asked):
            read_board(tx, found.guard, found.asked, response, size, now)
        else:
            reader = read_aside(tx, reader, found.asked, response, now)


def _missing(tx: Tx, bundle: int) -> Missing:
    rows = tx.all(
        "SELECT place FROM bundle_exchanges WHERE bundle = ? AND answered_at IS NULL ORDER BY place", (bundle,)
    )
    row = tx.find("SELECT count(*) FROM bundle_fetches WHERE bundle = ?", (bundle,))
    places = [place for (place,) in rows]
    return Missing(
        bundle,
        tuple(place + 1 for place in places if place % 2 == 0),
        tuple(place + 1 for place in places if place % 2),
        0 if row is None else int(row[0]),
    )
