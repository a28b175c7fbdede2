"""The sending end: an index is used once and only where the reader looks, and nothing that is lost holds it back."""

import pytest

from protocol.errors import ProtocolError
from protocol.streams.acks import WINDOW, Acks, EpochAcks
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import MAX_LAG, SendStream
from tests.kits.stream_ends import EPOCH, RELAYS, ROOT, claim_any, deliver, make_pair, reload_pair


def test_claims_are_the_lowest_unused_of_their_store() -> None:
    send, read = make_pair()
    stores = {watched.index: watched.store for watched in read.watch() if watched.epoch == EPOCH}
    for relay in RELAYS:
        mine = [index for index, store in stores.items() if store == relay]
        for expected in mine[:3]:
            claim = send.claim(relay)
            assert claim is not None
            assert claim.index == expected


def test_a_window_without_acks_ends_after_64_and_goes_on_after_them() -> None:
    send, read = make_pair()
    claims = [claim for n in range(400) if (claim := send.claim(RELAYS[n % 3]))]
    assert len(claims) <= WINDOW
    assert max(claim.index for claim in claims) < WINDOW
    for claim in claims:
        deliver(read, claim)
    read.set_floors(send.floors())
    assert len(send.acknowledge(read.acks()).acked) == len(claims)
    assert claim_any(send).index >= len(claims)


def test_a_stream_whose_whole_window_was_lost_goes_on_after_giving_up() -> None:
    """As a client does with its loops, of which it is the reader itself."""
    send, read = make_pair()
    came: list[tuple[int, int]] = []
    for _ in range(5):
        for n in range(400):
            send.claim(RELAYS[n % 3])
        for lost in send.in_flight():
            send.give_up(*lost)
        read.set_floors(send.floors())
        assert send.acknowledge(read.acks()).acked == came
        claim = claim_any(send)
        assert deliver(read, claim)
        came = [(claim.epoch, claim.index)]


def test_a_store_that_is_never_drawn_does_not_hold_the_floor() -> None:
    send, read = make_pair()
    for n in range(300):
        claim = send.claim(RELAYS[n % 2])
        assert claim is not None
        deliver(read, claim)
        read.set_floors(send.floors())
        send.acknowledge(read.acks())
    ((_, floor),) = send.floors()
    assert floor >= 300
    assert len(send.encode()) < 200 + 32 * (MAX_LAG + 1)


def test_what_is_lost_keeps_nothing_that_comes_after_it() -> None:
    """Every third cell is lost, and nobody gives one up: every slot finds a place all the same."""
    send, read = SendStream.begin(ROOT, EPOCH, RELAYS[:1]), ReceiveStream.begin(ROOT, EPOCH, RELAYS[:1])
    lost = []
    for n in range(10 * WINDOW):
        claim = claim_any(send)
        if n % 3:
            assert deliver(read, claim)
        told = send.acknowledge(read.acks())
        assert told.acked == ([(claim.epoch, claim.index)] if n % 3 else [])
        lost += told.lost
        send, read = reload_pair(send, read)
    assert lost == [(EPOCH, index) for index in range(0, 9 * WINDOW, 3)]
    assert all(watched.index >= 9 * WINDOW for watched in read.watch() if watched.epoch == EPOCH)


def test_only_what_the_reader_passed_is_lost() -> None:
    send, read = SendStream.begin(ROOT, EPOCH, RELAYS[:1]), ReceiveStream.begin(ROOT, EPOCH, RELAYS[:1])
    late = claim_any(send)
    for _ in range(WINDOW - 1):
        deliver(read, claim_any(send))
        assert send.acknowledge(read.acks()).lost == []
    assert deliver(read, late)
    assert send.acknowledge(read.acks()).acked == [(late.epoch, late.index)]


def test_a_lagging_index_is_skipped_for_good() -> None:
    send, _ = make_pair()
    pinned = claim_any(SendStream.begin(ROOT, EPOCH, RELAYS), [RELAYS[2]]).index
    while (claim := send.claim(RELAYS[0]) or send.claim(RELAYS[1])) and claim.index <= pinned + MAX_LAG:
        pass
    later = send.claim(RELAYS[2])
    assert later is not None
    assert later.index > pinned


def test_given_up_cells_are_still_acknowledged_when_they_arrive() -> None:
    send, read = make_pair()
    first, second = claim_any(send), claim_any(send)
    send.give_up(second.epoch, second.index)
    deliver(read, second)
    if first.index < second.index:
        assert send.acknowledge(read.acks()).acked == [(second.epoch, second.index)]
    assert send.in_flight() == [(first.epoch, first.index)]


def test_given_up_cells_that_the_reader_passed_over_are_not_acknowledged() -> None:
    send, read = make_pair()
    lost = [claim_any(send) for _ in range(6)]
    for claim in lost:
        send.give_up(claim.epoch, claim.index)
    read.set_floors(send.floors())
    assert send.acknowledge(read.acks()).acked == []


def test_an_end_past_everything_used_is_refused_though_nothing_was_left_out() -> None:
    send, read = make_pair()
    for watched in read.watch()[:3]:
        assert send.claim(watched.store) is not None
    before = send.encode()
    with pytest.raises(ProtocolError):
        send.acknowledge(Acks((EpochAcks(EPOCH, 4, 0b1110),)))
    assert send.encode() == before
    assert len(send.acknowledge(Acks((EpochAcks(EPOCH, 3, 0b111),))).acked) == 3


def test_acks_of_unused_indices_are_refused_and_change_nothing() -> None:
    send, read = make_pair()
    first = read.watch()[0]
    assert (first.epoch, first.index) == (EPOCH, 0)
    claim = claim_any(send, [relay for relay in RELAYS if relay != first.store])
    before = send.encode()
    unused = claim.index + 1
    for bad in (
        EpochAcks(EPOCH, unused + 1, 0),
        EpochAcks(EPOCH, 60_000, 0),
        EpochAcks(EPOCH, 1, 1),  # index 0 belongs to a store not drawn yet
    ):
        with pytest.raises(ProtocolError):
            send.acknowledge(Acks((bad,)))
        assert send.encode() == before
