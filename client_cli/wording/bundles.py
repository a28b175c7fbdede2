"""Bundles in words: blocks that are missing, as the courier and whoever unpacks are told of them.

Invariant: what did not come is named by its number. Spec: docs/family.md, A bundle for a courier.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from client_cli.i18n import _
from client_cli.terminal import output

if TYPE_CHECKING:
    from client_cli.courier.bundle_file import Blocks

__all__ = ["ranges", "tell_cut"]


def tell_cut(path: Path, blocks: "Blocks") -> None:
    """Say of a file that was cut short what of it is whole."""
    if blocks.cut:
        output.warn(
            _("{path} was cut short: it ends inside block {number}; the {count} before it are whole."),
            path=os.fspath(path),
            number=len(blocks.blocks) + 1,
            count=len(blocks.blocks),
        )


def ranges(places: Sequence[int]) -> str:
    """Numbers for people: 1, 3, 5-8."""
    parts: list[list[int]] = []
    for place in sorted(places):
        if parts and parts[-1][-1] == place - 1:
            parts[-1][1:] = [place]
        else:
            parts.append([place])
    return ", ".join("-".join(map(str, part)) for part in parts)
