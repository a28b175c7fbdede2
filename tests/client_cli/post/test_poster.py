"""The POST of an exchange goes the exchange's own way, and what does not come is nothing."""

import pytest

from client_cli.network.relay_client import RelayUnreachable
from client_cli.post.poster import post_exchange
from client_cli.post.postman import Exchange
from protocol.seams import RelayId


class Way:
    """One way to relays, that notes what went over it."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.posted: list[tuple[str, bytes, bytes, int]] = []

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        self.posted.append((url, tls_pin, body, response_bytes))
        if self.answer is None:
            raise RelayUnreachable
        return self.answer


def exchange(*, proxied: bool) -> Exchange:
    return Exchange(RelayId(0), "https://relay.example/x", bytes(32), b"sealed", 8192, 1, proxied)


@pytest.mark.parametrize("proxied", [False, True])
async def test_an_exchange_goes_its_own_way_alone(proxied: bool) -> None:
    direct, proxy = Way(b"direct"), Way(b"proxy")
    answer = await post_exchange(exchange(proxied=proxied), direct, proxy)
    assert answer == (b"proxy" if proxied else b"direct")
    used, other = (proxy, direct) if proxied else (direct, proxy)
    assert used.posted == [("https://relay.example/x", bytes(32), b"sealed", 8192)]
    assert other.posted == []


async def test_what_cannot_be_reached_and_a_way_that_is_not_there_bring_nothing() -> None:
    assert await post_exchange(exchange(proxied=False), Way(None), None) is None
    direct = Way(b"direct")
    assert await post_exchange(exchange(proxied=True), direct, None) is None
    assert direct.posted == [], "never past the proxy"
