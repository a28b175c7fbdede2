"""Feeds inputs to a target again, without a fuzzer: `python -m tests.fuzz.replay TARGET FILE...`."""

import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS


def main(name: str, files: list[str]) -> None:
    """Feed each file; a finding shows as the exception it is."""
    for file in files:
        accepted = TARGETS[name].run(Path(file).read_bytes())
        print(f"{file}: {'accepted' if accepted else 'refused'}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
