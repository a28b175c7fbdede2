"""Runs the ordinary relay or client with a few functions wrapped: `python -m lab.faults.launcher ORDERS MODULE ARGS`.

The wrappers look for orders in the folder ORDERS and do nothing else; the product has no switch for any of this.
MODULE is `relay` or `client_cli`, ARGS what its own command line takes. With MODULE+ the program knows one more
migration than it is released with, as after an upgrade.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from lab.faults.orders import CLOCK, COMMITS, PASSED, POINT, Point

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
LATER_RELAY = (
    "CREATE TABLE later (id INTEGER PRIMARY KEY, body BLOB);\nCREATE INDEX later_cells ON cells (day);\nANALYZE;"
)
LATER_CLIENT = ("CREATE TABLE later (id INTEGER PRIMARY KEY, body BLOB)", "CREATE INDEX later_parts ON parts (tries)")


class Wrapper:
    """Carries out the orders of one folder in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reached(self, point: Point) -> None:
        """Kill or stop this very process if that was ordered for this point."""
        order = self.folder / POINT
        try:
            name, _, action = order.read_text().partition(" ")
        except FileNotFoundError:
            return
        if name == point.name:
            order.rename(self.folder / PASSED)
            os.kill(os.getpid(), _SIGNALS[action])

    def refuses_commits(self) -> bool:
        """Whether commits are to fail."""
        return (self.folder / COMMITS).exists()

    def shift(self, clock: Any) -> None:
        """Let the clock of this class be as far off as was ordered."""
        real = clock.now

        def now(this: Any) -> float:
            try:
                return float(real(this)) + float((self.folder / CLOCK).read_text())
            except FileNotFoundError:
                return float(real(this))

        clock.now = now


def put(owner: Any, **new: Any) -> None:
    """Put these in the places of what the owner has under their names. AttributeError: it has none, and nothing would
    ever come here."""
    for name, one in new.items():
        getattr(owner, name)
        setattr(owner, name, one)


def wrap_relay(wrapper: Wrapper, *, upgraded: bool) -> None:
    """Wrap the functions of a relay that have a named point."""
    from relay.core.board.publisher import Publisher
    from relay.core.service import RelayService
    from relay.seams import SystemClock
    from relay.store.sqlite import connection as library

    rotated: list[bool] = []
    exchanges, link, shipped, run_due, rotate = (
        RelayService.exchanges,
        RelayService.link,
        RelayService.shipped,
        RelayService.run_due,
        Publisher._rotate,
    )

    async def committing(this: Any, bodies: Any, now: float) -> Any:
        answers = await exchanges(this, bodies, now)
        wrapper.reached(Point.COMMITTED)
        return answers

    async def receiving(this: Any, body: bytes, now: float) -> bytes:
        ack = await link(this, body, now)
        wrapper.reached(Point.HEARD)
        return ack

    async def shipping(this: Any, batch: Any, ack: bytes | None, now: float) -> None:
        if ack is not None:
            wrapper.reached(Point.FORWARDED)
        await shipped(this, batch, ack, now)
        if ack is not None:
            wrapper.reached(Point.DELETED)

    def rotating(this: Any, work: Any) -> bool:
        made = rotate(this, work)
        if made:
            rotated.append(True)
            wrapper.reached(Point.ROTATING)
        return made

    async def running(this: Any, now: float) -> Any:
        rotated.clear()
        batches = await run_due(this, now)
        if rotated:
            wrapper.reached(Point.ROTATED)
        return batches

    class Connection(sqlite3.Connection):
        """A connection on which commits can fail, and that stops half-way through a migration."""

        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if sql == "COMMIT" and wrapper.refuses_commits():
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql, *parameters)

        def executescript(self, script: str) -> sqlite3.Cursor:
            before, _, _ = script.rpartition("COMMIT;")
            super().executescript(before)
            wrapper.reached(Point.MIGRATING)
            done = super().execute("COMMIT")
            wrapper.reached(Point.MIGRATED)
            return done

    connect = sqlite3.connect

    def connecting(*arguments: Any, **options: Any) -> Any:
        return connect(*arguments, **options, factory=Connection)

    put(RelayService, exchanges=committing, link=receiving, shipped=shipping, run_due=running)
    put(Publisher, _rotate=rotating)
    put(sqlite3, connect=connecting)
    if upgraded:
        put(library, MIGRATIONS=with_later(library.MIGRATIONS, wrapper.folder / "migrations"))
    wrapper.shift(SystemClock)


def with_later(scripts: Traversable, copy: Path) -> Path:
    """A folder of these migrations and of one more."""
    from relay.store.migrations import scripts_of

    copy.mkdir(exist_ok=True)
    for script in scripts_of(scripts):
        (copy / script.name).write_text(script.read_text("utf-8"), "utf-8")
    (copy / "9999_later.sql").write_text(LATER_RELAY)
    return copy


def wrap_client(wrapper: Wrapper, *, upgraded: bool) -> None:
    """Wrap the functions of a client that have a named point."""
    from client_cli.post import exchanges, poster, postman, slots
    from client_cli.running import online
    from client_cli.seams import SystemClock
    from client_cli.vault import schema, vault

    post, accept, ahead, migrate = poster.post_exchange, exchanges.accept_response, slots.prepare_ahead, schema.migrate

    async def posting(*arguments: Any) -> bytes | None:
        wrapper.reached(Point.TAKEN_OUT)
        answer = await post(*arguments)
        if answer is not None:
            wrapper.reached(Point.ANSWERED)
        return answer

    def taking(*arguments: Any) -> Any:
        answer = accept(*arguments)
        wrapper.reached(Point.TAKING_IN)
        return answer

    def sealing(*arguments: Any, **named: Any) -> None:
        ahead(*arguments, **named)
        wrapper.reached(Point.SEALING)

    class Connection:
        """Passes on to a connection, and stops before the commit of a migration."""

        def __init__(self, real: Any) -> None:
            self._real = real

        def execute(self, sql: str, *parameters: Any) -> Any:
            if sql == "COMMIT":
                wrapper.reached(Point.MIGRATING)
            return self._real.execute(sql, *parameters)

    def migrating(connection: Any) -> None:
        migrate(Connection(connection))
        wrapper.reached(Point.MIGRATED)

    put(online, post_exchange=posting)
    put(postman, accept_response=taking, prepare_ahead=sealing)
    put(vault, migrate=migrating)
    if upgraded:
        more = (*schema.MIGRATIONS, LATER_CLIENT)
        put(schema, MIGRATIONS=more)
        put(vault, MIGRATIONS=more)
    wrapper.shift(SystemClock)


def main() -> None:
    """Wrap, and go on as the ordinary program."""
    wrapper = Wrapper(Path(sys.argv[1]))
    module, _, later = sys.argv[2].partition("+")
    upgraded = later == "" and sys.argv[2].endswith("+")
    programs: dict[str, Callable[..., None]] = {"relay": wrap_relay, "client_cli": wrap_client}
    programs[module](wrapper, upgraded=upgraded)
    sys.argv = [module, *sys.argv[3:]]
    if module == "relay":
        from relay.cli import main as relay_main

        relay_main()
    else:
        from client_cli.__main__ import main as client_main

        client_main()


if __name__ == "__main__":
    main()
