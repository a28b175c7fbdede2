"""Texts in the language in use: found by the environment, English where there is no other."""

from collections.abc import Iterator

import pytest

from client_cli import i18n
from client_cli.i18n import N_, find_language, language_of, ngettext, use


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    use(i18n.DEFAULT_LANGUAGE)


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "zh_CN"}, "zh"),
        ({"LANGUAGE": "de:zh-Hans:ko", "LANG": "en_US"}, "zh"),
        ({"LANGUAGE": "", "LC_MESSAGES": "en_GB"}, "en"),
    ],
)
def test_the_first_language_of_the_environment_that_there_is_counts(environ: dict[str, str], found: str | None) -> None:
    assert find_language(environ) == found
    assert language_of(environ) == (found or "en")


def test_texts_come_from_the_catalogue_in_use_and_as_they_are_without_one() -> None:
    text = N_("Nothing was changed.")
    shown = {}
    for language in ("ko", "zh", "en", "xx"):
        use(language)
        shown[language] = i18n._(text)
    assert shown["en"] == shown["xx"] == text
    assert len(set(shown.values())) == 3
    assert i18n._("") == "", "not the head of the catalogue"


def test_counts_have_the_form_of_their_language() -> None:
    assert [ngettext("one letter", "letters", count) for count in (1, 2)] == ["one letter", "letters"]
