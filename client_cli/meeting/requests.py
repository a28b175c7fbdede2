"""Requests: people whom a helper introduces, or who answered our card, and who wait to be accepted or refused.

Invariant: nobody becomes a contact before we accept, whichever way the card came; certificate and roster are checked
when it is shown and once more when it is accepted; refusing tells nobody. Spec: docs/protocol.md, Introductions.
Decision 79.
"""

from dataclasses import dataclass

from client_cli.content.text import clean_line, comparable
from client_cli.errors import CardProblem
from client_cli.i18n import N_
from client_cli.meeting import handovers, introductions
from client_cli.meeting.closing import close_in
from client_cli.meeting.handovers import WaitingHandover
from client_cli.meeting.introductions import CardOutcome
from client_cli.meeting.own_cards import find_owner
from client_cli.people.contacts import Person, State
from client_cli.vault.transaction import Transactions, Tx
from protocol.people.introduction import NOBODY, Introduction, SealedAnswer, parse_text
from protocol.people.key_card import MeetCard
from protocol.seams import Entropy

__all__ = ["Request", "accept", "refuse", "requests"]


@dataclass(frozen=True, slots=True)
class Request:
    """`name`: what we call this person, or what the helper does when we have given no card (`named` False; may be
    empty). `helper`: who introduces, and the community. `number`: of what came by letter, None by picture. `answered`:
    this is an answer to our card. `problem`: why it cannot be accepted.
    """

    name: str
    named: bool
    helper: str
    number: int | None
    answered: bool
    problem: CardProblem | None = None


def requests(vault: Transactions, now: float) -> list[Request]:
    """All of them, those that came by picture first. KeyUnavailable while locked."""
    with vault.transaction() as tx:
        return _requests(tx, now)


def accept(vault: Transactions, name: str, now: float, entropy: Entropy, number: int | None = None) -> CardOutcome:
    """Accept whoever waits, under the name `name`: not confirmed, but letters can be written. `number`: which, where
    the name does not tell. CardProblem, NameProblem, KeyUnavailable.
    """
    with vault.transaction() as tx:
        found = _choose(tx, name, number, now)
        if found is None:
            return introductions.accept(tx, name, now)
        taken = introductions.accept_passed(tx, name, found.passed, now, entropy)
        if taken.request:
            taken = introductions.accept(tx, name, now)
        elif taken.answer is not None:
            handovers.hand_over(tx, found.sender, "", parse_text(taken.answer), now)
        handovers.forget(tx, found.number)
        return CardOutcome(taken.name, taken.introducer)


def refuse(vault: Transactions, name: str, now: float, number: int | None = None) -> None:
    """Refuse whoever waits; our card, if we gave one, is used up, but not by what cannot be accepted. Nobody is
    told. CardProblem, KeyUnavailable.
    """
    with vault.transaction() as tx:
        found = _choose(tx, name, number, now)
        if found is None:
            introductions.refuse(tx, name)
            return
        owner, problem = _owner(tx, found), _problem(tx, found, now)
        if owner is not None and owner.state is State.MEETING and problem is None:
            close_in(tx, owner.number)
        handovers.forget(tx, found.number)


def _requests(tx: Tx, now: float) -> list[Request]:
    found = [
        Request(person.name, True, person.introducer, None, answered=True) for person in introductions.requests_in(tx)
    ]
    for waiting in handovers.waiting_in(tx, now):
        passed = waiting.passed
        if isinstance(passed, MeetCard):
            continue
        owner = _owner(tx, waiting)
        if isinstance(passed, SealedAnswer) and owner is None:
            continue
        problem = _problem(tx, waiting, now)
        helper = waiting.sender.name if problem is not None else introductions.introducer_of(tx, passed, now)
        name = waiting.name if owner is None else owner.name
        answered = isinstance(passed, SealedAnswer)
        found.append(Request(name, owner is not None, helper, waiting.number, answered, problem))
    return found


def _problem(tx: Tx, waiting: WaitingHandover, now: float) -> CardProblem | None:
    """Why it cannot be accepted today; None: it can."""
    if isinstance(waiting.passed, MeetCard):
        return None
    try:
        introductions.introducer_of(tx, waiting.passed, now)
    except CardProblem as why:
        return why
    return None


def _owner(tx: Tx, waiting: WaitingHandover) -> Person | None:
    """The person to come whom it is about, if we gave a card."""
    match waiting.passed:
        case Introduction(to=to) | SealedAnswer(to=to):
            return None if to == NOBODY else find_owner(tx, to)
        case MeetCard():
            return None


def _choose(tx: Tx, name: str, number: int | None, now: float) -> WaitingHandover | None:
    """What came by letter and is meant; None: it came by picture, or nothing did."""
    wanted = comparable(name)
    fitting = [
        request
        for request in _requests(tx, now)
        if (request.number == number if number is not None else comparable(request.name) == wanted)
    ]
    if len(fitting) > 1:
        raise CardProblem(
            N_("Several wait under the name {name}; nothing was changed; say which: --request NUMBER"),
            name=clean_line(name),
        )
    if number is not None and not fitting:
        raise CardProblem(N_("Nothing waits under the number {number}; nothing was changed."), number=number)
    if not fitting or fitting[0].number is None:
        return None
    chosen = fitting[0]
    if chosen.named and comparable(chosen.name) != wanted:
        raise CardProblem(
            N_("This card was not made for {name}; nothing was changed; ask your helper which one is yours."),
            name=clean_line(name),
        )
    assert chosen.number is not None  # noqa: S101  # told to the type checker; three lines above
    return handovers.get_waiting(tx, chosen.number, now)
