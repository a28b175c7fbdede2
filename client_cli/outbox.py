"""Letters on their way out: writing them, and choosing which of them a deposit slot carries.

Invariant: nothing here creates, moves or skips a slot; a letter's status comes from facts of the stream alone (a cell was handed
to a slot, an ack came, its time ran out). docs/protocol.md, Letters; Re-sending.
"""

from dataclasses import dataclass
from enum import Enum, unique

from client_cli.contacts import Person
from client_cli.errors import NotReady
from client_cli.tx import Tx
from client_cli.vault import Vault
from protocol.pigeonhole import Hole
from protocol.seams import Entropy, RelayId

__all__ = ["Deposit", "LetterState", "Status", "letters", "next_content", "write_letter"]


@unique
class Status(Enum):
    """Where a letter is."""

    WAITING = "waiting for its slot"
    ON_ITS_WAY = "on its way"
    SENT_AGAIN = "not arrived, sent again"
    ARRIVED = "arrived"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LetterState:
    """One letter of ours. Times are Unix seconds; `next_try_at` is when the next part may take a slot (None: nothing waits)."""

    number: int
    person: Person
    written: float
    status: Status
    parts: int
    parts_arrived: int
    expires_on: float
    next_try_at: float | None


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a deposit slot leaves: a cell of 4096 bytes at a pigeonhole of the slot's store."""

    hole: Hole
    cell: bytes


def write_letter(vault: Vault, person: Person, text: str, now: float, entropy: Entropy) -> LetterState:
    """Queue a letter. LetterEmpty, LetterTooLong, NotReady."""
    raise NotReady


def letters(vault: Vault, now: float) -> list[LetterState]:
    """All letters of ours that are not forgotten, oldest first."""
    return []


def next_content(
    tx: Tx, store: RelayId, now: float, entropy_content: Entropy, entropy_crypto: Entropy
) -> Deposit | None:
    """Choose and seal what a deposit slot with this store carries.

    Returns None when locked or nothing fits (the slot then carries a loop: client_cli.loops.next_loop). Everything it changes is in `tx`.
    """
    return None
