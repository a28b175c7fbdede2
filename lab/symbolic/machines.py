"""The machines that are explored, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from lab.symbolic import cards, introductions, question, ratchet_start
from lab.symbolic.findings import Explored

MACHINES: Final[Mapping[str, Callable[[Path, int], Explored]]] = {
    cards.MACHINE: lambda folder, more: cards.explore(),
    ratchet_start.MACHINE: lambda folder, more: ratchet_start.explore(),
    introductions.MACHINE: lambda folder, more: introductions.explore(folder),
    **{f"question {scene.value}": partial(question.explore, scene) for scene in question.Scene},
}
"""Explore with a folder for vaults, and so many moves more where moves are counted."""
