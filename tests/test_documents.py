"""What the pages name is there: files, tests, functions, decisions, and the picture of the rooms."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from lab.report import architecture

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FILE = re.compile(
    r"\b((?:tests|lab|relay|client_cli|protocol)/[\w/]+\.(?:py|txt|sql|json))(?:(?:::|: ?`?)([A-Za-z_]\w+(?:\.\w+)*))?"
)
DECISION = re.compile(r"\b[Dd]ecisions? (\d+)\b")
SOURCES = [
    path for top in ("protocol", "relay", "client_cli", "lab", "tests") for path in sorted((ROOT / top).rglob("*.py"))
]


@cache
def names_in(path: Path) -> set[str]:
    """Functions, classes, methods (Class.method) and values of a module."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found.add(name)
                functions = (ast.FunctionDef, ast.AsyncFunctionDef)
                found |= {f"{name}.{one.name}" for one in body if isinstance(one, functions)}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_functions_that_a_page_names_exist(page: Path) -> None:
    missing = []
    for name, function in FILE.findall(page.read_text("utf-8")):
        if name.startswith("lab/out/"):  # made by measuring
            continue
        path = ROOT / name
        if not path.exists():
            missing.append(name)
        elif function and path.suffix == ".py" and function not in names_in(path):
            missing.append(f"{name}: {function}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_a_page_names_exist(page: Path) -> None:
    """A test may be named without its file."""
    every = {name for path in SOURCES if "tests" in path.parts for name in names_in(path)}
    named = set(re.findall(r"\b(test_[a-z0-9]\w+)\b(?!\.py|/)", page.read_text("utf-8")))
    files = {path.stem for path in SOURCES}
    folders = {path.parent.name for path in SOURCES}
    missing = {
        one for one in named - every - files - folders if not any(name.startswith(one) for name in every | files)
    }
    assert missing == set()


def test_links_between_pages_lead_somewhere() -> None:
    missing = [
        f"{page.name}: {link}"
        for page in PAGES
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert missing == []


def test_the_picture_and_the_tables_of_rooms_fit_the_code() -> None:
    assert list(architecture.misfits()) == [], "run: make architecture"


def test_every_decision_has_an_anchor_a_subject_and_files() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    index, _, entries = text.partition("\n## Entries\n")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", entries, re.MULTILINE)]
    assert len(numbers) > 80
    assert numbers == list(range(1, len(numbers) + 1))
    anchored = [int(number) for number in re.findall(r'^\d+\. <a id="d(\d+)"></a>', entries, re.MULTILINE)]
    assert anchored == numbers
    listed = [int(number) for number in re.findall(r"\]\(#d(\d+)\)", index)]
    assert sorted(set(listed)) == numbers
    bound = re.split(r"^\d+\. ", entries, flags=re.MULTILINE)[1:]
    assert [number for number, entry in zip(numbers, bound, strict=True) if "\n    Binds: " not in entry] == []


def test_decisions_that_code_cites_exist() -> None:
    count = len(re.findall(r"^\d+\. ", (ROOT / "docs" / "decisions.md").read_text("utf-8"), re.MULTILINE))
    cited = {int(number) for path in SOURCES for number in DECISION.findall(path.read_text("utf-8"))}
    assert {number for number in cited if not 1 <= number <= count} == set()
