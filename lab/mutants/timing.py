"""Clients whose letters make, move or add exchanges. What drives the postman in a simulation is the `World`; it is
wrapped where `client_cli.running.online` would be changed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import client_cli.outbox.sending
from client_cli.post.postman import Exchange, Postman
from client_cli.streams.deposit import Deposit
from client_cli.streams.streams import LOOPS
from client_cli.vault.transaction import Tx
from lab.mutants.wrapping import wrapped
from lab.worlds.world import SimulatedClient, World
from protocol.seams import Entropy

departing: Any = client_cli.outbox.sending
WORK_S = 0.05
"""What sealing a letter's cell takes on a slow device."""


@contextmanager
def flush_on_write() -> Iterator[None]:
    """Writing makes an exchange at once."""
    real = World.write

    def write(self: World, sender: str, receiver: str, text: str) -> None:
        real(self, sender, receiver, text)
        self.flush(self.clients[sender])

    with wrapped(World, write=write):
        yield


@contextmanager
def ack_at_once() -> Iterator[None]:
    """A letter that arrives makes an exchange at once."""
    real = World.finished

    def finished(self: World, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        before = self.received_count(client)
        real(self, client, handle, body, now)
        if self.received_count(client) > before:
            self.flush(client)

    with wrapped(World, finished=finished):
        yield


@contextmanager
def resend_in_an_extra_slot() -> Iterator[None]:
    """A part that has to be sent again makes an exchange of its own."""
    real = World.finished

    def finished(self: World, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        real(self, client, handle, body, now)
        with client.vault.transaction() as tx:
            due = tx.find("SELECT 1 FROM parts WHERE arrived_at IS NULL AND tries > 0 AND next_try <= ?", (now,))
        if due is not None:
            self.flush(client)

    with wrapped(World, finished=finished):
        yield


@contextmanager
def lost_cell_resent_at_once() -> Iterator[None]:
    """When an exchange that carried a letter fails, its cell is sent again at once."""
    real_begin, real_finished = Postman.begin, World.finished
    carried: dict[tuple[int, int], bool] = {}

    def begin(self: Postman, now: float) -> Exchange:
        exchange = real_begin(self, now)
        with self._vault.transaction() as tx:
            sent = tx.find("SELECT 1 FROM in_flight WHERE letter IS NOT NULL AND sent_at = ?", (self._slot_at,))
        carried[id(self), exchange.handle] = sent is not None
        return exchange

    def finished(self: World, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        real_finished(self, client, handle, body, now)
        if body is None and carried[id(client.postman), handle]:
            with client.vault.transaction() as tx:
                tx.execute("UPDATE parts SET next_try = ? WHERE arrived_at IS NULL AND tries > 0", (now,))
            self.flush(client)

    with wrapped(Postman, begin=begin), wrapped(World, finished=finished):
        yield


@contextmanager
def timer_rearmed_after_the_work() -> Iterator[None]:
    """The timer of the next slot starts when the work on letters is done."""
    real_seal, real_next = departing._seal, Postman.next_slot_at
    sealed: Counter[int] = Counter()

    def seal(tx: Tx, leaves: Any, fragment: Any, entropy: Entropy) -> Deposit:
        sealed[id(tx.box)] += 1
        made: Deposit = real_seal(tx, leaves, fragment, entropy)
        return made

    def next_slot_at(self: Postman) -> float:
        at = real_next(self)
        with self._vault.transaction() as tx:
            return at + WORK_S * sealed.pop(id(tx.box), 0)

    with wrapped(departing, _seal=seal), wrapped(Postman, next_slot_at=next_slot_at):
        yield


@contextmanager
def sync_when_news_is_expected() -> Iterator[None]:
    """When the board lists a pigeonhole of somebody else's letter, the client makes a `sync` to get it sooner."""
    real = World.finished

    def listed(client: SimulatedClient) -> int:
        with client.vault.transaction() as tx:
            row = tx.find(
                "SELECT count(*) FROM expected e JOIN streams s ON s.id = e.stream"
                " WHERE s.contact != ? AND e.listed_at IS NOT NULL",
                (LOOPS,),
            )
        return 0 if row is None else int(row[0])

    def finished(self: World, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        before = listed(client)
        real(self, client, handle, body, now)
        if listed(client) > before:
            sync = client.postman.begin_sync(now + client.ahead_s)

            def done(answer: bytes | None, when: float) -> None:
                client.postman.finish_sync(sync.handle, answer, when + client.ahead_s)

            self.wire.post(client.name, sync.guard, sync.body, done)

    with wrapped(World, finished=finished):
        yield
