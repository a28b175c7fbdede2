"""Wires between people and relays on this machine that a story can cut, and a SOCKS5 proxy that goes round them.

A wire listens where a relay is said to be and passes bytes to where it really listens. Relays among themselves, and
processes that are named as free, always get through; others are treated as the story wants.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import Enum, auto
from pathlib import Path
from typing import Any, Self

from lab.processes.processes import Network, free_port
from tests.socks import SocksProxy

_LINGER_NONE = struct.pack("ii", 1, 0)  # close with a reset


class Line(Enum):
    """What a wire does with somebody who is not free."""

    OPEN = auto()
    REFUSED = auto()
    RESET = auto()
    SILENT = auto()


class Wires:
    """All wires of a network, and the proxy, in a thread of their own. Used in a `with`."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.lines = [Line.OPEN] * len(network.relays)
        self.proxy = SocksProxy()
        self.free: set[int] = set()
        self.met: list[int] = [0] * len(network.relays)
        """Connections of people who are not free, by relay."""
        self._real: list[int] = []
        self._listeners: list[asyncio.Server | None] = [None] * len(network.relays)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        for relay in network.relays:  # the address stays where it was; the relay moves behind it
            self._real.append(free_port())
            config = relay.directory / "relay.toml"
            moved = config.read_text("utf-8").replace(f"port = {relay.port}", f"port = {self._real[-1]}", 1)
            config.write_text(moved, "utf-8")

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open_proxy())
        for number in range(len(self.lines)):
            self._do(self._listen(number))
        return self

    def __exit__(self, *_: object) -> None:
        for number in range(len(self.lines)):
            self._do(self._deafen(number))
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def set(self, number: int, line: Line) -> None:
        """Change what a wire does from the next connection on."""
        self.lines[number] = line
        self._do(self._deafen(number) if line is Line.REFUSED else self._listen(number))

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _open_proxy(self) -> None:
        self.proxy.ports = {relay.port: real for relay, real in zip(self.network.relays, self._real, strict=True)}
        server = await asyncio.start_server(self.proxy.serve, "127.0.0.1", 0)
        self.proxy.port = server.sockets[0].getsockname()[1]

    async def _listen(self, number: int) -> None:
        if self._listeners[number] is not None:
            return

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(number, reader, writer)

        port = self.network.relays[number].port
        self._listeners[number] = await asyncio.start_server(serve, "127.0.0.1", port)

    async def _deafen(self, number: int) -> None:
        listener, self._listeners[number] = self._listeners[number], None
        if listener is not None:
            listener.close()

    async def _end(self) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self._is_free(writer.get_extra_info("peername")[1]):
                self.met[number] += 1
                match self.lines[number]:
                    case Line.RESET | Line.REFUSED:
                        raw = writer.get_extra_info("socket")
                        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
                        writer.transport.abort()
                        return
                    case Line.SILENT:
                        await reader.read()
                        return
                    case Line.OPEN:
                        pass
            onward, back = await asyncio.open_connection("127.0.0.1", self._real[number])
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pass(reader, back))
                    group.create_task(_pass(onward, writer))
            finally:
                back.close()
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # the end of a connection, or of the story
        finally:
            writer.close()

    def _is_free(self, port: int) -> bool:
        """Whether the connection from this port was made by a relay or a process named as free."""
        relays = {relay.process.pid for relay in self.network.relays if relay.process is not None}
        inode = _inode_of(port)
        return inode is not None and any(_holds(pid, inode) for pid in relays | self.free)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _inode_of(port: int) -> str | None:
    """The inode of the socket whose local port on 127.0.0.1 this is."""
    table = Path("/proc/net/tcp").read_bytes()  # thousands of lines, and read for every connection: no line by line
    at = table.find(b": 0100007F:%04X " % port)
    return table[at : table.index(b"\n", at)].split()[9].decode("ascii") if at >= 0 else None


def _holds(pid: int, inode: str) -> bool:
    try:
        return any(str(handle.readlink()) == f"socket:[{inode}]" for handle in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
