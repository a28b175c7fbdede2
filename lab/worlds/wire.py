"""What is between the members and relays of a simulated world: an in-memory wire that delays, loses and is watched.

Invariant: what the wire does is drawn from the seed, the instant and the two ends, never from bytes, so worlds with the
same seed differ only in what their people do. Everything a network observer would see is in `trace`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from lab.worlds.community import LabCommunity, RelaySecrets
from lab.worlds.engine import Engine
from protocol.seams import RelayId
from relay.core.interface import SealedBatch
from relay.core.service import RelayService

WIRE_S = 0.03  # one way; fixed, so that it adds nothing to what a schedule shows
TIMEOUT_S = 20.0


class Seen(NamedTuple):
    """One thing an observer of the whole network sees."""

    at: float
    sender: str
    receiver: str
    size: int


@dataclass(frozen=True, slots=True)
class Losses:
    """How the wire misbehaves: `share` of all messages vanish; in `outages` (relay, from, to) nothing gets through."""

    share: float = 0.0
    outages: tuple[tuple[RelayId, float, float], ...] = ()


@dataclass(slots=True)
class SimulatedRelay:
    """A running relay core, the files its operator gave it, and when the engine last promised to look at it."""

    secrets: RelaySecrets
    service: RelayService
    files: LabCommunity
    wake_at: float = float("inf")

    @property
    def name(self) -> str:
        """Name in the trace."""
        return f"relay{self.secrets.number}"


@dataclass(slots=True)
class Wire:
    """Carries exchanges to relays and batches between them. `relays` holds those that run."""

    seed: int
    engine: Engine
    losses: Losses
    relays: dict[RelayId, SimulatedRelay] = field(default_factory=dict)
    trace: list[Seen] = field(default_factory=list)

    def post(self, sender: str, number: RelayId, body: bytes, done: Callable[[bytes | None, float], None]) -> None:
        """Carry an exchange of a member to a relay; `done(answer or None, now)` is called once."""
        name = f"relay{number}"
        self._sees(sender, name, len(body))
        told = False

        def tell(answer: bytes | None, when: float) -> None:
            nonlocal told
            if not told:
                told = True
                done(answer, when)

        async def lost(when: float) -> None:
            tell(None, when)

        async def heard(when: float) -> None:
            relay = self.relays.get(number)
            if relay is None:
                return
            (answer,) = await relay.service.exchanges([body], when)
            self.plan(relay)
            self.engine.at(when + relay.service.answer_s, name, lambda at: answered(at, answer))

        async def answered(when: float, answer: bytes) -> None:
            self._sees(name, sender, len(answer))
            if self._arrives(name, sender, number):
                self.engine.at(when + WIRE_S, sender, lambda at: back(at, answer))

        async def back(when: float, answer: bytes) -> None:
            tell(answer, when)

        if self._arrives(sender, name, number):
            self.engine.at(self._now + WIRE_S, name, heard)
        self.engine.at(self._now + TIMEOUT_S, sender, lost)

    def plan(self, relay: SimulatedRelay) -> None:
        """Look at a relay when it next has something to do."""
        service = relay.service
        due = max(min(service.next_due(self._now), service.next_tidying(self._now)), self._now)
        if due < relay.wake_at:
            relay.wake_at = due

            async def wake(now: float) -> None:
                if not self._runs(relay) or relay.wake_at != due:
                    return
                relay.wake_at = float("inf")
                if service.next_tidying(now) <= now:
                    await service.tidy(now)
                for batch in await service.run_due(now):
                    self._ship(relay, batch)
                self.plan(relay)

            self.engine.at(due, relay.name, wake)

    def _ship(self, relay: SimulatedRelay, batch: SealedBatch) -> None:
        peer_name = f"relay{batch.peer}"
        self._sees(relay.name, peer_name, len(batch.body))
        told = False

        async def shipped(ack: bytes | None, now: float) -> None:
            nonlocal told
            if told or not self._runs(relay):
                return
            told = True
            await relay.service.shipped(batch, ack, now)
            self.plan(relay)

        async def heard(now: float) -> None:
            peer = self.relays.get(batch.peer)
            if peer is None:
                return
            ack = await peer.service.link(batch.body, now)
            self.plan(peer)
            self.engine.at(now + peer.service.answer_s, peer_name, lambda at: answered(at, ack))

        async def answered(now: float, ack: bytes) -> None:
            self._sees(peer_name, relay.name, len(ack))
            if self._arrives(peer_name, relay.name, batch.peer):
                self.engine.at(now + WIRE_S, relay.name, lambda at: shipped(ack, at))

        if self._arrives(relay.name, peer_name, batch.peer):
            self.engine.at(self._now + WIRE_S, peer_name, heard)
        self.engine.at(self._now + TIMEOUT_S, relay.name, lambda at: shipped(None, at))

    @property
    def _now(self) -> float:
        return self.engine.clock.now()

    def _runs(self, relay: SimulatedRelay) -> bool:
        """Whether this is the running process of that relay, not one from before a restart."""
        return self.relays.get(relay.secrets.number) is relay

    def _sees(self, sender: str, receiver: str, size: int) -> None:
        self.trace.append(Seen(self._now, sender, receiver, size))

    def _arrives(self, sender: str, receiver: str, relay: RelayId) -> bool:
        """Whether what `sender` sends now gets through; depends on the seed, the instant and the ends alone."""
        if any(gone == relay and start <= self._now < end for gone, start, end in self.losses.outages):
            return False
        draw = hashlib.blake2b(f"{self.seed}/{self._now!r}/{sender}/{receiver}".encode(), digest_size=8).digest()
        return int.from_bytes(draw, "big") / 2**64 >= self.losses.share
