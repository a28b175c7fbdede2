"""`sosik answer`: answer a question only we know."""

import click

from client_cli.commands import help as helptext
from client_cli.commands.ask import typed, vault_of
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


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
def command(opening: Opening, name: str) -> None:
    """Show the question, take the answer, and count a try."""
    from client_cli.meeting import question
    from client_cli.seams import SystemClock, system_entropy

    with vault_of(opening, name) as (vault, person):
        state = question.question_state(vault, person)
        if state.to_answer is None:
            raise question.nothing_asked(person)
        output.say(_("{name} asks: {question}"), name=person.name, question=state.to_answer)
        state = question.answer(vault, person, typed(_("Your answer: ")), SystemClock().now(), system_entropy)
        output.say(_("The answer to {name} leaves like a letter."), name=person.name)
        output.say(_("Tries left between the two of you: {count}"), count=state.tries_left)
