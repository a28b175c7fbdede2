"""Reading a guard's board: what a lying guard can make a client believe about how far it has read."""

from pathlib import Path

from client_cli.board.reader import position, read_board
from client_cli.vault.keys import Key
from protocol.board.log import mark_entry
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status
from protocol.seams import RelayId
from protocol.sizes import ACCESS_BYTES, STRETCH_BYTES
from tests.kits.small_network import CONSTANTS, START, SmallNetwork, make_member, make_postman, run_slots

SIZE = STRETCH_BYTES[Profile.STANDARD]
HOUR = 3600.0


def test_an_interval_of_the_far_future_hides_no_later_gap(memory_path: Path) -> None:
    network = SmallNetwork()
    with make_member(network, memory_path, "Ara") as vault:
        postman = make_postman(vault, "Ara")
        postman.start(START)
        run_slots(network, postman, START + HOUR)
        guard = RelayId(0)
        with vault.transaction() as tx:
            reading = position(tx, guard)
            far = Cursor(2**32 - 1, 0)
            entry = mark_entry(reading.interval).encode()
            lie = Response(Status.OK, bytes(ACCESS_BYTES), 0, None, 1, reading, far, far, entry)
            read_board(tx, guard, reading, lie, SIZE, START + HOUR)
            held = tx.get(Key.BOARD_READ_TO)
    assert held is not None
    assert int.from_bytes(held, "big") == CONSTANTS.interval_of(START + HOUR) + 1
