"""The positive control: a parser with a planted fault, which the fuzzer has to find or it finds nothing at all."""

from tests.fuzz.target import Case, Target


def _planted(data: bytes) -> None:
    if data[:1] == b"s" and data[1:2] == b"o" and data[2:3] == b"s" and len(data) > 5:
        raise IndexError("the planted fault")


CONTROL = Target("control", (Case("control", _planted, lambda: [b"------"]),))
