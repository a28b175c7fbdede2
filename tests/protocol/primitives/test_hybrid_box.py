"""Hybrid boxes: who reads one has broken X25519 and ML-KEM; it opens under one key; garbage is refused early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)

from protocol.errors import ProtocolError
from protocol.primitives import sealed_box
from protocol.primitives.hybrid_box import (
    HYBRID_OVERHEAD,
    HYBRID_SECRET_BYTES,
    HybridKey,
    HybridPublic,
    curve_only,
    kem_hash,
    open_box,
    seal,
    seal_with,
    stand_in,
)
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KemKey, encapsulate
from protocol.seams import SeededEntropy

ENTROPY = SeededEntropy(b"hybrid tests".ljust(32))
OWN = HybridKey.of(ENTROPY(HYBRID_SECRET_BYTES))
OTHER = HybridKey.of(ENTROPY(HYBRID_SECRET_BYTES))
TEXT = b"word from home"
BOX = seal(OWN.public, TEXT, ENTROPY)


@given(st.binary(max_size=300))
def test_box_opens_for_its_recipient_and_has_one_size(plaintext: bytes) -> None:
    box = seal(OWN.public, plaintext, ENTROPY)
    assert len(box) == len(plaintext) + HYBRID_OVERHEAD
    assert open_box(OWN, box) == plaintext


@pytest.mark.parametrize("key", [HybridKey(OTHER.curve, OWN.kem), HybridKey(OWN.curve, OTHER.kem), OTHER])
def test_one_of_the_two_secrets_opens_nothing(key: HybridKey) -> None:
    with pytest.raises(ProtocolError):
        open_box(key, BOX)


def test_who_breaks_ml_kem_alone_finds_a_sealed_box_and_who_breaks_x25519_alone_not_even_that() -> None:
    secret = OWN.kem.decapsulate(BOX[:1088])
    keys = derive(b"sosik hybrid", BOX[:1088], OWN.curve.public, OWN.kem.public, key=secret, size=56)
    inner = crypto_aead_xchacha20poly1305_ietf_decrypt(BOX[1112:], None, keys[32:], keys[:32])
    assert sealed_box.open_box(OWN.curve, inner) == TEXT
    with pytest.raises(ProtocolError):
        sealed_box.open_box(OTHER.curve, inner)
    for start in (0, 1088, 1112):
        with pytest.raises(ProtocolError):
            sealed_box.open_box(OWN.curve, BOX[start:])


@given(st.integers(0, 8 * len(BOX) - 1))
def test_altered_box_is_rejected(bit: int) -> None:
    box = bytearray(BOX)
    box[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        open_box(OWN, bytes(box))


@given(st.binary(max_size=1500))
def test_arbitrary_bytes_are_only_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        open_box(OWN, data)


@pytest.mark.parametrize("size", [0, 1087, 1088, 1111, 1112, HYBRID_OVERHEAD - 1])
def test_short_box_is_rejected_before_any_work(size: int) -> None:
    with pytest.raises(ProtocolError, match="too short"):
        open_box(OWN, BOX[:size])


def test_nonce_commits_to_the_keys() -> None:
    """A box whose tag is right under a nonce of the sender's own choice opens nowhere: what the AEAD does not promise,
    that no text opens under two keys, the nonce does."""
    made = encapsulate(OWN.kem.public)
    keys = derive(b"sosik hybrid", made.ciphertext, OWN.curve.public, OWN.kem.public, key=made.secret, size=56)
    inner = sealed_box.seal(OWN.curve.public, TEXT, ENTROPY)
    for nonce in (keys[32:], bytes(24)):
        box = made.ciphertext + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(inner, None, nonce, keys[:32])
        if nonce == keys[32:]:
            assert open_box(OWN, box) == TEXT
        else:
            with pytest.raises(ProtocolError, match="another key"):
                open_box(OWN, box)


def test_same_kem_secret_for_another_recipient_has_another_key() -> None:
    made = encapsulate(OWN.kem.public)
    first, second = (
        seal_with(made, public, TEXT, SeededEntropy(bytes(32)))
        for public in (OWN.public, HybridPublic(OTHER.curve.public, OWN.kem.public))
    )
    assert first[1088:1112] != second[1088:1112]


@pytest.mark.parametrize("curve", [bytes(32), bytes([1]) + bytes(31), bytes(31)])
def test_recipient_that_nobody_can_seal_to_is_refused(curve: bytes) -> None:
    with pytest.raises(ProtocolError):
        seal(HybridPublic(curve, OWN.kem.public), TEXT, ENTROPY)
    with pytest.raises(ProtocolError):
        seal(HybridPublic(OWN.curve.public, bytes(1183)), TEXT, ENTROPY)


def test_stand_in_looks_like_any_key_and_everybody_can_make_it() -> None:
    box = seal(curve_only(OWN.curve.public), TEXT, ENTROPY)
    assert len(box) == len(BOX)
    everybody = stand_in(OWN.curve.public)
    assert open_box(HybridKey(OWN.curve, everybody), box) == TEXT
    with pytest.raises(ProtocolError):
        open_box(OWN, box)
    with pytest.raises(ProtocolError):
        open_box(HybridKey(OTHER.curve, everybody), box)


def test_x25519_secret_does_not_tell_the_ml_kem_seed() -> None:
    """Whoever computes the one from its public key must not get the other with it."""
    secret = ENTROPY(HYBRID_SECRET_BYTES)
    changed = HybridKey.of(bytes(32) + secret[32:])
    assert changed.kem.public == HybridKey.of(secret).kem.public
    assert kem_hash(changed.kem.public) != kem_hash(OWN.kem.public)
    with pytest.raises(ValueError, match="96 bytes"):
        HybridKey.of(secret[:32])
    assert KemKey(secret[32:]).public == changed.public.kem
