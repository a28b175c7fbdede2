"""`sync`: a POST that checks and one of eight exchanges, counted as answered or not, and never beside `online`."""

from pathlib import Path

import pytest

from client_cli.community.joining import Refusal, find_refusal, join
from client_cli.errors import AlreadyOnline
from client_cli.i18n import _
from client_cli.network.relay_client import RelayUnreachable
from client_cli.post.postman import Exchange
from client_cli.running.sync import SyncResult, run_sync
from client_cli.status.facts import status
from client_cli.vault.lock import hold_online
from client_cli.wording.status import REFUSALS, sentences
from protocol.routes.exchange import Status
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


@pytest.mark.parametrize("again", [False, True])
async def test_a_used_invitation_is_known_from_the_first_answer_until_another_is_taken(
    memory_path: Path, again: bool
) -> None:
    network = SmallNetwork()
    network.says = Status.REFUSED
    wire = Wire(network)
    with make_member(network, memory_path, "solo") as vault:
        postman = make_postman(vault, "solo")
        assert not (await run_sync(vault, Clock(), postman, wire)).answered
        with vault.transaction() as tx:
            assert find_refusal(tx) is Refusal.INVITATION
        said = {sentence.text: sentence.warning for sentence in sentences(status(vault, START))}
        assert said[_(REFUSALS[Refusal.INVITATION])]
        if again:
            join(vault, network.invitation("another"), START)
        else:
            network.says = Status.OK  # the other post box lets us in
            while not (await run_sync(vault, Clock(), postman, wire)).answered:
                pass
        with vault.transaction() as tx:
            assert find_refusal(tx) is None
        told = [sentence.text for sentence in sentences(status(vault, START)) if "invitation" in sentence.text]
        assert ["another has let you in" in text for text in told] == ([] if again else [True])


async def test_nothing_is_sent_while_online_runs(memory_path: Path) -> None:
    network = SmallNetwork()
    wire = Wire(network)
    with make_member(network, memory_path, "solo") as vault, hold_online(vault.home), pytest.raises(AlreadyOnline):
        await run_sync(vault, Clock(), make_postman(vault, "solo"), wire)
    assert wire.bodies == []
