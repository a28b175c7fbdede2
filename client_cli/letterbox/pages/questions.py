"""The question only we know, from the letter box.

Invariant: the answer is typed, used and forgotten; every outcome that is taken from the vault is shown at once, because
taking it may raise a label. Spec: docs/family.md, Is it really her?
"""

from functools import partial

from client_cli.i18n import _, ngettext
from client_cli.letterbox.pages.blocks import Letter, Style, Words
from client_cli.letterbox.pages.visit import AskKind, Choice, View, Visit, ask_page
from client_cli.meeting import question as asking
from client_cli.people import contacts
from client_cli.terminal import output
from client_cli.wording.people import label
from client_cli.wording.questions import told

__all__ = ["question_page", "tell_news"]


def tell_news(visit: Visit) -> None:
    """Put a page up that tells how questions ended, if any did."""
    found = asking.news(visit.opened, visit.now())
    if found:
        blocks = tuple(block for one in found for block in (Words(told(one)), Words()))
        visit.push(lambda visit: View(_("A question only you know"), blocks, back=_("go on")))


def question_page(number: int, visit: Visit) -> View:
    """Where the question with a person is, and what can be done."""
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)
    state = asking.question_state(visit.opened, person)
    blocks: list[Words | Letter] = [Words(label(person), Style.STRONG), Words()]
    choices = []
    if state.to_answer is not None:
        blocks += [Words(output.sentence(_("{name} asks you:"), name=person.name)), Letter(state.to_answer)]
        choices.append(Choice("1", _("answer"), partial(_answer, number)))
    if state.asked is not None:
        blocks += [Words(_("You have asked, and wait for the answer:")), Letter(state.asked)]
    if state.waiting:
        blocks.append(Words(_("You have answered, and wait for the other side.")))
    left = ngettext("{count} try is left between you two, ever.", "{count} tries are left between you two, ever.", 3)
    blocks += [Words(), Words(output.sentence(left, count=state.tries_left))]
    if state.tries_left and state.asked is None:
        choices.append(Choice("2", _("ask a question"), partial(_ask, number)))
    return View(
        _("A question only you know"),
        tuple(blocks),
        tuple(choices),
        back=_("back"),
        help=(_("Take a small moment that you shared and nobody else knows: what did we roast in the fields?"),),
    )


def _answer(number: int, visit: Visit) -> None:
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)

    def accept(visit: Visit, typed: str) -> None:
        asking.answer(visit.opened, person, typed, visit.now(), visit.entropy)
        visit.tell(_("Your answer leaves like a letter. It is not kept here."))

    visit.push(ask_page(_("answer"), "> ", AskKind.LINE, accept, Words(_("Spaces and signs make no difference."))))


def _ask(number: int, visit: Visit) -> None:
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)

    def question(visit: Visit, asked: str) -> None:
        def expected(visit: Visit, answer: str) -> None:
            asking.ask(visit.opened, person, asked, answer, visit.now(), visit.entropy)
            visit.tell(_("Your question leaves like a letter. The answer is not kept here."))

        text = Words(_("What is the answer that only you two know?"))
        visit.push(ask_page(_("ask a question"), "> ", AskKind.LINE, expected, Letter(asked), text))

    hint = Words(_("Take a small moment that you shared and nobody else knows: what did we roast in the fields?"))
    visit.push(ask_page(_("ask a question"), "> ", AskKind.LINE, question, hint))
