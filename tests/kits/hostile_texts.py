"""What hostile people write: one corpus of names and letters, a vault full of it, and what of it got through."""

import unicodedata
from pathlib import Path

from tests.kits.homes import Home, pair
from tests.kits.letterboxes import put_letter, rename

__all__ = ["CORPUS", "EVERYTHING", "acted", "hostile_home", "require_plain"]

CORPUS = {
    "escape": "\x1b[2J\x1b[1;1H\x1b[31m어머니\x1b[0m",
    "title": "\x1b]0;stolen title\x07\x1b]2;stolen\x1b\\",
    "link": "\x1b]8;;http://example.org\x1b\\눌러요\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;c3RvbGVu\x07",
    "c1": "\x9b31m빨강\x9b0m\x9d0;title\x9c",
    "query": "\x1b[6n\x1b[c\x1bP+q544e\x1b\\",
    "moves": "a\rb\x08c\x0bd\x0ce\x07\x00",
    "bidi": "\u202e니머어\u202c\u2066x\u2069\u200f\u061c",
    "zero width": "어\u200b머\u200c니\u2060\ufeff\u00ad",
    "joined": "👨\u200d👩\u200d👧\ufe0f",
    "jamo": unicodedata.normalize("NFD", "어머니"),
    "piled": "e" + "\u0301" * 200,
    "tags": "x\U000e0041\U000e007f",
    "lines": "first\nLetter 9 from 어머니\u2028\u2029\x85last",
    "markup": "[/red] [bold]x[/bold] [@click=app.quit]y[/] [/] :smile: \\[",
    "braces": "{0.__class__} {name} %s",
}
EVERYTHING = " ".join(CORPUS.values())
OURS = ("\x1b[H\x1b[2J\x1b[3J", "\r\x1b[K")


def hostile_home(folder: Path) -> tuple[Home, int]:
    """A vault in which every text that somebody else can choose is the whole corpus, and the number of who chose."""
    _mother, daughter = pair(folder)
    number = daughter.person("어머니").number
    rename(daughter.vault, number, EVERYTHING)
    put_letter(daughter.vault, number, EVERYTHING)
    return daughter, number


def acted(printed: str) -> list[str]:
    """Characters in what was printed that a terminal acts on or does not show."""
    for own in OURS:
        printed = printed.replace(own, "")
    return [
        hex(ord(one)) for one in printed if one != "\n" and unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]


def require_plain(written: bytes) -> None:
    """No command to a terminal that peers may send, and nothing invisible, is in what a program wrote."""
    raw = written.decode("utf-8", "replace")
    for stolen in ("stolen title\x07", "\x1b]0;", "\x1b]2;", "\x1b]8;", "\x1b]52;", "\x1b[6n", "\x1bP+q544e"):
        assert stolen not in raw
    assert not set(raw) & set(
        "\x9b\x9d\x9c\u202e\u2066\u2069\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\U000e0041\u2028"
    )
