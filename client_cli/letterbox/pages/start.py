"""The first pages: language, opening words, and on the first day setting up.

Invariant: before the opening words nothing is shown that tells whose letters these are; nothing is made before they
were typed twice. Spec: docs/family.md, The first day; Opening words.
"""

from functools import partial

from client_cli import i18n
from client_cli.errors import WordsProblem
from client_cli.i18n import LANGUAGES, N_, _
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.joining import join_page
from client_cli.letterbox.pages.opening_words import choose_words
from client_cli.letterbox.pages.people import home_pages
from client_cli.letterbox.pages.questions import tell_news
from client_cli.letterbox.pages.requests import tell_requests
from client_cli.letterbox.pages.visit import AskKind, Choice, View, Visit, ask_page
from client_cli.terminal import output, prompts
from client_cli.vault.vault import Vault, vault_exists
from protocol.profile import Profile

__all__ = ["begin"]

PROFILES = {
    Profile.METERED: N_("seldom: about {mb} MB a month; a letter takes many hours"),
    Profile.STANDARD: N_("usual: about {mb} MB a month"),
    Profile.GUARDED: N_("often: about {mb} MB a month; for a line without a limit"),
}


def begin(visit: Visit, language: str | None) -> None:
    """Put the first page up. `language`: what the environment names; it is asked for where it names none, and on the
    first day.
    """
    visit.first = opening_page
    if language is not None:
        i18n.use(language)
    if language is None or not vault_exists(visit.home):
        visit.restart(language_page)
    else:
        _after_language(visit)


def language_page(visit: Visit) -> View:
    """The first question, in all languages at once."""
    choices = [
        Choice(str(number), name, partial(_choose_language, code))
        for number, (code, name) in enumerate(LANGUAGES.items(), start=1)
    ]
    return View("소식 · Sosik", (Words("언어 · 语言 · Language", Style.STRONG),), tuple(choices))


def _choose_language(code: str, visit: Visit) -> None:
    i18n.use(code)
    visit.language = code
    _after_language(visit)


def _after_language(visit: Visit) -> None:
    if not vault_exists(visit.home):
        visit.restart(language_page, profile_page)
    elif visit.words_fd is not None:
        given, visit.words_fd = prompts.words_from_fd(visit.words_fd), None
        _open(visit, given)
    else:
        visit.restart(opening_page)


def opening_page(visit: Visit) -> View:
    """Ask for the opening words."""
    return ask_page(
        _("Your letters"),
        _("Opening words: "),
        AskKind.WORDS,
        _open,
        Words(_("Type your opening words, then Enter.")),
        Words(_("They are not shown while you type. Tab shows them."), Style.QUIET),
    )(visit)


def _open(visit: Visit, typed: str) -> None:
    if not typed.strip():
        raise WordsProblem(N_("No opening words were typed; please try again."))
    visit.use_vault(Vault.open(visit.home, typed))
    visit.restart(*home_pages(visit))
    tell_requests(visit)
    tell_news(visit)


def profile_page(visit: Visit) -> View:
    """How often, with what it costs."""
    from client_cli.status.data_use import monthly_mb
    from protocol.community.constants import Constants

    choices = [
        Choice(
            str(number),
            output.sentence(_(text), mb=f"{monthly_mb(profile, Constants()):,.0f}"),
            partial(choose_words, partial(_make, profile)),
        )
        for number, (profile, text) in enumerate(PROFILES.items(), start=1)
    ]
    return View(
        _("How often?"),
        (
            Words(_("Sosik sends and collects all the time, whether you write or not, so that writing does not show.")),
            Words(_("How often may it do so, if it stays online?")),
        ),
        tuple(choices),
        back=_("back"),
    )


def _make(profile: Profile, visit: Visit, words: str) -> None:
    """Make the vault, open it, and lead on to the invitation."""
    language = visit.language or i18n.DEFAULT_LANGUAGE
    made = Vault.create(visit.home, words, visit.entropy, language=language, profile=profile, now=visit.now())
    visit.use_vault(made)
    visit.restart(*home_pages(visit), join_page)
    visit.tell(_("Done. Your letters will be kept on this computer."))
