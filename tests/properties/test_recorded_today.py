"""Recorded today, read in twenty years: what somebody learns who kept every exchange and every link batch, and who is
then given the X25519 secret of every key that any of it was sealed to. docs/threats.md, "Somebody who records".

The reader below follows deposits as relays do, so a control shows that it reads everything once it has the ML-KEM
secrets too.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from protocol.community.descriptor import exchange_key
from protocol.errors import ProtocolError
from protocol.primitives import hybrid_box, sealed_box
from protocol.primitives.aead import NONCE_BYTES
from protocol.primitives.hybrid_box import HYBRID_SECRET_BYTES, HybridKey, HybridPublic, stand_in
from protocol.primitives.kem import KEM_CIPHERTEXT_BYTES, KemKey
from protocol.primitives.sealed_box import OpeningKey
from protocol.profile import Profile
from protocol.routes.exchange import Request, parse_request
from protocol.routes.frames import Frame, FrameKind, link_secret, open_batch, parse_head
from protocol.routes.onion import Deposit, Forward, Layer, peel
from protocol.sizes import REQUEST_BYTES
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import SealedBatch
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman, run_slots
from tests.kits.world import World, cell, relay_keys


class Recorder:
    """Reads a tape with the X25519 secrets of all relays; with `kems` also with their ML-KEM secrets."""

    def __init__(self, world: World, *, kems: bool) -> None:
        self._curves: dict[int, list[OpeningKey]] = {}
        self._kems: dict[int, list[KemKey]] = {}
        for number, relay in enumerate(world.relays):
            secrets = [relay_keys(number).door_secret, *(row.secret for row in relay._state.ring.rows)]
            self._curves[number] = [OpeningKey.of(secret[:32]) for secret in secrets]
            self._kems[number] = [stand_in(curve.public) for curve in self._curves[number]]
            if kems:
                self._kems[number] += [KemKey(secret[32:]) for secret in secrets if len(secret) == HYBRID_SECRET_BYTES]

    def holes_left(self, tape: list[bytes]) -> dict[bytes, bytes]:
        """The shelf of each client whose deposit can be followed, and the pigeonhole where it ends."""
        requests = [request for body in tape if len(body) == REQUEST_BYTES for request in self._requests(body)]
        frames = [frame.body for body in tape if len(body) != REQUEST_BYTES for frame in self._frames(body)]
        found = {}
        for request in requests:
            layer = self._layer(request.packet)
            while isinstance(layer, Forward) and layer.inner in frames:
                layer = self._layer(layer.inner)
            if isinstance(layer, Deposit):
                found[request.shelf] = layer.hole
        return found

    def packets(self, tape: list[bytes]) -> list[Frame]:
        """The packets in batches that open."""
        return [frame for body in tape for frame in self._frames(body) if frame.kind is FrameKind.PACKET]

    def _requests(self, body: bytes) -> Iterator[Request]:
        """What relay 0 was asked; also without the outer layer, wherever it may end."""
        curves = self._curves[0]
        for curve, start in product(curves, (0, KEM_CIPHERTEXT_BYTES, KEM_CIPHERTEXT_BYTES + NONCE_BYTES)):
            with suppress(ProtocolError):
                yield parse_request(sealed_box.open_box(curve, body[start:]))
        for curve, kem in product(curves, self._kems[0]):
            with suppress(ProtocolError):
                yield parse_request(hybrid_box.open_box(HybridKey(curve, kem), body))

    def _frames(self, body: bytes) -> Iterator[Frame]:
        head = parse_head(body)
        for sender, receiver in product(self._curves[head.sender], self._curves[head.receiver]):
            link = link_secret(sender.secret, receiver.public)
            for kem in self._kems[head.receiver]:
                with suppress(ProtocolError):
                    yield from open_batch(body, link, kem)[0].frames

    def _layer(self, box: bytes) -> Layer | None:
        for curve in [curve for curves in self._curves.values() for curve in curves]:
            with suppress(ProtocolError):
                return peel(sealed_box.open_box(curve, box))
        return None


class TapedWorld(World):
    """A world of which somebody keeps all that passes on its wires."""

    tape: list[bytes]

    async def ship(self, batches: Sequence[SealedBatch], sender: int) -> None:
        """Keep the batches."""
        self.tape += [batch.body for batch in batches]
        await super().ship(batches, sender)


async def _letters_left(world: TapedWorld, key: HybridPublic | None) -> dict[bytes, bytes]:
    """Two people leave a cell each, in exchanges sealed to this key; their shelves, and where the cells lie."""
    world.tape = []
    await world.run(30)
    left: dict[bytes, bytes] = {}
    for name in ("ara", "bora"):
        client = world.client(name)
        client.guard = key
        take = name.encode().ljust(32, b"t")
        packet = client.deposit(take, cell(1))
        body, _ = client.request(packet)
        world.tape.append(body)
        await world.relays[0].exchanges([body], world.now)
        left[client.shelf] = hole_of(Take(take))
    await world.run(60)
    async with world.stores[2].transaction() as tx:
        assert len(await tx.cells(list(left.values()))) == 2
    return left


async def test_recorded_exchanges_and_batches_tell_nothing_to_who_breaks_x25519() -> None:
    """Under the day's keys and, as for a client that was away, under the door's."""
    for by_day in (True, False):
        async with TapedWorld() as world:
            descriptor = world.relays[0].descriptor
            assert descriptor is not None
            left = await _letters_left(world, exchange_key(descriptor, world.now) if by_day else None)
            assert Recorder(world, kems=True).holes_left(world.tape) == left
            assert Recorder(world, kems=False).holes_left(world.tape) == {}


async def test_batches_alone_tell_nothing_to_who_breaks_x25519() -> None:
    async with TapedWorld() as world:
        await _letters_left(world, None)
        links = [body for body in world.tape if len(body) != REQUEST_BYTES]
        packets = [len(list(Recorder(world, kems=kems).packets(links))) for kems in (True, False)]
        assert packets[0] >= 4
        assert packets[1] == 0


@pytest.mark.parametrize(("profile", "exchanges"), [(Profile.METERED, 1), (Profile.STANDARD, 2), (Profile.GUARDED, 2)])
def test_a_newcomer_is_protected_by_x25519_alone_until_it_has_read_its_guards_keys_and_carries_nothing_till_then(
    tmp_path: Path, profile: Profile, exchanges: int
) -> None:
    network = SmallNetwork()
    with make_member(network, tmp_path, "Ara", profile) as vault:
        postman = make_postman(vault, "Ara")
        postman.start(START)
        run_slots(network, postman, START + 3 * 3600)
    guard = network.relays[0].door.curve
    alone = [_opens(HybridKey(guard, stand_in(guard.public)), body) for body in network.sent]
    assert alone == [True] * exchanges + [False] * (len(alone) - exchanges)
    assert len(alone) > 10
    assert {kind for seen in network.seen[:exchanges] for kind in (seen.packet.kind, seen.fetch.kind)} == {"unreadable"}
    assert "deposit" in {seen.packet.kind for seen in network.seen[exchanges:]}


def _opens(key: HybridKey, body: bytes) -> bool:
    try:
        hybrid_box.open_box(key, body)
    except ProtocolError:
        return False
    return True
