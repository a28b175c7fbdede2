"""One row of the table: a measured value, and its ratio to something else measured in the same run on the same work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`; `ratio` to what `against` names, medians of interleaved runs; `aim`: the least wanted."""

    name: str
    value: float
    unit: str
    ratio: float
    against: str
    aim: float
