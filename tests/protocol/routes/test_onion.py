"""Route layers: every relay peels exactly its layer, sizes never tell, and replies come back through three keys."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives import aead, sealed_box
from protocol.routes import onion
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import (
    CELL_BYTES,
    DEPOSIT_MIDDLE_BOX_BYTES,
    DEPOSIT_STORE_BOX_BYTES,
    FETCH_FIELD_BYTES,
    FETCH_MIDDLE_BOX_BYTES,
    FETCH_STORE_BOX_BYTES,
    MIDDLE_REPLY_BYTES,
    PACKET_FIELD_BYTES,
    SHELF_REPLY_BYTES,
    STORE_REPLY_BYTES,
)

ENTROPY = SeededEntropy(b"onion tests".ljust(32))
SECRETS = {RelayId(n): ENTROPY(32) for n in (1, 2, 3)}
KEYS = {relay: sealed_box.public_of(secret) for relay, secret in SECRETS.items()}
ENTRY, MIDDLE, STORE = RelayId(1), RelayId(2), RelayId(3)
ROUTE = onion.Route(ENTRY, MIDDLE, STORE, 1.5, 2.25, 3.125)
HOLE, TAKE, CELL = bytes(range(32)), bytes(range(32, 64)), ENTROPY(CELL_BYTES)

RELAYS = st.sampled_from(sorted(SECRETS))
HOLDS = st.integers(0, 2**32 - 1).map(lambda ms: ms / 1000)
ROUTES = st.builds(onion.Route, RELAYS, RELAYS, RELAYS, HOLDS, HOLDS, HOLDS)


def peel_at(relay: RelayId, box: bytes) -> onion.Layer:
    return onion.peel(sealed_box.open_box(SECRETS[relay], box))


@given(ROUTES, st.binary(min_size=32, max_size=32))
def test_deposit_is_peeled_relay_by_relay(route: onion.Route, hole: bytes) -> None:
    """Whatever the route, the same relay twice included: the holds in order, then the cell and its hole."""
    field = onion.seal_deposit(route, KEYS, hole, CELL, ENTROPY)
    assert len(field) == PACKET_FIELD_BYTES
    at_entry = peel_at(route.entry, field)
    assert isinstance(at_entry, onion.Forward)
    assert (at_entry.next, at_entry.hold_ms) == (route.middle, round(route.hold_entry_s * 1000))
    assert len(at_entry.inner) == DEPOSIT_MIDDLE_BOX_BYTES
    at_middle = peel_at(route.middle, at_entry.inner)
    assert isinstance(at_middle, onion.Forward)
    assert (at_middle.next, at_middle.hold_ms) == (route.store, round(route.hold_middle_s * 1000))
    assert len(at_middle.inner) == DEPOSIT_STORE_BOX_BYTES
    assert peel_at(route.store, at_middle.inner) == onion.Deposit(hole, CELL)


@given(ROUTES, st.binary(min_size=32, max_size=32), st.one_of(st.none(), st.just(CELL)))
def test_reply_returns_through_every_key_of_its_fetch(route: onion.Route, take: bytes, cell: bytes | None) -> None:
    field, keys = onion.seal_fetch(route, KEYS, take, ENTROPY)
    assert len(field) == FETCH_FIELD_BYTES
    at_entry = peel_at(route.entry, field)
    assert isinstance(at_entry, onion.ForwardFetch)
    assert (at_entry.next, at_entry.hold_ms) == (route.middle, round(route.hold_entry_s * 1000))
    assert (at_entry.back_ms, at_entry.reply_key) == (0, keys.entry)
    assert len(at_entry.inner) == FETCH_MIDDLE_BOX_BYTES
    at_middle = peel_at(route.middle, at_entry.inner)
    assert isinstance(at_middle, onion.ForwardFetch)
    assert (at_middle.next, at_middle.hold_ms) == (route.store, round(route.hold_middle_s * 1000))
    assert (at_middle.back_ms, at_middle.reply_key) == (round(route.hold_back_s * 1000), keys.middle)
    assert len(at_middle.inner) == FETCH_STORE_BOX_BYTES
    at_store = peel_at(route.store, at_middle.inner)
    assert at_store == onion.Fetch(take, keys.store)

    reply = onion.answer_store(keys.store, cell, ENTROPY)
    assert len(reply) == STORE_REPLY_BYTES
    reply = onion.wrap_reply(keys.middle, reply, ENTROPY)
    assert len(reply) == MIDDLE_REPLY_BYTES
    reply = onion.wrap_reply(keys.entry, reply, ENTROPY)
    assert len(reply) == SHELF_REPLY_BYTES
    assert onion.open_reply(keys, reply) == cell


def test_no_two_layers_share_bytes() -> None:
    """A relay cannot tell which packet that came in is which that went out by looking at them."""
    field = onion.seal_deposit(ROUTE, KEYS, HOLE, CELL, ENTROPY)
    middle_box = peel_at(ENTRY, field)
    assert isinstance(middle_box, onion.Forward)
    chunks = {field[at : at + 8] for at in range(len(field) - 7)}
    assert not any(middle_box.inner[at : at + 8] in chunks for at in range(len(middle_box.inner) - 7))


@pytest.mark.parametrize("missing", [ENTRY, MIDDLE, STORE])
def test_field_without_a_live_key_is_random_bytes_of_its_size(missing: RelayId) -> None:
    keys = {relay: key for relay, key in KEYS.items() if relay != missing}
    packet = onion.seal_deposit(ROUTE, keys, HOLE, CELL, ENTROPY)
    fetch, _ = onion.seal_fetch(ROUTE, keys, TAKE, ENTROPY)
    assert (len(packet), len(fetch)) == (PACKET_FIELD_BYTES, FETCH_FIELD_BYTES)
    for secret in SECRETS.values():
        assert sealed_box.find_open([secret], packet) is None
        assert sealed_box.find_open([secret], fetch) is None


@pytest.mark.parametrize("size", [PACKET_FIELD_BYTES, FETCH_FIELD_BYTES])
def test_discard_has_the_size_of_the_field_it_fills(size: int) -> None:
    field = onion.seal_discard(KEYS[ENTRY], size, ENTROPY)
    assert len(field) == size
    assert peel_at(ENTRY, field) == onion.Discard()
    assert len(onion.seal_discard(None, size, ENTROPY)) == size


def test_discard_of_any_other_size_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="field"):
        onion.seal_discard(None, 4000, ENTROPY)


def layers() -> list[bytes]:
    """Return one plaintext of every kind and size."""
    packet = onion.seal_deposit(ROUTE, KEYS, HOLE, CELL, ENTROPY)
    fetch, _ = onion.seal_fetch(ROUTE, KEYS, TAKE, ENTROPY)
    found = []
    for box in (packet, fetch):
        for relay in (ENTRY, MIDDLE, STORE):
            found.append(sealed_box.open_box(SECRETS[relay], box))
            layer = onion.peel(found[-1])
            box = layer.inner if isinstance(layer, onion.Forward | onion.ForwardFetch) else b""
    return [*found, *(bytes(size - sealed_box.BOX_OVERHEAD) for size in (PACKET_FIELD_BYTES, FETCH_FIELD_BYTES))]


LAYERS = layers()


@pytest.mark.parametrize("plaintext", LAYERS)
def test_layer_is_accepted_in_exactly_its_sizes(plaintext: bytes) -> None:
    onion.peel(plaintext)
    for wrong in (plaintext[:-1], plaintext + b"\0", plaintext[:1], plaintext + plaintext):
        with pytest.raises(ProtocolError):
            onion.peel(wrong)


@pytest.mark.parametrize("size", [len(plaintext) for plaintext in LAYERS])
def test_kind_is_refused_in_the_size_of_another(size: int) -> None:
    for kind in range(256):
        plaintext = bytes([kind]) + bytes(size - 1)
        if any(known[0] == kind and len(known) == size for known in LAYERS):
            onion.peel(plaintext)
        else:
            with pytest.raises(ProtocolError):
                onion.peel(plaintext)


def test_discard_that_carries_anything_is_rejected() -> None:
    with pytest.raises(ProtocolError):
        onion.peel(bytes(PACKET_FIELD_BYTES - sealed_box.BOX_OVERHEAD - 1) + b"\1")


def test_entry_that_shall_hold_replies_is_rejected() -> None:
    plaintext = bytearray(LAYERS[3])
    plaintext[9] = 1  # lowest byte of back_ms
    with pytest.raises(ProtocolError):
        onion.peel(bytes(plaintext))


@given(
    st.one_of(
        st.binary(max_size=5000), st.sampled_from(LAYERS).flatmap(lambda p: st.binary(min_size=len(p), max_size=len(p)))
    )
)
def test_arbitrary_bytes_are_only_a_protocol_error(plaintext: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        onion.peel(plaintext)


def full_reply(cell: bytes | None) -> tuple[onion.ReplyKeys, bytes]:
    keys = onion.ReplyKeys(ENTROPY(32), ENTROPY(32), ENTROPY(32))
    reply = onion.answer_store(keys.store, cell, ENTROPY)
    return keys, onion.wrap_reply(keys.entry, onion.wrap_reply(keys.middle, reply, ENTROPY), ENTROPY)


def test_reply_is_found_by_trial_of_keys() -> None:
    keys, reply = full_reply(CELL)
    other, _ = full_reply(CELL)
    with pytest.raises(ProtocolError):
        onion.open_reply(other, reply)
    for wrong in (replace(keys, middle=other.middle), replace(keys, store=other.store)):
        with pytest.raises(ProtocolError):
            onion.open_reply(wrong, reply)
    assert onion.open_reply(keys, reply) == CELL


@given(st.integers(0, 8 * SHELF_REPLY_BYTES - 1))
def test_tampered_reply_is_rejected(bit: int) -> None:
    keys, reply = full_reply(CELL)
    altered = bytearray(reply)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        onion.open_reply(keys, bytes(altered))


@given(st.integers(0, 8 * PACKET_FIELD_BYTES - 1))
def test_tampered_layer_is_rejected(bit: int) -> None:
    altered = bytearray(onion.seal_deposit(ROUTE, KEYS, HOLE, CELL, ENTROPY))
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        sealed_box.open_box(SECRETS[ENTRY], bytes(altered))


def test_unknown_reply_status_is_rejected() -> None:
    keys = onion.ReplyKeys(ENTROPY(32), ENTROPY(32), ENTROPY(32))
    body = b"\2" + CELL
    for key in (keys.store, keys.middle, keys.entry):
        body = aead.seal(key, body, b"sosik reply", ENTROPY)
    with pytest.raises(ProtocolError):
        onion.open_reply(keys, body)


@given(st.binary(max_size=100))
def test_reply_of_wrong_size_is_rejected(body: bytes) -> None:
    keys = onion.ReplyKeys(bytes(32), bytes(32), bytes(32))
    with pytest.raises(ProtocolError):
        onion.open_reply(keys, body)
    with pytest.raises(ProtocolError):
        onion.wrap_reply(bytes(32), body, ENTROPY)


def test_misused_sizes_and_holds_are_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="cell"):
        onion.seal_deposit(ROUTE, KEYS, HOLE, CELL + b"x", ENTROPY)
    with pytest.raises(ValueError, match="take"):
        onion.seal_fetch(ROUTE, KEYS, TAKE + b"x", ENTROPY)
    with pytest.raises(ValueError, match="cell"):
        onion.answer_store(bytes(32), b"x", ENTROPY)
    for hold in (-1.0, 2.0**32):
        with pytest.raises(ValueError, match="hold"):
            onion.seal_deposit(replace(ROUTE, hold_middle_s=hold), KEYS, HOLE, CELL, ENTROPY)


def test_reply_keys_are_not_shown() -> None:
    keys, _ = full_reply(None)
    assert "b'" not in repr(keys)
    assert 'b"' not in repr(keys)
