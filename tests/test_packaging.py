"""The ground the packages stand on: the lock is complete and hashed, and says nothing of where it was made."""

import re
import tomllib
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)(?:\[[a-z0-9,-]+\])?==", re.MULTILINE)
PIN_WITH_EXTRAS = re.compile(r"^([a-z0-9][a-z0-9-]*)\[([a-z0-9,-]+)\]==", re.MULTILINE)


def canonical_name(requirement: str) -> str:
    """The name of `requirement` as the lock spells it."""
    name = re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_is_locked() -> None:
    pinned = set(PIN.findall((ROOT / "requirements.lock").read_text()))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = {canonical_name(line) for lines in asked for line in lines}
    assert wanted - pinned == set()


def test_every_requirement_with_extras_is_locked_with_them() -> None:
    """pip looks at `name[extra]` apart from `name`: unpinned, it takes the newest release, which has no hash."""
    lock = (ROOT / "requirements.lock").read_text()
    pinned, extras = set(PIN.findall(lock)), dict(PIN_WITH_EXTRAS.findall(lock))
    asked = [
        Requirement(line)
        for installed in distributions()
        if canonical_name(installed.metadata["Name"]) in pinned
        for line in installed.requires or ()
    ]
    wanted = {
        (canonical_name(one.name), extra)
        for one in asked
        if one.marker is None or one.marker.evaluate({"extra": ""})
        for extra in one.extras
    }
    assert wanted
    assert {(name, extra) for name, extra in wanted if extra not in extras.get(name, "").split(",")} == set()


def test_every_pin_is_hashed() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [number for number, line in enumerate(lines) if PIN.match(line)]
    assert pins
    assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []


def test_lock_names_no_address() -> None:
    assert re.findall(r"\w+://|--(?:extra-)?index-url|--find-links", (ROOT / "requirements.lock").read_text()) == []


@pytest.mark.parametrize("package", ["protocol", "relay", "client_cli"])
def test_package_says_what_it_is_for_and_is_typed(package: str) -> None:
    module = import_module(package)
    assert module.__doc__
    assert module.__file__ is not None
    assert (Path(module.__file__).parent / "py.typed").exists()


def test_a_module_has_a_test_file_of_its_name() -> None:
    """tests/ has the rooms of the packages. without_a_test.txt names what is tested elsewhere; it only shrinks."""
    without = {
        path.relative_to(ROOT).as_posix()
        for package in ("protocol", "relay", "client_cli")
        for path in (ROOT / package).rglob("*.py")
        if not path.stem.startswith("__")
        and not (ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")).exists()
    }
    listed = (ROOT / "tests" / "without_a_test.txt").read_text("utf-8").split()
    assert sorted(without - set(listed)) == [], "these need a test file of their name"
    assert sorted(set(listed) - without) == [], "these have one (or are gone): take them off tests/without_a_test.txt"
