"""A7: how many guesses at an answer a third party gets, who has somebody's card exchanged for one of its own, and how
many of them that person is told of.

The person is a real vault, whose owner always goes on: answers whatever is asked and asks again, as long as the program
lets them. The third party counts no tries, keeps to no order, and falls silent where it likes. A guess is a
confirmation of the person's side that the third party can compare with one guess. Controls: the ends of questions not
followed up, as before; only asking counted.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from client_cli.meeting import question
from client_cli.meeting.in_person import MeetingProgress, scan_card, show_card
from client_cli.meeting.question import UNFINISHED_S, Outcome, QuestionProblem
from client_cli.people.contacts import Person, require_person
from client_cli.vault.key_file import WordsCost
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from lab.mutants.wrapping import wrapped
from lab.report.verdict import Scale, Verdict, at_most
from lab.worlds.scenarios import HOUR_S, START
from lab.worlds.world import World
from protocol.errors import ProtocolError
from protocol.letters.letter import parse_letter
from protocol.people import question as steps
from protocol.people.handshake import meet
from protocol.people.key_card import (
    CARD_DAYS,
    CardKind,
    MeetCard,
    card_hash,
    encode_card_text,
    make_card,
    parse_card_text,
)
from protocol.primitives.days import day_of
from protocol.profile import Profile
from protocol.seams import SeededEntropy

ASKED = "밭에서 무엇을 구워 먹었지?"
TRUE = "감자"
GUESSES = ("고구마", "옥수수", "밤", "콩", "조", "무", "마늘", "호박", "가지", "수수")
CHEAP = WordsCost(ops=1, memory_kib=8192)
MOST = 3


class Refused(Exception):
    """The person's program lets them do no more."""


@dataclass
class Side:
    """One person, and how the third party stands to them."""

    vault: Vault
    entropy: SeededEntropy
    pair: steps.Pair
    now: float = START
    told: int = 0
    seen: int = 0

    @property
    def person(self) -> Person:
        """Whom the person takes the third party for."""
        return require_person(self.vault, "언니")

    def asks(self) -> steps.Ask:
        """The person asks. Refused."""
        self._try(lambda: question.ask(self.vault, self.person, ASKED, TRUE, self.now, self.entropy))
        (message,) = self.sent()
        if not isinstance(message, steps.Ask):
            raise TypeError("a person who asks sends a question")
        return message

    def answers(self) -> list[steps.Message]:
        """The person answers what waits, if anything does. Refused."""
        if question.question_state(self.vault, self.person).to_answer is not None:
            self._try(lambda: question.answer(self.vault, self.person, TRUE, self.now, self.entropy))
        return self.sent()

    def gets(self, message: steps.Message) -> list[steps.Message]:
        """A step arrives; what the person's program answers by itself."""
        number = self.person.number
        with self.vault.transaction() as tx:
            question.receive(tx, number, steps.encode_message(message), self.now)
        return self.sent()

    def sent(self) -> list[steps.Message]:
        """Steps that were queued since the last look."""
        with self.vault.transaction() as tx:
            rows = tx.all("SELECT number, sealed_body FROM letters_out WHERE number > ? ORDER BY number", (self.seen,))
            bodies = [tx.box.open("letters_out", number, "sealed_body", body) for number, body in rows]
        self.seen = max([number for number, _ in rows], default=self.seen)
        return [steps.parse_message(parse_letter(body).body) for body in bodies]

    def reads(self) -> None:
        """The person looks at what there is to be told."""
        self.told += sum(one.outcome is not Outcome.SAME for one in question.news(self.vault, self.now))

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except QuestionProblem:
            raise Refused from None


@dataclass
class ThirdParty:
    """Plays one trick after the other at one side; `learned`: guesses that it could compare."""

    side: Side
    entropy: SeededEntropy
    learned: int = 0
    round: int = field(default=0)

    def guess(self) -> str:
        """The next one."""
        self.round += 1
        return GUESSES[self.round % len(GUESSES)]

    def begin(self) -> tuple[steps.Asking, steps.Ask]:
        """A question of ours, with a guess as its answer."""
        return steps.ask(ASKED, self.guess(), self.side.pair, self.entropy)

    def compare(self, asking: Sequence[steps.Asking], messages: Sequence[steps.Message]) -> None:
        """Compare what came with the guesses that fit it."""
        for message in messages:
            if isinstance(message, steps.Answer):
                self.learned += any(self._fits(one, message) for one in asking)
            elif isinstance(message, steps.Finish | steps.Differs):
                self.learned += 1

    def _fits(self, asking: steps.Asking, message: steps.Answer) -> bool:
        """Whether the message is a confirmation that this guess can be compared with; the guesses are all wrong."""
        try:
            steps.finish(asking, message, self.side.pair)
        except ProtocolError:
            return asking.id == message.id
        raise ValueError("a wrong guess was right")


def asks_and_falls_silent(third: ThirdParty) -> None:
    """Ask, compare, and send nothing more."""
    asking, message = third.begin()
    third.side.gets(message)
    third.compare([asking], third.side.answers())


def asks_and_ends(third: ThirdParty) -> None:
    """Ask, compare, and say that the answers differ."""
    asking, message = third.begin()
    third.side.gets(message)
    third.compare([asking], third.side.answers())
    third.side.gets(steps.Differs(asking.id))


