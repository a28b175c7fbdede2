"""Targets that run: a real relay core that takes exchanges and batches, a real vault that takes responses.

Whatever comes, a relay answers in one size and raises nothing - what it raised would count as a failure of its store -
and a client takes in what it can. The relay goes on from one input to the next, the vault is as it was.
"""

import asyncio
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from client_cli.community.joining import join
from client_cli.post.exchanges import ExchangeInFlight, accept_response
from client_cli.randomness import Randomness
from client_cli.vault.vault import Vault
from lab.worlds.inline import open_inline
from lab.worlds.world import CHEAP_WORDS
from protocol.board.pieces import split_entry
from protocol.community.roster import sign_roster
from protocol.primitives import sealed_box
from protocol.primitives.hybrid_box import curve_only, stand_in
from protocol.primitives.kem import encapsulate
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, PassKind, Request, Response, Status, seal_request
from protocol.routes.frames import DOOR_KEY_DAY, NO_REF, Batch, Frame, FrameKind, LinkHead, link_secret, seal_batch
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import (
    BOX_OVERHEAD,
    FETCH_FIELD_BYTES,
    LINK_ACK_BYTES,
    PACKET_FIELD_BYTES,
    RESPONSE_BYTES,
    SHELF_REPLY_BYTES,
    STRETCH_BYTES,
)
from relay.core.service import RelayService
from relay.events import NoEvents
from relay.secrets import AccessKeys, RelayKeys
from tests.fuzz.cases_community import entries_of
from tests.fuzz.cases_files import folder_of_this_process
from tests.fuzz.cases_network import LAYER_SIZES, sized_layer
from tests.fuzz.target import Case, Finding, Target, fitted
from tests.properties.parsers import COMMUNITY, ROSTER

START = 1_800_000_000.0
SMALL_CAPS = {"max_shelves": 40, "max_packets": 200, "max_tags": 100, "max_replies_per_shelf": 8, "mean_hold_ms": 1000}
_LAYER = 16
_HEAD = 20


class _Relay:
    """One relay core on a store in memory, and the time it lives in."""

    def __init__(self) -> None:
        own = COMMUNITY.relays[0]
        constants = msgspec.structs.replace(ROSTER.constants, **SMALL_CAPS)
        roster = sign_roster(msgspec.structs.replace(ROSTER, constants=constants), COMMUNITY.community_secret)
        self.loop = asyncio.new_event_loop()
        self.now = START
        self.entropy = SeededEntropy(b"running".ljust(32, b"."))
        self.service = self.loop.run_until_complete(
            self._open(roster, RelayKeys(own.identity_secret, own.door_secret, own.number))
        )
        self.sequence = 0

    async def _open(self, roster: bytes, keys: RelayKeys) -> RelayService:
        return await RelayService.open(
            await open_inline(None),
            keys,
            roster,
            AccessKeys(COMMUNITY.access_secrets),
            self.entropy,
            self.now,
            NoEvents(),
        )

    def step(self) -> None:
        """A second passes: what is due is done."""
        self.now += 1.0
        self.loop.run_until_complete(self.service.tidy(self.now))
        self.loop.run_until_complete(self.service.run_due(self.now))


@cache
def _relay() -> _Relay:
    return _Relay()


def _box(data: bytes, size: int, key: bytes) -> bytes:
    """Layers of 16 bytes each, the outermost first, each sealed to the one relay there is."""
    choice = data[0] & 7 if data else 0
    layer = sized_layer(fitted(data[:1], 1) + data[1:_LAYER])
    inner = data[_LAYER:]
    for place, at in enumerate(LAYER_SIZES.get(choice, ())):
        if at + BOX_OVERHEAD == size:
            layer = sized_layer(bytes([choice | place << 3]) + data[1:_LAYER])
    if choice in (1, 2) and inner:
        head = 6 if choice == 1 else 42
        layer = layer[:head] + _box(inner, len(layer) - head, key)
    return sealed_box.seal(key, fitted(layer, size - BOX_OVERHEAD), _relay().entropy)


def _exchange(data: bytes) -> object:
    """pass u8 | shelf u8 | next shelf u8 | profile u8 | collect u32 | durable u32 | cursor u32, u32 | layers."""
    relay, head = _relay(), fitted(data[:_HEAD], _HEAD)
    descriptor = relay.service.descriptor
    assert descriptor is not None
    kind = PassKind.TICKET if head[0] == 2 else PassKind.ACCESS
    admission = {0: COMMUNITY.access_secret, 1: bytes(32)}.get(head[0], fitted(head, 96 if head[0] == 2 else 32))
    numbers = [int.from_bytes(head[at : at + 4], "big") for at in (4, 8, 12, 16)]
    split = min(len(data), _HEAD + 3 * _LAYER)
    request = Request(
        Profile(head[3] % 3),
        kind,
        admission,
        bytes([head[1]]) * 16,
        bytes([head[2]]) * 16,
        numbers[0],
        numbers[1],
        bytes(32),
        Cursor(numbers[2], numbers[3]),
        _box(data[_HEAD:split], PACKET_FIELD_BYTES, descriptor.day_key),
        _box(data[split:], FETCH_FIELD_BYTES, descriptor.day_key),
    )
    body = seal_request(request, curve_only(ROSTER.relay(RelayId(0)).door), relay.entropy)
    (answer,) = relay.loop.run_until_complete(relay.service.exchanges([body], relay.now))
    if len(answer) != RESPONSE_BYTES[request.profile]:
        raise Finding("an answer of another size")
    relay.step()
    return answer


