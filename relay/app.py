"""The composition root of a running relay: files, store, core, web, links and pump, with the real clock and randomness.

Invariant: everything runs in one task group. SIGTERM and SIGINT stop accepting, let requests in hand finish within
`GRACE_S`, and close the store; parked packets stay on disk. What was acknowledged is durable at any other end as well.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from traceback import extract_tb
from typing import Any

from protocol.roster import parse_roster
from protocol.seams import Clock, Entropy
from relay.api import Relay
from relay.directory import (
    CERTIFICATE,
    CERTIFICATE_KEY,
    LoadedRelay,
    check_validity,
    load_relay,
)
from relay.dullsite import DullSite
from relay.errors import PortTaken, RelayError
from relay.events import Event, Events, NoEvents, StructuredEvents, open_log, silence_other_loggers
from relay.files import DirectoryClaim, check_writable, restrict_umask
from relay.intake import Intake
from relay.links import Links
from relay.metrics import MetricsServer, Tally
from relay.pump import Pump
from relay.seams import SystemClock, system_entropy
from relay.service import RelayService
from relay.stores import open_store
from relay.tls import days_left, server_context
from relay.web import READ_S, Web

# Longer than any answer deadline in reach, shorter than the 90 s after which service managers kill.
GRACE_S = 10.0
TLS_SHUTDOWN_S = 5.0
BACKLOG = 1024
WARN_DAYS = 30


def run_relay(directory: Path, on_ready: Callable[[int], None]) -> None:
    """Run the relay of `directory` until a signal; `on_ready` gets the port. RelayError when it cannot."""
    restrict_umask()
    silence_other_loggers()
    with ExitStack() as stack:
        loaded = load_relay(directory)
        claim = DirectoryClaim(directory)
        stack.callback(claim.release)
        check_writable(directory)
        clock = SystemClock()
        events = _open_events(loaded, clock, stack)
        try:
            asyncio.run(_run(loaded, clock, system_entropy, events, on_ready))
        except Exception as error:
            cause = _first_cause(error)
            if isinstance(cause, RelayError):
                raise cause from None
            raise RelayError(_where(cause)) from None


async def _run(
    loaded: LoadedRelay, clock: Clock, entropy: Entropy, events: Events, on_ready: Callable[[int], None]
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_report_to(events))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    core = await _open_core(loaded, clock, entropy, events)
    try:
        check_validity(parse_roster(core.roster_bytes, loaded.roster.community_key), clock.now())
        await serve(loaded, core, clock, entropy, events, stop, on_ready)
    finally:
        await core.close()
        events.emit(Event.STOPPED)


async def _open_core(loaded: LoadedRelay, clock: Clock, entropy: Entropy, events: Events) -> RelayService:
    now = clock.now()
    # The clock first: rotating keys by a wrong one would erase those that clients still seal to.
    if now < loaded.roster.issued_day * 86_400:
        check_validity(loaded.roster, now)
    store = await open_store(loaded.directory, loaded.config, entropy)
    try:
        return await RelayService.open(store, loaded.keys, loaded.roster_bytes, loaded.access, entropy, now, events)
    except BaseException:
        await store.close()
        raise


async def serve(
    loaded: LoadedRelay,
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
    intake = Intake(core, clock, entropy, tally, events)
    community_key = loaded.roster.community_key
    pump = Pump(core, community_key, Links().post, clock, intake.worked, events)
    shell = Web(config.listen.path, core.answer_s, intake, DullSite(clock), tally)
    factory = shell.server()
    secure: dict[str, Any] = {}
    if config.listen.tls:
        secure = {
            "ssl": server_context(loaded.directory / CERTIFICATE, loaded.directory / CERTIFICATE_KEY),
            "ssl_handshake_timeout": READ_S,
            "ssl_shutdown_timeout": TLS_SHUTDOWN_S,
        }
        if (days := days_left(loaded.directory / CERTIFICATE, clock.now())) < WARN_DAYS:
            events.emit(Event.CERTIFICATE_EXPIRES, days=max(0, days))
    with ExitStack() as stack:
        if config.metrics.port >= 0:
            stack.enter_context(closing(MetricsServer(tally, core.counts, config.metrics.port)))
        server = await _listen(factory, config.listen.host, config.listen.port, secure)
        stack.callback(server.close)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(intake.run()), group.create_task(pump.run())]
            events.emit(Event.LISTENING)
            on_ready(server.sockets[0].getsockname()[1])
            await stop.wait()
            server.close()
            await factory.shutdown(GRACE_S)
            for task in running:
                task.cancel()


async def _listen(factory: Any, host: str, port: int, secure: dict[str, Any]) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(factory, host, port, backlog=BACKLOG, **secure)
    except OSError as error:
        raise PortTaken(
            f"The relay cannot listen on {host} port {port} ({(error.strerror or 'no such address').lower()}); "
            "nothing was lost; change [listen] in relay.toml or stop what uses it."
        ) from None


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
