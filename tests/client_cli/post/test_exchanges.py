"""One exchange: its response is opened once, whatever it says, and what does not open is none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from client_cli.post import exchanges
from client_cli.post.exchanges import ExchangeInFlight, open_exchange
from client_cli.post.postman import Exchange, Postman
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status, open_response, seal_response
from protocol.seams import RelayId
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
