"""docs/protocol.md says what the code does: sizes, constants, labels, and every section that code cites."""

import re
from pathlib import Path

from lab.report.sizes import DOCUMENT, with_tables

ROOT = Path(__file__).parents[2]
TEXT = DOCUMENT.read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#{1,2} (.+)$", TEXT, re.MULTILINE)
LINK = re.compile(r"\[([^\]\n]+)\]\((#[^)\n]+)\)")
CITATION = re.compile(r"docs/protocol\.md,\s+((?:[^.():,]|;\s)+)")


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def cited(path: Path) -> set[str]:
    """Titles that a file cites: after "docs/protocol.md," up to the end of the clause, several parted by ";"."""
    text = re.sub(r"\s*\n\s*(?:#|--)?\s*", " ", path.read_text(encoding="utf-8"))
    titles = [title.strip(' "') for found in CITATION.findall(text) for title in found.split(";")]
    return {title for title in titles if title[:1].isupper()}


def test_tables_of_sizes_and_constants_are_those_of_the_code() -> None:
    assert with_tables(TEXT) == TEXT, "run: python -m lab.report.sizes --write"


def test_every_label_in_the_code_is_in_the_document_and_no_other() -> None:
    section = TEXT[TEXT.index("\n## Key derivation") : TEXT.index("\n## Sampling")]
    written = set(re.findall(r"`(sosik [^`]*)`", section))
    used = {label for path in sources("protocol") for label in re.findall(r'b"(sosik [^"]*)"', path.read_text("utf-8"))}
    assert used == written


def test_every_section_that_code_cites_exists() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {title}"
        for path in sources("protocol", "relay", "client_cli", "lab")
        for title in cited(path)
        if not any(title == heading or title.startswith(f"{heading} ") for heading in HEADINGS)
    }
    assert not missing


def test_sections_are_unique_and_all_in_the_contents() -> None:
    assert len(set(HEADINGS)) == len(HEADINGS)
    sections = set(re.findall(r"^## (.+)$", TEXT, re.MULTILINE))
    contents = TEXT[: TEXT.index("\n# Foundations")]
    assert {title for title, _ in LINK.findall(contents)} == sections
    for title, anchor in LINK.findall(TEXT):
        assert anchor == "#" + title.lower().replace(" ", "-")


def test_references_have_one_form() -> None:
    other = re.compile(r"(?<!Spec: )docs/protocol\.md, [A-Z\"]|Specification: docs/|\bSee docs/protocol")
    missing = {
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in sources("protocol", "relay", "client_cli", "lab")
        for found in other.finditer(re.sub(r"\s*\n\s*(?:#|--)?\s*", " ", path.read_text(encoding="utf-8")))
    }
    assert not missing
