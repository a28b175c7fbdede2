"""Wires stand where a relay is said to be: what they let through comes through, and what they end is ended."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from lab.faults.wires import Trouble
from lab.faults.wires import Wires as FaultyWires
from lab.processes.processes import Network, run_here, wait_until
from lab.processes.wires import Wires

ASKED, ANSWERED = b"a question", b"an answer"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """One relay that never runs: its place is taken by a server of the test's own."""
    return Network.make(tmp_path, relays=1, tls=False, run=run_here)


@pytest.fixture
def plain(network: Network) -> Iterator[Wires]:
    with Wires(network) as made:
        yield made


@pytest.fixture
def faulty(network: Network) -> Iterator[FaultyWires]:
    with FaultyWires(network, Random(1)) as made:
        yield made


class Relay:
    """Answers at the relay's real port, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readexactly(len(ASKED)))
        writer.write(ANSWERED)
        writer.close()


async def ask(wires: Wires) -> bytes:
    """What comes back to somebody who asks where the relay is said to be."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wires.network.relays[0].port)
    try:
        writer.write(ASKED)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def asked_behind(wires: Wires, relay: Relay) -> bytes:
    async with await asyncio.start_server(relay.serve, "127.0.0.1", wires.ports[0]):
        return await ask(wires)


async def until(done: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, "the wires to come so far", done, 10, 0.01)


def test_a_relay_is_told_to_listen_behind_its_wire(plain: Wires) -> None:
    config = (plain.network.relays[0].directory / "relay.toml").read_text("utf-8")
    assert f"port = {plain.ports[0]}" in config
    assert f"port = {plain.network.relays[0].port}" not in config


async def test_a_wire_passes_on_both_ways_and_can_refuse(plain: Wires) -> None:
    relay = Relay()
    assert await asked_behind(plain, relay) == ANSWERED
    assert relay.asked == [ASKED]
    plain.refuse(0)
    with pytest.raises(ConnectionRefusedError):
        await asked_behind(plain, relay)
    plain.listen(0)
    assert await asked_behind(plain, relay) == ANSWERED


async def test_connections_that_hang_are_let_go(faulty: FaultyWires) -> None:
    faulty.set(Trouble.HALF_OPEN)
    hanging = asyncio.create_task(ask(faulty))
    await until(lambda: faulty.suffered > 0)
    assert not hanging.done()
    faulty.set(Trouble.NONE)
    assert await hanging == b""
    assert await asked_behind(faulty, Relay()) == ANSWERED


async def test_an_answer_is_lost_after_the_request_came(faulty: FaultyWires) -> None:
    faulty.set(Trouble.DEAF)
    with pytest.raises(ConnectionResetError):
        await asked_behind(faulty, relay := Relay())
    assert relay.asked == [ASKED]


async def test_a_request_is_delivered_twice_and_once_more_later(faulty: FaultyWires) -> None:
    relay = Relay()
    async with await asyncio.start_server(relay.serve, "127.0.0.1", faulty.ports[0]):
        faulty.set(Trouble.TWICE)
        assert await ask(faulty) == ANSWERED
        await until(lambda: faulty.remembered > 0)
        assert await asyncio.to_thread(faulty.replay) == 1
    assert relay.asked == [ASKED] * 3
