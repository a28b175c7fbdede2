"""Staying on the schedule: the one place of the client where time passes by itself.

Invariant 1: slots are waited for by their absolute times, and each exchange runs as a task of its own, so neither a
slow answer nor work on letters moves the next slot. Sealing is done well after one slot's connection was made and
well before the next one's. Stopping sends nothing and waits for nothing but answers under way. Spec: docs/protocol.md,
The schedule.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from client_cli.community.joining import Refusal, find_refusal
from client_cli.errors import SosikError, VaultBusy
from client_cli.inbox.receiving import open_some
from client_cli.post.poster import Poster, post_exchange
from client_cli.post.postman import Exchange, NothingDue, Postman
from client_cli.post.slots import LATE_S
from client_cli.vault.auto_lock import IdleWatch
from client_cli.vault.lock import UnlockDoor, close_door, enter_lock, hold_online, lock_requested, receive_letters_key
from client_cli.vault.vault import Vault
from protocol.seams import Clock, Entropy

__all__ = ["OnlineProgress", "run_online"]

LOOK_S: Final = 1.0
"""How often the lock flag and the clock are looked at while waiting."""
STOP_S: Final = 3.0
"""How long a stop waits for answers under way."""
BUSY_TRIES: Final = 3
"""Each try already waits for the other process as long as the vault's busy timeout."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OnlineProgress:
    """Counters since start, whether letters are closed, when the next slot is (Unix seconds), whether every relay
    failed on every way, and why those that answer do not let us in."""

    exchanges: int
    answered: int
    failed: int
    locked: bool
    next_slot_at: float
    blocked: bool = False
    refusal: Refusal | None = None


async def run_online(
    vault: Vault,
    clock: Clock,
    postman: Postman,
    client: Poster,
    on_progress: Callable[[OnlineProgress], None],
    *,
    entropy: Entropy,
    stop: asyncio.Event | None = None,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    proxied: Poster | None = None,
) -> None:
    """Make the exchanges of the schedule until `stop` is set, or SIGTERM or SIGINT comes if `stop` is None.

    `proxied` makes the POSTs that go through the proxy.

    AlreadyOnline when another process does. Any other SosikError ends it with that error; the vault is whole then.
    `entropy` makes the key pair of the unlock door; `pause` waits (tests give one that moves their clock).
    """
    ending = asyncio.Event() if stop is None else stop
    with hold_online(vault.home), _signals(ending, install=stop is None):
        close_door(vault)
        try:
            await _Online(vault, clock, postman, client, on_progress, entropy, ending, pause, proxied).run()
        except* SosikError as problems:
            raise _first(problems) from None
        finally:
            close_door(vault)


@contextmanager
def _signals(ending: asyncio.Event, *, install: bool) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    kinds = (signal.SIGTERM, signal.SIGINT) if install else ()
    for kind in kinds:
        loop.add_signal_handler(kind, ending.set)
    try:
        yield
    finally:
        for kind in kinds:
            loop.remove_signal_handler(kind)


def _first(problems: BaseExceptionGroup[SosikError]) -> SosikError:
    problem: BaseException = problems
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if not isinstance(problem, SosikError):
        raise TypeError("a group of other errors")
    return problem


class _Online:
    """State of one run."""

    def __init__(
        self,
        vault: Vault,
        clock: Clock,
        postman: Postman,
        client: Poster,
        on_progress: Callable[[OnlineProgress], None],
        entropy: Entropy,
        ending: asyncio.Event,
        pause: Callable[[float], Awaitable[None]],
        proxied: Poster | None,
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._postman = postman
        self._client = client
        self._proxied = proxied
        self._on_progress = on_progress
        self._entropy = entropy
        self._ending = ending
        self._pause = pause
        self._door: UnlockDoor | None = None
        self._unopened = True  # cells may have come while an earlier run was locked
        self._idle = IdleWatch(clock.now())
        self._exchanges: set[asyncio.Task[None]] = set()
        self._sealing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run until told to end."""
        async with asyncio.TaskGroup() as group:
            await self._patiently(lambda: self._postman.start(self._clock.now()))
            seen = self._clock.now()
            while not self._ending.is_set():
                await self._patiently(self._look_at_lock)
                now, at = self._clock.now(), await self._patiently(self._postman.next_slot_at)
                if now < seen - LOOK_S or now > at + LATE_S:  # the clock was set, or the device slept
                    await self._patiently(lambda: self._postman.start(self._clock.now()))
                elif now < at:
                    seal_at = await self._patiently(self._postman.prepare_at)
                    if seal_at <= now and (self._sealing is None or self._sealing.done()):
                        self._sealing = group.create_task(self._seal())
                    until_sealing = seal_at - now if seal_at > now else LOOK_S
                    await self._wait(min(at - now, until_sealing, LOOK_S))
                else:
                    await self._slot(group)
                seen = now
            await self._end()

    async def _slot(self, group: asyncio.TaskGroup) -> None:
        """Begin the exchange of the slot that is due; it runs as a task of its own."""
        try:
            exchange = await self._patiently(lambda: self._postman.begin(self._clock.now()))
        except NothingDue:
            await self._patiently(lambda: self._postman.start(self._clock.now()))
            return
        task = group.create_task(self._exchange(exchange))
        self._exchanges.add(task)
        task.add_done_callback(self._exchanges.discard)
        await self._report()

    async def _exchange(self, exchange: Exchange) -> None:
        answer = await post_exchange(exchange, self._client, self._proxied)
        await self._patiently(lambda: self._postman.finish(exchange.handle, answer, self._clock.now()))
        await self._report()

    async def _seal(self) -> None:
        """Seal what is due soon, in a task of its own: another process may keep the vault busy meanwhile."""
        await self._patiently(lambda: self._postman.prepare(self._clock.now()))

    async def _end(self) -> None:
        """Give answers under way a moment; what comes later is asked for again another time."""
        if self._exchanges:
            await asyncio.wait(self._exchanges, timeout=STOP_S)
        for task in (*self._exchanges, self._sealing):
            if task is not None:
                task.cancel()

    def _look_at_lock(self) -> None:
        if lock_requested(self._vault.home):
            self._door = enter_lock(self._vault, self._entropy)
        elif self._door is not None and receive_letters_key(self._vault, self._door):
            self._door = None
            self._unopened = True
        elif self._unopened:
            # A few at a time: however many letters came, no slot waits for them.
            self._unopened = open_some(self._vault).taken > 0
        elif self._door is None and self._idle.over(self._vault, self._clock.now()):
            self._door = enter_lock(self._vault, self._entropy)

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than until the end is near."""
        waiting = asyncio.ensure_future(self._pause(seconds))
        ending = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            ending.cancel()

    async def _patiently(self, step: Callable[[], _T]) -> _T:
        """Do a step on the vault; another process may keep it busy for a while."""
        for _ in range(BUSY_TRIES - 1):
            try:
                return step()
            except VaultBusy:
                await self._pause(LOOK_S)
        return step()

    async def _report(self) -> None:
        counted, next_slot_at = self._postman.counts, await self._patiently(self._postman.next_slot_at)
        self._on_progress(
            OnlineProgress(
                counted.exchanges,
                counted.answered,
                counted.failed,
                not self._vault.has_letters_key,
                next_slot_at,
                counted.blocked,
                await self._patiently(self._refusal),
            )
        )

    def _refusal(self) -> Refusal | None:
        with self._vault.transaction() as tx:
            return find_refusal(tx)
