"""Healing: both sides come to the same roots in whatever order parts come, and none is used that one side lacks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.letters.healing_part import Answer, HealingPart, Offer
from protocol.primitives.codec import Reader
from protocol.ratchet.healing import MAX_OFFER_EPOCHS, Begun, Healing
from protocol.seams import SeededEntropy

EPOCH = 2900
ENTROPY = SeededEntropy(b"healing".ljust(32))


def make_pair() -> tuple[Healing, Healing]:
    return Healing.create(True, bytes(32)), Healing.create(False, bytes(32))


def restart(healing: Healing) -> Healing:
    reader = Reader(healing.encode())
    again = Healing.parse(reader)
    reader.end()
    assert again.encode() == healing.encode()
    return again


def offered(first: Healing, epoch: int = EPOCH) -> Offer:
    part = first.part(settled=True, epoch=epoch, entropy=ENTROPY)
    assert isinstance(part, Offer)
    return part


def answered(second: Healing) -> Answer:
    part = second.part(settled=False, epoch=EPOCH, entropy=ENTROPY)
    assert isinstance(part, Answer)
    return part


def step(first: Healing, second: Healing) -> tuple[Begun, Begun, Begun]:
    """One generation: what second reads on, what first uses, what second sends on."""
    reads = second.hear(offered(first), settled=True, epoch=EPOCH)
    uses = first.hear(answered(second), settled=True, epoch=EPOCH)
    assert uses is not None
    sends = second.heard_on(uses.generation)
    assert reads is not None
    assert sends is not None
    return reads, uses, sends


def test_both_come_to_the_same_roots_generation_after_generation() -> None:
    first, second = make_pair()
    roots = set()
    for generation in range(1, 5):
        reads, uses, sends = step(first, second)
        assert {begun.generation for begun in (reads, uses, sends)} == {generation}
        assert reads.send_root is None
        assert sends.receive_root is None
        assert (uses.send_root, uses.receive_root) == (reads.receive_root, sends.send_root)
        roots |= {uses.send_root, uses.receive_root}
        first, second = restart(first), restart(second)
    assert len(roots) == 8


def test_nothing_is_offered_before_both_are_done_with_the_generation_before_and_never_by_second() -> None:
    first, second = make_pair()
    assert first.part(settled=False, epoch=EPOCH, entropy=ENTROPY) is None
    assert second.part(settled=True, epoch=EPOCH, entropy=ENTROPY) is None
    assert second.hear(offered(first), settled=False, epoch=EPOCH) is None
    assert second.generation == 0


def test_offer_and_answer_stay_the_same_until_they_are_heard_and_may_be_heard_twice() -> None:
    first, second = make_pair()
    offer = offered(first)
    assert offered(restart(first), EPOCH + 5) == offer
    assert second.hear(offer, settled=True, epoch=EPOCH) is not None
    assert second.hear(offer, settled=True, epoch=EPOCH) is None
    answer = answered(second)
    assert answered(restart(second)) == answer
    assert first.hear(answer, settled=True, epoch=EPOCH) is not None
    assert first.hear(answer, settled=True, epoch=EPOCH) is None
    assert second.heard_on(0) is None
    assert second.heard_on(1) is not None
    assert second.heard_on(1) is None


@pytest.mark.parametrize("epoch", [EPOCH + 2, EPOCH - MAX_OFFER_EPOCHS - 1])
def test_an_offer_of_a_clock_that_is_far_off_waits_without_harm(epoch: int) -> None:
    first, second = make_pair()
    offer = offered(first, max(epoch, 0))
    late = EPOCH if epoch >= 0 else EPOCH + MAX_OFFER_EPOCHS
    assert second.hear(offer, settled=True, epoch=late) is None
    assert second.generation == 0
    assert second.hear(offer, settled=True, epoch=max(epoch, 0)) is not None


@settings(max_examples=60)
@given(st.integers(0, 1103), st.integers(1, 255))
def test_an_altered_answer_is_refused_and_the_true_one_is_good_afterwards(at: int, change: int) -> None:
    first, second = make_pair()
    second.hear(offered(first), settled=True, epoch=EPOCH)
    true = answered(second)
    raw = bytearray(true.ciphertext + true.tag)
    raw[at] ^= change
    before = first.encode()
    with pytest.raises(ProtocolError):
        first.hear(Answer(1, bytes(raw[:1088]), bytes(raw[1088:])), settled=True, epoch=EPOCH)
    assert first.encode() == before
    assert first.hear(true, settled=True, epoch=EPOCH) is not None


def test_what_the_other_side_cannot_have_sent_is_refused_and_changes_nothing() -> None:
    first, second = make_pair()
    offer = offered(first)
    answer = Answer(1, bytes(1088), bytes(16))
    refused: list[tuple[Healing, HealingPart]] = [
        (second, answer),
        (first, offer),
        (second, Offer(2, EPOCH, offer.public)),
        (first, Answer(2, bytes(1088), bytes(16))),
    ]
    for side, part in refused:
        before = side.encode()
        with pytest.raises(ProtocolError):
            side.hear(part, settled=True, epoch=EPOCH)
        assert side.encode() == before
    fresh, _ = make_pair()
    with pytest.raises(ProtocolError):
        fresh.hear(answer, settled=True, epoch=EPOCH)
    with pytest.raises(ProtocolError):
        second.hear(Offer(1, EPOCH, b"\xff" * 1184), settled=True, epoch=EPOCH)
    assert second.generation == 0


def test_roots_need_the_key_of_the_generation_before() -> None:
    """Whoever sees offer and answer, and breaks ML-KEM, still lacks what both had before."""
    first, _ = make_pair()
    other = Healing.create(False, bytes([1]) * 32)
    other.hear(offered(first), settled=True, epoch=EPOCH)
    with pytest.raises(ProtocolError):
        first.hear(answered(other), settled=True, epoch=EPOCH)


def test_roots_need_the_seed_that_was_drawn_for_them() -> None:
    """Whoever copied everything before the offer, and reads offer and answer, lacks the seed: a quantum computer that
    undoes X25519, and with it the ratchet, is no further.
    """
    first, second = make_pair()
    thief = restart(first)
    second.hear(offered(first), settled=True, epoch=EPOCH)
    guess = thief.part(settled=True, epoch=EPOCH, entropy=SeededEntropy(b"thief".ljust(32)))
    assert guess != offered(first)
    with pytest.raises(ProtocolError):
        thief.hear(answered(second), settled=True, epoch=EPOCH)
    assert first.hear(answered(second), settled=True, epoch=EPOCH) is not None


@given(st.binary(max_size=120))
def test_arbitrary_kept_bytes_only_raise_protocol_error(data: bytes) -> None:
    for candidate in (data, b"\1\0\0\0\5" + bytes(32) + b"\1" + data):
        reader = Reader(candidate)
        try:
            kept = Healing.parse(reader)
            reader.end()
            assert kept.encode() == candidate
        except ProtocolError:
            continue
