"""Makes every vector file anew: `python -m tests.vectors.generate`. Same bytes each time, from seeds alone.

A change of these files is a change of the protocol: it comes with its line in docs/protocol.md.
"""

from pathlib import Path

from tests.vectors.cases import Group
from tests.vectors.groups_base import derivation_group, links_group, sealing_group
from tests.vectors.groups_community import board_group, roster_group, schedule_group
from tests.vectors.groups_helpers import helpers_group
from tests.vectors.groups_people import cards_group, letters_group
from tests.vectors.groups_route import exchange_group, onion_group

DIRECTORY = Path(__file__).parent


def generate() -> dict[str, str]:
    """Return every vector file: name to text."""
    groups: list[Group] = [derivation_group(), sealing_group(), onion_group(), exchange_group(), links_group()]
    groups += [letters_group(), cards_group(), roster_group(), board_group(), schedule_group(), helpers_group()]
    return {f"{group.name}.json": group.text() for group in groups}


def main() -> None:
    """Write the files."""
    for name, text in generate().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