def asks_and_pretends(third: ThirdParty) -> None:
    """Ask, compare, and send an end that confirms nothing."""
    asking, message = third.begin()
    third.side.gets(message)
    third.compare([asking], third.side.answers())
    third.side.gets(steps.Finish(asking.id, bytes(steps.CONFIRMATION_BYTES)))


def asks_twice_at_once(third: ThirdParty) -> None:
    """Put a second question behind the first, before either is answered."""
    pair = [third.begin(), third.begin()]
    for _, message in pair:
        third.side.gets(message)
    third.compare([asking for asking, _ in pair], third.side.answers())
    third.compare([asking for asking, _ in pair], third.side.answers())


def answers_with_a_guess(third: ThirdParty) -> None:
    """Let the person ask, and answer with a guess."""
    asked = third.side.asks()
    _, message = steps.answer(asked, third.guess(), third.side.pair, third.entropy)
    third.compare([], third.side.gets(message))


def answers_twice(third: ThirdParty) -> None:
    """Answer one question with two guesses."""
    asked = third.side.asks()
    for _ in range(2):
        _, message = steps.answer(asked, third.guess(), third.side.pair, third.entropy)
        third.compare([], third.side.gets(message))


def answers_what_was_given_up(third: ThirdParty) -> None:
    """Let the person ask twice, and answer both, the older one first."""
    asked = [third.side.asks(), third.side.asks()]
    for one in asked:
        _, message = steps.answer(one, third.guess(), third.side.pair, third.entropy)
        third.compare([], third.side.gets(message))


TRICKS: tuple[Callable[[ThirdParty], None], ...] = (
    asks_and_falls_silent,
    asks_and_ends,
    asks_and_pretends,
    asks_twice_at_once,
    answers_with_a_guess,
    answers_twice,
    answers_what_was_given_up,
)
ROUNDS = 8


def play(folder: Path, seed: int, tricks: Sequence[Callable[[ThirdParty], None]]) -> tuple[int, int]:
    """Play these in turn until all are refused: (guesses, guesses the person was not told of in the end)."""
    with make_side(folder, seed) as side:
        third = ThirdParty(side, World.stream(seed, "third party"))
        for turn in range(ROUNDS * len(tricks)):
            side.now += HOUR_S
            try:
                tricks[turn % len(tricks)](third)
            except Refused:
                side.sent()
            side.reads()
        side.now += UNFINISHED_S
        side.reads()
        return third.learned, max(third.learned - side.told, 0)


@contextmanager
def make_side(folder: Path, seed: int) -> Iterator[Side]:
    """A person in whose hands is a card of the third party instead of the sister's."""
    entropy = World.stream(seed, "person")
    vault = Vault.create(
        folder / f"person-{seed}", "words", entropy, language="ko", profile=Profile.STANDARD, now=START, cost=CHEAP
    )
    with vault:
        theirs = parse_card_text(show_card(vault, "언니", START, entropy))
        if not isinstance(theirs, MeetCard):
            raise TypeError("a card for a meeting")
        own = make_card(CardKind.MEET, "", day_of(START) + CARD_DAYS, World.stream(seed, "card"))
        if scan_card(vault, "언니", encode_card_text(own.card), START) is not MeetingProgress.DONE:
            raise ValueError("the meeting is not done")
        binding = meet(own, theirs).binding
        yield Side(vault, entropy, steps.Pair(binding, card_hash(own.card), card_hash(theirs)))


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Every trick by itself and all in turn, at one person and at two; the controls."""
    del scale  # seconds at either
    verdicts = []
    for seed, trick in enumerate(TRICKS):
        guesses, silent = play(scratch, seed, [trick])
        name = trick.__name__.replace("_", " ")
        verdicts.append(at_most("A7", f"guesses, {name}", guesses, MOST))
        verdicts.append(at_most("A7", f"guesses not told, {name}", silent, 0))
    both = [play(scratch, seed, TRICKS) for seed in (100, 101)]
    verdicts.append(at_most("A7", "guesses, all in turn, at each of two", max(guesses for guesses, _ in both), MOST))
    verdicts.append(at_most("A7", "guesses not told, all in turn, at each of two", max(one for _, one in both), 0))
    with ends_not_followed_up():
        _, silent = play(scratch, 200, [asks_and_falls_silent])
    verdicts.append(at_most("A7", "guesses not told, ends not followed up", silent, 0, control=True))
    with only_asking_counted():
        guesses, _ = play(scratch, 201, [asks_and_ends])
    verdicts.append(at_most("A7", "guesses, only asking counted", guesses, MOST, control=True))
    return verdicts


@contextmanager
def ends_not_followed_up() -> Iterator[None]:
    """As before: an answer after which nothing came was never spoken of."""

    def passed_over(state: object, now: float = 0.0) -> object:
        return state

    with wrapped(question, _late=passed_over, _abandoned=passed_over):
        yield


@contextmanager
def only_asking_counted() -> Iterator[None]:
    """An answer costs no try."""
    real = question._put

    def put(tx: Tx, contact: int, state: Any) -> None:
        before = question._get(tx, contact)
        if state.answered is not None and state.answered != before.answered:
            state = msgspec.structs.replace(state, tries=before.tries)
        real(tx, contact, state)

    with wrapped(question, _put=put):
        yield
