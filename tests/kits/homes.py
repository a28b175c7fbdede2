"""Vaults for tests: quick to open, in a community of three relays; people who met and hand over cells directly."""

from dataclasses import dataclass
from pathlib import Path

from client_cli.community.relays import keep_descriptor
from client_cli.inbox.reading import unread
from client_cli.inbox.receiving import Accepted, accept_cell
from client_cli.meeting.in_person import MeetingProgress, scan_card, show_card
from client_cli.outbox.sending import next_content
from client_cli.people.contacts import Person, require_person
from client_cli.post.housekeeping import housekeeping
from client_cli.randomness import Randomness
from client_cli.streams.deposit import Deposit
from client_cli.streams.expected import find_place
from client_cli.vault.key_file import WordsCost
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from protocol.board.page import CHAIN_START
from protocol.community.constants import Constants
from protocol.community.descriptor import Descriptor, sign_descriptor
from protocol.primitives.days import day_of
from protocol.primitives.sealed_box import public_of
from protocol.profile import Profile
from protocol.seams import RelayId, SeededEntropy
from tests.kits.communities import COMMUNITY_KEY, NOW, day_kem, door_kem, identity_secret, make_roster, signed

__all__ = [
    "CONSTANTS",
    "DAY",
    "EPOCH",
    "NOW",
    "QUICK",
    "RELAYS",
    "WORDS",
    "Home",
    "carry",
    "entropy",
    "learn_day",
    "make_home",
    "make_vault",
    "pair",
    "texts",
    "travel",
]

DAY = 86_400.0
WORDS = "네 개의 여는 말"
QUICK = WordsCost(ops=1, memory_kib=8)
CONSTANTS = Constants()
EPOCH = CONSTANTS.epoch_s
RELAYS = (RelayId(0), RelayId(1), RelayId(2))


def entropy(seed: int) -> SeededEntropy:
    """A reproducible stream."""
    return SeededEntropy(bytes([seed]) * 32)


def learn_roster(vault: Vault, relays: int = 3) -> None:
    """Put the test community and its roster into a vault, as reading the board would."""
    with vault.transaction() as tx:
        tx.put(Key.COMMUNITY_KEY, COMMUNITY_KEY)
        tx.put(Key.ROSTER, signed(make_roster(relays)).data)


def learn_day(vault: Vault, now: float) -> None:
    """Put what relays publish on the day of `now` into a vault, as reading the board would: it confirms the clock."""
    key = public_of(bytes(32))
    with vault.transaction() as tx:
        for relay in RELAYS:
            for day in (day_of(now), day_of(now) + 1):
                signed_day = Descriptor(relay, day, key, day_kem(relay), key, key, key, door_kem(relay), 0, CHAIN_START)
                keep_descriptor(
                    tx, sign_descriptor(signed_day, identity_secret(relay)), make_roster(3), now, RelayId(0)
                )


def make_vault(path: Path, seed: int = 1, *, joined: bool = True) -> Vault:
    """A fresh vault whose words cost almost nothing; with a roster of three relays unless not `joined`."""
    vault = Vault.create(path, WORDS, entropy(seed), language="ko", profile=Profile.STANDARD, now=NOW, cost=QUICK)
    if joined:
        learn_roster(vault)
    return vault


@dataclass
class Home:
    """One member. `content` and `crypto` are its random streams."""

    vault: Vault
    content: SeededEntropy
    crypto: SeededEntropy
    turn: int = 0

    @property
    def randomness(self) -> Randomness:
        """Both of its random streams."""
        return Randomness(self.content, self.crypto)

    def person(self, name: str) -> Person:
        """Somebody this member knows."""
        return require_person(self.vault, name)

    def keep_house(self, now: float) -> None:
        """What the postman does before anything else."""
        with self.vault.transaction() as tx:
            housekeeping(tx, now, self.crypto)

    def deposit(self, now: float, store: RelayId | None = None) -> Deposit | None:
        """What a deposit slot would carry: of one store, or of the first that anything fits, each in its turn."""
        self.turn += 1
        learn_day(self.vault, now)
        turned = [RELAYS[(self.turn + place) % len(RELAYS)] for place in range(len(RELAYS))]
        for relay in turned if store is None else (store,):
            with self.vault.transaction() as tx:
                housekeeping(tx, now, self.crypto)
                chosen = next_content(tx, relay, now, self.randomness)
            if chosen is not None:
                return chosen
        return None

    def deposits(self, now: float, limit: int = 200) -> list[Deposit]:
        """Everything that is due now, as one slot after the other would take it."""
        found: list[Deposit] = []
        while len(found) < limit and (one := self.deposit(now)) is not None:
            found.append(one)
        return found

    def accept(self, deposit: Deposit, now: float) -> Accepted | None:
        """Fetch a cell; None when its pigeonhole is not expected (any more)."""
        learn_day(self.vault, now)
        with self.vault.transaction() as tx:
            housekeeping(tx, now, self.crypto)
            place = find_place(tx, deposit.hole)
            return None if place is None else accept_cell(tx, place, deposit.cell, now, self.randomness)

    def reopen(self) -> None:
        """What is left after the process died: only what was committed."""
        home = self.vault.home
        self.vault.close()
        self.vault = Vault.open(home, WORDS)


def make_home(path: Path, seed: int) -> Home:
    """A member of the test community."""
    return Home(make_vault(path, seed), entropy(seed + 100), entropy(seed + 200))


def pair(tmp_path: Path, now: float = NOW) -> tuple[Home, Home]:
    """어머니 and 딸, who have just met: the first one knows 딸, the second one 어머니."""
    mother, daughter = make_home(tmp_path / "mother", 1), make_home(tmp_path / "daughter", 2)
    meet(mother, "딸", daughter, "어머니", now)
    return mother, daughter


def meet(one: Home, calls: str, other: Home, called: str, now: float = NOW) -> None:
    """Two meet in person: `one` calls the other `calls`, and is `called` by them."""
    shown = show_card(one.vault, calls, now, one.crypto)
    answer = show_card(other.vault, called, now, other.crypto)
    assert scan_card(other.vault, called, shown, now) is MeetingProgress.DONE
    assert scan_card(one.vault, calls, answer, now) is MeetingProgress.DONE
    for home in (one, other):
        home.keep_house(now)


def carry(sender: Home, receiver: Home, limit: int = 200) -> None:
    """At most `limit` cells that are due travel."""
    for deposit in sender.deposits(NOW, limit):
        receiver.accept(deposit, NOW)


def travel(one: Home, other: Home, now: float, rounds: int = 4) -> float:
    """Cells go to and fro, a day a round."""
    for _ in range(rounds):
        for sender, receiver in ((one, other), (other, one)):
            for deposit in sender.deposits(now, 40):
                receiver.accept(deposit, now)
        now += DAY
    return now


def texts(home: Home) -> list[str]:
    """What is unread."""
    return [letter.text for letter in unread(home.vault)]
