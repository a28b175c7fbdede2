"""A pass-through on this machine that notes the TLS records of each connection, as an observer of the wire does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

HEADER_BYTES: Final = 5
APPLICATION_DATA: Final = 23


@dataclass(slots=True)
class Tapped:
    """One connection: records as (direction, type, length) in the order they were complete; "up" is to the relay."""

    records: list[tuple[str, int, int]] = field(default_factory=list)
    total_bytes: dict[str, int] = field(default_factory=lambda: {"up": 0, "down": 0})
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def after_the_handshake(self) -> tuple[tuple[str, int], ...]:
        """Return the (direction, length) of what follows the client's Finished, its first encrypted record.

        The handshake before that holds a signature whose length varies by a byte or two by itself. Either end may
        close first, so the two directions are given one after the other.
        """
        first = self.records.index(next(one for one in self.records if one[:2] == ("up", APPLICATION_DATA)))
        later = self.records[first + 1 :]
        return tuple((way, size) for side in ("up", "down") for way, _, size in later if way == side)


@asynccontextmanager
async def wiretap(relay_port: int) -> AsyncIterator[tuple[int, list[Tapped]]]:
    """Listen on a port of 127.0.0.1 and pass every connection on to `relay_port`; that port, and what was seen."""
    tapped: list[Tapped] = []

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tapped.append(one := Tapped())
        there, back = await asyncio.open_connection("127.0.0.1", relay_port)
        await asyncio.gather(_copy(reader, back, one, "up"), _copy(there, writer, one, "down"), return_exceptions=True)
        one.ended.set()

    async with await asyncio.start_server(passed, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], tapped
        for one in tapped:
            await one.ended.wait()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: Tapped, way: str) -> None:
    waiting = b""
    while data := await reader.read(65536):
        one.total_bytes[way] += len(data)
        waiting += data
        while len(waiting) >= HEADER_BYTES:
            length = int.from_bytes(waiting[3:HEADER_BYTES], "big")
            if len(waiting) < HEADER_BYTES + length:
                break
            one.records.append((way, waiting[0], length))
            waiting = waiting[HEADER_BYTES + length :]
        writer.write(data)
        await writer.drain()
    writer.close()
