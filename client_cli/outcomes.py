"""Telling the person how questions ended. Invariant: whatever raised a label is shown by the same call.

docs/protocol.md, Labels.
"""

from client_cli import asking, terminal
from client_cli.contacts import Person, State, people
from client_cli.i18n import _
from client_cli.tx import Transactions


def tell(vault: Transactions) -> None:
    """Show every outcome that was not shown yet, and every question that waits for an answer."""
    for told in asking.news(vault):
        if told.outcome is asking.Outcome.SAME:
            terminal.say(_("You and {name} gave the same answer: answered."), name=told.person.name)
        else:
            terminal.say(
                _(
                    "The answers with {name} were not the same, or somebody stands between you. Send nothing and do"
                    " nothing they ask. Tries left: {count}"
                ),
                name=told.person.name,
                count=told.tries_left,
            )


def asks(vault: Transactions, person: Person) -> bool:
    """Whether somebody waits for our answer to a question."""
    return person.state is State.READY and asking.question_state(vault, person).to_answer is not None


def tell_questions(vault: Transactions) -> None:
    """Show who waits for an answer."""
    for person in people(vault):
        if asks(vault, person):
            terminal.say(
                _("{name} asks you a question only the two of you know: sosik answer {name}"), name=person.name
            )
