"""A small network with two people, in which everything can be made to fail while letters go both ways.

Relays and clients are real processes, started by the lab's launcher behind the lab's wires. The people's vaults are
also open here, as other commands would have them open, to write letters and to look what came.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Self

from client_cli.community.joining import join
from client_cli.desk.invitations import load_community, make_invitation
from client_cli.errors import VaultBusy
from client_cli.inbox.reading import mark_read, unread
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import require_person
from client_cli.post.guard_state import find_guard
from client_cli.vault.key_file import WordsCost
from client_cli.vault.vault import Vault
from lab.faults.letters import Ledger
from lab.faults.orders import FSYNC, Orders
from lab.faults.shim import compiled, preload
from lab.faults.wires import Wires
from lab.processes.postgres import Cluster
from lab.processes.processes import Member, Network, RelayProcess, environment, run_here, wait_until
from protocol.people.key_card import encode_card_text
from protocol.profile import Profile

PATIENCE_S = 900.0  # a machine may be busy with other things; nothing here is judged by its time
LOOK_S = 0.25
FAST: Mapping[str, int] = {
    # Slow enough that two busy cores keep up with it: what is lost by not keeping up is no fault of a scenario's.
    "mean_hold_ms": 400,
    "reply_hold_ms": 400,
    "page_ms": 2000,
    "pages_per_seal": 5,
    "key_block_ms": 10_000,
    "link_tick_ms": 250,
    "answer_ms": 50,
    "metered_slot_ms": 600,
    "standard_slot_ms": 600,
    "guarded_slot_ms": 600,
    "retry_ms": 6000,
    "ack_wait_ms": 800,
    "ask_again_ms": 5000,
    "guard_failures": 4,
    "guard_return_ms": 30_000,
}
WORDS = {"mother": "감자 옥수수 맷돌 외양간", "daughter": "강가 저녁 다리 등불"}
OTHER = {"mother": "daughter", "daughter": "mother"}
CHEAP = WordsCost(ops=1, memory_kib=8)
_ROOT = Path(__file__).resolve().parents[2]


class Setting:
    """Use it in a `with`; everything that runs ends with it."""

    def __init__(
        self,
        folder: Path,
        chance: Random,
        *,
        relays: int = 3,
        tls: bool = True,
        constants: Mapping[str, int] = FAST,
        ahead_s: float = 0.0,
        postgres: bool = False,
    ) -> None:
        """Make the network and the people; no relay runs yet. `ahead_s`: how far all clocks are from this machine's.
        `postgres`: relays keep their stores in a PostgreSQL of the lab's own."""
        self.folder = folder
        self.chance = chance
        self.network = Network.make(folder / "net", relays=relays, constants=constants, guards=2, tls=tls, run=run_here)
        self.shim = compiled(folder)
        self.ledgers = {name: Ledger(name) for name in WORDS}
        self.members: dict[str, Member] = {}
        self.vaults: dict[str, Vault] = {}
        self.upgraded: set[str] = set()
        """Processes whose schema knows one more migration than it is released with."""
        self.furthest = time.time() + ahead_s
        """The furthest time that any clock was set to, Unix seconds."""
        self._orders: dict[str, Orders] = {}
        self._ahead: dict[str, float] = {}
        for number, relay in enumerate(self.network.relays):
            self._prepare(f"relay{number}", relay, "relay", ahead_s)
        self.cluster = self._keep_in_postgres() if postgres else None
        self.wires = Wires(self.network, chance)
        for name, words in WORDS.items():
            self.members[name] = Member(folder / name, words)
            self._prepare(name, self.members[name], "client_cli", ahead_s)
        self._meet()

    def _prepare(self, name: str, process: RelayProcess | Member, module: str, ahead_s: float) -> None:
        self._orders[name] = orders = Orders(self.folder / f"orders-{name}")
        process.launch = self.launcher(name, module)
        process.variables = {"PYTHONPATH": os.fspath(_ROOT)}
        if self.shim is not None:
            process.variables |= preload(self.shim, orders.folder / FSYNC)
        self._ahead[name] = ahead_s
        if ahead_s:
            orders.clock(ahead_s)

    def _keep_in_postgres(self) -> Cluster:
        cluster = Cluster.make()
        cluster.start()
        for relay in self.network.relays:
            config = relay.directory / "relay.toml"
            text = config.read_text("utf-8")
            config.write_text(text.replace('url = "sqlite"', f'url = "{cluster.new_database()}"', 1), "utf-8")
        return cluster

    def launcher(self, name: str, module: str) -> Callable[[list[str]], list[str]]:
        """How this process is started: `module` with a + knows one more migration."""
        folder = os.fspath(self._orders[name].folder)
        return lambda command: [sys.executable, "-m", "lab.faults.launcher", folder, module, *command[3:]]

    def _meet(self) -> None:
        community = load_community(self.network.community)
        for name, member in self.members.items():
            now = self.now(name)
            self.vaults[name] = vault = Vault.create(
                member.home, member.words, os.urandom, language="ko", profile=Profile.STANDARD, now=now, cost=CHEAP
            )
            join(vault, encode_card_text(make_invitation(community, now, os.urandom)), now)
        cards = {name: show_card(self.vaults[name], OTHER[name], self.now(name), os.urandom) for name in WORDS}
        for name in WORDS:
            scan_card(self.vaults[name], OTHER[name], cards[OTHER[name]], self.now(name))

    def __enter__(self) -> Self:
        self.wires.__enter__()
        try:
            self.network.start()
            for member in self.members.values():
                member.go_online()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members.values():
            if member.process is not None:
                member.go_offline(signal.SIGKILL)
        for relay in self.network.relays:
            if relay.process is not None:
                relay.stop(signal.SIGKILL)
        for vault in self.vaults.values():
            vault.close()
        self.wires.__exit__()
        if self.cluster is not None:
            self.cluster.remove()

    def orders(self, name: str) -> Orders:
        """The orders of `relay0`, ..., `mother` or `daughter`."""
        return self._orders[name]

    def process(self, name: str) -> RelayProcess | Member:
        """A relay or a member by that name."""
        return self.members[name] if name in self.members else self.network.relays[int(name.removeprefix("relay"))]

    def running(self, name: str) -> "subprocess.Popen[str]":
        """The process behind the name."""
        process = self.process(name).process
        assert process is not None
        return process

    @property
    def relay_names(self) -> list[str]:
        """relay0, relay1, ..."""
        return [f"relay{number}" for number in range(len(self.network.relays))]

    @property
    def guard(self) -> str:
        """The relay that the mother makes her exchanges with at present."""
        with self.vaults["mother"].transaction() as tx:
            held = find_guard(tx)
        return f"relay{0 if held is None else held.relay}"

    @property
    def names(self) -> list[str]:
        """Everything that runs."""
        return [*self.relay_names, *self.members]

    def stop(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        """End a process; its exit code."""
        process = self.process(name)
        return process.stop(how) if isinstance(process, RelayProcess) else process.go_offline(how)

    def start(self, name: str) -> None:
        """Start it (again)."""
        process = self.process(name)
        if isinstance(process, RelayProcess):
            process.start()
        else:
            process.go_online()

    def stop_relays(self) -> None:
        """End every relay as a service manager does."""
        self.network.stop()

    def environment(self, name: str) -> dict[str, str]:
        """What the environment of this process is."""
        return environment(**self.process(name).variables)

    def restart(self, name: str) -> None:
        """Kill it and start it again."""
        self.stop(name)
        self.start(name)

    def said(self, name: str) -> str:
        """Everything that the processes of this name have said on standard error."""
        process = self.process(name)
        folder = process.directory if isinstance(process, RelayProcess) else process.home
        return (folder / "said").read_text("utf-8")

    def set_clock(self, name: str, ahead_s: float) -> None:
        """Set the clock of one process ahead or back, while it runs or not."""
        self._ahead[name] = ahead_s
        self._orders[name].clock(ahead_s)
        self.furthest = max(self.furthest, self.now(name))

    def ahead(self, name: str) -> float:
        """How far this clock is ahead of this machine's, in seconds."""
        return self._ahead[name]

    def now(self, name: str) -> float:
        """The time by the clock of this one, Unix seconds."""
        return time.time() + self._ahead[name]

    def close_vault(self, name: str) -> None:
        """Let go of a member's vault here; nothing for a relay."""
        if name in self.members:
            self.vaults[name].close()

    def open_vault(self, name: str) -> None:
        """Take it up again."""
        if name in self.members:
            self.vaults[name] = Vault.open(self.members[name].home, self.members[name].words)

    def write(self, each: int) -> None:
        """Each writes so many letters to the other."""
        for _ in range(each):
            for name, vault in self.vaults.items():
                ledger = self.ledgers[name]
                write_letter(vault, require_person(vault, OTHER[name]), text := ledger.next(), self.now(name))
                ledger.written.append(text)

    def collect(self) -> None:
        """Read what came; it is erased by that, as for everyone."""
        for name, vault in self.vaults.items():
            letters = unread(vault)
            self.ledgers[OTHER[name]].arrived += [letter.text for letter in letters]
            if letters:
                mark_read(vault, [letter.number for letter in letters], keep=False)

    def all_arrived(self) -> bool:
        """Whether every letter is there."""
        try:
            self.collect()
        except VaultBusy:
            return False
        return all(len(ledger.arrived) >= len(ledger.written) for ledger in self.ledgers.values())

    def settled(self) -> bool:
        """Whether every letter is there and its writer knows it."""
        try:
            return self.all_arrived() and not any(_waiting(vault) for vault in self.vaults.values())
        except VaultBusy:
            return False

    def wait_for_letters(self, patience_s: float = PATIENCE_S) -> float:
        """Wait until all are there; seconds it took. CommandFailed when patience ends."""
        return wait_until("every letter there", self.all_arrived, patience_s, LOOK_S)

    def settle(self, patience_s: float = 2 * PATIENCE_S) -> None:
        """Wait until all writers know that too: nothing is sent again then, so nothing comes twice that has not yet."""
        wait_until("every letter there and acked", self.settled, patience_s, LOOK_S)
        for ledger in self.ledgers.values():
            if ledger.arrived != ledger.written:
                raise AssertionError(f"{ledger.lost} lost, {ledger.duplicated} doubled, {ledger.changed} changed")

    def pause(self, seconds: float) -> None:
        """Let the network run for a while."""
        time.sleep(seconds)

    def wait_for(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until something has happened that is sure to happen soon."""
        wait_until(what, done, PATIENCE_S, 0.05)


def _waiting(vault: Vault) -> int:
    with vault.transaction() as tx:
        row = tx.find("SELECT count(*) FROM letters_out WHERE arrived_at IS NULL")
    return 0 if row is None else int(row[0])
