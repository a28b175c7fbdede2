"""A cell has one size and opens with the key of its pigeonhole alone."""

import pytest

from protocol.errors import ProtocolError
from protocol.seams import SeededEntropy
from protocol.sizes import CELL_BYTES
from protocol.streams.cell import MESSAGE_BYTES, open_cell, seal_cell

KEY = bytes(range(32))
ENTROPY = SeededEntropy(b"letter tests".ljust(32))


def test_a_cell_opens_with_its_key_alone() -> None:
    message = ENTROPY(MESSAGE_BYTES)
    cell = seal_cell(KEY, message, ENTROPY)
    assert len(cell) == CELL_BYTES
    assert open_cell(KEY, cell) == message
    for key, bad in ((bytes(32), cell), (KEY, cell[:-1]), (KEY, cell[:-1] + b"\0"), (KEY, b"")):
        with pytest.raises(ProtocolError):
            open_cell(key, bad)


@pytest.mark.parametrize("size", [0, MESSAGE_BYTES - 1, MESSAGE_BYTES + 1])
def test_no_cell_of_another_size_is_made(size: int) -> None:
    with pytest.raises(ValueError, match="fills its cell"):
        seal_cell(KEY, bytes(size), ENTROPY)
