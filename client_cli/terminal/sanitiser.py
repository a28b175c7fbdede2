"""The one sanitiser: what of other people's text may be shown.

Invariant: nothing that came from a peer, a card, a file or the vault reaches the screen except through `sanitise`
(docs/threats.md, A relative who writes).

`client_cli.content.text` decides what may be *kept*, and the two differ on purpose. What is kept must be the same on
every computer and in ten years, and may lose nothing that somebody wrote: a fixed list of code points, which leaves
joiners, emoji and characters not yet assigned alone. What is *shown* must do nothing to this terminal today: it goes by
the categories of the Unicode this Python knows, and may lose what has no picture of its own. So all that is never kept
is never shown either, and more besides; only the line ends are one list for both.
"""

import unicodedata

from client_cli.content.text import LINE_ENDS

__all__ = ["MAX_MARKS", "sanitise"]

MAX_MARKS = 4  # combining marks on one character: no script needs more, and a pile of them covers other lines
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Characters that are neither controls nor of category Cf and yet show nothing: combining grapheme joiner, Hangul
# fillers, Mongolian and other variation selectors.
_INVISIBLE = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]
)


def sanitise(text: str, *, lines: bool = False) -> str:
    """Text without anything that a terminal acts on: NFC, no C0, C1, bidi or zero-width characters.

    Line ends of every kind become one newline when `lines` is set, and otherwise a space, as tabs do.
    """
    kept: list[str] = []
    for character in LINE_ENDS.sub("\n", text):
        if character == "\n":
            kept.append("\n" if lines else " ")
        elif character.isspace():
            kept.append(" ")
        else:
            kept.append(_clean(character))
    text = unicodedata.normalize("NFC", "".join(kept))
    marks = 0
    limited: list[str] = []
    for character in text:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MAX_MARKS:
            limited.append(character)
    return "".join(limited)


def _clean(character: str) -> str:
    code = ord(character)
    if code in _INVISIBLE or 0xE0100 <= code <= 0xE01EF:
        return ""
    match unicodedata.category(character):
        case "Cc" | "Cf" | "Cs":  # C0, C1, bidi controls, zero-width characters, tags, half surrogates
            return ""
        case "Co" | "Cn":  # private and unassigned: what a terminal makes of them is not known
            return REPLACEMENT
        case _:
            return character
