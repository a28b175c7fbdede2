"""The question only we know, explored: every order of asking, answering, passing on, repeating and sending back.

Depth: `MOVES` moves, or more. Each side asks once at most and answers when asked. Three scenes: *direct*, two sides of
one relationship who mean the same: the attacker loses, repeats and reorders steps; *different*, who do not mean the
same; *between*, two relationships that both lead to the attacker, whose other ends mean the same: he hears every step,
shows it to either side, its own writer too, and takes part with a wrong guess, as asker and as answerer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, unique
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from client_cli.errors import SosikError
from client_cli.meeting import question
from client_cli.people.contacts import Label, Person, PersonRecord, State, add_contact, get_person
from lab.mutants.wrapping import wrapped
from lab.symbolic.findings import Explored
from lab.symbolic.held import HeldVault
from lab.worlds.community import make_community
from protocol.community.constants import Constants
from protocol.people import question as steps
from protocol.seams import SeededEntropy

NOW: Final = 1_800_000_000.0
TRUTH: Final = "the persimmon tree"
GUESS: Final = "a guess"
ASKED: Final = "What stood behind the house?"


@unique
class Scene(Enum):
    """Who is at the other end, and what they mean."""

    DIRECT = "direct"
    DIFFERENT = "different"
    BETWEEN = "between"


MOVES: Final = {Scene.DIRECT: 6, Scene.DIFFERENT: 6, Scene.BETWEEN: 4}


@dataclass(slots=True)
class _Side:
    vault: HeldVault
    name: str
    pair: steps.Pair
    answer: str

    @property
    def record(self) -> PersonRecord:
        pair = self.pair
        return PersonRecord(
            "other", Label.NOT_CONFIRMED, own_hash=pair.own, their_hash=pair.theirs, binding=pair.binding
        )

    def person(self) -> Person:
        with self.vault.transaction() as tx:
            return get_person(tx, 1)


@dataclass(slots=True)
class _Game:
    """`heard`: every step of a question that was sent, with who wrote it; `told`: outcomes by side, on this way."""

    scene: Scene
    sides: Sequence[_Side]
    found: Explored
    heard: list[tuple[int, bytes]] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    confirmed: bool = False


def explore(scene: Scene, folder: Path, more: int = 0) -> Explored:
    """Explore one scene. `folder`: for the vaults. `more`: moves beyond `MOVES`."""
    found = Explored(f"question {scene.value}")
    with _stretched_once():
        _explore(scene, folder, MOVES[scene] + more, found)
    return found


def _explore(scene: Scene, folder: Path, moves: int, found: Explored) -> None:
    entropy = SeededEntropy(scene.value.encode().ljust(32))
    community = make_community(entropy, relays=3, guards=(0,), constants=Constants(), now=NOW)
    one, other = (steps.Pair(entropy(32), entropy(32), entropy(32)) for _ in range(2))
    if scene is not Scene.BETWEEN:
        other = steps.Pair(one.binding, one.theirs, one.own)
    answers = [TRUTH, "something else" if scene is Scene.DIFFERENT else TRUTH]
    with ExitStack() as held:
        sides = [
            _Side(held.enter_context(HeldVault(folder, f"{scene.value} {name}", community, NOW)), name, pair, answer)
            for name, pair, answer in zip("ab", (one, other), answers, strict=True)
        ]
        for side in sides:
            with side.vault.transaction() as tx:
                add_contact(tx, side.record, State.READY)
        game = _Game(scene, sides, found)
        held.enter_context(_listening(game))
        _go_on(game, moves, scene.value)
        if scene is Scene.DIRECT:
            found.check(game.confirmed, "two who mean the same confirm each other", scene.value)


def _go_on(game: _Game, moves: int, way: str) -> None:
    """Try every move from here, each taken back before the next."""
    game.found.states += 1
    _look(game, way)
    if moves == 0:
        return
    for name, move in list(_moves(game)):
        kept = list(game.heard), list(game.told), list(game.asked)
        with ExitStack() as undone:
            for side in game.sides:
                undone.enter_context(side.vault.tried())
            game.found.tried += 1
            if move():
                _tell(game, f"{way}, {name}")
                _go_on(game, moves - 1, f"{way}, {name}")
        game.heard, game.told, game.asked = kept


def _moves(game: _Game) -> Iterator[tuple[str, Callable[[], bool]]]:
    for number, side in enumerate(game.sides):
        if number not in game.asked:
            yield f"{side.name} asks", partial(_ask, game, number)
        if question.question_state(side.vault, side.person()).to_answer is not None:
            yield f"{side.name} answers", partial(_answer, side)
        for at, (writer, body) in enumerate(game.heard):
            if writer == number and game.scene is not Scene.BETWEEN:
                continue  # a letter is refused by its own writer: lab.symbolic.ratchet_start
            step = f"{'ab'[writer]}'s {steps.Step(body[0]).name} ({at}) to {side.name}"
            yield step, partial(_show, side, body)
        yield from _guesses(game, side)


def _guesses(game: _Game, side: _Side) -> Iterator[tuple[str, Callable[[], bool]]]:
    """What he makes himself: between, he has the relationship's secrets; otherwise nothing of his reaches a side."""
    if game.scene is not Scene.BETWEEN:
        return
    chance = SeededEntropy(b"his".ljust(32))
    his = steps.Pair(side.pair.binding, side.pair.theirs, side.pair.own)
    yield f"he asks {side.name}", partial(_show, side, steps.encode_message(steps.ask(ASKED, GUESS, his, chance)[1]))
    for writer, body in game.heard:
        message = steps.parse_message(body)
        if game.sides[writer] is side and isinstance(message, steps.Ask):
            made = steps.answer(message, GUESS, his, SeededEntropy(b"his answer".ljust(32)))[1]
            yield f"he answers {side.name}", partial(_show, side, steps.encode_message(made))


