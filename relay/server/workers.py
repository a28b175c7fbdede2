"""Several processes of one relay on one machine: they share a listening socket, so no connection waits for a dead one.

Invariant: whoever started them sees one program. It says that it listens when all of them do and ends when it is told
to; they end with it, even by SIGKILL (a pipe that closes tells them so). One that ends is started again, unless it
could not start at all, or says that somebody has to mend something first: then all end.
Decision 73.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from relay.errors import ClockLeapt, ConfigProblem, FileProblem, PortTaken, RelayError, RosterProblem
from relay.home.config import Listen

# Long enough not to spin on what fails at once, short against what clients wait for an answer.
RESTART_S: Final = 1.0
# Longer than the grace of a process; then it is killed, and what it held is another one's.
STOP_S: Final = 15.0
_TO_BE_MENDED: Final = frozenset(error.exit_code for error in (ConfigProblem, FileProblem, RosterProblem, ClockLeapt))


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """What a process is told by the one that started it.

    index: from 0. listening: descriptor of the socket it accepts from. parent: one that can be read when that is gone.
    """

    index: int
    listening: int
    parent: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read INDEX:DESCRIPTOR:DESCRIPTOR. ValueError: it is something else."""
        index, listening, parent = map(int, text.split(":"))
        return cls(index, listening, parent)

    def __str__(self) -> str:
        return f"{self.index}:{self.listening}:{self.parent}"


class WorkerEnded(RelayError):
    """A process could not go on; it has said why."""

    def __init__(self, code: int) -> None:
        super().__init__("A process of this relay ended as it says above; the others were stopped; nothing was lost.")
        self.exit_code = code if code > 0 else 1


def open_listening(listen: Listen, backlog: int) -> socket.socket:
    """The socket that all accept from. PortTaken: it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((str(address[0]), listen.port), family=family, backlog=backlog)
    except OSError as error:
        why = (error.strerror or "no such address").lower()
        raise PortTaken(
            f"The relay cannot listen on {listen.host} port {listen.port} ({why}); "
            "nothing was lost; change [listen] in relay.toml or stop what uses it."
        ) from None


async def run_workers(directory: Path, count: int, listening: socket.socket, on_ready: Callable[[int], None]) -> None:
    """Run `count` processes of the relay of `directory` until SIGTERM or SIGINT; WorkerEnded when one cannot go on."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _lifeline() as parent:
        crew = [_Worker(directory, WorkerPlace(index, listening.fileno(), parent)) for index in range(count)]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(worker.keep()) for worker in crew]
            running.append(group.create_task(_tell(crew, lambda: on_ready(listening.getsockname()[1]))))
            await stop.wait()
            for task in running:
                task.cancel()


async def _tell(crew: list["_Worker"], on_ready: Callable[[], None]) -> None:
    for worker in crew:
        await worker.ready.wait()
    on_ready()


@contextmanager
def _lifeline() -> Iterator[int]:
    """The end of a pipe that the processes get; its other end is open for as long as this process lives."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


class _Worker:
    """One place, and the process that has it at present."""

    def __init__(self, directory: Path, place: WorkerPlace) -> None:
        self._directory = directory
        self._place = place
        self.ready = asyncio.Event()

    async def keep(self) -> None:
        """Run a process, and another one whenever it ends, until cancelled."""
        while True:
            code = await self._run()
            if not self.ready.is_set() or code in _TO_BE_MENDED:
                raise WorkerEnded(code)
            await asyncio.sleep(RESTART_S)

    async def _run(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "relay", "run", self._directory, "--place", str(self._place)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(self._place.listening, self._place.parent),
        )
        try:
            if process.stdout is not None and (await process.stdout.readline()).startswith(b"ready"):
                self.ready.set()
            return await process.wait()
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
