"""What has become of every cell that was handed to a slot, and of the letters they carry.

Invariant: a part is due again or in flight or has arrived, never none of these; a part has arrived only because an ack
named one of its cells; a letter's text is erased in the transaction in which it arrives or expires. docs/protocol.md,
Re-sending.

    part:   waiting -> in flight -> arrived
                    <- due again (its time came, or its epoch was erased)
"""

from collections.abc import Iterable
from typing import Final

from client_cli.community.membership import constants
from client_cli.vault.transaction import Tx
from protocol.primitives.sampling import uniform01
from protocol.seams import Entropy

__all__ = ["Place", "acked", "expire", "lost", "record_sent", "retry_wait_s", "set_next_try", "supersede"]

Place = tuple[int, int]
"""(epoch, index) of a stream."""
DAY_S: Final = 86_400.0
MAX_RETRY_S: Final = 3 * DAY_S
RETRY_GROWTH: Final = 1.5


def record_sent(tx: Tx, contact: int, place: Place, letter: int | None, part: int | None, now: float) -> None:
    """A cell took a place. `letter` and `part` are None for an ack-only cell and for a loop."""
    tx.execute("INSERT INTO in_flight VALUES (?, ?, ?, ?, ?, ?, 0)", (contact, *place, letter, part, now))


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


def acked(tx: Tx, contact: int, places: Iterable[Place], now: float) -> list[Place]:
    """Cells the reader has. Returns the places of other cells of the same parts: nothing waits for them any more."""
    spare: list[Place] = []
    for epoch, index in places:
        row = tx.find(
            "SELECT letter, part FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, epoch, index)
        )
        if row is None:
            continue
        letter, part = row
        tx.execute("DELETE FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, epoch, index))
        if letter is None:
            continue
        tx.execute(
            "UPDATE parts SET arrived_at = ? WHERE contact = ? AND letter = ? AND part = ? AND arrived_at IS NULL",
            (now, contact, letter, part),
        )
        spare += _forget(tx, contact, letter, part)
        if (
            tx.find("SELECT 1 FROM parts WHERE contact = ? AND letter = ? AND arrived_at IS NULL", (contact, letter))
            is None
        ):
            changed = tx.execute(
                "UPDATE letters_out SET arrived_at = ?, expired_at = NULL, sealed_body = NULL"
                " WHERE contact = ? AND letter = ? AND arrived_at IS NULL",
                (now, contact, letter),
            )
            tx.execute("DELETE FROM parts WHERE contact = ? AND letter = ?", (contact, letter))
            if changed:
                tx.mark_erasing()
    return spare


def lost(tx: Tx, contact: int, places: Iterable[Place], now: float) -> None:
    """Places whose epoch was erased while an ack was awaited: what they carried is due again, unless it is in flight
    elsewhere.
    """
    for epoch, index in places:
        row = tx.find(
            "SELECT letter, part FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, epoch, index)
        )
        tx.execute("DELETE FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (contact, epoch, index))
        if row is None or row[0] is None:
            continue
        tx.execute(
            "UPDATE parts SET next_try = MIN(next_try, ?) WHERE contact = ? AND letter = ? AND part = ?"
            " AND arrived_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM in_flight f WHERE f.contact = parts.contact AND f.letter = parts.letter"
            " AND f.part = parts.part AND NOT f.superseded)",
            (now, contact, *row),
        )


def expire(tx: Tx, now: float) -> list[tuple[int, Place]]:
    """Letters whose time is over: no part is sent again and the text is erased. Returns (contact, place) of what was in
    flight and need not be waited for. Its rows stay until their epoch is erased: a cell that still lies at a relay may
    yet be fetched, and an ack of it tells that the letter arrived after all.
    """
    gone: list[tuple[int, Place]] = []
    for number, contact, letter in tx.all(
        "SELECT number, contact, letter FROM letters_out"
        " WHERE arrived_at IS NULL AND expired_at IS NULL AND expires_at <= ?",
        (now,),
    ):
        tx.execute("UPDATE letters_out SET expired_at = ?, sealed_body = NULL WHERE number = ?", (now, number))
        counted_on = tx.all(
            "SELECT epoch, idx FROM in_flight WHERE contact = ? AND letter = ? AND NOT superseded", (contact, letter)
        )
        tx.execute("UPDATE in_flight SET superseded = 1 WHERE contact = ? AND letter = ?", (contact, letter))
        gone += [(contact, (epoch, index)) for epoch, index in counted_on]
        tx.mark_erasing()
    return gone


def _forget(tx: Tx, contact: int, letter: int, part: int) -> list[Place]:
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
