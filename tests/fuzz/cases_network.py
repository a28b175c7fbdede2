"""Targets between clients and relays: requests and responses, the layers of a route, batches between relays."""

from collections.abc import Iterable
from contextlib import suppress

from nacl.bindings import crypto_box_easy_afternm

from protocol.board import pieces
from protocol.errors import ProtocolError
from protocol.primitives import aead, hybrid_box, sealed_box
from protocol.primitives.hybrid_box import HybridKey
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KemKey, encapsulate
from protocol.profile import Profile
from protocol.routes import frames, onion
from protocol.routes.exchange import encode_request, open_response, seal_response
from protocol.routes.onion import Deposit, Discard, Fetch, Forward, ForwardFetch, Layer
from protocol.seams import SeededEntropy
from protocol.sizes import (
    AEAD_OVERHEAD,
    BOX_OVERHEAD,
    CELL_BYTES,
    DEPOSIT_MIDDLE_BOX_BYTES,
    DEPOSIT_STORE_BOX_BYTES,
    DEPOSIT_STORE_LAYER_BYTES,
    FETCH_FIELD_BYTES,
    FETCH_MIDDLE_BOX_BYTES,
    FETCH_STORE_BOX_BYTES,
    FETCH_STORE_LAYER_BYTES,
    FORWARD_FETCH_HEAD_BYTES,
    FORWARD_HEAD_BYTES,
    FRAME_BYTES,
    KEM_CIPHERTEXT_BYTES,
    LINK_ACK_BYTES,
    MAX_BATCH_FRAMES,
    PACKET_FIELD_BYTES,
    REQUEST_PLAIN_BYTES,
    RESPONSE_BYTES,
    STORE_REPLY_BYTES,
)
from protocol.streams.cell import open_cell, seal_cell
from tests.fuzz.seeds import LONG, arguments, vectors
from tests.fuzz.target import Case, Finding, Target, fitted, plain, same
from tests.properties.parsers import GIVEN, PARSERS

KEY: bytes = GIVEN["key"]
HEAD: frames.LinkHead = GIVEN["head"]
_HEAD_BYTES = bytes([frames.VERSION, HEAD.sender, HEAD.receiver]) + b"\0\1\0\1"
KEM: KemKey = GIVEN["kem"]
MADE = encapsulate(KEM.public)
_FRONT = _HEAD_BYTES + MADE.ciphertext
_BATCH_KEY = derive(b"sosik batch", _FRONT, key=KEY + MADE.secret, size=64)[:32]
_RESPONSE_AAD = b"sosik response"
_REPLY_AAD = b"sosik reply"
_BODY_HEAD = 8 + 8 + 2
_ACK_PLAIN = LINK_ACK_BYTES - AEAD_OVERHEAD
LAYER_SIZES = {
    0: (PACKET_FIELD_BYTES - BOX_OVERHEAD, FETCH_FIELD_BYTES - BOX_OVERHEAD),
    1: (
        FORWARD_HEAD_BYTES + DEPOSIT_MIDDLE_BOX_BYTES,
        FORWARD_HEAD_BYTES + DEPOSIT_STORE_BOX_BYTES,
    ),
    2: (
        FORWARD_FETCH_HEAD_BYTES + FETCH_MIDDLE_BOX_BYTES,
        FORWARD_FETCH_HEAD_BYTES + FETCH_STORE_BOX_BYTES,
    ),
    3: (DEPOSIT_STORE_LAYER_BYTES,),
    4: (FETCH_STORE_LAYER_BYTES,),
}


def entropy() -> SeededEntropy:
    """The same stream for every input, so that an input always means the same bytes."""
    return SeededEntropy(bytes(32))


def _request(data: bytes) -> object:
    return same(PARSERS["routes.exchange.parse_request"], encode_request, fitted(data, REQUEST_PLAIN_BYTES))


def _response(data: bytes) -> object:
    """profile u8 | plaintext: sealed under the response key of a request of that profile."""
    profile = Profile(data[0] % 3) if data else Profile.STANDARD
    plaintext = fitted(data[1:], RESPONSE_BYTES[profile] - AEAD_OVERHEAD)
    body = aead.seal(KEY, plaintext, _RESPONSE_AAD, entropy())
    return same(
        lambda sent: open_response(KEY, sent), lambda response: seal_response(response, KEY, profile, entropy()), body
    )


