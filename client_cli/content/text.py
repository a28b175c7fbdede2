"""Pure rules for text that comes from people: what a letter and a name may hold, and so what may be kept.

Invariant: nothing that leaves these functions holds a control character of C0, C1 or of bidirectional layout (but for
the line feed and the tab in letters), so no peer can move a terminal's cursor or reorder what is read.

What may be *shown* is decided once more, and more narrowly, by `client_cli.terminal.sanitiser`, when it is shown. The
list here is fixed, so that the same text is kept everywhere and stays what it is when Unicode grows; and it leaves what
writing needs (joiners, variation selectors, Hangul fillers), which a screen may go without. Spec: docs/protocol.md,
Text.
"""

import re
import unicodedata

__all__ = ["LINE_ENDS", "clean_line", "clean_text", "comparable"]

# C0 without \t and \n, DEL, C1, the bidi marks, embeddings, overrides and isolates, line and paragraph separators, the
# byte order mark, interlinear annotation and tag characters (which hide text in plain sight), and lone surrogates.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
_CONTROLS = re.compile(f"[{_HIDDEN}]")
LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # besides the line feed: as `str.splitlines` has them
_SPACES = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """NFC text of several lines without control characters; every kind of line end becomes a line feed."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", LINE_ENDS.sub("\n", text)))


def clean_line(text: str) -> str:
    """NFC text of one line: like `clean_text`, with runs of white space made one space and none at the ends."""
    return _SPACES.sub(" ", clean_text(text)).strip()


def comparable(name: str) -> str:
    """The form in which two names are the same name (case and compatibility forms do not distinguish people)."""
    return unicodedata.normalize("NFKC", clean_line(name)).casefold()
