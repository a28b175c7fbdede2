"""The lists of what many people think of: as they are compared."""

import unicodedata

from client_cli.content.common_words import COMMON, KNOWN


def test_entries_are_in_the_form_in_which_they_are_compared() -> None:
    for entry in (*COMMON, *KNOWN):
        assert unicodedata.normalize("NFKC", entry).casefold() == entry
        assert entry == "".join(entry.split())
    assert len(set(KNOWN)) == len(KNOWN)