def _responses() -> Iterable[bytes]:
    for args in arguments("response.open"):
        profile = Profile.METERED if len(args["body"]) == RESPONSE_BYTES[Profile.METERED] else Profile.STANDARD
        try:
            opened = aead.open_sealed(args["key"], args["body"], _RESPONSE_AAD)
        except ProtocolError:
            continue
        yield bytes([profile]) + opened[:LONG]


def sized_layer(data: bytes) -> bytes:
    """`kind and size u8 | rest` as a layer of a size that its kind has."""
    choice = data[0] if data else 0
    sizes = LAYER_SIZES.get(choice & 7, (8,))
    return bytes([choice & 7]) + fitted(data[1:], sizes[(choice >> 3) % len(sizes)] - 1)


def encode_layer(layer: Layer, size: int) -> bytes:
    """Return the layer's bytes; a discard fills `size`."""
    match layer:
        case Discard():
            return bytes(size)
        case Forward(relay, hold_ms, inner):
            return bytes([1, relay]) + hold_ms.to_bytes(4, "big") + inner
        case ForwardFetch(relay, hold_ms, back_ms, reply_key, inner):
            return bytes([2, relay]) + hold_ms.to_bytes(4, "big") + back_ms.to_bytes(4, "big") + reply_key + inner
        case Deposit(hole, cell):
            return b"\3" + hole + cell
        case Fetch(take, reply_key):
            return b"\4" + take + reply_key


def _layer(data: bytes) -> object:
    layer = sized_layer(data)
    return same(onion.peel, lambda found: encode_layer(found, len(layer)), layer)


def _layers() -> Iterable[bytes]:
    for args in arguments("onion.peel"):
        data: bytes = args["plaintext"]
        for place, size in enumerate(LAYER_SIZES.get(data[0] if data else 9, ())):
            if size == len(data):
                yield bytes([data[0] | place << 3]) + data[1:LONG]


def _box(data: bytes) -> object:
    secret = GIVEN["secret"]
    box = sealed_box.seal(sealed_box.public_of(secret), data, entropy())
    if sealed_box.open_box(secret, box) != data:
        raise Finding("a box opens to something else")
    return sealed_box.open_box(secret, data)


def _hybrid_box(data: bytes) -> object:
    """What is sealed opens; the same bytes as a box, and behind a ciphertext and nonce that are right."""
    own: HybridKey = GIVEN["own"]
    box = hybrid_box.seal(own.public, data, entropy())
    if hybrid_box.open_box(own, box) != data:
        raise Finding("a box opens to something else")
    with suppress(ProtocolError):
        return hybrid_box.open_box(own, box[: KEM_CIPHERTEXT_BYTES + aead.NONCE_BYTES] + data)
    return hybrid_box.open_box(own, data)


def _reply(data: bytes) -> object:
    """depth u8 | inside: a reply whose outer layers are right, down to the store's status and cell."""
    keys = (KEY, KEY, KEY)
    depth = data[0] % 4 if data else 0
    body = fitted(data[1:], STORE_REPLY_BYTES - AEAD_OVERHEAD + AEAD_OVERHEAD * (3 - depth))
    for key in keys[:depth]:
        body = aead.seal(key, body, _REPLY_AAD, entropy())
    return onion.open_reply(onion.ReplyKeys(*keys), body)


def _cell(data: bytes) -> object:
    message = fitted(data, CELL_BYTES - AEAD_OVERHEAD)
    if open_cell(KEY, seal_cell(KEY, message, entropy())) != message:
        raise Finding("a cell opens to something else")
    return open_cell(KEY, data)


def _frame(data: bytes) -> object:
    return same(frames.parse_frame, frames.encode_frame, fitted(data, FRAME_BYTES))


def under_link_key(key: bytes, plaintext: bytes) -> bytes:
    """nonce 24 | tag 16 | sealed, as relays seal batches and acknowledgements (docs/protocol.md, Links)."""
    nonce = entropy()(24)
    return nonce + crypto_box_easy_afternm(plaintext, nonce, key)


