"""What has become of every cell that was handed to a slot, and of the parts of letters they carry.

Invariant: a part is due again or in flight or has arrived, never none of these; a part has arrived only because an ack
named one of its cells. The only writer of the tables `in_flight` and `parts`. Spec: docs/protocol.md, Re-sending.

    part:   waiting -> in flight -> arrived
                    <- due again (its time came, later cells arrived without it, or its epoch was erased)
Decision 124.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from client_cli.community.clock import SEALED_AHEAD_S
from client_cli.community.membership import constants
from client_cli.vault.transaction import Tx
from protocol.primitives.sampling import uniform01
from protocol.routes.onion import Route
from protocol.seams import Entropy, RelayId

__all__ = [
    "Acked",
    "Place",
    "acked",
    "add_parts",
    "clock_went_back",
    "fell_silent",
    "forget",
    "forget_letter",
    "forget_person",
    "give_up_letter",
    "lost",
    "note_heard",
    "note_route",
    "pop_sent_before",
    "record_sent",
    "renumber",
    "retry_wait_s",
    "set_next_try",
    "start_anew",
    "supersede",
]

Place = tuple[int, int]
"""(epoch, index) of a stream."""


@dataclass(slots=True)
class Acked:
    """What an ack told. `spare`: other cells of the same parts, which nothing waits for any more; `whole`: letters of
    which every part has arrived."""

    spare: list[Place] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)


DAY_S: Final = 86_400.0
MAX_RETRY_S: Final = 3 * DAY_S
RETRY_GROWTH: Final = 1.5
TYPICAL_HOLDS: Final = 3
"""Mean holds within which nearly every packet has left a relay."""
OVERTAKEN_BY: Final = 2
"""A cell is lost if one arrived that left later by this part of `retry_ms`: two hours by default. Holds, pages and
queues are over by then, and one that comes after all costs the slot of the second."""


def add_parts(tx: Tx, contact: int, letter: int, parts: int, now: float) -> None:
    """A letter was written: every part of it may leave from now on."""
    tx.execute_many(
        "INSERT INTO parts (contact, letter, part, next_try) VALUES (?, ?, ?, ?)",
        [(contact, letter, part, now) for part in range(parts)],
    )


def record_sent(tx: Tx, contact: int, place: Place, letter: int | None, part: int | None, now: float) -> None:
    """A cell took a place. `letter` and `part` are None for an ack-only cell and for a loop."""
    tx.execute(
        "INSERT INTO in_flight (contact, epoch, idx, letter, part, sent_at) VALUES (?, ?, ?, ?, ?, ?)",
        (contact, *place, letter, part, now),
    )


def note_route(tx: Tx, route: Route, at: float) -> None:
    """What the slot at `at` carries goes by these relays."""
    tx.execute(
        "UPDATE in_flight SET middle = ?, store = ? WHERE sent_at = ? AND store IS NULL",
        (route.middle, route.store, at),
    )


def fell_silent(tx: Tx, relay: RelayId, since: float, now: float) -> None:
    """A relay is gone that was heard last at `since`: what lay there, or was on its way by it, is due again."""
    reached_s = 2 * TYPICAL_HOLDS * constants(tx).mean_hold_s
    tx.execute(
        "UPDATE parts SET next_try = MIN(next_try, ?) WHERE arrived_at IS NULL AND EXISTS"
        " (SELECT 1 FROM in_flight f WHERE f.contact = parts.contact AND f.letter = parts.letter"
        " AND f.part = parts.part AND NOT f.superseded AND (f.store = ? OR (f.middle = ? AND f.sent_at >= ?)))",
        (now, relay, relay, since - reached_s),
    )


def supersede(tx: Tx, contact: int, letter: int | None, part: int | None) -> list[Place]:
    """A new cell is about to carry this part: return the places that need not be waited for any more, which the stream
    gives up. These are earlier cells of the part (an ack that still comes counts) and ack-only cells, for every later
    cell says all they said.
    """
    rows = tx.all(
        "SELECT epoch, idx, letter FROM in_flight WHERE contact = ? AND NOT superseded"
        " AND (letter IS NULL OR (letter = ? AND part = ?))",
        (contact, letter, part),
    )
    tx.execute("DELETE FROM in_flight WHERE contact = ? AND letter IS NULL", (contact,))
    tx.execute(
        "UPDATE in_flight SET superseded = 1 WHERE contact = ? AND letter = ? AND part = ?", (contact, letter, part)
    )
    return [(epoch, index) for epoch, index, _ in rows]


def acked(tx: Tx, contact: int, places: Iterable[Place], now: float) -> Acked:
    """Cells the reader has: their parts have arrived."""
    told = Acked()
    newest = _newest_sent(tx, contact, places)
    for place in places:
        carried = _pop(tx, contact, place)
        if carried is None:
            continue
        letter, part = carried
        tx.execute(
            "UPDATE parts SET arrived_at = ? WHERE contact = ? AND letter = ? AND part = ? AND arrived_at IS NULL",
            (now, contact, letter, part),
        )
        told.spare += _forget_part(tx, contact, letter, part)
        missing = "SELECT 1 FROM parts WHERE contact = ? AND letter = ? AND arrived_at IS NULL"
        if tx.find(missing, (contact, letter)) is None:
            forget_letter(tx, contact, letter)
            told.whole.append(letter)
    if newest is not None:
        _overtaken(tx, contact, newest - constants(tx).retry_ms / 1000 / OVERTAKEN_BY, now)
    return told


def note_heard(tx: Tx, contact: int, now: float) -> None:
    """A cell of theirs came, so they are there: nothing waits for longer than the least wait, from when it left, and
    waits no longer grow for what failed before."""
    tx.execute(
        "UPDATE parts SET tries = MIN(tries, 2),"
        " next_try = MIN(next_try, MAX(?, ? + COALESCE((SELECT MAX(f.sent_at) FROM in_flight f"
        " WHERE f.contact = parts.contact AND f.letter = parts.letter AND f.part = parts.part), 0)))"
        " WHERE contact = ? AND arrived_at IS NULL AND tries > 0",
        (now, constants(tx).retry_ms / 1000, contact),
    )


def _newest_sent(tx: Tx, contact: int, places: Iterable[Place]) -> float | None:
    """When the last of some cells in flight was sent; None: none of them is known."""
    sent = [
        row[0]
        for place in places
        if (
            row := tx.find(
                "SELECT sent_at FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, *place)
            )
        )
    ]
    return max(sent, default=None)


def _overtaken(tx: Tx, contact: int, before: float, now: float) -> None:
    """The reader has what was sent long after `before`: parts whose last cell left before that are due again."""
    tx.execute(
        "UPDATE parts SET next_try = MIN(next_try, ?) WHERE contact = ? AND arrived_at IS NULL AND tries > 0"
        " AND NOT EXISTS (SELECT 1 FROM in_flight f WHERE f.contact = parts.contact AND f.letter = parts.letter"
        " AND f.part = parts.part AND NOT f.superseded AND f.sent_at >= ?)",
        (now, contact, before),
    )


def lost(tx: Tx, contact: int, places: Iterable[Place], now: float) -> None:
    """Places that nobody looks at any more, while an ack was awaited: what they carried is due again, unless it is in
    flight elsewhere.
    """
    for place in places:
        carried = _pop(tx, contact, place)
        if carried is None:
            continue
        tx.execute(
            "UPDATE parts SET next_try = MIN(next_try, ?) WHERE contact = ? AND letter = ? AND part = ?"
            " AND arrived_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM in_flight f WHERE f.contact = parts.contact AND f.letter = parts.letter"
            " AND f.part = parts.part AND NOT f.superseded)",
            (now, contact, *carried),
        )


def give_up_letter(tx: Tx, contact: int, letter: int) -> list[Place]:
    """Wait for no cell of this letter any more; the places of those that were counted on. Rows stay until their epoch
    is erased: a cell that still lies at a relay may yet be fetched, and an ack of it tells that the letter arrived
    after all.
    """
    counted_on = tx.all(
        "SELECT epoch, idx FROM in_flight WHERE contact = ? AND letter = ? AND NOT superseded", (contact, letter)
    )
    tx.execute("UPDATE in_flight SET superseded = 1 WHERE contact = ? AND letter = ?", (contact, letter))
    return [(epoch, index) for epoch, index in counted_on]


def forget_letter(tx: Tx, contact: int, letter: int) -> None:
    """Erase the parts of a letter that has ended."""
    tx.execute("DELETE FROM parts WHERE contact = ? AND letter = ?", (contact, letter))


def forget(tx: Tx, contact: int, place: Place) -> None:
    """Erase one cell in flight."""
    tx.execute("DELETE FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, *place))


def pop_sent_before(tx: Tx, contact: int, before: float) -> list[Place]:
    """Erase the cells that were sent before a time; their places."""
    rows = tx.all("SELECT epoch, idx FROM in_flight WHERE contact = ? AND sent_at < ?", (contact, before))
    tx.execute("DELETE FROM in_flight WHERE contact = ? AND sent_at < ?", (contact, before))
    return [(epoch, index) for epoch, index in rows]


def clock_went_back(tx: Tx, now: float) -> None:
    """Let no cell wait for a time that only a clock which was ahead took for near."""
    for contact, letter, part, sent_at in tx.all(
        "SELECT contact, letter, part, MAX(sent_at) FROM in_flight WHERE letter IS NOT NULL"
        " GROUP BY contact, letter, part HAVING MAX(sent_at) > ?",
        (now + SEALED_AHEAD_S,),
    ):
        tx.execute(
            "UPDATE parts SET next_try = next_try - ? WHERE contact = ? AND letter = ? AND part = ? AND next_try > ?",
            (sent_at - now, contact, letter, part, sent_at),
        )
    tx.execute("UPDATE in_flight SET sent_at = ? WHERE sent_at > ?", (now, now + SEALED_AHEAD_S))
    # Written by that clock, and never sent.
    tx.execute("UPDATE parts SET next_try = ? WHERE tries = 0 AND next_try > ?", (now, now))


def start_anew(tx: Tx, contact: int, now: float) -> None:
    """Nothing that was handed to a slot is counted on: every part of a letter that is not whole is due. One that had
    arrived too: the copy that goes on may be older, and would lack it in a letter that is told as arrived."""
    tx.execute("DELETE FROM in_flight WHERE contact = ?", (contact,))
    tx.execute("UPDATE parts SET next_try = ?, arrived_at = NULL WHERE contact = ?", (now, contact))


def renumber(tx: Tx, contact: int, letter: int, to: int) -> None:
    """A letter of which nothing was handed to a slot yet has another number."""
    tx.execute("UPDATE parts SET letter = ? WHERE contact = ? AND letter = ?", (to, contact, letter))


def forget_person(tx: Tx, number: int) -> None:
    """Erase what is under way to a person."""
    tx.execute("DELETE FROM in_flight WHERE contact = ?", (number,))
    tx.execute("DELETE FROM parts WHERE contact = ?", (number,))


def _pop(tx: Tx, contact: int, place: Place) -> tuple[int, int] | None:
    """Erase one cell in flight; (letter, part) that it carried, None for an ack-only cell or one that is gone."""
    row = tx.find("SELECT letter, part FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, *place))
    forget(tx, contact, place)
    return None if row is None or row[0] is None else (row[0], row[1])


def _forget_part(tx: Tx, contact: int, letter: int, part: int) -> list[Place]:
    """Erase the cells in flight of a part; the places of those that were still counted on."""
    rows = tx.all(
        "SELECT epoch, idx, superseded FROM in_flight WHERE contact = ? AND letter = ? AND part = ?",
        (contact, letter, part),
    )
    tx.execute("DELETE FROM in_flight WHERE contact = ? AND letter = ? AND part = ?", (contact, letter, part))
    return [(epoch, index) for epoch, index, superseded in rows if not superseded]


def retry_wait_s(tries: int, retry_s: float, entropy_content: Entropy) -> float:
    """Seconds to the next try after `tries` tries (>= 1): uniform in 1..3 times `retry_s` grown by half per try, at
    most 3 days.

    It depends on how often was tried, never on what failed: an observer who makes something fail learns nothing from
    when the client tries again.
    """
    wait = retry_s * RETRY_GROWTH ** (tries - 1) * (1 + 2 * uniform01(entropy_content))
    return min(wait, max(MAX_RETRY_S, retry_s))


def set_next_try(tx: Tx, contact: int, letter: int, part: int, now: float, entropy_content: Entropy) -> None:
    """A part was handed to a slot: count the try and draw when it is due again."""
    row = tx.find("SELECT tries FROM parts WHERE contact = ? AND letter = ? AND part = ?", (contact, letter, part))
    tries = 1 if row is None else int(row[0]) + 1
    fixed = constants(tx)
    # Sent again before relays let go of the cell before: an unread letter always lies somewhere until it expires.
    wait = min(retry_wait_s(tries, fixed.retry_ms / 1000, entropy_content), fixed.retention_s / 2)
    tx.execute(
        "UPDATE parts SET tries = ?, next_try = ? WHERE contact = ? AND letter = ? AND part = ?",
        (tries, now + wait, contact, letter, part),
    )
