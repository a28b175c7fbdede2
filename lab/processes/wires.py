"""Wires in front of a network's relays: every connection to one, of clients and of other relays, passes through one and
can suffer on its way.

A wire listens where a relay is said to be and passes bytes to where it really listens. What it does wrong, it does to
whole connections, since each exchange and each batch is a connection of its own. Loopback only.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from lab.processes.processes import Network, free_port

_LINGER_NONE = struct.pack("ii", 1, 0)  # close with a reset
PATIENCE_S = 60.0
T = TypeVar("T")


class Wires:
    """All wires of a network, in a thread of their own. Used in a `with`. A subclass says what `serve` does to a
    connection; this one lets everything through.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.ports: list[int] = []
        """Where the relays really listen."""
        self._listeners: list[asyncio.Server | None] = [None] * len(network.relays)
        self._connections: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        for relay in network.relays:  # the address stays where it was; the relay moves behind it
            self.ports.append(free_port())
            config = relay.directory / "relay.toml"
            moved = config.read_text("utf-8").replace(f"port = {relay.port}", f"port = {self.ports[-1]}", 1)
            config.write_text(moved, "utf-8")

    def __enter__(self) -> Self:
        self._thread.start()
        for number in range(len(self.ports)):
            self.listen(number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in range(len(self.ports)):
            self.refuse(number)
        self.do(_end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        """Do something in the thread of the wires."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(PATIENCE_S)

    def listen(self, number: int) -> None:
        """Take connections from now on."""
        self.do(self._listen(number))

    def refuse(self, number: int) -> None:
        """Refuse connections from now on; those that are there go on."""
        self.do(self._refuse(number))

    def let_go(self) -> None:
        """End every connection that is there."""
        self.do(self._let_go())

    async def serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on."""
        there, back = await self.onward(number)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(carry(reader, back))
                group.create_task(carry(there, writer))
        finally:
            back.close()

    async def onward(self, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the relay itself."""
        return await asyncio.open_connection("127.0.0.1", self.ports[number])

    async def _listen(self, number: int) -> None:
        if self._listeners[number] is not None:
            return

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
            try:
                await self.serve(number, reader, writer)
            except (OSError, EOFError, ExceptionGroup, asyncio.CancelledError):
                pass  # the end of a connection
            finally:
                writer.close()

        port = self.network.relays[number].port
        self._listeners[number] = await asyncio.start_server(connected, "127.0.0.1", port)

    async def _refuse(self, number: int) -> None:
        listener, self._listeners[number] = self._listeners[number], None
        if listener is not None:
            listener.close()

    async def _let_go(self) -> None:
        for task in list(self._connections):
            task.cancel()
        await asyncio.sleep(0)


async def _end_all() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0)


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    writer.transport.abort()
