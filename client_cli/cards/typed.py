"""Cards as people handle them: the text of a QR, or lines to type.

Invariant: a mistyped line is named by its number, and nothing that is not a whole card gets further (Spec:
docs/protocol.md, Key cards).
"""

from client_cli.errors import CardProblem
from client_cli.i18n import N_
from protocol.errors import ProtocolError
from protocol.people.key_card import CARD_PREFIX, encode_card, encode_card_text, parse_card, parse_card_text


def to_typed(text: str) -> list[str]:
    """The lines to type for the text of a card that we made."""
    from protocol.people.typed_card import to_lines

    return to_lines(encode_card(parse_card_text(text)))


def from_typed(typed: str) -> str:
    """The text of a card from what a person typed or pasted: that text itself, or its lines, in any order."""
    from protocol.people.typed_card import CardLineError, parse_lines

    if typed.strip().startswith(CARD_PREFIX):
        return typed.strip()
    try:
        return encode_card_text(parse_card(parse_lines(typed.splitlines())))
    except CardLineError as error:
        raise CardProblem(
            N_("Line {line} is missing or not right; nothing was changed; compare it with the sheet."), line=error.line
        ) from error
    except ProtocolError as error:
        raise CardProblem from error
