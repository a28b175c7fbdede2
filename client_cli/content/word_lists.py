"""Lists of 2048 plain words in each of our languages (BIP-39, package `mnemonic`), in the same order for everybody.

Invariant: a number below 2048 is one word in each list, and both sides of a comparison find the same one. The Chinese
list is of single signs, 909 sounds in all with their tones, so by voice one of them tells about 9 bits instead of 11.
Spec: docs/protocol.md, Spoken words.
Decision 88.
"""

import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["WORD_BITS", "word_list"]

WORD_BITS: Final = 11
_NAMES: Final = {"ko": "korean", "zh": "chinese_simplified", "en": "english"}


@lru_cache
def word_list(language: str) -> tuple[str, ...]:
    """The words of a language of `client_cli.i18n.LANGUAGES`, in NFC: the package keeps Hangul in single jamo."""
    from mnemonic import Mnemonic  # late: reads a file

    return tuple(unicodedata.normalize("NFC", word) for word in Mnemonic(_NAMES[language]).wordlist)
