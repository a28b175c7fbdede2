"""Wires of the lab's own: every connection to a relay, of clients and of other relays, passes through one and can
suffer on its way.

A wire listens where a relay is said to be and passes bytes to where it really listens. What it does wrong, it does to
whole connections, since each exchange and each batch is a connection of its own. Loopback only.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import StrEnum, unique
from random import Random
from typing import Any, Self

from lab.processes.processes import Network, free_port

_LINGER_NONE = struct.pack("ii", 1, 0)  # close with a reset
SLOW_S = 1.5
HELD = 6
"""So many connections are held before they go on, the last one first."""
REPLAYED = 64
"""So many requests are remembered to be sent once more, long after they were answered."""


@unique
class Trouble(StrEnum):
    """What happens to connections."""

    NONE = "none"
    REFUSED = "refused"
    CUT = "cut somewhere, with a reset"
    SLOW = "up to 1.5 s late, each way"
    HALF_OPEN = "taken and never answered"
    DEAF = "delivered, and the answer lost"
    SHORT_REQUEST = "the request ends too early"
    SHORT_ANSWER = "the answer ends too early"
    TWICE = "delivered twice, and again later"
    REORDERED = "held back and delivered in reverse order"


class Wires:
    """All wires of a network, in a thread of their own. Used in a `with`."""

    def __init__(self, network: Network, chance: Random) -> None:
        self._network = network
        self._chance = chance
        self.trouble = [Trouble.NONE] * len(network.relays)
        self.suffered = 0
        """Connections that something happened to."""
        self._real: list[int] = []
        self._listeners: list[asyncio.Server | None] = [None] * len(network.relays)
        self._held: list[asyncio.Event] = []
        self._remembered: list[tuple[int, bytes]] = []
        self._connections: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        for relay in network.relays:  # the address stays where it was; the relay moves behind it
            self._real.append(free_port())
            config = relay.directory / "relay.toml"
            moved = config.read_text("utf-8").replace(f"port = {relay.port}", f"port = {self._real[-1]}", 1)
            config.write_text(moved, "utf-8")

    def __enter__(self) -> Self:
        self._thread.start()
        for number in range(len(self.trouble)):
            self._do(self._listen(number))
        return self

    def __exit__(self, *_: object) -> None:
        for number in range(len(self.trouble)):
            self._do(self._deafen(number))
        self._do(self._let_go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def set(self, trouble: Trouble, *relays: int) -> None:
        """Change what these relays' wires do (all, if none is named). Connections that suffer from before are ended."""
        for number in relays or range(len(self.trouble)):
            self.trouble[number] = trouble
            self._do(self._deafen(number) if trouble is Trouble.REFUSED else self._listen(number))
        self._do(self._let_go())

    def port(self, number: int) -> int:
        """Where a relay really listens."""
        return self._real[number]

    @property
    def remembered(self) -> int:
        """Requests that `replay` would send."""
        return len(self._remembered)

    def replay(self) -> int:
        """Send everything remembered once more; how many requests that were."""
        remembered, self._remembered = self._remembered, []
        for number, request in remembered:
            self._do(self._post(number, request))
        return len(remembered)

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

    async def _listen(self, number: int) -> None:
        if self._listeners[number] is not None:
            return

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
            try:
                await self._serve(number, reader, writer)
            except (OSError, EOFError, ExceptionGroup, asyncio.CancelledError):
                pass  # the end of a connection
            finally:
                writer.close()

        port = self._network.relays[number].port
        self._listeners[number] = await asyncio.start_server(serve, "127.0.0.1", port)

    async def _deafen(self, number: int) -> None:
        listener, self._listeners[number] = self._listeners[number], None
        if listener is not None:
            listener.close()

    async def _let_go(self) -> None:
        """End what hangs: a wire that is mended has no old connections."""
        for event in self._held:
            event.set()
        self._held.clear()
        for task in list(self._connections):
            task.cancel()
        await asyncio.sleep(0)

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trouble = self.trouble[number]
        self.suffered += trouble is not Trouble.NONE
        onward: _Cut | None = None
        match trouble:
            case Trouble.HALF_OPEN:
                await reader.read()
                await asyncio.Event().wait()
            case Trouble.CUT:
                onward = _Cut(self._chance.randrange(9000), reset=True)
            case Trouble.SHORT_REQUEST:
                onward = _Cut(self._chance.randrange(5000), reset=False)
            case Trouble.SLOW:
                await asyncio.sleep(self._chance.uniform(0, SLOW_S))
            case Trouble.REORDERED:
                await self._hold()
            case _:
                pass
        there, back = await asyncio.open_connection("127.0.0.1", self._real[number])
        try:
            await self._pass_both(number, trouble, onward, (reader, writer), (there, back))
        finally:
            back.close()

    async def _pass_both(
        self,
        number: int,
        trouble: Trouble,
        cut: "_Cut | None",
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        sent = bytearray()

        async def there() -> None:
            await _pass(near[0], far[1], cut, near[1], sent)

        async def back() -> None:
            if trouble is Trouble.SLOW:
                await asyncio.sleep(self._chance.uniform(0, SLOW_S))
            if trouble is Trouble.DEAF:
                await far[0].read()
                _reset(near[1])
                return
            short = _Cut(self._chance.randrange(8000), reset=False) if trouble is Trouble.SHORT_ANSWER else cut
            await _pass(far[0], near[1], short, near[1], bytearray())

        async with asyncio.TaskGroup() as group:
            going = group.create_task(there())
            await group.create_task(back())
            going.cancel()
        if trouble is Trouble.TWICE:
            await self._post(number, bytes(sent))
            self._remembered = [*self._remembered, (number, bytes(sent))][-REPLAYED:]

    async def _hold(self) -> None:
        self._held.append(mine := asyncio.Event())
        if len(self._held) >= HELD:
            held, self._held = self._held, []
            for event in reversed(held):
                event.set()
                await asyncio.sleep(0.01)  # in this order, not all at once
        await mine.wait()

    async def _post(self, number: int, request: bytes) -> None:
        """Deliver a recorded request; nobody sees its answer. Over TLS it is garbage to the relay."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._real[number])
            try:
                writer.write(request)
                async with asyncio.timeout(10):
                    await reader.read()
            finally:
                writer.close()
        except (OSError, TimeoutError):
            pass


class _Cut:
    """Bytes after which a connection ends, both ways together."""

    def __init__(self, after: int, *, reset: bool) -> None:
        self.left = after
        self.reset = reset


async def _pass(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    cut: _Cut | None,
    client: asyncio.StreamWriter,
    seen: bytearray,
) -> None:
    while data := await reader.read(65536):
        if cut is not None:
            data = data[: cut.left]
            cut.left -= len(data)
        seen += data
        writer.write(data)
        await writer.drain()
        if cut is not None and not cut.left:
            if cut.reset:
                _reset(client)
            raise EOFError
    if writer.can_write_eof():
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    writer.transport.abort()
