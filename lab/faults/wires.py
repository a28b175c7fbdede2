"""Wires with the troubles of networks: what they do wrong, they do to whole connections."""

import asyncio
from enum import StrEnum, unique
from random import Random

from lab.processes import wires
from lab.processes.processes import Network

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


class Wires(wires.Wires):
    """Each wire has one trouble at a time."""

    def __init__(self, network: Network, chance: Random) -> None:
        super().__init__(network)
        self._chance = chance
        self.trouble = [Trouble.NONE] * len(network.relays)
        self.suffered = 0
        """Connections that something happened to."""
        self._held: list[asyncio.Event] = []
        self._remembered: list[tuple[int, bytes]] = []

    def set(self, trouble: Trouble, *relays: int) -> None:
        """Change what these relays' wires do (all, if none is named). Connections that suffer from before are ended:
        a wire that is mended has no old ones."""
        for number in relays or range(len(self.trouble)):
            self.trouble[number] = trouble
            if trouble is Trouble.REFUSED:
                self.refuse(number)
            else:
                self.listen(number)
        self.let_go()

    @property
    def remembered(self) -> int:
        """Requests that `replay` would send."""
        return len(self._remembered)

    def replay(self) -> int:
        """Send everything remembered once more; how many requests that were."""
        remembered, self._remembered = self._remembered, []
        for number, request in remembered:
            self.do(self._post(number, request))
        return len(remembered)

    async def serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let a connection suffer as its wire does."""
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
        there, back = await self.onward(number)
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
                wires.reset(near[1])
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
        try:
            await mine.wait()
        finally:
            if mine in self._held:
                self._held.remove(mine)

    async def _post(self, number: int, request: bytes) -> None:
        """Deliver a recorded request; nobody sees its answer. Over TLS it is garbage to the relay."""
        try:
            reader, writer = await self.onward(number)
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
                wires.reset(client)
            raise EOFError
    if writer.can_write_eof():
        writer.write_eof()
