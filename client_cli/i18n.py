"""Languages: which catalogue the texts shown to people come from.

Invariant: every sentence shown to a person is an English literal that passes `_` or `ngettext` at run time, so that
the catalogues in `locale/` decide the wording.  Before the vault is open the language comes from the locale
environment, afterwards from the setting inside the vault (docs/family.md, Language).
"""

import gettext
from collections.abc import Mapping
from pathlib import Path

DOMAIN = "sosik"
LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES: Mapping[str, str] = {"ko": "한국어", "zh": "中文", "en": "English"}  # in the order of the first screen
DEFAULT_LANGUAGE = "en"  # the language of the literals; it has no catalogue

_state: dict[str, gettext.NullTranslations] = {"catalogue": gettext.NullTranslations()}


def find_language(environ: Mapping[str, str]) -> str | None:
    """The first language of the locale environment that we have: LANGUAGE, LC_ALL, LC_MESSAGES, LANG."""
    wanted: list[str] = []
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(variable):
            wanted = environ[variable].split(":")
            break
    for name in wanted:
        code = name.replace("-", "_").split("_")[0].split(".")[0].lower()
        if code in LANGUAGES:
            return code
    return None


def language_of(environ: Mapping[str, str]) -> str:
    """The same, and English where it names none."""
    return find_language(environ) or DEFAULT_LANGUAGE


def use(language: str) -> None:
    """Take all further texts from the catalogue of `language`; an unknown language gives English."""
    _state["catalogue"] = gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)


def use_for_click() -> None:
    """Let click take its own texts from our catalogue; to be called before click is imported."""
    gettext.bindtextdomain(DOMAIN, str(LOCALE_DIR))
    gettext.textdomain(DOMAIN)


def _(text: str) -> str:
    """The text in the language in use."""
    return _state["catalogue"].gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form for `count` in the language in use."""
    return _state["catalogue"].ngettext(one, many, count)


def N_(text: str) -> str:
    """Marks a literal for the catalogues without looking it up yet."""
    return text
