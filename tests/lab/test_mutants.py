"""One-line mistakes: each is still one line of the source, some are made in every run, and none can hide from whoever
runs them all."""

import ast
import json
import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from lab.mutants import __main__ as running
from lab.mutants.__main__ import LINES
from lab.mutants.killing import Fate, Line, applies, scratch_copy, try_line

ROOT = Path(__file__).parents[2]
QUICK = ("tests/protocol/", "tests/relay/core/mix/", "tests/relay/test_events.py")
"""Tests that need neither a relay nor a vault."""
PLUGINS = ("xdist", "xdist.looponfail", "pytest_cov", "hypothesispytest", "asyncio", "timeout")
"""What a test of one line does without, and takes most of its time."""
TEST = "tests/test_age.py::test_age_is_in_years"


@cache
def named_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(line.name).replace(" ", "_"))
def test_every_mistake_is_one_line_of_the_source_and_its_test_is_there(line: Line) -> None:
    assert applies(line, ROOT), "the source has changed: say the same mistake anew, or find a test for the new text"
    assert line.new != line.old
    file, _, name = line.test.partition("::")
    assert name in named_in(file)


def test_every_mistake_has_a_name_of_its_own() -> None:
    assert len({line.name for line in LINES}) == len(LINES) >= 40


def test_mistakes_of_the_day_are_found() -> None:
    """Two others every day, of those that are found at once; `make mutants` makes them all."""
    today = datetime.now(UTC).toordinal()
    quick = [line for line in LINES if line.test.startswith(QUICK)]
    with scratch_copy(ROOT) as copy:
        for line in random.Random(today).sample(quick, 2):
            assert try_line(line, copy).fate is Fate.FOUND, line.name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A source of one line with one test."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "age.py").write_text("def age(born: int, now: int) -> int:\n    return now - born\n", encoding="utf-8")
    (tmp_path / "tests" / "test_age.py").write_text(
        "from age import age\n\n\ndef test_age_is_in_years() -> None:\n    assert age(1950, 2020) == 70\n",
        encoding="utf-8",
    )
    without = " ".join(f"-p no:{plugin}" for plugin in PLUGINS)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = -rfE {without}\n", encoding="utf-8")
    return tmp_path


def mistake(new: str, *, old: str = "now - born", test: str = TEST) -> Line:
    return Line(f"{old} is {new}", "age.py", old, new, test)


def test_what_becomes_of_a_mistake_is_told_and_the_source_is_never_touched(root: Path) -> None:
    before = (root / "age.py").read_bytes()
    with scratch_copy(root) as copy:
        found = try_line(mistake("born - now"), copy)
        assert (found.fate, found.test) == (Fate.FOUND, TEST)
        # As long and made in the same second: what was compiled of the one before must not be used.
        assert try_line(mistake("now-  born"), copy).fate is Fate.SURVIVED
        assert try_line(mistake("born", old="age of somebody"), copy).fate is Fate.STALE
        assert try_line(mistake("now -", old="now - born"), copy).fate is Fate.BROKEN
        assert try_line(mistake("born"), copy, 0.05).fate is Fate.SLOW
        assert (copy / "age.py").read_bytes() == before
    assert (root / "age.py").read_bytes() == before


def test_a_mistake_that_survives_ends_with_an_error_and_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = root / "out" / "mutants.json"
    lines = (mistake("born - now"), mistake("now-  born"))
    for name, value in (("ROOT", root), ("OUT", out), ("LINES", lines)):
        monkeypatch.setattr(running, name, value)
    assert running.main([]) == 1
    assert [one["fate"] for one in json.loads(out.read_text(encoding="utf-8"))] == ["found", "SURVIVED"]
    assert running.main(["--only", "is born"]) == 0


def test_tests_that_fail_by_themselves_prove_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "age.py").write_text("def age(born: int, now: int) -> int:\n    return born - now\n", encoding="utf-8")
    monkeypatch.setattr(running, "ROOT", root)
    monkeypatch.setattr(running, "LINES", (mistake("born", old="born - now"),))
    with pytest.raises(SystemExit, match="do not pass without a mistake"):
        running.main([])
