"""docs/threats.md names what plays each line: whatever it names is there."""

import importlib.util
import re
from pathlib import Path

import pytest
from msgspec import structs

from lab.hostile.client import ATTACKS
from lab.hostile.guard import GUARD
from lab.hostile.one_client import ONE_CLIENT
from lab.hostile.relay import LINKS
from lab.report.__main__ import METRICS
from lab.symbolic.machines import MACHINES
from lab.symbolic.planted import MISTAKES
from protocol.community.constants import Constants
from protocol.profile import Profile

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", TEXT))
TESTS = re.findall(
    r"def (test_\w+)", "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))
)
NAMES = {
    *(*GUARD, *LINKS, *ONE_CLIENT, *ATTACKS),
    *MACHINES,
    *(profile.name.lower() for profile in Profile),
    *(field.name for field in structs.fields(Constants)),
}
TYPED = ("sosik ", "sosik-relay ", "make ", "--")
"""What people type has tests of its own."""


def is_there(named: str) -> bool:
    """Whether what stands in the page as code exists. A name may be cut: `test_a_majority...`."""
    if named.startswith("test_"):
        return any(test.startswith(named[:-3]) for test in TESTS) if named.endswith("...") else named in TESTS
    if re.fullmatch(r"(python -m )?lab\.[\w.]+", named):
        return importlib.util.find_spec(named.removeprefix("python -m ")) is not None
    return named in NAMES or named.startswith(TYPED) or ("/" in named and (ROOT / named).exists())


@pytest.mark.parametrize("named", sorted(set(CODE)))
def test_what_the_page_names_exists(named: str) -> None:
    assert is_there(named)


def test_the_check_finds_what_is_not_there() -> None:
    assert not any(
        map(is_there, ("test_of_nothing", "test_of_nothing...", "no such trick", "lab.nothing", "docs/no.md"))
    )


def test_rows_and_mistakes_that_the_page_names_exist() -> None:
    rows = {row for ids, _ in METRICS for row in ids.split()}
    assert set(re.findall(r"\b[AM]\d+\b", TEXT)) <= rows
    mistakes = set(re.findall(r'mistake "([^"]+)"', re.sub(r"\s+", " ", TEXT)))
    assert mistakes
    assert mistakes <= {mistake.name for mistake in MISTAKES}
