"""A question only we know: asking, answering, and what became of it.

Invariant: a pair has three tries, ever, both directions counted, each committed in the transaction that queues its
first letter; an answer is never kept; a label rises only in the transaction that tells the person about it (`news`).
Whoever asked can test one guess at our answer and then fall silent: that is told too, so no guess is silent. The steps
are letters in the ordinary stream, so nobody outside sees that a question was asked. Spec: docs/protocol.md, A question
only we know.
Decisions 53, 54, 56.
"""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

import msgspec

from client_cli.errors import KeyUnavailable, SosikError
from client_cli.i18n import N_
from client_cli.outbox.letters import queue_step
from client_cli.people.contacts import Label, Person, get_person, get_record, put_record, require_ready
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.letters.letter import LetterKind
from protocol.people import question as steps
from protocol.people.question import TRIES
from protocol.seams import Entropy

__all__ = [
    "UNFINISHED_S",
    "Outcome",
    "QuestionOutcome",
    "QuestionProblem",
    "QuestionState",
    "answer",
    "ask",
    "forget_person",
    "news",
    "nothing_asked",
    "question_state",
    "receive",
    "receive_late",
]

UNFINISHED_S: Final = 2 * 86_400.0
"""After so long without an end the person is told. An end is sent without the other person, once their side has the
answer; it still counts when it comes later."""


class QuestionProblem(SosikError):
    """A question that cannot be asked or answered."""

    sentence = N_("This question cannot be used; nothing was changed.")


@unique
class Outcome(Enum):
    """How an exchange ended."""

    SAME = "both gave the same answer"
    DIFFERENT = "the answers, or the codes of the two sides, are not the same"
    UNFINISHED = "we answered, and nothing came back: whoever asked may have tested a guess"


@dataclass(frozen=True, slots=True)
class QuestionState:
    """Where the question with one person is. `asked`: ours, waiting for an answer; `to_answer`: theirs; `waiting`: we
    have answered and wait for their side to finish. `tries_left` 0: no more questions between these two.
    """

    person: Person
    asked: str | None
    to_answer: str | None
    waiting: bool
    tries_left: int


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """An outcome that the person has not been told. `person` has the label after it."""

    person: Person
    outcome: Outcome
    tries_left: int


