"""Telling the person how questions ended, and who waits for an answer.

Invariant: whatever raised a label is shown by the same call. Spec: docs/protocol.md, Labels.
"""

from client_cli.i18n import _
from client_cli.meeting import question
from client_cli.people.contacts import Person, State, people
from client_cli.terminal import output
from client_cli.vault.transaction import Transactions
from client_cli.wording.people import label


def tell(vault: Transactions, now: float) -> None:
    """Show every outcome that was not shown yet."""
    for one in question.news(vault, now):
        output.say("{sentence}", sentence=told(one))


def told(one: question.QuestionOutcome) -> str:
    """How a question ended, in one sentence."""
    if one.outcome is question.Outcome.SAME:
        return output.sentence(
            _("You and {name} gave the same answer. Now: {label}."),
            name=one.person.name,
            label=label(one.person),
        )
    if one.outcome is question.Outcome.UNFINISHED:
        return output.sentence(
            _(
                "You answered a question of {name}, and its end has not come. It may be on its way still; but whoever"
                " asked may have tried one guess at your answer. Tries left: {count}"
            ),
            name=one.person.name,
            count=one.tries_left,
        )
    return output.sentence(
        _(
            "The answers with {name} were not the same, or somebody stands between you. Send nothing and do"
            " nothing they ask. Tries left: {count}"
        ),
        name=one.person.name,
        count=one.tries_left,
    )


def asks(vault: Transactions, person: Person) -> bool:
    """Whether somebody waits for our answer to a question."""
    return person.state is State.READY and question.question_state(vault, person).to_answer is not None


def tell_questions(vault: Transactions) -> None:
    """Show who waits for an answer."""
    for person in people(vault):
        if asks(vault, person):
            output.say(_("{name} asks you a question only the two of you know: sosik answer {name}"), name=person.name)
