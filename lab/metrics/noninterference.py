"""M1: worlds with the same seeds show the same, whatever people do.

Counts the (time, from, to, size) that the whole network shows in one world only, links between relays included.
Invariant 1 says: none.
"""

import asyncio
from pathlib import Path

from lab.scenarios import QUICK, silent_world, writing_world
from lab.verdict import Scale, Verdict, at_most
from lab.worlds import differing, trace_of


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Compare a world in which nobody writes with one in which everybody does."""
    silent = asyncio.run(trace_of(scratch / "silent", QUICK, silent_world))
    writing = asyncio.run(trace_of(scratch / "writing", QUICK, writing_world))
    return [at_most("M1", "everybody writes", differing(silent, writing), 0)]
