"""One exchange: its response is opened once, whatever it says, and what does not open is none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from client_cli.post import exchanges
from client_cli.post.exchanges import ExchangeInFlight, open_exchange
from client_cli.post.postman import Exchange, Postman
from client_cli.streams.expected import StreamPlace
from client_cli.vault.keys import Key
from client_cli.vault.tallies import Tally, count
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.errors import ProtocolError
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status, open_response, seal_response
from protocol.seams import RelayId
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import (
    START,
    SmallNetwork,
    make_member,
    make_postman,
    seeded,
)

KEY = bytes([9]) * 32
NOWHERE = Cursor(0, 0)


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The keys that responses were opened with."""
    keys: list[bytes] = []

    def opening(key: bytes, body: bytes) -> Response:
        keys.append(key)
        return open_response(key, body)

    monkeypatch.setattr(exchanges, "open_response", opening)
    return keys


@pytest.mark.parametrize(
    ("begin", "responses"),
    [(lambda postman: postman.begin(postman.next_slot_at()), 1), (lambda postman: postman.begin_sync(START), 8)],
)
def test_each_response_is_opened_once(
    tmp_path: Path, openings: list[bytes], begin: Callable[[Postman], Exchange], responses: int
) -> None:
    network = SmallNetwork()
    with make_member(network, tmp_path, "mina") as vault:
        postman = make_postman(vault, "mina")
        postman.start(START)
        exchange = begin(postman)
        postman.finish(exchange.handle, network.answer(exchange, START), START)
        assert postman.counts.answered == 1
    assert len(openings) == responses
    assert len(set(openings)) == responses


@pytest.mark.parametrize("status", [*Status, None])
def test_a_response_says_its_status_and_only_a_good_one_is_taken_in(status: Status | None) -> None:
    flight = ExchangeInFlight(RelayId(0), Profile.STANDARD, KEY, bytes(16), 0, 0, NOWHERE, 0.0)
    body: bytes | None = bytes(8192)
    if status is not None:
        response = Response(status, bytes(32), 0, None, 0, NOWHERE, NOWHERE, NOWHERE, b"")
        body = seal_response(response, KEY, Profile.STANDARD, seeded("answer"))
    (opened,) = open_exchange([flight], body)
    assert opened.status is status
    assert (opened.response is not None) is (status is Status.OK)
    for wrong in (None, b"", (body or b"") + b"\0"):
        assert [one.status for one in open_exchange([flight], wrong)] == [None]


@pytest.mark.parametrize("garbage", [b"", b"x", bytes(8192), bytes(16384)])
def test_garbage_for_an_answer_is_a_failed_exchange(network: SmallNetwork, member: Vault, garbage: bytes) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    exchange = postman.begin(postman.next_slot_at())
    postman.finish(exchange.handle, garbage, START)
    assert postman.counts.failed == 1


@pytest.mark.parametrize("broken", [ProtocolError("a rule"), ValueError("not foreseen"), KeyError("not foreseen")])
def test_an_answer_that_breaks_a_rule_is_counted_and_taken_off_the_shelf(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    """Whatever it brings about: the program goes on, and the next answers come."""
    pair.start()
    pair.run(START + HOUR)
    refused: list[StreamPlace] = []

    def accept(tx: Tx, place: StreamPlace, *_: object) -> None:
        tx.put(Key.PROXY, b"half of what an answer changes")
        refused.append(place)
        raise broken

    with monkeypatch.context() as patched:
        patched.setattr(exchanges, "accept_cell", accept)
        pair.run(START + 2 * HOUR)
    assert refused
    pair.run(START + 3 * HOUR)
    with pair.vaults["Ara"].transaction() as ara, pair.vaults["Bora"].transaction() as bora:
        assert count(ara, Tally.REPLIES_REFUSED) + count(bora, Tally.REPLIES_REFUSED) == len(refused)
        assert ara.get(Key.PROXY) is bora.get(Key.PROXY) is None
        asked = [seen.request.collect for seen in pair.network.seen if seen.request.collect > 1]
        assert max(asked.count(number) for number in asked) <= 4  # by two people, and while it has not come yet
    assert all(postman.counts.failed == 0 for postman in pair.postmen.values())
