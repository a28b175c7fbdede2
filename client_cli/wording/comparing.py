"""The words of a meeting and what is said around them, for the command and the letter box.

Invariant: what raised or ended a contact is told by the same call. Spec: docs/family.md, Meeting someone.
"""

from client_cli.i18n import _
from client_cli.meeting.spoken_words import SpokenWords, can_compare
from client_cli.people.contacts import Label, Person, people
from client_cli.terminal import output
from client_cli.vault.transaction import Transactions
from client_cli.wording.people import as_typed, label

__all__ = [
    "again",
    "different",
    "end",
    "later",
    "lines",
    "numbered",
    "other_language",
    "question",
    "same",
    "tell_comparisons",
    "told_different",
    "told_same",
    "warning",
]


def lines(words: SpokenWords, language: str) -> list[str]:
    """What to do, and the words, each behind its number."""
    name = words.person.name
    return [
        output.sentence(
            _("When {name} has scanned your card too, read these words aloud to each other, in turn:"), name=name
        ),
        "",
        *numbered(words, language),
        "",
        output.sentence(
            _("Only by voice, while you are together. Words that come in writing prove nothing."), name=name
        ),
    ]


def numbered(words: SpokenWords, language: str) -> list[str]:
    """The words, each behind its number."""
    return [f"  {place}  {word}" for place, word in enumerate(words.in_language(language), start=1)]


def question(person: Person) -> str:
    """What is asked below the words."""
    return output.sentence(_("Does {name} see the same words, all of them?"), name=person.name)


def same() -> str:
    """The first answer."""
    return _("yes, the same")


def different() -> str:
    """The second answer."""
    return _("no, not the same")


def other_language() -> str:
    """The words in another language, so that both see the same list."""
    return _("show them in another language")


def later() -> str:
    """Nothing is decided."""
    return _("later")


def warning(person: Person) -> str:
    """What is asked before a contact ends."""
    return output.sentence(
        _("Did both of you show them in one language, and is {name} the one whose card you scanned?"),
        name=person.name,
    )


def end() -> str:
    """The contact ends."""
    return _("yes: they are not the same, end it")


def again() -> str:
    """Read them once more."""
    return _("read them once more")


def told_same(person: Person) -> str:
    """What was written after "the same"."""
    return output.sentence(
        _("Now: {label}. {name} has to say so on the other side as well."),
        label=label(person),
        name=person.name,
    )


def told_different(person: Person) -> list[str]:
    """What has ended, and what to do next."""
    return [
        output.sentence(
            _("Stop. Somebody may stand between you and {name}. This contact is closed; nothing goes to it any more."),
            name=person.name,
        ),
        output.sentence(
            _("Do nothing that letters under this name asked for, and tell {name} so when you are together."),
            name=person.name,
        ),
        output.sentence(
            _(
                "Then make new cards, and scan each from the other's own screen, not from a picture that was sent:"
                " sosik meet {name}"
            ),
            name=as_typed(person.name),
        ),
        _(
            "If the words differ again, one of you may be in a false community: both ask your helpers about the"
            " invitations."
        ),
    ]


def tell_comparisons(vault: Transactions) -> None:
    """Show with whom words can be compared still."""
    for person in people(vault):
        if person.label is Label.CARDS and can_compare(person):
            output.say(
                _("When you and {name} are together, read a few words to each other: sosik compare {name}"),
                name=person.name,
            )
