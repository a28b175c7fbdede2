"""Two people as one machine: copies made and put back, programs that stop before a commit, cells late, lost and twice.

Vaults, streams, ratchets and letters are the real ones; cells are handed over as a network would. What the guard tells
(client_cli.post.shelf.is_gone) is told here when a copy is put back. Shown on bytes: no pigeonhole (but reserved
ones, which each run draws), nonce or message key is used for two contents, whatever run uses it.
"""

import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.outbox.sending import next_content
from client_cli.people.contacts import Standing, get_record, standing_of
from client_cli.streams.deposit import Deposit
from client_cli.streams.expected import find_place
from client_cli.streams.fresh_start import mark_put_back
from client_cli.streams.ratchets import get_assembler
from client_cli.streams.streams import find_receive, find_send, former, get_row
from client_cli.vault.vault import Vault
from lab.worlds.scratch import MEMORY
from protocol.streams.cell import open_cell
from protocol.streams.pigeonhole import RESERVED, hole_of, is_reserved, reserved_secret, take_of
from tests.kits.homes import NOW, RELAYS, WORDS, Home, pair

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
WHO = st.integers(0, 1)
NAMES = ("딸", "어머니")
"""Whom each of them writes to."""
HEADER: Final = 1 + 32 + 4 + 4
"""Of a ratchet message: what its key follows from."""


@dataclass
class Copy:
    """A folder, and when it was copied."""

    folder: Path
    made_at: float


@dataclass
class Side:
    """One person: their present run, copies of their folder, and what was shown to them in whichever run."""

    home: Home
    copies: list[Copy] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    written: int = 0


