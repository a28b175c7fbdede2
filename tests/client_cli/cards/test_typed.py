"""Cards as lines to type: put together in any order, and a line that is wrong is named."""

import random

import pytest

from client_cli.cards.typed import from_typed, to_typed
from client_cli.errors import CardProblem
from protocol.people.key_card import CardKind, encode_card_text, make_card
from tests.kits.homes import entropy

TEXT = encode_card_text(make_card(CardKind.MEET, "어머니", 30_000, entropy(3)).card)


def test_the_text_of_a_code_and_its_lines_are_the_same_card() -> None:
    lines = to_typed(TEXT)
    random.Random(1).shuffle(lines)
    assert from_typed("\n".join(lines)) == TEXT
    assert from_typed(f"  {TEXT}\n") == TEXT


@pytest.mark.parametrize("wrong", [0, 3, -1])
def test_a_line_that_is_wrong_or_missing_is_named(wrong: int) -> None:
    lines = to_typed(TEXT)
    number = int(lines[wrong].split()[0])
    mistyped = [*lines]
    mistyped[wrong] = mistyped[wrong][:-1] + ("?" if mistyped[wrong][-1] != "?" else "!")
    with pytest.raises(CardProblem, match=f"Line {number} "):
        from_typed("\n".join(mistyped))
    if wrong != -1:  # without the last line nobody knows how many there are
        with pytest.raises(CardProblem, match=f"Line {number} "):
            from_typed("\n".join(line for line in lines if line != lines[wrong]))


def test_what_is_no_card_is_refused() -> None:
    for text in ("", "감자", "01 aaaa"):
        with pytest.raises(CardProblem):
            from_typed(text)
