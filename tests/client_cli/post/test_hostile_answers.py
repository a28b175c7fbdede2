"""A relay that answers as no relay does, on a real socket: one error, within the time, and no memory."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from client_cli.network.relay_client import NO_PIN, RelayClient, RelayUnreachable
from protocol.sizes import REQUEST_BYTES

SIZE = 8192
LIMIT_S = 1.0
PATIENCE_S = 60.0
MEMORY_KB = 60_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 8192\r\nConnection: close\r\n\r\n"
Says = Callable[[], AsyncIterator[bytes]]


@asynccontextmanager
async def relay_that(says: Says) -> AsyncIterator[str]:
    """A listener that says this after a whole request, whatever it was; the URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            async for part in says():
                writer.write(part)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/p"
    finally:
        server.close()


async def drips() -> AsyncIterator[bytes]:
    """A byte now and then, for ever."""
    yield HEAD
    while True:
        yield b"x"
        await asyncio.sleep(0.05)


async def drips_in_the_head() -> AsyncIterator[bytes]:
    """The same before the body has begun."""
    while True:
        yield b"H"
        await asyncio.sleep(0.05)


async def never_ends() -> AsyncIterator[bytes]:
    """More than was announced, without end."""
    yield HEAD.replace(b"Content-Length: 8192\r\n", b"")
    while True:
        yield bytes(65536)


async def never_ends_in_chunks() -> AsyncIterator[bytes]:
    """Chunks without end."""
    yield HEAD.replace(b"Content-Length: 8192", b"Transfer-Encoding: chunked")
    while True:
        yield b"10000\r\n" + bytes(65536) + b"\r\n"


async def endless_headers() -> AsyncIterator[bytes]:
    """Header lines without end."""
    yield HEAD[:-2]
    while True:
        yield b"X-More: " + b"y" * 4000 + b"\r\n"


async def promises_for_ever() -> AsyncIterator[bytes]:
    """Interim answers without end."""
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\n\r\n"
        await asyncio.sleep(0.001)


async def sends_elsewhere() -> AsyncIterator[bytes]:
    """A redirect with the body that was wanted."""
    yield HEAD.replace(b"200 OK", b"307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/") + bytes(8192)


async def is_no_http() -> AsyncIterator[bytes]:
    """Bytes."""
    yield bytes(range(256)) * 64


HOSTILE = (
    drips,
    drips_in_the_head,
    never_ends,
    never_ends_in_chunks,
    endless_headers,
    promises_for_ever,
    sends_elsewhere,
    is_no_http,
)


@pytest.mark.parametrize("says", HOSTILE, ids=lambda says: says.__name__)
async def test_what_is_no_answer_is_one_error_within_the_time(says: Says) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with relay_that(says) as url:
        begun = time.monotonic()
        with pytest.raises(RelayUnreachable):
            await RelayClient(limit_s=LIMIT_S).post(url, NO_PIN, bytes(REQUEST_BYTES), SIZE)
        assert time.monotonic() - begun < LIMIT_S + PATIENCE_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KB
