"""A helper who writes to both relatives passes their cards on as letters.

Invariant: of a card that was passed on nothing stays but, one way, whose it was; statements are made by
client_cli.desk.helper, and no key of a family member is here. Spec: docs/protocol.md, Introductions.
Decision 80.
"""

from dataclasses import dataclass

from client_cli.desk.helper import Helper, pass_on
from client_cli.errors import CardProblem
from client_cli.i18n import N_
from client_cli.meeting import handovers
from client_cli.meeting.handovers import WaitingHandover
from client_cli.people.contacts import Person, require_ready
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.people.introduction import SealedAnswer, encode_passed, encode_text, parse_text
from protocol.people.key_card import MeetCard

__all__ = ["Given", "by_letter", "forget", "introduce", "is_answer", "send", "to_pass_on"]


@dataclass(frozen=True, slots=True)
class Given:
    """A card or an answer that is to be passed on. `waiting`: it came by letter, and the other card goes back so."""

    text: str
    waiting: WaitingHandover | None = None


def to_pass_on(vault: Transactions, now: float) -> list[WaitingHandover]:
    """Cards and answers that came by letter and are for somebody else. KeyUnavailable while locked."""
    with vault.transaction() as tx:
        return _to_pass_on(tx, now)


def by_letter(vault: Transactions, number: int, now: float) -> Given:
    """What came under this number. CardProblem: nothing, or it is not to be passed on."""
    with vault.transaction() as tx:
        for one in _to_pass_on(tx, now):
            if one.number == number:
                return Given(encode_text(encode_passed(one.passed)), one)
    raise CardProblem(N_("Nothing waits under the number {number}; nothing was changed."), number=number)


def introduce(
    vault: Transactions, helper: Helper, one: Given, other: Given, now: float
) -> tuple[str | None, str | None]:
    """Introduce the owners of two cards to each other: for the owner of the first, and of the second, the text to hand
    over, or None when it has been queued for them. CardProblem: not two introduce cards of two people.
    """
    if one.waiting and other.waiting and one.waiting.sender.number == other.waiting.sender.number:
        raise CardProblem(N_("These are two cards of one person; nothing was made; take one card of each person."))
    made = [(one, pass_on(helper, other.text, one.text, now)), (other, pass_on(helper, one.text, other.text, now))]
    handed: list[str | None] = []
    with vault.transaction() as tx:
        for given, text in made:
            if given.waiting is None:
                handed.append(text)
                continue
            handovers.hand_over(tx, given.waiting.sender, "", parse_text(text), now)
            handovers.forget(tx, given.waiting.number)
            handed.append(None)
    return handed[0], handed[1]


def send(vault: Transactions, helper: Helper, given: Given, to: Person, name: str, now: float) -> None:
    """Send a card one way, or an answer, to somebody. `name`: what `to` is told of whose card it is; may be empty.
    CardProblem, NotReady, KeyUnavailable.
    """
    require_ready(to)
    if given.waiting is not None and given.waiting.sender.number == to.number:
        raise CardProblem(N_("This came from {name}; nothing was made; choose the other person."), name=to.name)
    passed = _answer(given.text)
    with vault.transaction() as tx:
        handovers.hand_over(tx, to, name, passed or parse_text(pass_on(helper, given.text, None, now)), now)
        if given.waiting is None:
            return
        if passed is None:
            handovers.remember_owner(tx, given.waiting)
        else:
            handovers.forget(tx, given.waiting.number)


def forget(vault: Transactions, given: Given) -> None:
    """Do not pass it on, or no longer. Nobody is told."""
    if given.waiting is not None:
        with vault.transaction() as tx:
            handovers.forget(tx, given.waiting.number)


def is_answer(given: Given) -> bool:
    """Whether it is an answer to a card, for the owner of that card alone."""
    return _answer(given.text) is not None


def _answer(text: str) -> SealedAnswer | None:
    try:
        passed = parse_text(text)
    except ProtocolError:
        raise CardProblem from None
    return passed if isinstance(passed, SealedAnswer) else None


def _to_pass_on(tx: Tx, now: float) -> list[WaitingHandover]:
    return [
        one
        for one in handovers.waiting_in(tx, now)
        if isinstance(one.passed, MeetCard)
        or (isinstance(one.passed, SealedAnswer) and not handovers.is_ours(tx, one.passed))
    ]
