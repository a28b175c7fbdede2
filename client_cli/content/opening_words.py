"""Opening words: four suggested ones, and whether words that a person chose would be guessed.

Invariant: words are judged as they are typed, and neither kept nor shown by this module; the estimate never counts more
for saying a thing twice. What is covered: Latin words, names, keyboard runs, dates and passwords by `zxcvbn` (English
above all); in Korean and Chinese only repetition, series that everybody can say (numbers, days, alphabets, compass),
lines that everybody knows and the words people take for passwords (`client_cli.content.common_words`). There is no
dictionary of these languages here, so what is left counts little a sign. Spec: docs/family.md, Opening words.
Decisions 91, 92.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique
from math import log2
from typing import Any, Final

from client_cli.content.common_words import COMMON, KNOWN
from client_cli.content.word_lists import WORD_BITS, word_list
from protocol.seams import Entropy

__all__ = [
    "NEEDED_BITS",
    "SUGGESTED",
    "WordsWeakness",
    "find_weakness",
    "guess_bits",
    "same_words",
    "suggest",
    "word_count",
]

SUGGESTED: Final = 4
"""Four words drawn evenly from 2048 are 44 bits."""
NEEDED_WORDS: Final = 4
NEEDED_BITS: Final = 40.0
"""On average 2^39 guesses; at 0.1 s each, the least that a key file costs on a desk computer, 1,700 years of a core."""
ENOUGH_ALONE: Final = 64.0
"""From here the number of words does not matter: something drawn by a machine."""
_SYLLABLE_BITS: Final = 5.5
_SIGN_BITS: Final = 5.0
_KNOWN_BITS: Final = 3.0
_AGAIN_BITS: Final = 1.0
_RUN: Final = 3
_SCRIPTS: Final = re.compile(
    r"(?P<hangul>[\uac00-\ud7a3]+)|(?P<han>[\u3400-\u9fff]+)|(?P<other>[^\W_\uac00-\ud7a3\u3400-\u9fff]+)"
)


@unique
class WordsWeakness(Enum):
    """Why words are refused."""

    TOO_FEW = "fewer than four words"
    TOO_EASY = "many people would think of these"


@dataclass(frozen=True, slots=True)
class _Token:
    script: str
    text: str


def suggest(language: str, entropy: Entropy) -> str:
    """Four words of a language, drawn evenly."""
    words = word_list(language)
    drawn = int.from_bytes(entropy(SUGGESTED * 2), "big")
    return " ".join(words[(drawn >> (16 * place)) % len(words)] for place in range(SUGGESTED))


def same_words(one: str, other: str) -> bool:
    """Whether both open the same: spaces make no difference (client_cli.vault.key_file)."""
    return _without_spaces(one) == _without_spaces(other)


def find_weakness(words: str) -> WordsWeakness | None:
    """Why these words cannot be taken; None: they can."""
    bits = guess_bits(words)
    if word_count(words) < NEEDED_WORDS and bits < ENOUGH_ALONE:
        return WordsWeakness.TOO_FEW
    return WordsWeakness.TOO_EASY if bits < NEEDED_BITS else None


def word_count(words: str) -> int:
    """How many different words. Where none are parted by spaces: two Chinese signs are one, five syllables of Hangul
    are two, and of Latin letters each word that the dictionary finds is one.
    """
    return sum(_words_in(token) for token in dict.fromkeys(_tokens(words)))


def guess_bits(words: str) -> float:
    """The logarithm of the guesses that somebody who knows how people choose needs, from below."""
    plain, known = _without_known(words)
    tokens = _tokens(plain)
    different = dict.fromkeys(tokens)
    return sum(map(_bits, different)) + _AGAIN_BITS * (len(tokens) - len(different)) + _KNOWN_BITS * known


def _tokens(words: str) -> list[_Token]:
    text = unicodedata.normalize("NFKC", words).casefold()
    return [_Token(str(found.lastgroup), found.group()) for found in _SCRIPTS.finditer(text)]


def _words_in(token: _Token) -> int:
    match token.script:
        case "hangul":
            return max(1, round(len(token.text) / 2.5)) if len(set(token.text)) > 1 else 1
        case "han":
            return max(1, len(set(token.text)) // 2)
        case _:
            return max(1, sum(len(part) >= _RUN for part in _dictionary_parts(token.text)))


def _bits(token: _Token) -> float:
    if token.text in COMMON:
        return _KNOWN_BITS
    different = len(set(token.text))
    match token.script:
        case "hangul":
            return _SYLLABLE_BITS * different
        case "han":
            # A sign between spaces was chosen by itself; signs that stand together are a phrase.
            return float(WORD_BITS) if len(token.text) == 1 else _SIGN_BITS * different
        case _:
            return _latin_bits(token.text)


def _latin_bits(text: str) -> float:
    return log2(float(_estimate(text)["guesses"]))


def _dictionary_parts(text: str) -> Iterable[str]:
    return [part["token"] for part in _estimate(text)["sequence"] if part["pattern"] == "dictionary"]


def _estimate(text: str) -> dict[str, Any]:
    from zxcvbn import zxcvbn  # late: its tables take a while

    result: dict[str, Any] = zxcvbn(text[:72])  # what it takes at most
    return result


def _without_known(words: str) -> tuple[str, int]:
    """The words without what everybody can say by heart, and how many such pieces there were."""
    text = unicodedata.normalize("NFKC", words).casefold()
    places = [place for place, sign in enumerate(text) if not sign.isspace()]
    joined = "".join(text[place] for place in places)
    gone: set[int] = set()
    found = 0
    for line in KNOWN:
        for size in range(len(line), _RUN - 1, -1):
            for start in range(len(line) - size + 1):
                at = joined.find(line[start : start + size])
                while at >= 0:
                    found += 1
                    gone.update(places[at : at + size])
                    joined = joined[:at] + "\0" * size + joined[at + size :]
                    at = joined.find(line[start : start + size])
    return "".join(" " if place in gone else sign for place, sign in enumerate(text)), found


def _without_spaces(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())
