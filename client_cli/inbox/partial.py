"""Letters of which only parts are here: what can be told of them before they can be read.

Invariant: counts alone; no part of a letter is shown before the letter is whole. Spec: docs/protocol.md, Letters.
"""

from dataclasses import dataclass

from client_cli.inbox.receiving import open_arrived
from client_cli.people.contacts import Person, State, people_in
from client_cli.streams.ratchets import get_assembler
from client_cli.vault.transaction import Transactions

__all__ = ["Coming", "coming"]


@dataclass(frozen=True, slots=True)
class Coming:
    """`here` of `parts` parts of one letter have come; all of them when it waits for a letter before it."""

    person: Person
    here: int
    parts: int


def coming(vault: Transactions, person: Person | None = None) -> list[Coming]:
    """Letters on their way in, by person and in the order they were written. KeyUnavailable while locked.

    Those of people who are paused only when asked for by person.
    """
    found: list[Coming] = []
    open_arrived(vault)
    with vault.transaction() as tx:
        everybody = people_in(tx)
        for one in everybody:
            wanted = one.state is State.READY if person is None else one.number == person.number
            if wanted and one.state in (State.READY, State.PAUSED):
                found += [Coming(one, here, parts) for _, here, parts in get_assembler(tx, one.number).progress()]
    return found
