"""A SOCKS5 proxy on loopback for tests (RFC 1928, CONNECT without a login), which records what it is asked for.

It reaches the relays of the test only: every name, an .onion one included, leads to 127.0.0.1 and the port asked for.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

IPV4, NAME, IPV6 = 1, 3, 4
SUCCEEDED, REFUSED, COMMAND, KIND = 0, 5, 7, 8


@dataclass(slots=True)
class SocksProxy:
    """The proxy and what it saw: (kind of address, address, port) of each request, and the bytes that went up."""

    port: int = 0
    asked: list[tuple[int, str, int]] = field(default_factory=list)
    sent_up: int = 0
    silent: bool = False
    """Accept connections and say nothing: what a blocked proxy looks like."""
    refusing: bool = False
    """Refuse every request, as a proxy does that reaches nobody."""
    ports: dict[int, int] = field(default_factory=dict)
    """Where ports lead that stand for others; otherwise to the same."""

    @property
    def url(self) -> str:
        """What a person would type."""
        return f"socks5://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # the end of a connection, or of the test, in whatever way
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.silent:
            await reader.read()
            return
        version, methods = await reader.readexactly(2)
        offered = await reader.readexactly(methods)
        if version != 5 or 0 not in offered:
            writer.write(b"\x05\xff")
            return
        writer.write(b"\x05\x00")
        _, command, _, kind = await reader.readexactly(4)
        host = await self._host(reader, kind)
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        if host is None or command != 1:
            writer.write(bytes((5, KIND if host is None else COMMAND, 0, IPV4)) + bytes(6))
            return
        self.asked.append((kind, host, port))
        try:
            if self.refusing:
                raise ConnectionRefusedError
            onward, back = await asyncio.open_connection("127.0.0.1", self.ports.get(port, port))
        except OSError:
            writer.write(bytes((5, REFUSED, 0, IPV4)) + bytes(6))
            return
        writer.write(bytes((5, SUCCEEDED, 0, IPV4)) + bytes(6))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, back, up=True))
                group.create_task(self._pass(onward, writer, up=False))
        finally:
            back.close()

    async def _host(self, reader: asyncio.StreamReader, kind: int) -> str | None:
        match kind:
            case 1:
                return ".".join(map(str, await reader.readexactly(4)))
            case 3:
                (length,) = await reader.readexactly(1)
                return (await reader.readexactly(length)).decode("ascii")
            case 4:
                return (await reader.readexactly(16)).hex()
            case _:
                return None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        while data := await reader.read(65536):
            self.sent_up += len(data) if up else 0
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


@asynccontextmanager
async def socks_proxy() -> AsyncIterator[SocksProxy]:
    """The proxy, listening."""
    proxy = SocksProxy()
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
