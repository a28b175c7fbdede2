"""The end of a meeting in person: both read a few words aloud, and only who says "the same" has met somebody.

Invariant: cards alone raise nobody above *cards exchanged*, since both pictures may have passed through one messenger;
*met in person* is written in the transaction of the person's own "the same", and by nothing else. "Not the same" ends
the contact: its keys, streams and letters under way are erased. Whoever a helper introduced keeps the helper's label.
Spec: docs/protocol.md, Spoken words; Labels.
Decision 88.
"""

from dataclasses import dataclass

import msgspec

from client_cli.community.membership import require_joined
from client_cli.content.word_lists import word_list
from client_cli.errors import NotReady
from client_cli.i18n import N_
from client_cli.meeting.closing import close_in
from client_cli.people.contacts import Label, Person, State, get_person, get_record, put_record
from client_cli.vault.transaction import Transactions, Tx
from protocol.people.spoken_words import spoken_numbers

__all__ = ["SpokenWords", "can_compare", "say_different", "say_same", "spoken_words"]

# A sign of the Chinese list tells 9 bits by voice, or 7.7 where tones are missed: eight of them are 72 or 61 bits, six
# words of the other lists 66.
_SHOWN = {"ko": 6, "zh": 8, "en": 6}


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """The words of one meeting. `numbers`: their places in every list."""

    person: Person
    numbers: tuple[int, ...]

    def in_language(self, language: str) -> tuple[str, ...]:
        """The words as both see them who chose this language."""
        words = word_list(language)
        return tuple(words[number] for number in self.numbers[: _SHOWN[language]])


def can_compare(person: Person) -> bool:
    """Whether this person gave us a card and words were not compared yet."""
    known = person.state in (State.READY, State.PAUSED)
    return known and not person.introducer and person.label is not Label.MET


def spoken_words(vault: Transactions, person: Person) -> SpokenWords:
    """The words for a person whose card we have. NotReady: nothing to compare; NotJoined, KeyUnavailable."""
    with vault.transaction() as tx:
        binding = _binding(tx, person.number)
        community_key = require_joined(tx)
    return SpokenWords(person, spoken_numbers(binding, community_key))


def say_same(vault: Transactions, person: Person) -> Person:
    """The person has heard the same words from the other: *met in person* from now on. NotReady."""
    with vault.transaction() as tx:
        _binding(tx, person.number)
        put_record(tx, person.number, msgspec.structs.replace(get_record(tx, person.number), label=Label.MET))
        return get_person(tx, person.number)


def say_different(vault: Transactions, person: Person) -> None:
    """The words were not the same: nothing of this contact can be used any more. NotReady."""
    with vault.transaction() as tx:
        _binding(tx, person.number)
        close_in(tx, person.number)


def _binding(tx: Tx, number: int) -> bytes:
    person, binding = get_person(tx, number), get_record(tx, number).binding
    if person.state is State.CLOSED:
        raise NotReady(N_("Contact with {name} is closed; nothing was changed."), name=person.name)
    if person.introducer:
        raise NotReady(
            N_("{name} was introduced by a helper; nothing was changed; ask a question, or meet with new cards."),
            name=person.name,
        )
    if person.label is Label.MET:
        raise NotReady(N_("You and {name} have compared the words already; nothing was changed."), name=person.name)
    if binding is None or not can_compare(person):
        raise NotReady(name=person.name)
    return binding