def _batch(data: bytes) -> object:
    """process 8 | sequence u64 | count u16 | beginnings of frames, 40 bytes each: a whole batch."""
    count = min(max(int.from_bytes(data[16:18], "big"), 1), MAX_BATCH_FRAMES)
    rest = data[_BODY_HEAD:]
    bodies = b"".join(fitted(rest[at * 40 : at * 40 + 40], FRAME_BYTES) for at in range(count))
    return same(
        lambda sent: frames.open_batch(sent, KEY, KEM)[0],
        lambda batch: frames.seal_batch(HEAD, KEY, MADE, batch, entropy())[0],
        _FRONT + under_link_key(_BATCH_KEY, fitted(data, _BODY_HEAD) + bodies),
    )


def _batches() -> Iterable[bytes]:
    for body in (b"\1" + bytes(16) + b"\0\xcb", b"\2" + b"r" * 16 + b"\x10\x29", b"\3" + bytes(16) + b"\0\x0b\0\1"):
        yield b"b" * 8 + (7).to_bytes(8, "big") + b"\0\2" + 2 * fitted(body, 40)


def _head(data: bytes) -> object:
    return frames.parse_head(fitted(data, frames.batch_bytes(1)))


def _ack(data: bytes) -> object:
    return same(
        lambda sent: frames.open_ack(sent, KEY),
        lambda ack: frames.seal_ack(KEY, ack, entropy()),
        under_link_key(KEY, fitted(data, _ACK_PLAIN)),
    )


def _pieces(data: bytes) -> object:
    """Frames of one peer, `length u16 | body` each, given to one joiner; and the whole as an entry that is cut."""
    joiner, at = pieces.EntryJoiner(), 0
    refused: ProtocolError | None = None
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        try:
            joiner.add(data[at + 2 : end])
        except ProtocolError as error:
            refused = error
        at = end
    entry = data[: pieces.MAX_ENTRY_BYTES]
    if entry and [joiner.add(body) for body in reversed(pieces.split_entry(entry))][-1] != entry:
        raise Finding("an entry that was cut is joined to another one")
    if refused is not None:
        raise refused
    return None


def _piece_frames() -> Iterable[bytes]:
    for args in arguments("pieces.join"):
        bodies = [body for body in args["bodies"] if len(body) < LONG]
        if bodies:
            yield b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


EXCHANGE = Target(
    "exchange",
    (
        Case("routes.exchange.parse_request", _request, vectors("request.parse", "plaintext")),
        Case("routes.exchange.open_response", _response, _responses),
        plain("routes.exchange.parse_request", encode_request, vectors("request.parse", "plaintext", slice(None))),
        Case(
            "routes.exchange.open_response",
            PARSERS["routes.exchange.open_response"],
            lambda: [bytes(8192)],
            opens=False,
        ),
    ),
)
ROUTE = Target(
    "route",
    (
        Case("routes.onion.peel", _layer, _layers),
        Case("routes.onion.open_reply", _reply, lambda: [b"\3\1cell", b"\3\0", b"\3\2", b"\2", b"\0"]),
        Case("primitives.sealed_box.open_box", _box, vectors("box.open", "box"), opens=False),
        Case(
            "primitives.aead.open_sealed",
            PARSERS["primitives.aead.open_sealed"],
            vectors("aead.open", "sealed"),
            opens=False,
        ),
        Case("streams.cell.open_cell", _cell, vectors("cell.open", "cell"), opens=False),
        plain("routes.onion.peel", seeds=vectors("onion.peel", "plaintext", slice(None))),
        Case("primitives.hybrid_box.open_box", _hybrid_box, vectors("hybrid.open", "box", slice(None)), opens=False),
    ),
)
LINK = Target(
    "link",
    (
        Case("routes.frames.parse_frame", _frame, vectors("frame.parse", "frame")),
        Case("routes.frames.open_batch", _batch, _batches),
        Case("routes.frames.open_ack", _ack, lambda: [b"b" * 8 + bytes(9), b"b" * 8 + bytes(8) + b"\1", b"b" * 17]),
        Case("routes.frames.parse_head", _head, lambda: [_HEAD_BYTES, b"\2"]),
        Case("pieces.EntryJoiner.add", _pieces, _piece_frames),
    ),
)
