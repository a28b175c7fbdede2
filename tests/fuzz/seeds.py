"""Inputs to begin with: the arguments of the pinned vectors."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.vectors.cases import from_json, run

VECTORS = Path(__file__).parent.parent / "vectors"
LONG = 600
"""Longer ones end in random fillers; what is parsed of them stands in front."""


@cache
def _vectors() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        results: dict[str, Mapping[str, Any]] = {}
        for vector in json.loads(path.read_text("utf-8"))["vectors"]:
            args = {name: from_json(value, results) for name, value in vector["args"].items()}
            found.append((vector["op"], args))
            given = run(vector, results)
            if given is not None:
                results[vector["name"]] = given
    return tuple(found)


def arguments(operation: str) -> Iterator[Mapping[str, Any]]:
    """The arguments of every vector of an operation, failing ones included. LookupError: it has none."""
    found = [args for op, args in _vectors() if op == operation]
    if not found:
        raise LookupError(f"no vector is of the operation {operation}")
    return iter(found)


def vectors(operation: str, name: str, cut: slice = slice(LONG)) -> Callable[[], list[bytes]]:
    """One argument of every vector of an operation, as seeds; `cut`: which part of it is the inside."""
    return lambda: [
        args[name][cut].rstrip(b"\0") if cut.stop == LONG else args[name][cut] for args in arguments(operation)
    ]
