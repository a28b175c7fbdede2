"""The words of a meeting, from the letter box.

Invariant: a label rises only when the key for "the same" was pressed, and nothing is closed before it was asked once
more. Spec: docs/family.md, Meeting someone.
"""

from functools import partial

from client_cli.i18n import LANGUAGES
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.visit import Choice, View, Visit, menu
from client_cli.meeting.spoken_words import SpokenWords, say_different, say_same, spoken_words
from client_cli.people import contacts
from client_cli.vault.settings import settings
from client_cli.wording import comparing

__all__ = ["compare"]


def compare(number: int, visit: Visit) -> None:
    """Put up the words of a meeting. They are worked out once, which takes a moment."""
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)
    words = spoken_words(visit.opened, person)
    visit.push(partial(_words_page, words, settings(visit.opened).language))


def _words_page(words: SpokenWords, language: str, visit: Visit) -> View:
    shown = set(comparing.numbered(words, language))
    blocks = tuple(
        Words(line, Style.STRONG if line in shown else Style.PLAIN) for line in comparing.lines(words, language)
    )
    return View(
        words.person.name,
        (*blocks, Words(), Words(comparing.question(words.person))),
        (
            Choice("1", comparing.same(), partial(_same, words)),
            Choice("2", comparing.different(), partial(_different, words)),
            Choice("3", comparing.other_language(), partial(_choose_language, words)),
        ),
        back=comparing.later(),
    )


def _same(words: SpokenWords, visit: Visit) -> None:
    person = say_same(visit.opened, words.person)
    visit.pop()
    visit.tell("{sentence}", sentence=comparing.told_same(person))


def _different(words: SpokenWords, visit: Visit) -> None:
    visit.push(
        menu(
            words.person.name,
            (Words(comparing.warning(words.person), Style.STRONG),),
            (comparing.end(), partial(_end, words)),
            (comparing.again(), Visit.pop),
        )
    )


def _end(words: SpokenWords, visit: Visit) -> None:
    say_different(visit.opened, words.person)
    told = tuple(block for line in comparing.told_different(words.person) for block in (Words(line), Words()))
    visit.restart(visit.pages[0], lambda visit: View(words.person.name, told, back=comparing.later()))


def _choose_language(words: SpokenWords, visit: Visit) -> None:
    def choose(language: str, visit: Visit) -> None:
        visit.pop()
        visit.pop()
        visit.push(partial(_words_page, words, language))

    answers = ((name, partial(choose, code)) for code, name in LANGUAGES.items())
    visit.push(menu("언어 · 语言 · Language", (), *answers))
