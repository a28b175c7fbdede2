"""Streams: an index is used once and only where the reader looks, losses never end a stream, states reload."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.seams import RelayId
from protocol.streams.acks import MAX_ACK_EPOCHS
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import Claim, SendStream
from protocol.streams.stream import retained_epochs
from tests.kits.stream_ends import EPOCH, RELAYS, claim_any, deliver, make_pair, reload_pair


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_every_used_index_is_watched_and_used_once(seed: int) -> None:
    """Losses, delays, repeats, stale acks and floors, reloads and new epochs in any order."""
    rng = random.Random(seed)
    send, read = make_pair()
    epoch, used, wire = EPOCH, set(), list[Claim]()
    old_acks, old_floors = [read.acks()], [send.floors()]
    outcomes = dict[tuple[int, int], str]()
    for _ in range(120):
        match rng.randrange(8):
            case 0 | 1 | 2:
                claim = send.claim(rng.choice(RELAYS))
                if claim:
                    assert (claim.epoch, claim.index) not in used
                    used.add((claim.epoch, claim.index))
                    assert read.key_of(claim.epoch, claim.index) == claim.cell_key
                    wire.append(claim)
            case 3 | 4 if wire:
                claim = wire.pop(rng.randrange(len(wire)))
                if rng.random() < 0.8 and deliver(read, claim):
                    outcomes[claim.epoch, claim.index] = "received"
                    assert not deliver(read, claim)
            case 5:
                old_acks.append(read.acks())
                for acked in send.acknowledge(rng.choice(old_acks[-5:])).acked:
                    assert outcomes[acked] == "received"
                    outcomes[acked] = "acked"
            case 6:
                if lost := send.in_flight():
                    send.give_up(*rng.choice(lost))
                old_floors.append(send.floors())
                read.set_floors(rng.choice(old_floors[-5:]))
            case 7:
                if rng.random() < 0.1:
                    epoch += rng.randrange(3)
                    ours, theirs = rng.sample([epoch, epoch + 1], 2)
                    send.roll(min(ours, theirs + 1), RELAYS)
                    read.roll(theirs, RELAYS)
                send, read = reload_pair(send, read)
        assert len(send.floors()) <= MAX_ACK_EPOCHS
        for entry_epoch, floor in send.floors():
            assert all(index >= floor for e, index in send.in_flight() if e == entry_epoch)


def test_epochs_end_on_both_sides_and_name_what_was_lost() -> None:
    send, read = make_pair()
    lost = [claim_any(send) for _ in range(4)]
    given_up = claim_any(send)
    send.give_up(given_up.epoch, given_up.index)
    assert send.roll(EPOCH + 2, RELAYS) == []
    read.roll(EPOCH + 2, RELAYS)
    assert deliver(read, lost[3])
    assert (lost[3].epoch, lost[3].index) in send.acknowledge(read.acks()).acked
    assert send.roll(EPOCH + 3, RELAYS) == sorted((claim.epoch, claim.index) for claim in lost[:3])
    read.roll(EPOCH + 3, RELAYS)
    assert {watched.epoch for watched in read.watch()} == {EPOCH + 1, EPOCH + 2, EPOCH + 3, EPOCH + 4}
    assert read.epoch == EPOCH + 3
    assert deliver(read, claim_any(send))


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (1, 0), (0, 2), (400, 400), (400, 399), (5000, 5001)])
def test_both_sides_meet_again_after_any_absence(ours: int, theirs: int) -> None:
    """The reader looks one epoch ahead and as far back as retention reaches."""
    send, read = make_pair()
    for _ in range(10):
        deliver(read, claim_any(send))
    read.roll(EPOCH + theirs, RELAYS)
    send.roll(EPOCH + ours, RELAYS)
    assert deliver(read, claim_any(send))


def test_a_clock_set_back_does_not_move_a_stream_back() -> None:
    send, read = make_pair()
    for epoch in (EPOCH + 4, EPOCH):
        send.roll(epoch, RELAYS)
        read.roll(epoch, RELAYS)
    assert (send.epoch, read.epoch) == (EPOCH + 4, EPOCH + 4)
    assert deliver(read, claim_any(send))


@pytest.mark.parametrize("reloaded", [False, True])
def test_a_changed_roster_changes_the_stores_of_both_sides_alike(reloaded: bool) -> None:
    """Also where the stores of the old roster were worked out before."""
    send, read = make_pair()
    claim_any(send, [RELAYS[2]])
    read.watch()
    relays = [RelayId(0), RelayId(1), RelayId(7)]
    send.roll(EPOCH, relays)
    read.roll(EPOCH, relays)
    if reloaded:
        send, read = reload_pair(send, read)
    stores = {watched.index: watched.store for watched in read.watch() if watched.epoch == EPOCH}
    claim = send.claim(RelayId(7))
    assert claim is not None
    assert stores[claim.index] == RelayId(7)
    assert set(stores.values()) == set(relays)
    assert send.claim(RelayId(2)) is None


def test_kept_states_stay_small() -> None:
    send, read = make_pair()
    for n in range(60):
        claim = send.claim(RELAYS[n % 3])
        if claim:
            deliver(read, claim)
    assert len(send.encode()) < 1000
    assert len(read.encode()) < 1000


def test_retention_covers_the_present_epoch_and_those_before() -> None:
    assert retained_epochs(14 * 86400, 7 * 86400) == 3
    assert retained_epochs(1, 7 * 86400) == 2
    assert retained_epochs(1e9, 60) == 8


@given(st.binary(max_size=300))
def test_arbitrary_kept_bytes_only_raise_protocol_error(data: bytes) -> None:
    for stream in (SendStream, ReceiveStream):
        for kept in (data, b"\1" + data):
            with pytest.raises(ProtocolError):
                stream.decode(kept)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_altered_kept_states_are_refused_or_encode_to_themselves(data: st.DataObject) -> None:
    send, read = make_pair()
    for n in range(9):
        deliver(read, claim_any(send, [RELAYS[n % 3], *RELAYS]))
    for stream in (send, read):
        state = bytearray(stream.encode())
        state[data.draw(st.integers(0, len(state) - 1))] ^= data.draw(st.integers(1, 255))
        try:
            assert type(stream).decode(bytes(state)).encode() == bytes(state)
        except ProtocolError:
            continue
