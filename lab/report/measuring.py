"""Running one measure in a process of its own. A spawned process can take this from here and not from `__main__`."""

import os
import time

from lab.report.verdict import Measure, Scale, Verdict
from lab.worlds.scratch import folder_in_memory

__all__ = ["measured"]


def measured(measure: Measure, scale: Scale) -> tuple[list[Verdict], float]:
    """Run one measure in a scratch folder of its own; what it found, and its seconds of processor time."""
    os.nice(5)  # hours of it at full scale: whoever works on the machine goes first
    with folder_in_memory() as scratch:
        return measure(scale, scratch), time.process_time()
