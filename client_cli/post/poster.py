"""What makes the POST of an exchange, and making it on the way the exchange goes. Spec: docs/protocol.md, Exchange."""

from typing import Protocol

from client_cli.network.relay_client import RelayUnreachable
from client_cli.post.postman import Exchange

__all__ = ["Poster", "post_exchange"]


class Poster(Protocol):
    """What makes the POST: `RelayClient`, or a network in memory."""

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        """Post `body` and return exactly `response_bytes` bytes. RelayUnreachable: nothing usable came."""
        ...


async def post_exchange(exchange: Exchange, client: Poster, proxied: Poster | None) -> bytes | None:
    """Make the POST on the way the exchange goes; None when nothing usable came."""
    poster = proxied if exchange.proxied else client
    if poster is None:
        return None
    try:
        return await poster.post(exchange.url, exchange.tls_pin, exchange.body, exchange.response_bytes)
    except RelayUnreachable:
        return None
