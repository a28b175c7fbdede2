"""The exchange: one size each way, one encoding, and nothing but ProtocolError from strangers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives import aead, hybrid_box
from protocol.primitives.hybrid_box import HybridKey
from protocol.profile import Profile
from protocol.routes import exchange
from protocol.routes.exchange import Cursor, PassKind, Request, Response, Status
from protocol.seams import SeededEntropy
from protocol.sizes import (
    ACCESS_BYTES,
    FETCH_FIELD_BYTES,
    PACKET_FIELD_BYTES,
    PASS_BYTES,
    REQUEST_BYTES,
    REQUEST_PLAIN_BYTES,
    REQUEST_USED_BYTES,
    RESPONSE_BYTES,
    RESPONSE_HEAD_BYTES,
    SHELF_REPLY_BYTES,
    STRETCH_BYTES,
    SYNC_EXCHANGES,
)

ENTROPY = SeededEntropy(b"exchange tests".ljust(32))
OWN = HybridKey.of(ENTROPY(96))
GUARD = OWN.public
KEY = ENTROPY(32)
PACKET, FETCH, REPLY = ENTROPY(PACKET_FIELD_BYTES), ENTROPY(FETCH_FIELD_BYTES), ENTROPY(SHELF_REPLY_BYTES)

U32 = st.integers(0, 2**32 - 1)
CURSORS = st.builds(Cursor, U32, U32)
PASSES = st.sampled_from(PassKind).flatmap(
    lambda kind: st.tuples(st.just(kind), st.binary(min_size=(n := exchange.admission_bytes(kind)), max_size=n))
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    kind, admission = draw(PASSES)
    shelf, next_shelf = draw(st.binary(min_size=16, max_size=16)), draw(st.binary(min_size=16, max_size=16))
    profile, collect, durable = draw(st.sampled_from(Profile)), draw(U32), draw(U32)
    key, cursor = draw(st.binary(min_size=32, max_size=32)), draw(CURSORS)
    return Request(profile, kind, admission, shelf, next_shelf, collect, durable, key, cursor, PACKET, FETCH)


@st.composite
def responses(draw: st.DrawFn, profile: Profile) -> Response:
    reply = draw(st.one_of(st.none(), st.tuples(U32, st.just(REPLY))))
    access = draw(st.binary(min_size=ACCESS_BYTES, max_size=ACCESS_BYTES))
    epoch, end = draw(st.integers(0, 2**16 - 1)), draw(U32)
    stretch = ENTROPY(draw(st.integers(0, STRETCH_BYTES[profile])))
    status = draw(st.sampled_from(Status))
    return Response(status, access, epoch, reply, end, draw(CURSORS), draw(CURSORS), draw(CURSORS), stretch)


REQUEST = Request(
    Profile.STANDARD, PassKind.TICKET, bytes(96), bytes(16), bytes(16), 7, 5, KEY, Cursor(9, 10), PACKET, FETCH
)
RESPONSE = Response(Status.OK, bytes(32), 3, (7, REPLY), 8, Cursor(1, 2), Cursor(1, 9), Cursor(4, 4), b"stretch")


@given(requests())
def test_request_comes_back_and_has_one_size(request: Request) -> None:
    sealed = exchange.seal_request(request, GUARD, ENTROPY)
    assert len(sealed) == REQUEST_BYTES
    assert exchange.parse_request(hybrid_box.open_box(OWN, sealed)) == request


@given(st.sampled_from(Profile).flatmap(lambda profile: st.tuples(st.just(profile), responses(profile))))
def test_response_comes_back_and_has_the_size_of_its_profile(sent: tuple[Profile, Response]) -> None:
    profile, response = sent
    sealed = exchange.seal_response(response, KEY, profile, ENTROPY)
    assert len(sealed) == RESPONSE_BYTES[profile]
    assert exchange.open_response(KEY, sealed) == response


def test_sizes_are_those_of_the_design() -> None:
    assert REQUEST_BYTES == 6144
    assert [RESPONSE_BYTES[profile] for profile in Profile] == [16384, 8192, 8192]
    assert len(exchange.encode_request(REQUEST)) == REQUEST_PLAIN_BYTES
    # Everything after what is used is padding: the layout and the constants agree on where that begins.
    plaintext = exchange.encode_request(replace(REQUEST, fetch=b"\xff" * FETCH_FIELD_BYTES))
    assert plaintext.rindex(b"\xff") == REQUEST_USED_BYTES - 1


@pytest.mark.parametrize("profile", Profile)
def test_response_holds_a_full_stretch_and_not_a_byte_more(profile: Profile) -> None:
    full = replace(RESPONSE, stretch=ENTROPY(STRETCH_BYTES[profile]))
    sealed = exchange.seal_response(full, KEY, profile, ENTROPY)
    assert exchange.open_response(KEY, sealed) == full
    assert len(aead.open_sealed(KEY, sealed, b"sosik response")) == RESPONSE_HEAD_BYTES + STRETCH_BYTES[profile]
    with pytest.raises(ValueError, match="larger"):
        exchange.seal_response(replace(full, stretch=full.stretch + b"x"), KEY, profile, ENTROPY)


@given(st.lists(st.tuples(st.integers(0, REQUEST_PLAIN_BYTES - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_request_that_parses_reencodes_identically(changes: list[tuple[int, int]]) -> None:
    plaintext = bytearray(exchange.encode_request(replace(REQUEST, pass_kind=PassKind.ACCESS, admission=bytes(32))))
    for at, value in changes:
        plaintext[at] = value
    try:
        request = exchange.parse_request(bytes(plaintext))
    except ProtocolError:
        return
    assert exchange.encode_request(request) == plaintext


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 255)), min_size=1, max_size=3), st.booleans())
def test_response_that_parses_reencodes_identically(changes: list[tuple[int, int]], present: bool) -> None:
    """Changes fall on the head (its first 49 bytes), the cursors and length, or the padding."""
    start = replace(RESPONSE, reply=RESPONSE.reply if present else None)
    sealed = exchange.seal_response(start, KEY, Profile.STANDARD, SeededEntropy(bytes(32)))
    plaintext = bytearray(aead.open_sealed(KEY, sealed, b"sosik response"))
    for at, value in changes:
        plaintext[at if at < 49 else at + RESPONSE_HEAD_BYTES - 60] = value
    altered = aead.seal(KEY, bytes(plaintext), b"sosik response", SeededEntropy(bytes(32)))
    try:
        response = exchange.open_response(KEY, altered)
    except ProtocolError:
        return
    assert exchange.seal_response(response, KEY, Profile.STANDARD, SeededEntropy(bytes(32))) == altered


def with_byte(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, 0), (0, 2), (1, 3), (2, 2), (REQUEST_PLAIN_BYTES - 1, 1), (REQUEST_USED_BYTES, 1)],
)
def test_unknown_value_or_padding_in_a_request_is_rejected(at: int, value: int) -> None:
    with pytest.raises(ProtocolError):
        exchange.parse_request(with_byte(exchange.encode_request(REQUEST), at, value))


def test_access_secret_with_trailing_bytes_is_rejected() -> None:
    plaintext = exchange.encode_request(replace(REQUEST, pass_kind=PassKind.ACCESS, admission=bytes(32)))
    exchange.parse_request(plaintext)
    with pytest.raises(ProtocolError):
        exchange.parse_request(with_byte(plaintext, 3 + PASS_BYTES - 1, 1))


@pytest.mark.parametrize("at", [0, 1, 36, 40, 44, 100])
def test_malformed_response_is_rejected(at: int) -> None:
    """Version, status, presence flag, number of an absent reply, bytes of an absent reply."""
    none = replace(RESPONSE, reply=None)
    plaintext = aead.open_sealed(KEY, exchange.seal_response(none, KEY, Profile.STANDARD, ENTROPY), b"sosik response")
    value = 9 if at != 44 else plaintext[44]
    altered = aead.seal(KEY, with_byte(plaintext, at, value), b"sosik response", ENTROPY)
    if at == 44:  # the number of the next reply: any value goes
        assert exchange.open_response(KEY, altered) == none
    else:
        with pytest.raises(ProtocolError):
            exchange.open_response(KEY, altered)


def test_stretch_longer_than_its_field_or_followed_by_anything_is_rejected() -> None:
    plaintext = aead.open_sealed(
        KEY, exchange.seal_response(RESPONSE, KEY, Profile.STANDARD, ENTROPY), b"sosik response"
    )
    at = RESPONSE_HEAD_BYTES - 2
    for length in (0xFFFF, STRETCH_BYTES[Profile.STANDARD] + 1, 6):
        altered = plaintext[:at] + length.to_bytes(2, "big") + plaintext[at + 2 :]
        with pytest.raises(ProtocolError):
            exchange.open_response(KEY, aead.seal(KEY, altered, b"sosik response", ENTROPY))


def test_response_under_another_key_is_rejected() -> None:
    sealed = exchange.seal_response(RESPONSE, KEY, Profile.GUARDED, ENTROPY)
    with pytest.raises(ProtocolError):
        exchange.open_response(bytes(32), sealed)


@given(st.one_of(st.binary(max_size=200), st.sampled_from([8192, 16384, 4968]).map(ENTROPY)))
def test_arbitrary_bytes_are_only_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        exchange.open_response(KEY, data)
    with pytest.raises(ProtocolError):
        exchange.parse_request(b"\xff" + data[1:])


def test_body_is_one_request_or_eight() -> None:
    one = exchange.seal_request(REQUEST, GUARD, ENTROPY)
    other = exchange.seal_request(REQUEST, GUARD, ENTROPY)
    assert exchange.split_body(one) == [one]
    assert exchange.split_body(one + other * (SYNC_EXCHANGES - 1)) == [one] + [other] * (SYNC_EXCHANGES - 1)


@pytest.mark.parametrize("size", [0, 6143, 6145, 2 * 6144, 7 * 6144, 9 * 6144])
def test_body_of_any_other_length_is_rejected(size: int) -> None:
    with pytest.raises(ProtocolError):
        exchange.split_body(bytes(size))


def test_misused_fields_are_a_bug_of_the_caller() -> None:
    bad = [
        replace(REQUEST, admission=bytes(32)),
        replace(REQUEST, packet=b""),
        replace(REQUEST, shelf=b""),
        replace(REQUEST, collect=-1),
        replace(REQUEST, durable=2**32),
    ]
    for request in bad:
        with pytest.raises(ValueError, match=r"size|range"):
            exchange.encode_request(request)
    for response in (replace(RESPONSE, access=b""), replace(RESPONSE, reply=(1, b"")), replace(RESPONSE, shelf_end=-1)):
        with pytest.raises(ValueError, match=r"size|range"):
            exchange.seal_response(response, KEY, Profile.STANDARD, ENTROPY)


def test_secrets_are_not_shown() -> None:
    shown = repr(replace(REQUEST, pass_kind=PassKind.ACCESS, admission=b"A" * 32, response_key=b"K" * 32))
    assert "AAAA" not in shown
    assert "KKKK" not in shown
