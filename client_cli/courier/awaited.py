"""What bundles that were packed still await: responses to their exchanges, and replies to their fetches.

Apart from `outstanding`, which the schedule of `online` counts. Invariant: nothing of a bundle is left when nothing can
come for it any more. The only writer of the tables `bundle_exchanges` and `bundle_fetches`. Spec: docs/protocol.md,
Bundles.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from client_cli.post.fetches import FetchAnswer, try_keys
from client_cli.vault.transaction import Tx
from protocol.routes.exchange import Cursor
from protocol.seams import RelayId

__all__ = [
    "SentExchange",
    "add_exchange",
    "add_fetch",
    "exchanges",
    "forget_old",
    "note_answered",
    "pop_answer",
    "unanswered",
    "waiting_fetches",
]

KEEP_S: Final = 60 * 86_400.0
"""Slow keys open for one to two months after sealing; nothing can come for a bundle after that."""


@dataclass(frozen=True, slots=True)
class SentExchange:
    """What is kept of an exchange: `key` opens its response, `asked` is where it read the board."""

    key: bytes = field(repr=False)
    bundle: int
    guard: RelayId
    asked: Cursor
    answered: bool = False


def add_exchange(tx: Tx, sent: SentExchange, place: int, now: float) -> None:
    """An exchange was sealed at this place of its file."""
    tx.execute(
        "INSERT INTO bundle_exchanges (response_key, bundle, place, guard, interval, offset, forget_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (sent.key, sent.bundle, place, sent.guard, sent.asked.interval, sent.asked.offset, now + KEEP_S),
    )


def add_fetch(tx: Tx, bundle: int, hole: bytes | None, reply_keys: bytes, now: float) -> None:
    """A fetch was sealed; `hole` is None for a random take."""
    tx.execute(
        "INSERT INTO bundle_fetches (bundle, hole, reply_keys, forget_at) VALUES (?, ?, ?, ?)",
        (bundle, hole, reply_keys, now + KEEP_S),
    )


def exchanges(tx: Tx) -> Iterator[SentExchange]:
    """Every exchange that a response may come for."""
    rows = tx.all("SELECT response_key, bundle, guard, interval, offset, answered_at FROM bundle_exchanges")
    for key, bundle, guard, interval, offset, answered_at in rows:
        yield SentExchange(bytes(key), bundle, RelayId(guard), Cursor(interval, offset), answered_at is not None)


def note_answered(tx: Tx, key: bytes, now: float) -> None:
    """The response to this exchange has come."""
    tx.execute("UPDATE bundle_exchanges SET answered_at = ? WHERE response_key = ? AND answered_at IS NULL", (now, key))


def pop_answer(tx: Tx, bundle: int, body: bytes) -> FetchAnswer | None:
    """What a shelf reply answers of a bundle, whose fetch is awaited no more; None: nothing."""
    for number, hole, keys in tx.all("SELECT id, hole, reply_keys FROM bundle_fetches WHERE bundle = ?", (bundle,)):
        answer = try_keys(tx, hole, keys, body)
        if answer is not None:
            tx.execute("DELETE FROM bundle_fetches WHERE id = ?", (number,))
            return answer
    return None


def unanswered(tx: Tx, bundle: int) -> list[int]:
    """Places of a bundle's file, from 0, for which no response has come."""
    return [
        place
        for (place,) in tx.all(
            "SELECT place FROM bundle_exchanges WHERE bundle = ? AND answered_at IS NULL ORDER BY place", (bundle,)
        )
    ]


def waiting_fetches(tx: Tx, bundle: int) -> int:
    """How many fetches of a bundle wait for their reply."""
    row = tx.find("SELECT count(*) FROM bundle_fetches WHERE bundle = ?", (bundle,))
    return 0 if row is None else int(row[0])


def forget_old(tx: Tx, now: float) -> None:
    """Erase what nothing can come for any more; keep nothing for longer than what is packed now."""
    latest = now + KEEP_S
    tx.execute("DELETE FROM bundle_exchanges WHERE forget_at < ?", (now,))
    tx.execute("UPDATE bundle_exchanges SET forget_at = ?1 WHERE forget_at > ?1", (latest,))
    tx.execute("DELETE FROM bundle_fetches WHERE forget_at < ?", (now,))
    tx.execute("UPDATE bundle_fetches SET forget_at = ?1 WHERE forget_at > ?1", (latest,))
