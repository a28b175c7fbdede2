"""Signatures bound to what they are for. See docs/protocol.md, "Signatures"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives.signing import check_signature, sign, verify_key_of

SEED = bytes(range(32))
KEY = verify_key_of(SEED)


@given(st.binary(max_size=16), st.binary(max_size=64))
def test_signature_holds_for_its_label_and_message_only(label: bytes, message: bytes) -> None:
    signature = sign(SEED, label, message)
    check_signature(KEY, label, message, signature)
    for other_label, other_message in [(label + b"x", message), (label, message + b"x"), (label + message, b"")]:
        if (other_label, other_message) != (label, message):
            with pytest.raises(ProtocolError):
                check_signature(KEY, other_label, other_message, signature)


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_arbitrary_keys_and_signatures_are_rejected(key: bytes, signature: bytes) -> None:
    for verify_key, signed in [
        (key, sign(SEED, b"l", b"m")),
        (KEY, signature),
        (bytes(32), bytes(64)),
        (key, signature),
    ]:
        with pytest.raises(ProtocolError):
            check_signature(verify_key, b"l", b"m", signed)