def _ask(game: _Game, number: int) -> bool:
    side = game.sides[number]
    game.asked.append(number)
    with suppress(SosikError):
        question.ask(side.vault, side.person(), ASKED, side.answer, NOW, SeededEntropy(side.name.encode().ljust(32)))
        return True
    return False


def _answer(side: _Side) -> bool:
    with suppress(SosikError):
        question.answer(side.vault, side.person(), side.answer, NOW, SeededEntropy(b"answers".ljust(32)))
        return True
    return False


def _show(side: _Side, body: bytes) -> bool:
    """A step arrives; whether anything changed by it."""
    with side.vault.transaction() as tx:
        before = tx.all("SELECT * FROM questions")
        question.receive(tx, 1, body, NOW)
        return tx.all("SELECT * FROM questions") != before


def _tell(game: _Game, way: str) -> None:
    """The persons are told what became of their questions, as the letter box does at once."""
    for number, side in enumerate(game.sides):
        for _ in question.news(side.vault, NOW):
            game.told.append(number)
        game.found.check(game.told.count(number) <= _guesses_of(game, number), "an exchange ends once", way)


def _look(game: _Game, way: str) -> None:
    labels = [side.person().label for side in game.sides]
    game.confirmed = game.confirmed or labels == [Label.ANSWERED, Label.ANSWERED]
    game.found.check(Label.MET not in labels, "a question never says that people met", way)
    if game.scene is not Scene.DIRECT:
        game.found.check(Label.ANSWERED not in labels, "only who means the same is confirmed", way)
    for number, side in enumerate(game.sides):
        used = steps.TRIES - question.question_state(side.vault, side.person()).tries_left
        game.found.check(used >= _guesses_of(game, number), "every guess counts", way)


def _guesses_of(game: _Game, number: int) -> int:
    """How many steps of this side let the other one find out about a guess."""
    return sum(writer == number and body[0] in (steps.Step.ASK, steps.Step.ANSWER) for writer, body in game.heard)


@contextmanager
def _listening(game: _Game) -> Iterator[None]:
    """He hears every step that is queued."""
    machine: Any = question
    queue = machine.queue_step

    def heard(tx: Any, person: Person, kind: Any, body: bytes, now: float) -> None:
        (number,) = [at for at, side in enumerate(game.sides) if side.vault.holds(tx)]
        game.heard.append((number, body))
        queue(tx, person, kind, body, now)

    with wrapped(question, queue_step=heard):
        yield


@contextmanager
def _stretched_once() -> Iterator[None]:
    """Argon2id of one answer in one exchange is worked out once: it is the same on every way."""
    with wrapped(steps, _stretch=cache(steps._stretch)):
        yield
