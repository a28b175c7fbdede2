"""What an operator is told: each kind of trouble has an exit code of its own, and the operators' page says it."""

import re
from pathlib import Path

from relay import errors
from relay.errors import RelayError, StoreAway, StoreFailed

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text("utf-8")
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, RelayError)]


def test_every_kind_of_trouble_has_its_own_code() -> None:
    codes = [kind.exit_code for kind in KINDS if kind is not StoreAway]  # one with its root for whoever reads the code
    assert StoreAway.exit_code == StoreFailed.exit_code
    assert len(codes) == len(set(codes)) > 5
    assert 0 not in codes


def test_every_code_is_on_the_operators_page() -> None:
    told = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", PAGE)}
    assert {kind.exit_code for kind in KINDS} <= told


def test_the_text_is_the_sentence_shown() -> None:
    assert str(StoreFailed("The disk is full; what is stored is kept.")) == "The disk is full; what is stored is kept."
