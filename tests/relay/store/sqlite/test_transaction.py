"""What a transaction on SQLite costs, and that whoever is cancelled leaves none open."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from protocol.routes.frames import NO_REF, FrameKind
from protocol.seams import RelayId
from relay.core.interface import Count
from relay.store.records import PacketRow
from relay.store.sqlite.store import SqliteStore
from tests.kits.world import World, cell

GROUP = 64
MOST_CROSSINGS = 12


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the thread of aiosqlite since the list was cleared: a change of threads each."""
    seen: list[str] = []
    real: Any = aiosqlite.Connection._execute

    async def execute(self: aiosqlite.Connection, function: Callable[..., Any], *rest: Any, **options: Any) -> Any:
        seen.append(str(rest[0]).partition("(?")[0] if rest else function.__name__)
        return await real(self, function, *rest, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", execute)
    return seen


async def test_a_group_of_64_exchanges_costs_at_most_twelve_changes_of_threads(
    tmp_path: Path, crossings: list[str]
) -> None:
    async with World(tmp_path) as world:
        relay = world.relays[0]
        clients = [world.client(f"client {number}") for number in range(GROUP)]
        for take in (b"t" * 31, b"u" * 31):
            bodies = [
                client.request(
                    client.deposit(take + bytes([number]), cell(number)), client.fetch(take + bytes([number]))[0]
                )[0]
                for number, client in enumerate(clients)
            ]
            accepted = relay.counts[Count.PACKETS_ACCEPTED]
            crossings.clear()
            await relay.exchanges(bodies, world.now)
            assert len(crossings) <= MOST_CROSSINGS, crossings
            assert relay.counts[Count.PACKETS_ACCEPTED] == accepted + 2 * GROUP
            # What was handed on meanwhile is erased with the next group.
            await world.run(10)
        assert relay.counts[Count.EXCHANGES_OK] == 2 * GROUP


async def test_whoever_is_cancelled_at_any_moment_leaves_no_transaction_open(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "relay.db")

    async def write(number: int) -> None:
        async with store.transaction() as tx:
            for step in range(3):
                row = PacketRow(number * 8 + step, 1, RelayId(1), FrameKind.PACKET, NO_REF, b"body")
                tx.add_packets([row])
                await tx.pool()

    try:
        for moments in range(40):
            task = asyncio.create_task(write(moments))
            for _ in range(moments):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            async with store.transaction() as tx:
                kept = [number for _, number, _, _ in await tx.pool() if number // 8 == moments]
                # All of it, where the commit was under way already, or nothing.
                assert len(kept) in (0, 3)
    finally:
        await store.close()
