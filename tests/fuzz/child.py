"""Fuzzes one target in a process of its own, for a finding ends it: `python -m tests.fuzz.child TARGET FOLDER ARGS`.

FOLDER takes new inputs; ARGS are libFuzzer's. Ends with 0 when nothing was found.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["protocol", "client_cli", "relay", "tests.fuzz.control"]):
    from tests.fuzz.control import CONTROL
    from tests.fuzz.corpus import kept
    from tests.fuzz.target import Target
    from tests.fuzz.targets import TARGETS


def mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """Change an input within its case: by the case's own way half the time, else by bytes."""

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        case = target.find_case(bytes(data))
        if case is None or case.mutate is None or seed % 2:
            return bytes(atheris.Mutate(data, max_size))
        return bytes(data[:1]) + case.mutate(bytes(data[1:]), max_size - 1, seed)

    return mutate


def fuzz(target: Target, folder: Path, arguments: list[str]) -> None:
    """Run libFuzzer on a target; does not return."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate([*target.seeds(), *kept(target.name)]):
        (folder / f"seed-{number:04d}").write_bytes(data)
    how = {"custom_mutator": mutator(target)} if any(case.mutate for case in target.cases) else {}
    atheris.Setup([sys.argv[0], str(folder), *arguments], target.run, **how)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz((TARGETS | {CONTROL.name: CONTROL})[sys.argv[1]], Path(sys.argv[2]), sys.argv[3:])