def _link(data: bytes) -> object:
    """kind u8 | ref u8 | length u16 | rest: one frame; or entries of a board, in pieces: a batch of another relay."""
    relay = _relay()
    head = LinkHead(RelayId(1), RelayId(0), DOOR_KEY_DAY, DOOR_KEY_DAY)
    key = link_secret(COMMUNITY.relays[1].door_secret[:32], ROSTER.relay(RelayId(0)).door)
    relay.sequence += 1
    kind = data[0] if data else 0
    if kind in (FrameKind.PACKET, FrameKind.REPLY):
        sizes = {1: (4231, 4177, 203, 113), 2: (4137, 4177)}[kind]
        size = sizes[data[2] % len(sizes)] if len(data) > 2 else sizes[0]
        ref = NO_REF if kind == FrameKind.PACKET and size > 4000 else fitted(data[1:2], 16)
        day_key = relay.service.descriptor.day_key if relay.service.descriptor else bytes(32)
        body = _box(data[4:], size, day_key) if kind == FrameKind.PACKET else fitted(data[4:], size)
        frames = [Frame(FrameKind(kind), ref, body)]
    else:
        entry = entries_of(data[1:])[:65_000] or b"\5\0\4\0\0\0\0"
        frames = [Frame(FrameKind.PIECE, NO_REF, piece) for piece in split_entry(entry)][:16]
    kem = stand_in(ROSTER.relay(RelayId(0)).door).public
    batch, _ = seal_batch(head, key, encapsulate(kem), Batch(bytes(8), relay.sequence, tuple(frames)), relay.entropy)
    ack = relay.loop.run_until_complete(relay.service.link(batch, relay.now))
    if len(ack) != LINK_ACK_BYTES:
        raise Finding("an acknowledgement of another size")
    relay.step()
    return ack


class _Undo(Exception):
    """Takes a transaction back."""


@cache
def _vault() -> Vault:
    home: Path = folder_of_this_process() / "home"
    entropy = SeededEntropy(b"vault".ljust(32, b"."))
    vault = Vault.create(
        home, "some words", entropy, language="en", profile=Profile.STANDARD, now=START, cost=CHEAP_WORDS
    )
    join(vault, COMMUNITY.invitation(entropy, int(START // 86400) + 30), START)
    return vault


def _response(data: bytes) -> object:
    """epoch u8 | reply u8 | shelf end u32 | asked u8 | start, next, end as 3 x (u32, u8) | entries of a board."""
    head = fitted(data[:22], 22)
    asked, number = head[6], head[1]
    start, following, end = (Cursor(int.from_bytes(head[at : at + 4], "big"), head[at + 4]) for at in (7, 12, 17))
    stretch = entries_of(data[22:])[: STRETCH_BYTES[Profile.STANDARD]]
    reply = (number, fitted(data[1:], SHELF_REPLY_BYTES)) if number else None
    response = Response(
        Status.OK, bytes(32), head[0], reply, int.from_bytes(head[2:6], "big"), start, following, end, stretch
    )
    entropy = SeededEntropy(bytes(32))
    by_ticket = bool(head[0] & 1)
    flight = ExchangeInFlight(RelayId(0), Profile.STANDARD, bytes(32), bytes(16), asked, 1, start, 0.0, by_ticket)
    try:
        with _vault().transaction() as tx:
            accept_response(tx, flight, response, Randomness(entropy, entropy), START + 60.0)
            raise _Undo
    except _Undo:
        return None


def _exchanges() -> Iterable[bytes]:
    for kinds in ((0,), (1, 1, 3), (2, 2, 4)):
        layers = b"".join(fitted(bytes([kind, 0]), _LAYER) for kind in kinds)
        yield bytes(_HEAD) + fitted(layers, 3 * _LAYER) + layers
        yield bytes([1]) + bytes(_HEAD - 1) + layers
        yield bytes([2, 5, 6, 2]) + b"\xff" * 16 + layers


def _batches() -> Iterable[bytes]:
    yield b"\1\0\0\0" + fitted(b"\1", _LAYER) + fitted(b"\3", _LAYER)
    yield b"\2\7\0\0cell"
    yield b"\3\1\0\7\1\0\0\0\5\0\0"


def _stretches() -> Iterable[bytes]:
    roster = COMMUNITY.roster_bytes[64:]
    for mark in (b"", b"\5\0\4\0\0\0\5"):
        yield bytes(22) + mark + b"\3" + len(roster).to_bytes(2, "big") + roster
    yield b"\0\1\0\0\0\2\1" + bytes(15) + b"\1\0\7\0\0\0\0\5\0\0"


RUNNING = Target(
    "running",
    (
        Case("service.RelayService.exchanges", _exchange, _exchanges, ()),
        Case("service.RelayService.link", _link, _batches, ()),
        Case("exchanges.accept_response", _response, _stretches, ()),
    ),
)
