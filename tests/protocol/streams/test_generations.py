"""Generations of a stream: the newest is used, the one before is read until it is over, none is lost in between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.seams import RelayId
from protocol.streams.acks import WINDOW
from protocol.streams.generations import NEAR, Receiving, Sending
from protocol.streams.pigeonhole import ChainRoot, calendar_of, generation_of, numbered
from protocol.streams.send import Claim

ROOTS = [ChainRoot(bytes([n]) * 32) for n in range(4)]
RELAYS = [RelayId(n) for n in (0, 1, 2)]
EPOCH = 2900


def make_pair() -> tuple[Sending, Receiving]:
    return Sending.begin(ROOTS[0], EPOCH, RELAYS), Receiving.begin(ROOTS[0], EPOCH, RELAYS)


def start(generation: int, *ends: Sending | Receiving, epoch: int = EPOCH) -> None:
    for end in ends:
        end.start(generation, ROOTS[generation], epoch)


def claim(send: Sending) -> Claim:
    found = next((claim for relay in RELAYS if (claim := send.claim(relay))), None)
    assert found is not None
    return found


def deliver(read: Receiving, cell: Claim) -> bool:
    assert read.key_of(cell.epoch, cell.index) in (cell.cell_key, None)
    return read.receive(cell.epoch, cell.index)


def reload(send: Sending, read: Receiving) -> tuple[Sending, Receiving]:
    again = Sending.decode(send.encode()), Receiving.decode(read.encode())
    assert (again[0].encode(), again[1].encode()) == (send.encode(), read.encode())
    assert again[1].watch() == read.watch()
    return again


def test_an_epoch_tells_its_generation() -> None:
    assert numbered(0, EPOCH) == EPOCH
    assert (generation_of(numbered(7, EPOCH)), calendar_of(numbered(7, EPOCH))) == (7, EPOCH)


def test_the_newest_generation_is_used_and_the_one_before_is_read_until_it_is_over() -> None:
    send, read = make_pair()
    late, lost = claim(send), claim(send)
    start(1, read)
    start(1, send)
    send, read = reload(send, read)
    new = claim(send)
    assert (generation_of(late.epoch), generation_of(new.epoch)) == (0, 1)
    assert deliver(read, new)
    assert deliver(read, late)
    assert sorted(send.acknowledge(read.acks()).acked) == sorted([(c.epoch, c.index) for c in (late, new)])
    send.settle()
    assert (send.oldest, send.settled) == (0, False)
    send.give_up(lost.epoch, lost.index)
    send.settle()
    assert (send.oldest, send.settled) == (1, True)
    read.retire(send.oldest)
    assert read.settled
    assert not deliver(read, lost)
    assert {generation_of(watched.epoch) for watched in read.watch()} == {1}


def test_generations_follow_each_other_and_two_are_held_at_most() -> None:
    send, read = make_pair()
    for end in (send, read):
        with pytest.raises(ValueError, match="follow"):
            start(2, end)
        start(1, end)
        with pytest.raises(ValueError, match="follow"):
            start(2, end)
    with pytest.raises(ProtocolError):
        read.retire(2)


def test_both_generations_move_with_the_clock_and_what_was_in_flight_is_named() -> None:
    send, read = make_pair()
    lost = claim(send)
    start(1, send, read)
    send.roll(EPOCH + 2, RELAYS)
    read.roll(EPOCH + 2, RELAYS)
    assert deliver(read, claim(send))
    assert send.roll(EPOCH + 3, RELAYS) == [(lost.epoch, lost.index)]
    send.settle()
    assert send.settled
    read.roll(EPOCH + 3, RELAYS)
    assert (send.epoch, read.epoch, read.oldest_epoch) == (EPOCH + 3, EPOCH + 3, EPOCH + 1)


@pytest.mark.parametrize(("begun", "ours", "theirs"), [(0, 0, 0), (0, 5, 4), (1, 0, 0), (-3, 0, 1), (-400, 0, 0)])
def test_a_generation_begins_at_its_epoch_whenever_each_end_hears_of_it(begun: int, ours: int, theirs: int) -> None:
    send, read = make_pair()
    send.roll(EPOCH + ours, RELAYS)
    read.roll(EPOCH + theirs, RELAYS)
    start(1, send, read, epoch=EPOCH + begun)
    send, read = reload(send, read)
    assert deliver(read, claim(send))
    send.roll(EPOCH + ours + 1, RELAYS)
    read.roll(EPOCH + theirs + 1, RELAYS)
    assert deliver(read, claim(send))


def test_messages_may_be_as_far_ahead_as_windows_in_two_generations_allow() -> None:
    """Derived: fill every window that may be used before anything is heard, and count."""
    for passed in range(4):
        send, read = make_pair()
        deliver(read, claim(send))
        send.acknowledge(read.acks())
        sent = 0
        for epoch in range(EPOCH, EPOCH + passed + 1):
            send.roll(epoch, RELAYS)
            sent += sum(send.claim(RELAYS[n % 3]) is not None for n in range(3 * WINDOW))
        start(1, send, read)
        for _ in range(3 * WINDOW):
            sent += any(send.claim(relay) for relay in RELAYS)
        assert sent <= read.where(EPOCH + passed).reach == NEAR + 2 * WINDOW * passed
        assert read.where(numbered(1, EPOCH + passed)).reach == read.where(EPOCH + passed).reach


@given(st.binary(max_size=300))
def test_arbitrary_kept_bytes_only_raise_protocol_error(data: bytes) -> None:
    for end in (Sending, Receiving):
        for kept in (data, b"\1" + data, b"\1\1" + data):
            with pytest.raises(ProtocolError):
                end.decode(kept)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_altered_kept_states_are_refused_or_encode_to_themselves(data: st.DataObject) -> None:
    send, read = make_pair()
    for _ in range(5):
        deliver(read, claim(send))
    start(1, send, read)
    deliver(read, claim(send))
    for end in (send, read):
        state = bytearray(end.encode())
        state[data.draw(st.integers(0, len(state) - 1))] ^= data.draw(st.integers(1, 255))
        try:
            assert type(end).decode(bytes(state)).encode() == bytes(state)
        except ProtocolError:
            continue
