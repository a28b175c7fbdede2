"""Choosing opening words in the letter box, on the first day and later.

Invariant: what was chosen is typed once more before anything is made or changed of it; words that would be guessed are
refused. Spec: docs/family.md, Opening words.
"""

from collections.abc import Callable
from functools import partial

from client_cli import i18n
from client_cli.content.opening_words import same_words, suggest
from client_cli.i18n import _
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.visit import AskKind, Choice, Page, View, Visit, ask_page
from client_cli.terminal import prompts
from client_cli.vault.key_file import VaultKeys, WordsCost, change_words, raised, read_cost, read_keys
from client_cli.vault.settings import settings

__all__ = ["change_page", "choose_words"]

WordsChosen = Callable[[Visit, str], None]


def choose_words(then: WordsChosen, visit: Visit) -> None:
    """Lead to opening words; `then` gets them once they were typed as well."""
    language = settings(visit.vault).language if visit.vault is not None else visit.language
    drawn = suggest(language or i18n.DEFAULT_LANGUAGE, visit.entropy)
    visit.push(partial(_suggested_page, then, drawn))


def change_page(visit: Visit) -> View:
    """Other opening words for the same letters: first those of now."""

    def accept(visit: Visit, typed: str) -> None:
        began = visit.now()
        keys = read_keys(visit.home, typed)
        choose_words(partial(_change, keys, raised(read_cost(visit.home), visit.now() - began)), visit)

    return _asking(accept, _("Opening words: "), _("Type your opening words of now, then Enter."))(visit)


def _change(keys: VaultKeys, cost: WordsCost, visit: Visit, words: str) -> None:
    change_words(visit.home, words, keys, visit.entropy, cost)
    visit.restart(visit.pages[0])
    visit.tell(_("The opening words are changed. Letters and people are as before."))


def _suggested_page(then: WordsChosen, drawn: str, visit: Visit) -> View:
    """Four words that were drawn, others, or one's own."""

    def others(visit: Visit) -> None:
        visit.pop()
        choose_words(then, visit)

    return View(
        _("Opening words"),
        (
            Words(_("These four words were drawn for you:")),
            Words(drawn, Style.STRONG),
            Words(),
            Words(_("Learn them, or write them down where nobody looks. You type them next.")),
            Words(_("Nobody can give them back to you if you forget them.")),
        ),
        (
            Choice("1", _("these four"), lambda visit: visit.push(_again_page(then, drawn))),
            Choice("2", _("draw four others"), others),
            Choice("3", _("words of my own"), lambda visit: visit.push(_own_page(then))),
        ),
        back=_("back"),
        passing=True,
    )


def _own_page(then: WordsChosen) -> Page:
    """Words of one's own."""

    def accept(visit: Visit, typed: str) -> None:
        prompts.refuse_weak(typed)
        visit.push(_again_page(then, typed))

    return _asking(
        accept,
        _("Opening words: "),
        _("Now choose your opening words. Nobody can give them back to you if you forget them."),
        _("Take at least four words that nobody guesses and you remember."),
    )


def _again_page(then: WordsChosen, first: str) -> Page:
    """The same words once more."""

    def accept(visit: Visit, typed: str) -> None:
        if same_words(typed, first):
            then(visit, first)
        else:
            visit.tell(_("These were not the same. Please choose again."))

    return _asking(accept, _("Once more: "), _("Type the same words once more."))


def _asking(then: WordsChosen, prompt: str, *lines: str) -> Page:
    shown = Words(_("They are not shown while you type. Tab shows them."), Style.QUIET)
    return ask_page(_("Opening words"), prompt, AskKind.WORDS, then, *map(Words, lines), shown)
