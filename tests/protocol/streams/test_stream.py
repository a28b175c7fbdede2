"""Streams: an index is used once and only where the reader looks, losses never end a stream, states reload."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.seams import RelayId
from protocol.streams.acks import MAX_ACK_EPOCHS, WINDOW, Acks, EpochAcks
from protocol.streams.pigeonhole import ChainRoot, hole_of
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import MAX_LAG, Claim, SendStream
from protocol.streams.stream import retained_epochs

ROOT = ChainRoot(bytes(range(32)))
RELAYS = [RelayId(n) for n in (0, 1, 2)]
EPOCH = 2900


def make_pair() -> tuple[SendStream, ReceiveStream]:
    return SendStream.begin(ROOT, EPOCH, RELAYS), ReceiveStream.begin(ROOT, EPOCH, RELAYS)


def reload_pair(send: SendStream, read: ReceiveStream) -> tuple[SendStream, ReceiveStream]:
    sent, received = send.encode(), read.encode()
    reloaded = SendStream.decode(sent), ReceiveStream.decode(received)
    assert (reloaded[0].encode(), reloaded[1].encode()) == (sent, received)
    assert reloaded[1].watch() == read.watch()
    return reloaded


def claim_any(send: SendStream, relays: Iterable[RelayId] = RELAYS) -> Claim:
    found = next((claim for relay in relays if (claim := send.claim(relay))), None)
    assert found is not None
    return found


def deliver(read: ReceiveStream, claim: Claim) -> bool:
    """Read the cell of a claim as a client does: by its hole, with the key of its index."""
    for watched in read.watch():
        if watched.hole == hole_of(claim.take):
            assert (watched.epoch, watched.index, watched.take) == (claim.epoch, claim.index, claim.take)
            assert read.key_of(claim.epoch, claim.index) == claim.cell_key
            return read.receive(claim.epoch, claim.index)
    return False


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
                for acked in send.acknowledge(rng.choice(old_acks[-5:])):
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
    assert len(send.acknowledge(read.acks())) == len(claims)
    assert claim_any(send).index >= len(claims)


def test_a_stream_whose_whole_window_was_lost_goes_on_after_giving_up() -> None:
    """As a client does with its loops, of which it is the reader itself."""
    send, read = make_pair()
    for _ in range(5):
        for n in range(400):
            send.claim(RELAYS[n % 3])
        for lost in send.in_flight():
            send.give_up(*lost)
        read.set_floors(send.floors())
        assert send.acknowledge(read.acks()) == []
        assert deliver(read, claim_any(send))


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
        assert send.acknowledge(read.acks()) == [(second.epoch, second.index)]
    assert send.in_flight() == [(first.epoch, first.index)]


def test_given_up_cells_that_the_reader_passed_over_are_not_acknowledged() -> None:
    send, read = make_pair()
    lost = [claim_any(send) for _ in range(6)]
    for claim in lost:
        send.give_up(claim.epoch, claim.index)
    read.set_floors(send.floors())
    assert send.acknowledge(read.acks()) == []


def test_acks_of_unused_indices_are_refused_and_change_nothing() -> None:
    send, read = make_pair()
    first = read.watch()[0]
    assert (first.epoch, first.index) == (EPOCH, 0)
    claim = claim_any(send, [relay for relay in RELAYS if relay != first.store])
    before = send.encode()
    unused = claim.index + 1
    for bad in (
        EpochAcks(EPOCH, unused + 1, 0),
        EpochAcks(EPOCH, 0, 1 << unused),
        EpochAcks(EPOCH, 60_000, 0),
        EpochAcks(EPOCH, 1, 0),  # index 0 belongs to a store not drawn yet
    ):
        with pytest.raises(ProtocolError):
            send.acknowledge(Acks((bad,)))
        assert send.encode() == before


def test_floors_past_the_window_are_refused_and_change_nothing() -> None:
    _, read = make_pair()
    before = read.encode()
    with pytest.raises(ProtocolError):
        read.set_floors(((EPOCH, 3), (EPOCH + 1, WINDOW + 1)))
    assert read.encode() == before
    read.set_floors(((EPOCH - 900, 60_000), (EPOCH, WINDOW), (EPOCH + 900, 60_000)))
    assert [watched.index for watched in read.watch() if watched.epoch == EPOCH] == list(range(WINDOW, 2 * WINDOW))


def test_epochs_end_on_both_sides_and_name_what_was_lost() -> None:
    send, read = make_pair()
    lost = [claim_any(send) for _ in range(4)]
    given_up = claim_any(send)
    send.give_up(given_up.epoch, given_up.index)
    assert send.roll(EPOCH + 2, RELAYS) == []
    read.roll(EPOCH + 2, RELAYS)
    assert deliver(read, lost[3])
    assert (lost[3].epoch, lost[3].index) in send.acknowledge(read.acks())
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


def test_used_keys_are_in_no_kept_state() -> None:
    send, read = make_pair()
    for _ in range(20):
        claim = claim_any(send)
        secrets = (claim.take, claim.cell_key, ROOT)
        deliver(read, claim)
        assert not any(secret in state for secret in secrets for state in (send.encode(), read.encode()))
        assert read.key_of(claim.epoch, claim.index) is None
        assert not read.receive(claim.epoch, claim.index)


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
