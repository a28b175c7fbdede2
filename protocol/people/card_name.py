"""The name on a card: short, in one Unicode form, and without characters that act on a screen instead of showing.

Invariant: a name that parses is NFC, at most 32 bytes of UTF-8, without control, format (bidi and zero-width
included), surrogate, line or paragraph separator characters, and without space at its ends. What remains can still
look like something else; terminals pass it through their own sanitiser like all text of others.

Spec: docs/protocol.md, Key cards.
"""

import unicodedata
from typing import Final

from protocol.errors import ProtocolError

MAX_NAME_BYTES: Final = 32
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_EXTENDS: Final = frozenset({"Mn", "Mc", "Me"})
_JAMO: Final = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Vowels and finals of decomposed Hangul: they belong to the syllable before them."""


def check_name(name: str) -> None:
    """ProtocolError: too long, not NFC, space at an end, or a character that does not show."""
    if any(unicodedata.category(char) in _REFUSED for char in name):
        raise ProtocolError("a name holds a character that does not show")
    if name != name.strip() or unicodedata.normalize("NFC", name) != name:
        raise ProtocolError("a name is not in its one form")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise ProtocolError("a name is too long")


def parse_name(data: bytes) -> str:
    """Return the name. ProtocolError: not UTF-8, or refused by `check_name`."""
    try:
        name = data.decode()
    except UnicodeDecodeError:
        raise ProtocolError("a name is not UTF-8") from None
    check_name(name)
    return name


def fit_name(text: str) -> str:
    """Return `text` as a name: NFC, refused characters left out, cut to 32 bytes at the end of a whole syllable."""
    # Line breaks become spaces before the rest is dropped: "a\nb" is two words.
    spaced = "".join([" " if char.isspace() else char for char in text])
    shown = "".join([char for char in spaced if unicodedata.category(char) not in _REFUSED])
    name = unicodedata.normalize("NFC", " ".join(shown.split()))
    kept = ""
    for cluster in _clusters(name):
        if len((kept + cluster).encode()) > MAX_NAME_BYTES:
            break
        kept += cluster
    return kept.strip()


def _clusters(text: str) -> list[str]:
    """Cut into what a reader sees as one character: a base and what follows to extend it."""
    clusters: list[str] = []
    for char in text:
        if clusters and (unicodedata.category(char) in _EXTENDS or any(ord(char) in jamo for jamo in _JAMO)):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
