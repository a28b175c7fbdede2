"""Korean particles, which follow the sound that a name ends in: 어머니를, 딸을; 언니로, 동생으로, 딸로.

A translation names both forms behind the name of a value, `{name:을/를}`, the one after a final consonant first.
Invariant: whatever a value ends in, one form or both together stand there. Spec: docs/translating.md, Particles.
Decision 136.
"""

import unicodedata
from enum import Enum, unique
from typing import Final

__all__ = ["PAIRS", "Value", "with_particle"]

PAIRS: Final = {
    "은/는": "은(는)",
    "이/가": "이(가)",
    "을/를": "을(를)",
    "과/와": "와(과)",
    "으로/로": "(으)로",
    "이라는/라는": "(이)라는",
    "이라고/라고": "(이)라고",
}
"""Every pair, and how both stand together where the sound is not known."""


@unique
class Ending(Enum):
    """What somebody hears at the end of a word."""

    VOWEL = "vowel"
    RIEUL = "rieul"  # a consonant, but for 으로/로
    CONSONANT = "consonant"
    UNKNOWN = "unknown"


# The last sound of a digit or a capital as its name is read: 영 일 이 삼 사 오 육 칠 팔 구, 엘 엠 엔 알. A number that
# ends in nought ends in 영, 십, 백, 천, 만 or 억, all with a consonant.
_NAMES: Final = {
    **dict.fromkeys("036MN", Ending.CONSONANT),
    **dict.fromkeys("178LR", Ending.RIEUL),
    **dict.fromkeys("2459ABCDEFGHIJKOPQSTUVWXYZ", Ending.VOWEL),
}
# The last letter of a word in Latin letters as Korean spells it by ear; what English makes silent is unknown.
_WORDS: Final = {
    **dict.fromkeys("aioudfhjrsvwxyz", Ending.VOWEL),
    **dict.fromkeys("mn", Ending.CONSONANT),
    "l": Ending.RIEUL,
}
_HANGUL: Final = range(0xAC00, 0xD7A4)
_FINALS: Final = 28  # syllables of one initial and vowel; the first has no final consonant
_RIEUL: Final = 8
_JAMO_CONSONANTS: Final = range(0x3131, 0x314F)
_JAMO_VOWELS: Final = range(0x314F, 0x3164)


class Value(str):
    """A value of a sentence: `{name}` is itself, `{name:을/를}` itself with its particle."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return with_particle(self, spec) if spec in PAIRS else super().__format__(spec)


def with_particle(word: str, pair: str) -> str:
    """`word` and the form of `pair` that its sound wants."""
    after_consonant, after_vowel = pair.split("/")
    match _ending(word):
        case Ending.VOWEL:
            return word + after_vowel
        case Ending.RIEUL:
            return word + (after_vowel if after_vowel == "로" else after_consonant)
        case Ending.CONSONANT:
            return word + after_consonant
        case Ending.UNKNOWN:
            return word + PAIRS[pair]


def _ending(word: str) -> Ending:
    """The last sound, read past signs, brackets and emoji, which nobody reads aloud."""
    heard = [one for one in unicodedata.normalize("NFC", word) if unicodedata.category(one)[0] in "LN"]
    if not heard:
        return Ending.UNKNOWN
    code = ord(heard[-1])
    if code in _HANGUL:
        final = (code - _HANGUL.start) % _FINALS
        return Ending.VOWEL if not final else Ending.RIEUL if final == _RIEUL else Ending.CONSONANT
    if code in _JAMO_CONSONANTS:
        return Ending.RIEUL if heard[-1] == "ㄹ" else Ending.CONSONANT
    if code in _JAMO_VOWELS:
        return Ending.VOWEL
    return _foreign("".join(heard))


def _foreign(word: str) -> Ending:
    """The last sound of a digit, an abbreviation in capitals or a word in Latin letters."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))
    if not plain[-1:].isascii() or not plain:
        return Ending.UNKNOWN
    before = plain[-2:-1]
    if plain[-1].isdigit() or (plain[-1].isupper() and not before.islower()):
        return _NAMES[plain[-1]]
    if plain.endswith("ng"):
        return Ending.CONSONANT
    return _WORDS.get(plain[-1].lower(), Ending.UNKNOWN)
