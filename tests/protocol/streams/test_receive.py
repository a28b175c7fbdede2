"""The reading end: what it watches, and that what was received is erased."""

import pytest

from protocol.errors import ProtocolError
from protocol.streams.acks import WINDOW
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import SendStream
from tests.kits.stream_ends import EPOCH, RELAYS, ROOT, claim_any, deliver, make_pair


def test_floors_past_the_window_are_refused_and_change_nothing() -> None:
    _, read = make_pair()
    before = read.encode()
    with pytest.raises(ProtocolError):
        read.set_floors(((EPOCH, 3), (EPOCH + 1, WINDOW + 1)))
    assert read.encode() == before
    read.set_floors(((EPOCH - 900, 60_000), (EPOCH, WINDOW), (EPOCH + 900, 60_000)))
    assert [watched.index for watched in read.watch() if watched.epoch == EPOCH] == list(range(WINDOW, 2 * WINDOW))


def test_the_last_that_came_moves_the_window_and_what_is_missing_below_is_looked_out_for() -> None:
    send, read = SendStream.begin(ROOT, EPOCH, RELAYS[:1]), ReceiveStream.begin(ROOT, EPOCH, RELAYS[:1])
    claims = [claim_any(send) for _ in range(WINDOW)]
    deliver(read, claims[40])
    watched = [one.index for one in read.watch() if one.epoch == EPOCH]
    assert watched == [*range(40), *range(41, 41 + WINDOW)]
    assert deliver(read, claims[0])
    assert read.acks().epochs[0].indices() == [0, 40]


def test_used_keys_are_in_no_kept_state() -> None:
    send, read = make_pair()
    for _ in range(20):
        claim = claim_any(send)
        secrets = (claim.take, claim.cell_key, ROOT)
        deliver(read, claim)
        assert not any(secret in state for secret in secrets for state in (send.encode(), read.encode()))
        assert read.key_of(claim.epoch, claim.index) is None
        assert not read.receive(claim.epoch, claim.index)
