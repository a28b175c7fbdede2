"""Somebody who has reached a relay's port and means harm: connections that drip, bodies that never end, sizes that lie.

Real TLS sockets on this machine. Used in a `with`; everything is closed at its end.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from protocol.sizes import REQUEST_BYTES

HUGE: Final = 1 << 30
CONNECT_S: Final = 60.0


def plain_context() -> ssl.SSLContext:
    """TLS without any check of who answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(slots=True)
class HostileWire:
    """What one attacker holds open at a relay. `path`: the secret path, which every member knows."""

    port: int
    path: str
    _open: list[asyncio.StreamWriter] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=plain_context())
        self._open.append(writer)
        return reader, writer

    async def begin(self, beginning: bytes) -> None:
        """Send the beginning of something and hold the connection."""
        _, writer = await self._connect()
        writer.write(beginning)

    async def hold(self, count: int) -> None:
        """Hold so many connections: silent, in the middle of a head, and in the middle of a body, in turn."""
        beginnings = (b"", b"POST " + self.path.encode(), self.head(REQUEST_BYTES) + b"x" * 100)
        for number in range(count):
            await self.begin(beginnings[number % len(beginnings)])

    def head(self, length: int) -> bytes:
        """The head of a POST to the secret path."""
        return f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()

    async def ask(self, request: bytes) -> bytes:
        """Send bytes; everything that comes back until the relay ends the connection, nothing if it cuts it."""
        reader, writer = await self._connect()
        writer.write(request)
        with suppress(ConnectionError, ssl.SSLError):
            async with asyncio.timeout(CONNECT_S):
                return await reader.read()
        return b""

    async def oversized(self) -> list[bytes]:
        """What is said to bodies of sizes that nobody sends: announced huge, in chunks, negative, twice."""
        path = self.path.encode()
        start = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        wrong = (
            start + b"Content-Length: %d\r\n\r\n" % HUGE + b"x" * 70_000,
            start + b"Content-Length: %d\r\n\r\n" % (REQUEST_BYTES + 1) + b"x" * (REQUEST_BYTES + 1),
            start + b"Transfer-Encoding: chunked\r\n\r\n" + b"ffffff\r\n" + b"x" * 70_000,
            start + b"Content-Length: -5\r\n\r\n",
            start + b"Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % (REQUEST_BYTES, REQUEST_BYTES + 1),
            start + b"X: y\r\n" * 5000 + b"\r\n",
        )
        return [await self.ask(request) for request in wrong]
