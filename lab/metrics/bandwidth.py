"""M15: whoever writes sends and receives not a byte more than whoever does not."""

import asyncio
from pathlib import Path

from lab.scenarios import QUICK, silent_world, writing_world
from lab.verdict import Scale, Verdict, exactly
from lab.worlds import trace_of


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Divide the bytes of a world in which everybody writes by those of one in which nobody does: exactly 1."""
    silent = asyncio.run(trace_of(scratch / "silent", QUICK, silent_world))
    writing = asyncio.run(trace_of(scratch / "writing", QUICK, writing_world))
    ratio = sum(seen.size for seen in writing) / sum(seen.size for seen in silent)
    return [exactly("M15", "everybody writes", ratio, 1)]
