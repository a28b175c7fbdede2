"""`sync`: a POST that checks and one of eight exchanges, counted as answered or not, and never beside `online`."""

from pathlib import Path

import pytest

from client_cli.errors import AlreadyOnline
from client_cli.network.relay_client import RelayUnreachable
from client_cli.post.postman import Exchange
from client_cli.running.sync import SyncResult, run_sync
from client_cli.vault.lock import hold_online
from protocol.sizes import REQUEST_BYTES, SYNC_EXCHANGES
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman


class Clock:
    def now(self) -> float:
        return START


class Wire:
    """The small network as something that posts."""

    def __init__(self, network: SmallNetwork, *, cut: bool = False) -> None:
        self.network = network
        self.cut = cut
        self.bodies: list[bytes] = []

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        self.bodies.append(body)
        relay = next(relay for relay in self.network.relays if relay.url == url)
        answer = (
            None
            if self.cut
            else self.network.answer(Exchange(relay.number, url, tls_pin, body, response_bytes, 0), START)
        )
        if answer is None:
            raise RelayUnreachable
        return answer


@pytest.mark.parametrize("cut", [False, True])
async def test_a_sync_is_a_check_and_eight_and_says_whether_the_relay_answered(memory_path: Path, cut: bool) -> None:
    network = SmallNetwork()
    wire = Wire(network, cut=cut)
    with make_member(network, memory_path, "solo") as vault:
        assert await run_sync(vault, Clock(), make_postman(vault, "solo"), wire) == SyncResult(answered=not cut)
    eight = [] if cut else [SYNC_EXCHANGES * REQUEST_BYTES]
    assert [len(body) for body in wire.bodies] == [REQUEST_BYTES, *eight]


async def test_nothing_is_sent_while_online_runs(memory_path: Path) -> None:
    network = SmallNetwork()
    wire = Wire(network)
    with make_member(network, memory_path, "solo") as vault, hold_online(vault.home), pytest.raises(AlreadyOnline):
        await run_sync(vault, Clock(), make_postman(vault, "solo"), wire)
    assert wire.bodies == []
