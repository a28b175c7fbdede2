"""Telling the person how questions ended, and who waits. Invariant: whatever raised a label is shown by the same call.

docs/protocol.md, Labels.
"""

from client_cli import asking, terminal, wording
from client_cli.contacts import Person, State, people
from client_cli.i18n import _
from client_cli.passing import to_pass_on
from client_cli.requests import requests
from client_cli.tx import Transactions


def tell(vault: Transactions) -> None:
    """Show every outcome that was not shown yet."""
    for one in asking.news(vault):
        terminal.say("{sentence}", sentence=told(one))


def told(one: asking.News) -> str:
    """How a question ended, in one sentence."""
    if one.outcome is asking.Outcome.SAME:
        return terminal.sentence(
            _("You and {name} gave the same answer. Now: {label}."),
            name=one.person.name,
            label=wording.label(one.person),
        )
    return terminal.sentence(
        _(
            "The answers with {name} were not the same, or somebody stands between you. Send nothing and do"
            " nothing they ask. Tries left: {count}"
        ),
        name=one.person.name,
        count=one.tries_left,
    )


def asks(vault: Transactions, person: Person) -> bool:
    """Whether somebody waits for our answer to a question."""
    return person.state is State.READY and asking.question_state(vault, person).to_answer is not None


def tell_requests(vault: Transactions, now: float) -> None:
    """Show who waits to be accepted or refused, and which cards wait to be passed on."""
    for one in requests(vault, now):
        for line in wording.request(one):
            terminal.say("{line}", line=line)
    for waiting in to_pass_on(vault, now):
        terminal.say(_("{name} gave you a card to pass on: sosik desk cards"), name=waiting.sender.name)


def tell_questions(vault: Transactions) -> None:
    """Show who waits for an answer."""
    for person in people(vault):
        if asks(vault, person):
            terminal.say(
                _("{name} asks you a question only the two of you know: sosik answer {name}"), name=person.name
            )
