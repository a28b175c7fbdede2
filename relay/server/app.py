"""The composition root of a running relay: files, store, core, web, links and pump, with the real clock and randomness.

Invariant: everything runs in one task group. SIGTERM and SIGINT stop accepting, let requests in hand finish within
`GRACE_S`, and close the store; parked packets stay on disk. What was acknowledged is durable at any other end as well.
Decision 76.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, closing
from pathlib import Path
from traceback import extract_tb
from typing import Any

from protocol.seams import Clock, Entropy
from relay.core.interface import Relay
from relay.core.service import RelayService
from relay.errors import ConfigProblem, RelayError
from relay.events import Event, Events, NoEvents, StructuredEvents, open_log, silence_other_loggers
from relay.home.config import Listen
from relay.home.directory import CERTIFICATE, CERTIFICATE_KEY, LoadedRelay, load_relay
from relay.home.files import DirectoryClaim, check_writable, restrict_umask
from relay.home.tls import days_left, server_context
from relay.seams import SystemClock, raise_open_files, system_entropy
from relay.server.cover_site import DullSite
from relay.server.doorway import OPEN_FILES, Doorway, Rooms
from relay.server.group_commit import GroupCommit
from relay.server.link_client import Links
from relay.server.metrics import MetricsServer, Tally
from relay.server.pump import Pump
from relay.server.roster_watch import RosterWatch
from relay.server.web import Web
from relay.server.workers import WorkerPlace, open_listening, run_workers
from relay.store.address import find_address
from relay.store.open import open_store

# Longer than any answer deadline in reach, shorter than the 90 s after which service managers kill.
GRACE_S = 10.0
BACKLOG = 1024
WARN_DAYS = 30


def run_relay(
    directory: Path, on_ready: Callable[[int], None], workers: int = 1, *, clock_is_right: bool = False
) -> None:
    """Run the relay of `directory` until a signal; `on_ready` gets the port. RelayError when it cannot.

    More than one process (`workers`) needs a store that they can share.
    """
    restrict_umask()
    silence_other_loggers()
    with ExitStack() as stack:
        loaded = load_relay(directory)
        claim = DirectoryClaim(directory)
        stack.callback(claim.release)
        check_writable(directory)
        if workers == 1:
            _run_here(loaded, None, on_ready, clock_is_right)
            return
        if find_address(loaded.config.store, directory) is None:
            raise ConfigProblem(
                "Several processes need a PostgreSQL store; nothing was started; see [store] in relay.toml, "
                "or run without --workers."
            )
        listening = stack.enter_context(open_listening(loaded.config.listen, BACKLOG))
        _tell_causes(run_workers(directory, workers, listening, on_ready))


def run_worker(directory: Path, place: WorkerPlace, on_ready: Callable[[int], None]) -> None:
    """Run one of several processes of a relay, started by the one that has claimed its directory."""
    restrict_umask()
    silence_other_loggers()
    _run_here(load_relay(directory), place, on_ready)


def _run_here(
    loaded: LoadedRelay, place: WorkerPlace | None, on_ready: Callable[[int], None], clock_is_right: bool = False
) -> None:
    with ExitStack() as stack:
        clock = SystemClock()
        events = _open_events(loaded, clock, stack)
        _tell_causes(_run(loaded, place, clock, system_entropy, events, on_ready, clock_is_right))


def _tell_causes(running: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(running)
    except Exception as error:
        cause = _first_cause(error)
        if isinstance(cause, RelayError):
            raise cause from None
        raise RelayError(_where(cause)) from None


async def _run(
    loaded: LoadedRelay,
    place: WorkerPlace | None,
    clock: Clock,
    entropy: Entropy,
    events: Events,
    on_ready: Callable[[int], None],
    clock_is_right: bool,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_report_to(events))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if place is not None:
        _watch(place.parent, stop)
    core = await _open_core(loaded, clock, entropy, events, clock_is_right)
    try:
        await serve(loaded, place, core, clock, entropy, events, stop, on_ready)
    finally:
        await core.close()
        events.emit(Event.STOPPED)


def _watch(parent: int, stop: asyncio.Event) -> None:
    """Stop when the process that started us is gone."""
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(parent)
        stop.set()

    loop.add_reader(parent, gone)


async def _open_core(
    loaded: LoadedRelay, clock: Clock, entropy: Entropy, events: Events, clock_is_right: bool
) -> RelayService:
    now = clock.now()
    store = await open_store(loaded.directory, loaded.config, entropy)
    try:
        return await RelayService.open(
            store,
            loaded.keys,
            loaded.roster_bytes,
            loaded.access,
            entropy,
            now,
            events,
            clock_is_right=clock_is_right,
        )
    except BaseException:
        await store.close()
        raise


async def serve(
    loaded: LoadedRelay,
    place: WorkerPlace | None,
    core: Relay,
    clock: Clock,
    entropy: Entropy,
    events: Events,
    stop: asyncio.Event,
    on_ready: Callable[[int], None],
) -> None:
    """Listen, pump and answer until `stop`; the core is left open."""
    config = loaded.config
    tally = Tally()
    group_commit = GroupCommit(core, clock, entropy, tally, events)
    links = Links()
    pump = Pump(core, links.post, clock, group_commit.worked, tally, events)
    watch = RosterWatch(core, links.post, tally, events)
    rooms = Rooms.for_files(raise_open_files(OPEN_FILES))
    shell = Web(config.listen.path, core.answer_s, group_commit, DullSite(clock), tally, inside=rooms.inside)
    server = shell.server()
    secure = None
    if config.listen.tls:
        secure = server_context(loaded.directory / CERTIFICATE, loaded.directory / CERTIFICATE_KEY)
        if (days := days_left(loaded.directory / CERTIFICATE, clock.now())) < WARN_DAYS:
            events.emit(Event.CERTIFICATE_EXPIRES, days=max(0, days))
    with ExitStack() as stack:
        if config.metrics.port >= 0:
            # Each process counts what it did itself, on a port of its own.
            port = config.metrics.port + (place.index if place is not None and config.metrics.port else 0)
            stack.enter_context(closing(MetricsServer(tally, core.counts, port)))
        listening = stack.enter_context(_listening(config.listen, place))
        doorway = Doorway(server, listening, secure, tally, events, outside=rooms.outside)
        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(doorway.run())
            running = [group.create_task(task) for task in (group_commit.run(), pump.run(), watch.run(clock))]
            events.emit(Event.LISTENING)
            on_ready(listening.getsockname()[1])
            await stop.wait()
            accepting.cancel()
            await asyncio.wait([accepting])
            listening.close()
            await server.shutdown(GRACE_S)
            for task in running:
                task.cancel()


def _listening(listen: Listen, place: WorkerPlace | None) -> socket.socket:
    return open_listening(listen, BACKLOG) if place is None else socket.socket(fileno=place.listening)


def _open_events(loaded: LoadedRelay, clock: Clock, stack: ExitStack) -> Events:
    out = open_log(loaded.config.log.to, loaded.directory)
    if out is None:
        return NoEvents()
    if loaded.config.log.to != "stderr":
        stack.enter_context(out)
    return StructuredEvents(out, clock)


def _report_to(events: Events) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """asyncio's own report holds addresses and tracebacks; only the kind of fault is kept."""

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        events.emit(Event.INTERNAL_ERROR, kind=type(context.get("exception")).__name__)

    return report


def _first_cause(error: Exception) -> Exception:
    """The error an operator is told: the first RelayError of a group, else its first error."""
    if not isinstance(error, ExceptionGroup):
        return error
    causes = [_first_cause(inner) for inner in error.exceptions]
    return next((cause for cause in causes if isinstance(cause, RelayError)), causes[0])


def _where(fault: Exception) -> str:
    """A fault of ours by its kind and place in the source: its message might hold bytes of somebody."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(fault.__traceback__)]
    return (
        f"A fault of the program ({type(fault).__name__} at {' '.join(places[-6:])}); what was acknowledged is kept; "
        "start it again and report this line."
    )
