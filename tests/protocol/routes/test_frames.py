"""Links: frames of one size, batches that open only between the two relays, in the direction, they were sealed for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_easy_afternm, crypto_box_open_easy_afternm

from protocol.errors import ProtocolError
from protocol.primitives import sealed_box
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KemKey, encapsulate
from protocol.routes import frames
from protocol.routes.frames import Ack, AckStatus, Batch, Frame, FrameKind, LinkHead
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import (
    DEPOSIT_MIDDLE_BOX_BYTES,
    DEPOSIT_STORE_BOX_BYTES,
    FETCH_MIDDLE_BOX_BYTES,
    FETCH_STORE_BOX_BYTES,
    FRAME_BODY_BYTES,
    FRAME_BYTES,
    LINK_ACK_BYTES,
    MAX_BATCH_FRAMES,
    MIDDLE_REPLY_BYTES,
    REQUEST_BYTES,
    STORE_REPLY_BYTES,
    SYNC_EXCHANGES,
)

ENTROPY = SeededEntropy(b"frame tests".ljust(32))
SECRET_A, PUBLIC_A = sealed_box.keypair(ENTROPY)
SECRET_B, PUBLIC_B = sealed_box.keypair(ENTROPY)
LINK = frames.link_secret(SECRET_A, PUBLIC_B)
KEM = KemKey(ENTROPY(64))
ACK_KEY = ENTROPY(32)
SEALED = 7 + 1088 + 24
"""Where the box of a batch begins."""
HEAD = LinkHead(RelayId(1), RelayId(2), 20000, frames.DOOR_KEY_DAY)
REFS = st.binary(min_size=16, max_size=16)
NO_REF = st.just(frames.NO_REF)


def _frames(kind: FrameKind, refs: st.SearchStrategy[bytes], sizes: st.SearchStrategy[int]) -> st.SearchStrategy[Frame]:
    return st.builds(Frame, st.just(kind), refs, sizes.map(ENTROPY))


FRAMES = st.one_of(
    _frames(FrameKind.PACKET, NO_REF, st.sampled_from([DEPOSIT_MIDDLE_BOX_BYTES, DEPOSIT_STORE_BOX_BYTES])),
    _frames(FrameKind.PACKET, REFS, st.sampled_from([FETCH_MIDDLE_BOX_BYTES, FETCH_STORE_BOX_BYTES])),
    _frames(FrameKind.REPLY, REFS, st.sampled_from([STORE_REPLY_BYTES, MIDDLE_REPLY_BYTES])),
    _frames(FrameKind.PIECE, NO_REF, st.integers(11, FRAME_BODY_BYTES)),
)
BATCHES = st.builds(
    Batch,
    st.binary(min_size=8, max_size=8),
    st.integers(0, frames.MAX_SEQUENCE),
    st.lists(FRAMES, min_size=1, max_size=MAX_BATCH_FRAMES).map(tuple),
)
HEADS = st.builds(LinkHead, *[st.integers(0, 255).map(RelayId)] * 2, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
FRAME = Frame(FrameKind.PACKET, frames.NO_REF, bytes(DEPOSIT_MIDDLE_BOX_BYTES))
BATCH = Batch(b"bootboot", 7, (FRAME,))


def seal(batch: Batch, head: LinkHead = HEAD) -> bytes:
    """A sealed batch."""
    return frames.seal_batch(head, LINK, encapsulate(KEM.public), batch, ENTROPY)[0]


@given(FRAMES)
def test_frame_comes_back_and_has_one_size(frame: Frame) -> None:
    encoded = frames.encode_frame(frame)
    assert len(encoded) == FRAME_BYTES
    assert frames.parse_frame(encoded) == frame


@given(FRAMES, st.lists(st.tuples(st.integers(0, FRAME_BYTES - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_frame_that_parses_reencodes_identically(frame: Frame, changes: list[tuple[int, int]]) -> None:
    data = bytearray(frames.encode_frame(frame))
    for at, value in changes:
        data[at if value % 2 else at % 19] = value
    try:
        parsed = frames.parse_frame(bytes(data))
    except ProtocolError:
        return
    assert frames.encode_frame(parsed) == data


@given(HEADS, BATCHES)
def test_batch_opens_at_the_other_end(head: LinkHead, batch: Batch) -> None:
    sealed, ack_key = frames.seal_batch(head, LINK, encapsulate(KEM.public), batch, ENTROPY)
    assert len(sealed) == frames.batch_bytes(len(batch.frames))
    assert frames.parse_head(sealed) == head
    assert frames.open_batch(sealed, frames.link_secret(SECRET_B, PUBLIC_A), KEM) == (batch, ack_key)


def test_batch_never_has_the_size_of_an_exchange() -> None:
    sizes = {frames.batch_bytes(count) for count in range(1, MAX_BATCH_FRAMES + 1)}
    assert not sizes & {REQUEST_BYTES, SYNC_EXCHANGES * REQUEST_BYTES}


def test_batch_reflected_to_its_sender_is_rejected() -> None:
    """crypto_box has one key for both directions; the head is in ours."""
    sealed = seal(BATCH)
    mirrored = LinkHead(HEAD.receiver, HEAD.sender, HEAD.receiver_key_day, HEAD.sender_key_day)
    head = seal(BATCH, mirrored)[:7]
    with pytest.raises(ProtocolError):
        frames.open_batch(head + sealed[7:], LINK, KEM)


@given(st.one_of(st.integers(0, (7 + 1088 + 40) * 8 - 1), st.integers(0, 8 * frames.batch_bytes(1) - 1)))
def test_altered_batch_is_rejected(bit: int) -> None:
    sealed = bytearray(seal(BATCH))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        frames.open_batch(bytes(sealed), LINK, KEM)


def test_batch_under_another_key_is_rejected() -> None:
    sealed = seal(BATCH)
    with pytest.raises(ProtocolError):
        frames.open_batch(sealed, frames.link_secret(SECRET_A, PUBLIC_A), KEM)


@pytest.mark.parametrize("size", [0, 7, 1153, 1152 + 4250, 1154 + 4250, 1153 + 17 * 4250, 6144, 49152])
def test_batch_of_wrong_size_is_rejected_before_work_is_done(size: int) -> None:
    with pytest.raises(ProtocolError):
        frames.parse_head(b"\1" + bytes(size - 1) if size else b"")
    with pytest.raises(ProtocolError):
        frames.open_batch(bytes(size), LINK, KEM)


@pytest.mark.parametrize("count", range(1, MAX_BATCH_FRAMES + 1))
def test_bytes_of_a_batch_s_size_are_only_a_protocol_error(count: int) -> None:
    with pytest.raises(ProtocolError):
        frames.open_batch(b"\1" + ENTROPY(frames.batch_bytes(count) - 1), LINK, KEM)
    with pytest.raises(ProtocolError):
        frames.parse_head(b"\2" + bytes(frames.batch_bytes(count) - 1))


@given(st.one_of(st.binary(max_size=200), st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES)))
def test_arbitrary_bytes_are_no_frame_and_no_acknowledgement(data: bytes) -> None:
    for parse in (lambda: frames.parse_frame(data), lambda: frames.open_ack(data, ACK_KEY)):
        try:
            parse()
        except ProtocolError:
            continue
        assert frames.encode_frame(frames.parse_frame(data)) == data


@given(st.binary(min_size=LINK_ACK_BYTES, max_size=LINK_ACK_BYTES))
def test_random_acknowledgement_is_rejected(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        frames.open_ack(data, ACK_KEY)


@pytest.mark.parametrize(
    "frame",
    [
        replace(FRAME, body=bytes(FRAME_BODY_BYTES - 1)),
        replace(FRAME, body=bytes(FRAME_BODY_BYTES + 1)),
        replace(FRAME, ref=bytes(15) + b"\1"),
        replace(FRAME, ref=b""),
        replace(FRAME, kind=FrameKind.REPLY),
        Frame(FrameKind.PIECE, frames.NO_REF, bytes(10)),
        Frame(FrameKind.PIECE, bytes(15) + b"\1", bytes(100)),
    ],
)
def test_frame_its_kind_does_not_have_is_refused(frame: Frame) -> None:
    with pytest.raises(ValueError, match="does not have"):
        frames.encode_frame(frame)


def test_kind_or_padding_never_sent_is_rejected() -> None:
    good = frames.encode_frame(Frame(FrameKind.REPLY, bytes(16), bytes(STORE_REPLY_BYTES)))
    frames.parse_frame(good)
    for bad in (b"\0" + good[1:], b"\4" + good[1:], good[:-1] + b"\1", good[:17] + b"\xff\xff" + good[19:]):
        with pytest.raises(ProtocolError):
            frames.parse_frame(bad)


@given(HEADS, st.integers(0, frames.MAX_SEQUENCE), st.sampled_from(AckStatus))
def test_acknowledgement_opens_for_the_batch_it_answers(head: LinkHead, seq: int, status: AckStatus) -> None:
    ack = Ack(b"bootboot", seq, status)
    body, key = frames.seal_batch(head, LINK, encapsulate(KEM.public), BATCH, ENTROPY)
    sealed = frames.seal_ack(frames.open_batch(body, LINK, KEM)[1], ack, ENTROPY)
    assert len(sealed) == LINK_ACK_BYTES
    assert frames.open_ack(sealed, key) == ack
    _, other = frames.seal_batch(head, LINK, encapsulate(KEM.public), BATCH, ENTROPY)
    with pytest.raises(ProtocolError):
        frames.open_ack(sealed, other)


@given(st.integers(0, 8 * LINK_ACK_BYTES - 1))
def test_altered_acknowledgement_is_rejected(bit: int) -> None:
    sealed = bytearray(frames.seal_ack(ACK_KEY, Ack(b"bootboot", 1, AckStatus.STORED), ENTROPY))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        frames.open_ack(bytes(sealed), ACK_KEY)


def test_batch_and_its_acknowledgement_use_different_keys() -> None:
    """With one key, equal nonces of the two directions would show the XOR of their contents."""
    batch, key = frames.seal_batch(HEAD, LINK, encapsulate(KEM.public), BATCH, SeededEntropy(bytes(32)))
    ack = frames.seal_ack(key, Ack(BATCH.process, BATCH.seq, AckStatus.STORED), SeededEntropy(bytes(32)))
    sealed_process_and_seq = slice(16, 32)
    assert ack[24:][sealed_process_and_seq] != batch[SEALED:][sealed_process_and_seq]


def test_batch_needs_the_secrets_of_both_kinds() -> None:
    """Who breaks X25519 holds `link`; who breaks ML-KEM the key; neither opens a batch or its acknowledgement."""
    body, key = frames.seal_batch(HEAD, LINK, encapsulate(KEM.public), BATCH, ENTROPY)
    ack = frames.seal_ack(key, Ack(BATCH.process, BATCH.seq, AckStatus.STORED), ENTROPY)
    for link, kem in ((LINK, KemKey(bytes(64))), (bytes(32), KEM)):
        with pytest.raises(ProtocolError):
            frames.open_batch(body, link, kem)
        for front in (body[:7], body[: 7 + 1088]):
            keys = derive(b"sosik batch", front, key=link + kem.decapsulate(body[7 : 7 + 1088]), size=64)
            with pytest.raises(ProtocolError):
                frames.open_ack(ack, keys[32:])


def box_key(body: bytes) -> bytes:
    """The key of the box of a batch."""
    made = KEM.decapsulate(body[7 : 7 + 1088])
    return derive(b"sosik batch", body[: 7 + 1088], key=LINK + made, size=64)[:32]


def test_batch_that_miscounts_its_frames_is_rejected() -> None:
    """The count is inside the box: only the other relay itself could lie about it."""
    sealed = seal(BATCH)
    front, nonce, key = sealed[:SEALED], sealed[SEALED - 24 : SEALED], box_key(sealed)
    plaintext = crypto_box_open_easy_afternm(sealed[SEALED:], nonce, key)
    for count in (0, 2, 0xFFFF):
        lying = plaintext[:16] + count.to_bytes(2, "big") + plaintext[18:]
        with pytest.raises(ProtocolError):
            frames.open_batch(front + crypto_box_easy_afternm(lying, nonce, key), LINK, KEM)


def test_acknowledgement_with_unknown_status_or_a_tail_is_rejected() -> None:
    sealed = frames.seal_ack(ACK_KEY, Ack(b"bootboot", 1, AckStatus.BUSY), ENTROPY)
    plaintext = crypto_box_open_easy_afternm(sealed[24:], sealed[:24], ACK_KEY)
    for bad in (plaintext[:16] + b"\2" + plaintext[17:], plaintext[:-1] + b"\1"):
        with pytest.raises(ProtocolError):
            frames.open_ack(sealed[:24] + crypto_box_easy_afternm(bad, sealed[:24], ACK_KEY), ACK_KEY)


@pytest.mark.parametrize("key", [bytes(32), b"\1" + bytes(31), b"", bytes(31), bytes(33)])
def test_link_key_of_small_order_or_wrong_size_is_refused(key: bytes) -> None:
    with pytest.raises(ProtocolError):
        frames.link_secret(SECRET_A, key)


def test_sequence_number_that_a_database_cannot_keep_is_refused() -> None:
    frame = Frame(FrameKind.PIECE, frames.NO_REF, ENTROPY(100))
    with pytest.raises(ValueError, match="sequence"):
        seal(Batch(b"b" * 8, frames.MAX_SEQUENCE + 1, (frame,)))
    last = seal(Batch(b"b" * 8, frames.MAX_SEQUENCE, (frame,)))
    assert frames.open_batch(last, LINK, KEM)[0].seq == frames.MAX_SEQUENCE
    nonce, key = last[SEALED - 24 : SEALED], box_key(last)
    plaintext = crypto_box_open_easy_afternm(last[SEALED:], nonce, key)
    over = plaintext[:8] + (frames.MAX_SEQUENCE + 1).to_bytes(8, "big") + plaintext[16:]
    with pytest.raises(ProtocolError):
        frames.open_batch(last[:SEALED] + crypto_box_easy_afternm(over, nonce, key), LINK, KEM)


def test_empty_or_overfull_batch_is_a_bug_of_the_caller() -> None:
    for batch in (replace(BATCH, frames=()), replace(BATCH, frames=(FRAME,) * 17), replace(BATCH, process=b"x")):
        with pytest.raises(ValueError, match="batch"):
            seal(batch)