class _State(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a pair: `asked` id, question, seed, stretched answer; `received` id, share, question; `answered`
    id, confirmation awaited; `outcomes` not told yet; `answered_at` when, None once we told that no end came.
    """

    tries: int = 0
    asked: tuple[bytes, str, bytes, bytes] | None = None
    received: tuple[bytes, bytes, str] | None = None
    answered: tuple[bytes, bytes] | None = None
    outcomes: tuple[Outcome, ...] = ()
    answered_at: float | None = 0.0


def ask(vault: Transactions, person: Person, question: str, answer: str, now: float, entropy: Entropy) -> QuestionState:
    """Ask, and count a try. `answer`: what we expect, never kept. QuestionProblem, NotReady, KeyUnavailable."""
    with vault.transaction() as tx:
        state, pair = _begin(tx, person)
        try:
            asking, message = steps.ask(question.strip(), answer, pair, entropy)
        except (ProtocolError, UnicodeError):
            raise QuestionProblem(
                N_("The question or the answer is empty or too long; nothing was asked; use one short question.")
            ) from None
        kept = (asking.id, asking.question, asking.seed, asking.stretched)
        _put(tx, person.number, msgspec.structs.replace(state, tries=state.tries + 1, asked=kept))
        queue_step(tx, person, LetterKind.QUESTION, steps.encode_message(message), now)
        return _shown(tx, person.number)


def answer(vault: Transactions, person: Person, text: str, now: float, entropy: Entropy) -> QuestionState:
    """Answer the question that waits, and count a try. QuestionProblem, NotReady, KeyUnavailable."""
    with vault.transaction() as tx:
        state, pair = _begin(tx, person)
        if state.received is None:
            raise nothing_asked(person)
        asked = steps.Ask(*state.received)
        try:
            expected, message = steps.answer(asked, text, pair, entropy)
        except ProtocolError:
            raise QuestionProblem(
                N_("This answer holds no letter or number; nothing was sent; please type it again.")
            ) from None
        state = _abandoned(state)
        state = msgspec.structs.replace(
            state, tries=state.tries + 1, received=None, answered=(asked.id, expected), answered_at=now
        )
        _put(tx, person.number, state)
        queue_step(tx, person, LetterKind.QUESTION, steps.encode_message(message), now)
        return _shown(tx, person.number)


def nothing_asked(person: Person) -> QuestionProblem:
    """The error for an answer without a question."""
    return QuestionProblem(N_("{name} has not asked you anything; nothing was changed."), name=person.name)


def question_state(vault: Transactions, person: Person) -> QuestionState:
    """Where the question with this person is. KeyUnavailable while locked."""
    with vault.transaction() as tx:
        return _shown(tx, person.number)


def news(vault: Transactions, now: float) -> list[QuestionOutcome]:
    """Outcomes to show to the person now; this raises the labels, so whoever calls it has to show all of them."""
    told = []
    with vault.transaction() as tx:
        if not tx.has_letters_key:
            raise KeyUnavailable
        for (contact,) in tx.all("SELECT contact FROM questions ORDER BY contact"):
            held = _get(tx, contact)
            state = _late(held, now)
            if not state.outcomes:
                if state is not held:
                    _put(tx, contact, state)
                continue
            record = get_record(tx, contact)
            if Outcome.SAME in state.outcomes and record.label in (Label.NOT_CONFIRMED, Label.CARDS):
                put_record(tx, contact, msgspec.structs.replace(record, label=Label.ANSWERED))
            _put(tx, contact, msgspec.structs.replace(state, outcomes=()))
            person = get_person(tx, contact)
            told += [QuestionOutcome(person, outcome, TRIES - state.tries) for outcome in state.outcomes]
    return told


def receive(tx: Tx, contact: int, body: bytes, now: float) -> None:
    """Receive a step that came in a letter. Never raises for peer data: what fits nothing we began is passed over."""
    try:
        message = steps.parse_message(body)
    except ProtocolError:
        return
    state = _get(tx, contact)
    match message:
        case steps.Ask():
            state = _abandoned(state)
            state = msgspec.structs.replace(state, received=(message.id, message.share, message.question))
        case steps.Answer() if state.asked is not None and state.asked[0] == message.id:
            state = _receive_answer(tx, contact, state, message, now)
        case steps.Finish() if state.answered is not None and state.answered[0] == message.id:
            state = _ended(state, _outcome(state.answered[1], message.confirmation))
        case steps.Differs() if state.answered is not None and state.answered[0] == message.id:
            state = _ended(state, Outcome.DIFFERENT)
        case _:
            return
    _put(tx, contact, state)
    tx.mark_erasing()


def receive_late(tx: Tx, contact: int, body: bytes, now: float) -> None:
    """Receive a step that comes after letters written later: a question does not take the place of another one."""
    try:
        asks = isinstance(steps.parse_message(body), steps.Ask)
    except ProtocolError:
        return
    state = _get(tx, contact)
    if not asks or (state.received is None and state.answered is None):
        receive(tx, contact, body, now)


def _receive_answer(tx: Tx, contact: int, state: _State, message: steps.Answer, now: float) -> _State:
    pair = _pair(tx, contact)
    if state.asked is None or pair is None:
        return state
    reply: steps.Message
    try:
        reply, outcome = steps.finish(steps.Asking(*state.asked), message, pair), Outcome.SAME
    except ProtocolError:
        reply, outcome = steps.Differs(message.id), Outcome.DIFFERENT
    queue_step(tx, get_person(tx, contact), LetterKind.QUESTION, steps.encode_message(reply), now)
    return msgspec.structs.replace(state, asked=None, outcomes=(*state.outcomes, outcome))


def _ended(state: _State, outcome: Outcome) -> _State:
    return msgspec.structs.replace(state, answered=None, outcomes=(*state.outcomes, outcome))


def _abandoned(state: _State) -> _State:
    """Another question takes the place of one that we answered and that has not ended."""
    return state if state.answered is None else msgspec.structs.replace(_late(state), answered=None)


def _late(state: _State, now: float = float("inf")) -> _State:
    """Tell, once, that the question we answered has not ended."""
    if state.answered is None or state.answered_at is None:
        return state
    if now < state.answered_at:  # the clock was set back since: the wait begins anew
        return msgspec.structs.replace(state, answered_at=now)
    if now < state.answered_at + UNFINISHED_S:
        return state
    return msgspec.structs.replace(state, outcomes=(*state.outcomes, Outcome.UNFINISHED), answered_at=None)


def _outcome(expected: bytes, received: bytes) -> Outcome:
    try:
        steps.check_confirmation(expected, received)
    except ProtocolError:
        return Outcome.DIFFERENT
    return Outcome.SAME


def _begin(tx: Tx, person: Person) -> tuple[_State, steps.Pair]:
    """State of a pair that has a try left."""
    if not tx.has_letters_key:
        raise KeyUnavailable
    require_ready(get_person(tx, person.number))
    state, pair = _get(tx, person.number), _pair(tx, person.number)
    if pair is None:
        raise QuestionProblem
    if state.tries >= TRIES:
        raise QuestionProblem(
            N_(
                "All three tries with {name} are used; nothing was changed. Do not trust this contact; close it,"
                " or meet in person: sosik close {name}"
            ),
            name=person.name,
        )
    return state, pair


def _pair(tx: Tx, contact: int) -> steps.Pair | None:
    """We and this person; None before both cards were used."""
    record = get_record(tx, contact)
    if record.binding is None or record.own_hash is None or record.their_hash is None:
        return None
    return steps.Pair(record.binding, record.own_hash, record.their_hash)


def _shown(tx: Tx, contact: int) -> QuestionState:
    if not tx.has_letters_key:
        raise KeyUnavailable
    state = _get(tx, contact)
    return QuestionState(
        person=get_person(tx, contact),
        asked=None if state.asked is None else state.asked[1],
        to_answer=None if state.received is None else state.received[2],
        waiting=state.answered is not None,
        tries_left=max(TRIES - state.tries, 0),
    )


def _get(tx: Tx, contact: int) -> _State:
    row = tx.find("SELECT sealed_state FROM questions WHERE contact = ?", (contact,))
    if row is None:
        return _State()
    return msgspec.msgpack.decode(tx.box.open("questions", contact, "sealed_state", row[0]), type=_State)


def _put(tx: Tx, contact: int, state: _State) -> None:
    sealed = tx.box.seal("questions", contact, "sealed_state", msgspec.msgpack.encode(state))
    tx.execute(
        "INSERT INTO questions VALUES (?, ?) ON CONFLICT (contact) DO UPDATE SET sealed_state = excluded.sealed_state",
        (contact, sealed),
    )


def forget_person(tx: Tx, number: int) -> None:
    """Erase what is kept of questions with a person."""
    tx.execute("DELETE FROM questions WHERE contact = ?", (number,))
