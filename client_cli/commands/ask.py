"""`sosik ask` and `sosik answer`: a question only we know."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output, prompts

if TYPE_CHECKING:
    from client_cli.people.contacts import Person
    from client_cli.vault.vault import Vault


def _typed(prompt: str) -> str:
    """One line: asked for on a terminal, or the next line of standard input."""
    return prompts.line(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _vault_of(opening: Opening, name: str) -> "Iterator[tuple[Vault, Person]]":
    """The open vault and a person in it who can be asked; what arrived was opened, and outcomes were told."""
    from client_cli.inbox import receiving
    from client_cli.people.contacts import require_person, require_ready
    from client_cli.seams import SystemClock
    from client_cli.wording import questions

    with opening.vault() as vault:
        person = require_person(vault, name)
        require_ready(person)
        receiving.open_arrived(vault)
        questions.tell(vault, SystemClock().now())
        yield vault, person


@helptext.command(
    "ask",
    _(
        "Asks someone a question only the two of you know, to find out whether it is them. Take one moment you shared,"
        " with a short answer that nobody can guess or look up: What did we roast in the fields? Your answer never"
        " leaves this computer and is kept nowhere. The two of you have three tries, ever."
    ),
    "sosik ask 동생",
)
@click.argument("name")
@opening_options
def ask(opening: Opening, name: str) -> None:
    """Take question and answer, and count a try."""
    from client_cli.meeting import question as asking
    from client_cli.seams import SystemClock, system_entropy

    with _vault_of(opening, name) as (vault, person):
        before = asking.question_state(vault, person)
        if before.asked is not None:
            output.say(_("Your question waits for an answer: {question}"), question=before.asked)
            output.say(_("Another question takes another try. You have {count} left."), count=before.tries_left)
        question = _typed(_("Question: "))
        expected = _typed(_("The answer you expect: "))
        state = asking.ask(vault, person, question, expected, SystemClock().now(), system_entropy)
        output.say(_("The question to {name} leaves like a letter."), name=person.name)
        output.say(_("Tries left between the two of you: {count}"), count=state.tries_left)


@helptext.command(
    "answer",
    _(
        "Answers the question somebody asked you. Spaces, signs and capital letters do not matter. Your answer never"
        " leaves this computer: the two programs only find out whether both answers are the same. If it is not a"
        " question only the two of you can answer, do not answer it."
    ),
    "sosik answer 언니",
)
@click.argument("name")
@opening_options
def answer(opening: Opening, name: str) -> None:
    """Show the question, take the answer, and count a try."""
    from client_cli.meeting import question as asking
    from client_cli.seams import SystemClock, system_entropy

    with _vault_of(opening, name) as (vault, person):
        state = asking.question_state(vault, person)
        if state.to_answer is None:
            raise asking.nothing_asked(person)
        output.say(_("{name} asks: {question}"), name=person.name, question=state.to_answer)
        state = asking.answer(vault, person, _typed(_("Your answer: ")), SystemClock().now(), system_entropy)
        output.say(_("The answer to {name} leaves like a letter."), name=person.name)
        output.say(_("Tries left between the two of you: {count}"), count=state.tries_left)
