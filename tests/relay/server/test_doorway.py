"""The bound on connections counts from the moment a connection is accepted, handshake or none."""

import asyncio
import ssl
from pathlib import Path

import pytest

from protocol.sizes import REQUEST_BYTES
from tests.kits.shellkit import PATH, STANDARD, PaperCore, RunningShell, exchange_seeing_records, post, running_shell

LIMIT = 8


async def silent(shell: RunningShell) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TCP connection that never sends a ClientHello."""
    return await asyncio.open_connection("127.0.0.1", shell.port)


async def answered(shell: RunningShell) -> bool:
    """Whether an ordinary exchange is answered now."""
    try:
        seen = await exchange_seeing_records(shell.port, post(PATH, b"s" * REQUEST_BYTES))
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
        return False
    return len(seen.answer.partition(b"\r\n\r\n")[2]) == STANDARD


async def until_answered(shell: RunningShell) -> None:
    """A place is given back by what the server does next, soon."""
    async with asyncio.timeout(10):
        while not await answered(shell):  # noqa: ASYNC110  # what is waited for is at the other end of a socket
            await asyncio.sleep(0.05)


async def test_connections_without_a_handshake_count_towards_the_bound(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), limit=LIMIT) as shell:
        assert await answered(shell)
        held = [await silent(shell) for _ in range(LIMIT)]
        await asyncio.sleep(0)
        assert not await answered(shell)
        reader, writer = await silent(shell)
        assert await reader.read(1) == b"", "one too many is closed at once, before a handshake"
        for _, one in [*held, (reader, writer)]:
            one.close()
        await until_answered(shell)


async def test_whoever_does_not_shake_hands_in_time_gives_the_place_back(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), read_s=0.3, limit=LIMIT) as shell:
        held = [await silent(shell) for _ in range(LIMIT)]
        await until_answered(shell)
        for reader, writer in held:
            assert await reader.read(1) == b""
            writer.close()


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", bytes(64), b"\x16\x03\x01\xff\xff"])
async def test_a_failed_handshake_gives_the_place_back(tmp_path: Path, sent: bytes) -> None:
    async with running_shell(tmp_path, PaperCore(), limit=2) as shell:
        for _ in range(5):
            reader, writer = await silent(shell)
            writer.write(sent)
            writer.write_eof()
            await reader.read()
            writer.close()
            await until_answered(shell)
