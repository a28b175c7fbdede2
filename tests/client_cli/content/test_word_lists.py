"""The word lists: complete, distinct, and written as people type them."""

import unicodedata

import pytest

from client_cli.content.word_lists import WORD_BITS, word_list
from client_cli.i18n import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_list_of_distinct_words(language: str) -> None:
    words = word_list(language)
    assert len(words) == len(set(words)) == 2**WORD_BITS
    assert all(word and unicodedata.is_normalized("NFC", word) and not word.isspace() for word in words)


def test_first_words_are_those_of_the_standard_lists() -> None:
    assert [word_list(language)[0] for language in ("ko", "zh", "en")] == ["가격", "的", "abandon"]
