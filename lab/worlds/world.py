"""A whole network on an injected clock: real relay cores, real clients with real vaults, an in-memory wire.

Invariant: worlds with the same seed differ only in what their people and operators do (lab.worlds.wire). See
Spec: docs/protocol.md, The schedule, and invariant 1.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from client_cli.community.joining import join
from client_cli.inbox.reading import unread
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import require_person
from client_cli.post.postman import NothingDue, Postman
from client_cli.post.slots import LATE_S
from client_cli.randomness import Randomness
from client_cli.running.online import LOOK_S
from client_cli.vault.key_file import WordsCost
from client_cli.vault.vault import Vault
from lab.worlds.community import LabCommunity, RelaySecrets, make_community
from lab.worlds.engine import Engine
from lab.worlds.inline import open_inline
from lab.worlds.wire import Losses, Seen, SimulatedRelay, Wire
from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.seams import Entropy, RelayId, SeededEntropy
from relay.core.service import RelayService
from relay.events import NoEvents
from relay.secrets import AccessKeys, RelayKeys

WORDS = "four small words here"
# The least that Argon2id takes: what a vault's words cost has no part in what is measured here.
CHEAP_WORDS = WordsCost(ops=1, memory_kib=8192)


@dataclass(slots=True)
class SimulatedClient:
    """A member with a vault and a postman. `online` says whether its device runs, `ahead_s` how wrong its clock is.

    `life` counts starts of its program, `plans` how often its next slot was planned.
    """

    name: str
    vault: Vault
    postman: Postman
    content: Entropy
    online: bool = False
    ahead_s: float = 0.0
    life: int = 0
    plans: int = 0
    exchanges: int = 0
    failures: int = 0


PostmanMaker = Callable[[Vault, Randomness], Postman]


@dataclass(slots=True)
class World:
    """See the module. Build with `World.make`, add members, then `run`."""

    seed: int
    home: Path
    engine: Engine
    wire: Wire
    community: LabCommunity
    postman_maker: PostmanMaker
    clients: dict[str, SimulatedClient] = field(default_factory=dict)
    written: dict[str, float] = field(default_factory=dict)

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
        engine = Engine(start)
        world = cls(seed, home, engine, Wire(seed, engine, losses or Losses()), community, postman_maker)
        for secrets in community.relays:
            await world._open_relay(secrets, community)
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

    @property
    def relays(self) -> Mapping[RelayId, SimulatedRelay]:
        """The relays that run."""
        return self.wire.relays

    @property
    def trace(self) -> list[Seen]:
        """Everything an observer of the whole network has seen."""
        return self.wire.trace

    async def run(self, until: float) -> None:
        """Run the network until a Unix time."""
        await self.engine.run(until)

    def at(self, when: float, act: Callable[[float], None]) -> None:
        """Let people do something at an instant: `act(now)`."""

        async def action(now: float) -> None:
            act(now)

        self.engine.at(when, "people", action)

    # --- members --------------------------------------------------------------------------------------------------

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
        join(vault, card, self.now)
        content = self.stream(self.seed, f"{name}/content")
        postman = self.postman_maker(vault, Randomness(content, self.stream(self.seed, f"{name}/crypto")))
        client = SimulatedClient(name, vault, postman, content)
        self.clients[name] = client
        return client

    def introduce(self, one: str, other: str) -> None:
        """Two members scan each other's cards in person."""
        cards = {
            me: show_card(self.clients[me].vault, them, self.time_of(me), self.stream(self.seed, f"{me}/card/{them}"))
            for me, them in ((one, other), (other, one))
        }
        for me, them in ((one, other), (other, one)):
            scan_card(self.clients[me].vault, them, cards[them], self.time_of(me))

    def time_of(self, name: str) -> float:
        """What a member's clock shows."""
        return self.now + self.clients[name].ahead_s

    def go_online(self, name: str) -> None:
        """Start a member's program now: a new process if it ran before, which knows no more than the vault."""
        client = self.clients[name]
        if client.life:
            crypto = self.stream(self.seed, f"{name}/crypto/{client.life}")
            client.postman = self.postman_maker(client.vault, Randomness(client.content, crypto))
        client.online = True
        client.life += 1
        client.postman.start(self.time_of(name))
        self._plan_slot(client)

    def go_offline(self, name: str) -> None:
        """Stop a member's program: what is under way is lost."""
        client = self.clients[name]
        client.online = False
        client.life += 1
        client.plans += 1

    def set_clock(self, name: str, ahead_s: float) -> None:
        """Set a member's clock so many seconds ahead of the true time; a running program notices as `run_online`
        does."""
        client = self.clients[name]
        back = ahead_s < client.ahead_s - LOOK_S
        client.ahead_s = ahead_s
        if client.online:
            if back or self.time_of(name) > client.postman.next_slot_at() + LATE_S:
                client.postman.start(self.time_of(name))
            self._plan_slot(client)

    def write(self, sender: str, receiver: str, text: str) -> None:
        """A member writes a letter now."""
        self.written[text] = self.now
        vault = self.clients[sender].vault
        write_letter(vault, require_person(vault, receiver), text, self.time_of(sender))

    def received(self, name: str) -> list[tuple[str, str]]:
        """Return (sender, text) of all letters a member got, in the order they are shown."""
        return [(letter.person.name, letter.text) for letter in unread(self.clients[name].vault, None)]

    def received_count(self, client: SimulatedClient) -> int:
        """Return how many letters a member has received so far."""
        with client.vault.transaction() as tx:
            row = tx.find("SELECT count(*) FROM letters_in")
        return 0 if row is None else int(row[0])

    def finished(self, client: SimulatedClient, handle: int, body: bytes | None, now: float) -> None:
        """Hand an answer, or None for none, to a member's postman."""
        client.postman.finish(handle, body, now + client.ahead_s)

    def flush(self, client: SimulatedClient) -> None:
        """Make the next exchange now instead of in its slot. Nothing in the product can; for the mutants."""
        client.postman.prepare(client.postman.next_slot_at())
        self._make_exchange(client, self.now)
        self._plan_slot(client)

    def _plan_slot(self, client: SimulatedClient) -> None:
        client.plans += 1
        plan = client.plans

        async def slot(now: float) -> None:
            if client.plans == plan:
                self._make_exchange(client, now)
                self._plan_slot(client)

        async def seal(now: float) -> None:
            if client.plans == plan:
                client.postman.prepare(now + client.ahead_s)

        self.engine.at(client.postman.prepare_at() - client.ahead_s, client.name, seal)
        self.engine.at(client.postman.next_slot_at() - client.ahead_s, client.name, slot)

    def _make_exchange(self, client: SimulatedClient, now: float) -> None:
        try:
            exchange = client.postman.begin(now + client.ahead_s)
        except NothingDue:
            client.postman.start(now + client.ahead_s)
            return
        client.exchanges += 1
        life = client.life

        def done(answer: bytes | None, when: float) -> None:
            if client.life == life:
                client.failures += answer is None
                self.finished(client, exchange.handle, answer, when)

        self.wire.post(client.name, exchange.guard, exchange.body, done)

    # --- operators ------------------------------------------------------------------------------------------------

    def sign_roster(self, *, new_access: bool = False, without: Collection[RelayId] = ()) -> None:
        """The roster maker signs the next roster. Relays have it once `restart_relay` was told to take it."""
        version = self.community.roster.version + 1
        self.community = self.community.renewed(
            self.stream(self.seed, f"roster{version}"), self.now, new_access=new_access, without=without
        )

    async def stop_relay(self, number: RelayId) -> None:
        """Stop a relay; what is on its way to it is lost."""
        await self.wire.relays.pop(number).service.close()

    async def restart_relay(self, number: RelayId, *, new_files: bool = False) -> None:
        """Close a relay and open it again from its disk; `new_files`: with the newest roster and access secrets."""
        old = self.relays[number]
        await self.stop_relay(number)
        await self._open_relay(old.secrets, self.community if new_files else old.files)

    def database(self, number: RelayId) -> Path:
        """The file of a relay's store."""
        return self.home / f"relay{number}" / "relay.db"

    async def _open_relay(self, secrets: RelaySecrets, files: LabCommunity) -> None:
        path = self.database(secrets.number)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        service = await RelayService.open(
            await open_inline(path),
            RelayKeys(secrets.identity_secret, secrets.door_secret, secrets.number),
            files.roster_bytes,
            AccessKeys(files.access_secrets),
            self.stream(self.seed, f"relay{secrets.number}/{self.now}"),
            self.now,
            NoEvents(),
        )
        relay = SimulatedRelay(secrets, service, files)
        self.wire.relays[secrets.number] = relay
        self.wire.plan(relay)


def multiset(trace: list[Seen]) -> Counter[Seen]:
    """Return a trace as what is compared: how often each (time, from, to, size) was seen."""
    return Counter(trace)
