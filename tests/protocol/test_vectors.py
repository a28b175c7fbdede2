"""Pinned bytes: every vector gives what it says, and the kept generator makes the files byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.cases import FAILURES, OK, pinned, run
from tests.vectors.generate import DIRECTORY, generate

FILES = sorted(DIRECTORY.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_vector_gives_what_it_says(path: Path) -> None:
    results: dict[str, dict[str, Any]] = {}
    for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
        found = run(vector, results)
        if vector["expect"] == OK:
            assert found is not None, vector["name"]
            assert pinned(found) == vector["result"], vector["name"]
            results[vector["name"]] = found
        else:
            assert vector["expect"] in FAILURES
            assert found is None, vector["name"]


def test_generator_makes_the_files_byte_for_byte() -> None:
    made = generate()
    assert sorted(made) == [path.name for path in FILES]
    for path in FILES:
        assert path.read_text(encoding="utf-8") == made[path.name], path.name


def test_every_file_has_vectors_that_must_fail() -> None:
    for path in FILES:
        outcomes = {vector["expect"] for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]}
        assert OK in outcomes
        assert len(outcomes) > 1 or path.stem == "derivation"
