"""What came: from a fetched cell to a letter a person reads.

Invariant: a cell is taken once - ratchet step, ack, part and whole letter move in one transaction - and what was read and not kept
is erased from the file and its log. docs/protocol.md, Letters; Vault.
"""

from dataclasses import dataclass
from enum import Enum, unique

from client_cli.contacts import Person
from client_cli.tx import Tx
from client_cli.vault import Vault
from protocol.seams import Entropy

__all__ = ["Accepted", "ReceivedLetter", "accept_cell", "kept", "mark_read", "open_arrived", "unread"]


@unique
class Accepted(Enum):
    """What became of a fetched cell."""

    OPENED = "opened"  # content of a person
    LOOP = "loop"  # one of our own came back
    UNOPENED = "unopened"  # kept in `arrived` until the letters key is there
    STALE = "stale"  # the stream does not watch this place any more (received already, epoch gone, contact closed)
    SPOILED = "spoiled"  # not what its sender left: counts as a miss, the pigeonhole stays expected


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A letter that is whole. `arrived_day`: UTC day number."""

    number: int
    person: Person
    text: str
    arrived_day: int
    kept: bool


def accept_cell(
    tx: Tx,
    stream: int,
    epoch: int,
    index: int,
    cell: bytes,
    now: float,
    entropy_content: Entropy,
    entropy_crypto: Entropy,
) -> Accepted:
    """Take a fetched cell of 4096 bytes (columns stream, epoch, idx of its row in `expected`). Never raises for peer data.

    Rows of `expected` follow by themselves: after OPENED, LOOP, UNOPENED and STALE the row is gone, after SPOILED it is still there.
    """
    return Accepted.STALE


def open_arrived(vault: Vault, now: float, entropy: Entropy) -> int:
    """Open what came while locked; the number of cells opened. Nothing happens while locked."""
    return 0


def unread(vault: Vault, person: Person | None = None) -> list[ReceivedLetter]:
    """Whole letters that were not read yet, oldest first; opens what came while locked before."""
    return []


def kept(vault: Vault, person: Person | None = None) -> list[ReceivedLetter]:
    """Letters kept after reading, oldest first."""
    return []


def mark_read(vault: Vault, numbers: list[int], keep: bool) -> None:
    """Letters that were shown: kept, or erased from the file and its log."""