class TwoAndTheirCopies(RuleBasedStateMachine):
    """Invariant: what is told as arrived was shown; nothing is shown twice in one run; nothing is used twice."""

    @initialize()
    def meet(self) -> None:
        """They have met."""
        self.folder = Path(tempfile.mkdtemp(prefix="sosik-test-", dir=MEMORY if MEMORY.is_dir() else None))
        self.sides = [Side(home) for home in pair(self.folder)]
        self.now = NOW
        self.lying: list[tuple[int, Deposit]] = []
        self.left: dict[bytes, bytes] = {}
        self.reserved: set[bytes] = set()
        self.nonces: set[bytes] = set()
        self.message_keys: dict[tuple[int, bytes], bytes] = {}
        self.texts_of: dict[tuple[int, int, float], str] = {}

    def teardown(self) -> None:
        """Whatever happened: when nothing is lost any more all letters arrive, or somebody is told that they must
        meet again."""
        if not hasattr(self, "sides"):
            return
        try:
            self._calm()
        finally:
            for side in self.sides:
                side.home.vault.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    @rule(who=WHO)
    def write(self, who: int) -> None:
        """A letter, each with words of its own."""
        side = self.sides[who]
        side.written += 1
        text = f"{who} {side.written}"
        self._pass(60.0)
        written = write_letter(side.home.vault, side.home.person(NAMES[who]), text, self.now)
        self.texts_of[who, written.number, self.now] = text

    @rule(who=WHO, count=st.integers(1, 3))
    def leave(self, who: int, count: int) -> None:
        """Some slots leave what is due. It comes in any order, or never."""
        for _ in range(count):
            self._pass(HOUR)
            deposit = self.sides[who].home.deposit(self.now)
            if deposit is not None:
                self._note(who, deposit)

    @rule(place=st.integers(0, 40))
    def fetch(self, place: int) -> None:
        """One of the cells comes: relays still have it, so a run from a copy may get it again."""
        if self.lying:
            self._take(*self.lying[-1 - place % len(self.lying)])

    @rule()
    def fetch_everything(self) -> None:
        """All that lies at relays comes."""
        for sender, deposit in list(self.lying):
            self._take(sender, deposit)

    @rule(hours=st.sampled_from([1.0, 30.0, 100.0]))
    def time_passes(self, hours: float) -> None:
        """Acks become due, letters are sent again."""
        self._pass(hours * HOUR)

    @rule(who=WHO)
    def copy(self, who: int) -> None:
        """Somebody copies the folder, with the program stopped."""
        side = self.sides[who]
        self._pass(60.0)
        folder = side.home.vault.home
        side.home.vault.close()
        to = self.folder / f"copy {who} {len(side.copies)}"
        shutil.copytree(folder, to)
        side.home.vault = Vault.open(folder, WORDS)
        side.copies.append(Copy(to, self.now))

    @precondition(lambda self: any(side.copies for side in self.sides))
    @rule(who=WHO, which=st.integers(0, 5), writes_first=st.booleans())
    def put_back(self, who: int, which: int, writes_first: bool) -> None:
        """A copy, of any age, stands where the folder was; the guard tells at the first exchange."""
        side = self.sides[who] if self.sides[who].copies else self.sides[1 - who]
        who = self.sides.index(side)
        copied = side.copies[which % len(side.copies)]
        folder = side.home.vault.home
        side.home.vault.close()
        shutil.rmtree(folder)
        shutil.copytree(copied.folder, folder)
        side.home.vault = Vault.open(folder, WORDS)
        if writes_first:
            self.write(who)
        self._pass(60.0)
        with side.home.vault.transaction() as tx:
            mark_put_back(tx, self.now, copied.made_at)

    @rule(who=WHO)
    def stop_before_the_commit(self, who: int) -> None:
        """A slot is sealed and never kept: what it drew is drawn anew."""
        home = self.sides[who].home
        with suppress(InterruptedError), home.vault.transaction() as tx:
            next_content(tx, RELAYS[0], self.now, home.randomness)
            raise InterruptedError
        home.reopen()

    @invariant()
    def what_is_told_as_arrived_was_shown(self) -> None:
        """And what is shown now is shown once."""
        if not hasattr(self, "sides"):
            return
        for who, side in enumerate(self.sides):
            here = [letter.text for letter in unread(side.home.vault)]
            assert len(here) == len(set(here)), "shown twice"
            side.shown.update(here)
            other = self.sides[1 - who]
            other_here = {letter.text for letter in unread(other.home.vault)}
            for letter in letters(side.home.vault, self.now):
                if letter.status is LetterStatus.ARRIVED:
                    text = self.texts_of[who, letter.number, letter.written]
                    assert text in other_here or other.shown[text] or self._waits(1 - who), "told as arrived"

    def _waits(self, who: int) -> bool:
        """Whether a letter waits whole for one before it."""
        with self.sides[who].home.vault.transaction() as tx:
            return any(here == parts for _, here, parts in get_assembler(tx, 1).progress())

    def _pass(self, seconds: float) -> None:
        self.now += seconds

    def _note(self, who: int, deposit: Deposit) -> None:
        """A cell leaves: its pigeonhole and nonce were never used before. Two runs that go on from one copy can draw
        the same reserved one: the store keeps the first, and another is tried."""
        with self.sides[who].home.vault.transaction() as tx:
            for send in (find_send(tx, 1), find_send(tx, former(1))):
                for stream in [] if send is None else send._streams:
                    secrets = [reserved_secret(stream._reserve, index) for index in range(RESERVED)]
                    self.reserved |= {hole_of(take_of(secret)) for secret in secrets}
        assert deposit.hole not in self.left or deposit.hole in self.reserved, "a pigeonhole is used for two contents"
        self.left[deposit.hole] = deposit.cell
        assert deposit.cell[:24] not in self.nonces
        self.nonces.add(deposit.cell[:24])
        self.lying.append((who, deposit))

    def _take(self, sender: int, deposit: Deposit) -> None:
        home = self.sides[1 - sender].home
        home.keep_house(self.now)
        with home.vault.transaction() as tx:
            place = find_place(tx, deposit.hole)
            row = None if place is None else get_row(tx, place.stream)
            receive = None if row is None else find_receive(tx, row.contact)
            key = None if receive is None or place is None else receive.key_of(*place.place)
        if place is not None and key is not None and not is_reserved(place.place[0]):
            message = open_cell(key, deposit.cell)
            header = (sender, message[:33] + message[37:HEADER])
            assert self.message_keys.setdefault(header, message) == message, "a message key is used for two contents"
        home.accept(deposit, self.now)

    def _calm(self) -> None:
        for _ in range(12):
            self._pass(DAY)
            for who, side in enumerate(self.sides):
                for deposit in side.home.deposits(self.now, 40):
                    self._note(who, deposit)
            self.fetch_everything()
            self.what_is_told_as_arrived_was_shown()
        standings = []
        for side in self.sides:
            with side.home.vault.transaction() as tx:
                standings.append(standing_of(tx, 1))
        if standings != [Standing.SOUND] * 2:
            # A copy of a generation that is held no more asks, and says so, until they meet again; an answer to a card
            # of a run before, which came late, looks like one to another device, and says how to go on.
            assert {Standing.ASKING, Standing.REPLACED} & set(standings)
            return
        for who, side in enumerate(self.sides):
            there = {letter.text for letter in unread(self.sides[1 - who].home.vault)}
            with self.sides[1 - who].home.vault.transaction() as tx:
                told = get_record(tx, 1).fresh_start
            for letter in letters(side.home.vault, self.now):
                assert letter.status is LetterStatus.ARRIVED
                text = self.texts_of[who, letter.number, letter.written]
                assert text in there or (told is not None and told.ours), "lost without a word"


def plan(examples: int, steps: int) -> settings:
    """Vaults on a disk are slow at their best: no example has a deadline."""
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )


TestTwoAndTheirCopies = TwoAndTheirCopies.TestCase
TestTwoAndTheirCopies.settings = plan(3, 12)


@pytest.mark.long
def test_two_and_their_copies_for_long() -> None:
    run_state_machine_as_test(TwoAndTheirCopies, settings=plan(150, 50))
