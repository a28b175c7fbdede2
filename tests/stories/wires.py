"""Wires between people and relays on this machine that a story can cut, and a SOCKS5 proxy that goes round them.

Relays among themselves, and processes that are named as free, always get through; others are treated as the story
wants.
"""

import asyncio
from enum import Enum, auto
from pathlib import Path
from typing import Self

from lab.processes import wires
from lab.processes.processes import Network
from tests.socks import SocksProxy


class Line(Enum):
    """What a wire does with somebody who is not free."""

    OPEN = auto()
    REFUSED = auto()
    RESET = auto()
    SILENT = auto()


class Wires(wires.Wires):
    """All wires of a network, and the proxy."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.lines = [Line.OPEN] * len(network.relays)
        self.proxy = SocksProxy()
        self.free: set[int] = set()
        self.met: list[int] = [0] * len(network.relays)
        """Connections of people who are not free, by relay."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.do(self._open_proxy())
        return self

    def set(self, number: int, line: Line) -> None:
        """Change what a wire does from the next connection on."""
        self.lines[number] = line
        if line is Line.REFUSED:
            self.refuse(number)
        else:
            self.listen(number)

    async def _open_proxy(self) -> None:
        self.proxy.ports = {relay.port: port for relay, port in zip(self.network.relays, self.ports, strict=True)}
        server = await asyncio.start_server(self.proxy.serve, "127.0.0.1", 0)
        self.proxy.port = server.sockets[0].getsockname()[1]

    async def serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Treat a connection as its wire does now."""
        if not self._is_free(writer.get_extra_info("peername")[1]):
            self.met[number] += 1
            match self.lines[number]:
                case Line.RESET | Line.REFUSED:
                    wires.reset(writer)
                    return
                case Line.SILENT:
                    await reader.read()
                    return
                case Line.OPEN:
                    pass
        await super().serve(number, reader, writer)

    def _is_free(self, port: int) -> bool:
        """Whether the connection from this port was made by a relay or a process named as free."""
        relays = {relay.process.pid for relay in self.network.relays if relay.process is not None}
        inode = _inode_of(port)
        return inode is not None and any(_holds(pid, inode) for pid in relays | self.free)


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
