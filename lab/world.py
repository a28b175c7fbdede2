"""A whole network on an injected clock: real relay cores, real clients with real vaults, an in-memory wire.

Invariant: what the wire does (delay, losses) is drawn from the world's seed, the instant and the two ends, never
from bytes, so worlds with the same seed differ only in what their people do. Everything a network observer would
see is in `trace`. See docs/protocol.md, "The schedule", and invariant 1.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

from client_cli.contacts import require_person
from client_cli.inbox import unread
from client_cli.joining import join
from client_cli.keyfile import WordsCost
from client_cli.meeting import scan_card, show_card
from client_cli.outbox import write_letter
from client_cli.postman import Postman
from client_cli.vault import Vault
from lab.community import LabCommunity, RelaySecrets, make_community
from lab.engine import Engine
from protocol.profile import Profile
from protocol.roster_constants import Constants
from protocol.seams import Entropy, RelayId, SeededEntropy
from relay.api import AccessKeys, RelayKeys, Shipment
from relay.events import Event
from relay.service import RelayService
from relay.store_sqlite import SqliteStore

WORDS = "four small words here"
WIRE_S = 0.03  # one way; fixed, so that it adds nothing to what a schedule shows
CLIENT_TIMEOUT_S = 20.0
# The least that Argon2id takes: what a vault's words cost has no part in what is measured here.
CHEAP_WORDS = WordsCost(ops=1, memory_kib=8192)


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


class NoEvents:
    """Takes what relays report and keeps nothing."""

    def emit(self, event: Event, **fields: int | str) -> None:
        """Forget it."""


@dataclass(slots=True)
class SimulatedRelay:
    """A relay core and when the engine last promised to look at it."""

    secrets: RelaySecrets
    service: RelayService
    wake_at: float = float("inf")

    @property
    def name(self) -> str:
        """Name in the trace."""
        return f"relay{self.secrets.number}"


@dataclass(slots=True)
class SimulatedClient:
    """A member with a vault and a postman. `online` says whether its device runs."""

    name: str
    vault: Vault
    postman: Postman
    content: Entropy
    online: bool = False
    life: int = 0
    exchanges: int = 0
    failures: int = 0


PostmanMaker = Callable[[Vault, Entropy, Entropy], Postman]


@dataclass(slots=True)
class World:
    """See the module. Build with `World.make`, add members, then `run`."""

    seed: int
    home: Path
    engine: Engine
    community: LabCommunity
    losses: Losses
    postman_maker: PostmanMaker
    relays: dict[RelayId, SimulatedRelay] = field(default_factory=dict)
    clients: dict[str, SimulatedClient] = field(default_factory=dict)
    trace: list[Seen] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    async def make(
        cls,
        home: Path,
        *,
        seed: int,
        start: float,
        constants: Constants,
        relays: int = 3,
        guards: tuple[int, ...] = (0,),
        losses: Losses | None = None,
        postman_maker: PostmanMaker = Postman,
    ) -> Self:
        """Start `relays` relay cores at Unix time `start`, their databases below `home`."""
        community = make_community(
            cls.stream(seed, "community"), relays=relays, guards=guards, constants=constants, now=start
        )
        world = cls(seed, home, Engine(start), community, losses or Losses(), postman_maker)
        for secrets in community.relays:
            await world._open_relay(secrets)
        return world

    @staticmethod
    def stream(seed: int, label: str) -> SeededEntropy:
        """Return the random stream that belongs to `label` alone."""
        return SeededEntropy(hashlib.blake2b(f"{seed}/{label}".encode(), digest_size=32).digest())

    async def close(self) -> None:
        """Close every store and vault."""
        for client in self.clients.values():
            client.vault.close()
        for relay in self.relays.values():
            await relay.service.close()

    @property
    def now(self) -> float:
        """The present instant."""
        return self.engine.clock.now()

    def add_client(self, name: str, profile: Profile = Profile.STANDARD) -> SimulatedClient:
        """Set up a member: vault, invitation, postman. It is offline until `go_online`."""
        vault = Vault.create(
            self.home / name,
            WORDS,
            self.stream(self.seed, f"{name}/vault"),
            language="en",
            profile=profile,
            now=self.now,
            cost=CHEAP_WORDS,
        )
        card = self.community.invitation(self.stream(self.seed, f"{name}/ticket"), int(self.now // 86400) + 30)
        join(vault, card, self.now, self.stream(self.seed, f"{name}/join"))
        content = self.stream(self.seed, f"{name}/content")
        postman = self.postman_maker(vault, content, self.stream(self.seed, f"{name}/crypto"))
        client = SimulatedClient(name, vault, postman, content)
        self.clients[name] = client
        return client

    def introduce(self, one: str, other: str) -> None:
        """Two members scan each other's cards in person."""
        cards = {
            me: show_card(self.clients[me].vault, them, self.now, self.stream(self.seed, f"{me}/card/{them}"))
            for me, them in ((one, other), (other, one))
        }
        for me, them in ((one, other), (other, one)):
            scan_card(self.clients[me].vault, them, cards[them], self.now)

    def go_online(self, name: str) -> None:
        """Start a member's schedule now."""
        client = self.clients[name]
        client.online = True
        client.life += 1
        client.postman.start(self.now)
        self._plan_slot(client)

    def go_offline(self, name: str) -> None:
        """Stop a member's device: what is under way is lost."""
        client = self.clients[name]
        client.online = False
        client.life += 1

    async def run(self, until: float) -> None:
        """Run the network until a Unix time."""
        await self.engine.run(until)

    def at(self, when: float, act: Callable[[float], None]) -> None:
        """Let people do something at an instant: `act(now)`."""

        async def action(now: float) -> None:
            act(now)

        self.engine.at(when, "people", action)

    def write(self, sender: str, receiver: str, text: str) -> None:
        """A member writes a letter now."""
        vault = self.clients[sender].vault
        write_letter(vault, require_person(vault, receiver), text, self.now)

    def received(self, name: str) -> list[tuple[str, str]]:
        """Return (sender, text) of all letters a member got, in the order they are shown."""
        return [(letter.person.name, letter.text) for letter in unread(self.clients[name].vault, None)]

    async def restart_relay(self, number: RelayId) -> None:
        """Close a relay and open it again from its disk."""
        old = self.relays[number]
        await old.service.close()
        await self._open_relay(old.secrets)

    async def _open_relay(self, secrets: RelaySecrets) -> None:
        folder = self.home / f"relay{secrets.number}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        service = await RelayService.open(
            await SqliteStore.open(folder / "relay.db"),
            RelayKeys(secrets.identity_secret, secrets.door_secret, secrets.number),
            self.community.roster_bytes,
            AccessKeys({0: self.community.access_secret}),
            self.stream(self.seed, f"relay{secrets.number}/{self.now}"),
            self.now,
            NoEvents(),
        )
        relay = SimulatedRelay(secrets, service)
        self.relays[secrets.number] = relay
        self._plan_relay(relay)

    # --- the wire -------------------------------------------------------------------------------------------------

    def _sees(self, sender: str, receiver: str, size: int) -> None:
        self.trace.append(Seen(self.now, sender, receiver, size))

    def _arrives(self, sender: str, receiver: str, relay: RelayId) -> bool:
        """Whether what `sender` sends now gets through; depends on the seed, the instant and the ends alone."""
        if any(gone == relay and start <= self.now < end for gone, start, end in self.losses.outages):
            return False
        draw = hashlib.blake2b(f"{self.seed}/{self.now!r}/{sender}/{receiver}".encode(), digest_size=8).digest()
        return int.from_bytes(draw, "big") / 2**64 >= self.losses.share

    # --- clients --------------------------------------------------------------------------------------------------

    def _plan_slot(self, client: SimulatedClient) -> None:
        life = client.life

        async def slot(now: float) -> None:
            if client.life == life:
                self._make_exchange(client, now)
                self._plan_slot(client)

        self.engine.at(client.postman.next_slot_at(), client.name, slot)

    def finished(self, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        """Hand an answer, or None for none, to a member's postman."""
        client.postman.finish(handle, body, now)
        client.postman.prepare(now)

    def flush(self, client: SimulatedClient) -> None:
        """Make the next exchange now instead of in its slot. Nothing in the product can; for the mutants."""
        client.life += 1
        self._make_exchange(client, self.now)
        self._plan_slot(client)

    def received_count(self, client: SimulatedClient) -> int:
        """Return how many letters a member has received so far."""
        with client.vault.transaction() as tx:
            row = tx.find("SELECT count(*) FROM letters_in")
        return 0 if row is None else int(row[0])

    def _make_exchange(self, client: SimulatedClient, now: float) -> None:
        exchange = client.postman.begin(now)
        client.postman.prepare(now)
        client.exchanges += 1
        relay = next(r for r in self.relays.values() if r.secrets.url == exchange.url)
        life = client.life
        self._sees(client.name, relay.name, len(exchange.body))

        async def lost(when: float) -> None:
            finish(None, when)

        async def answered(when: float, body: bytes) -> None:
            self._sees(relay.name, client.name, len(body))
            if self._arrives(relay.name, client.name, relay.secrets.number):
                self.engine.at(when + WIRE_S, client.name, lambda at: back(at, body))

        async def back(when: float, body: bytes) -> None:
            finish(body, when)

        async def heard(when: float) -> None:
            current = self.relays[relay.secrets.number]
            (body,) = await current.service.exchanges([exchange.body], when)
            self._plan_relay(current)
            self.engine.at(when + current.service.answer_s, relay.name, lambda at: answered(at, body))

        done = False

        def finish(body: bytes | None, when: float) -> None:
            nonlocal done
            if client.life != life or done:
                return
            done = True
            client.failures += body is None
            self.finished(client, exchange.handle, body, when)

        if self._arrives(client.name, relay.name, relay.secrets.number):
            self.engine.at(now + WIRE_S, relay.name, heard)
        self.engine.at(now + CLIENT_TIMEOUT_S, client.name, lost)

    # --- relays ---------------------------------------------------------------------------------------------------

    def _plan_relay(self, relay: SimulatedRelay) -> None:
        due = max(relay.service.next_due(self.now), self.now)
        if due < relay.wake_at:
            relay.wake_at = due

            async def wake(now: float) -> None:
                if self.relays[relay.secrets.number] is not relay or relay.wake_at != due:
                    return
                relay.wake_at = float("inf")
                for shipment in await relay.service.run_due(now):
                    self._ship(relay, shipment)
                self._plan_relay(relay)

            self.engine.at(due, relay.name, wake)

    def _ship(self, relay: SimulatedRelay, shipment: Shipment) -> None:
        peer_name = f"relay{shipment.peer}"
        self._sees(relay.name, peer_name, len(shipment.body))
        done = False

        async def shipped(ack: bytes | None, now: float) -> None:
            nonlocal done
            if done or self.relays[relay.secrets.number] is not relay:
                return
            done = True
            await relay.service.shipped(shipment, ack, now)
            self._plan_relay(relay)

        async def heard(now: float) -> None:
            peer = self.relays[shipment.peer]
            ack = await peer.service.link(shipment.body, now)
            self._plan_relay(peer)
            self.engine.at(now + peer.service.answer_s, peer_name, lambda at: answered(at, ack))

        async def answered(now: float, ack: bytes) -> None:
            self._sees(peer_name, relay.name, len(ack))
            if self._arrives(peer_name, relay.name, shipment.peer):
                self.engine.at(now + WIRE_S, relay.name, lambda at: shipped(ack, at))

        if self._arrives(relay.name, peer_name, shipment.peer):
            self.engine.at(self.now + WIRE_S, peer_name, heard)
        self.engine.at(self.now + CLIENT_TIMEOUT_S, relay.name, lambda at: shipped(None, at))


def multiset(trace: list[Seen]) -> Mapping[Seen, int]:
    """Return a trace as what is compared: how often each (time, from, to, size) was seen."""
    counts: dict[Seen, int] = {}
    for seen in trace:
        counts[seen] = counts.get(seen, 0) + 1
    return counts
