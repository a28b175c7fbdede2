"""The pump ships what is due, and the links talk to pinned peers alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.community.roster import RosterRelay, sign_roster
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import BATCH_OVERHEAD, FRAME_BYTES, LINK_ACK_BYTES
from relay.core.interface import SealedBatch
from relay.events import NoEvents
from relay.home.directory import init_relay
from relay.operator.roster_maker import add_relays, new_community, sign_next
from relay.server.link_client import Links
from relay.server.pump import Post, Pump
from tests.kits.shellkit import NOW, PATH, FixedClock, PaperCore, running_shell

_BATCH = bytes(BATCH_OVERHEAD + FRAME_BYTES)


def _peer(port: int, pin: bytes, scheme: str = "https", host: str = "127.0.0.1") -> RosterRelay:
    return RosterRelay(1, f"{scheme}://{host}:{port}{PATH}", bytes(32), bytes(32), pin)


async def test_batch_reaches_a_pinned_peer_and_brings_its_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        ack = await Links().post(_peer(shell.port, shell.pin), _BATCH)
    assert ack is not None
    assert len(ack) == LINK_ACK_BYTES


async def test_wrong_pin_is_no_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        assert await Links().post(_peer(shell.port, b"\1" * 32), _BATCH) is None


async def test_without_a_pin_an_unknown_certificate_is_no_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        assert await Links().post(_peer(shell.port, bytes(32)), _BATCH) is None


async def test_wrong_path_is_no_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        peer = RosterRelay(1, f"https://127.0.0.1:{shell.port}/other", bytes(32), bytes(32), shell.pin)
        assert await Links().post(peer, _BATCH) is None


async def test_nobody_there_is_no_acknowledgement() -> None:
    assert await Links().post(_peer(1, b"\1" * 32), _BATCH) is None


async def test_plain_http_leaves_this_machine_never() -> None:
    assert await Links().post(_peer(1, bytes(32), "http", "relay.invalid"), _BATCH) is None


@pytest.fixture
def roster(tmp_path: Path) -> tuple[bytes, bytes]:
    """A signed roster of two relays, and its community key."""
    entropy = SeededEntropy(b"p" * 32)
    new_community(tmp_path / "family", "family", {}, entropy)
    for number in range(2):
        init_relay(
            tmp_path / str(number),
            host="127.0.0.1",
            port=0,
            tls=True,
            public_url=f"https://127.0.0.1:{number + 1}",
            ordinary_check=False,
            now=NOW,
            entropy=entropy,
        )
    add_relays(tmp_path / "family", [tmp_path / "0" / "relay.card", tmp_path / "1" / "relay.card"], False)
    signed = sign_next(tmp_path / "family", False, NOW, entropy)
    data = sign_roster(signed, (tmp_path / "family" / "community.key").read_bytes())
    return data, signed.community_key


@asynccontextmanager
async def _pumping(core: PaperCore, key: bytes, post: Post, worked: asyncio.Event) -> AsyncIterator[None]:
    task = asyncio.create_task(Pump(core, key, post, FixedClock(), worked, NoEvents()).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def _until_fates(core: PaperCore, count: int) -> None:
    async with asyncio.timeout(5):
        while len(core.fates) < count:
            core.told.clear()
            await core.told.wait()


async def test_due_batches_are_posted_to_their_peers_and_their_fate_is_told(roster: tuple[bytes, bytes]) -> None:
    data, key = roster
    posted: list[str] = []

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        posted.append(peer.url)
        return b"ack" if peer.number == 1 else None

    one, two = SealedBatch(RelayId(1), b"one", 1), SealedBatch(RelayId(0), b"two", 2)
    core = PaperCore(roster_bytes=data, due=[one, two])
    worked = asyncio.Event()
    async with _pumping(core, key, post, worked):
        await _until_fates(core, 2)
    assert sorted(core.fates, key=lambda fate: fate[0].token) == [(one, b"ack"), (two, None)]
    assert len(set(posted)) == 2


async def test_peer_that_left_the_roster_is_not_posted_to(roster: tuple[bytes, bytes]) -> None:
    data, key = roster

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        raise AssertionError("posted")

    gone = SealedBatch(RelayId(7), b"", 1)
    core = PaperCore(roster_bytes=data, due=[gone])
    worked = asyncio.Event()
    async with _pumping(core, key, post, worked):
        await _until_fates(core, 1)
    assert core.fates == [(gone, None)]


async def test_slow_peer_holds_up_nobody_else(roster: tuple[bytes, bytes]) -> None:
    data, key = roster
    never = asyncio.Event()

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        if peer.number == 0:
            await never.wait()
        return b"ack"

    core = PaperCore(roster_bytes=data, due=[SealedBatch(RelayId(0), b"", 1)])
    worked = asyncio.Event()
    async with _pumping(core, key, post, worked):
        await asyncio.sleep(0)
        core.due.append(SealedBatch(RelayId(1), b"", 2))
        worked.set()
        await _until_fates(core, 1)
    assert [batch.token for batch, _ in core.fates] == [2]


async def test_work_taken_in_wakes_the_pump(roster: tuple[bytes, bytes]) -> None:
    data, key = roster

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        return b"ack"

    core = PaperCore(roster_bytes=data)
    worked = asyncio.Event()
    async with _pumping(core, key, post, worked):
        for _ in range(5):
            await asyncio.sleep(0)
        core.due.append(SealedBatch(RelayId(1), b"", 1))
        worked.set()
        await _until_fates(core, 1)
