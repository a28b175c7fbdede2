"""A response that knows when its connection has ended. Imported late: aiohttp takes 0.2 s.

Invariant: whoever waited for `until_ended` does so for as long as the network takes, whatever the answer holds.
Spec: docs/protocol.md, Transport.
"""

import asyncio

import aiohttp
from aiohttp.connector import Connection

__all__ = ["WatchedResponse"]


class WatchedResponse(aiohttp.ClientResponse):
    """What `RelayClient` has aiohttp make."""

    _transport: asyncio.Transport | None = None
    _ended: "asyncio.Future[None] | None" = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """See aiohttp; the connection is let go of as soon as the answer is whole."""
        self._transport = connection.transport
        self._ended = None if connection.protocol is None else connection.protocol.closed
        return await super().start(connection)

    async def until_ended(self, patience_s: float) -> None:
        """Wait until the connection has ended on both sides; it is cut if that takes longer than `patience_s`."""
        if self._ended is None:
            return
        await asyncio.wait((self._ended,), timeout=patience_s)
        if not self._ended.done() and self._transport is not None:
            self._transport.abort()
            await asyncio.wait((self._ended,), timeout=patience_s)
        if self._ended.done() and not self._ended.cancelled():
            self._ended.exception()  # looked at: how it ended is of no interest
