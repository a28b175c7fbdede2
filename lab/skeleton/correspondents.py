"""Letters between people over weeks of losses, without a network: only instants.

What leaves when, what is sent again and what an ack says are the client's own rules (`client_cli.outbox.sending`,
`client_cli.streams`, `client_cli.outbox.letters`) on a vault in memory. Left out: cryptography, slots that carry
nothing, boards. A cell that a slot carries is lost with a given probability; else it is with its reader after its
holds, a page interval, and fetches of which some are lost as well and made again when a take may be presented again.
"""

import heapq
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from client_cli.outbox.letters import heard
from client_cli.outbox.sending import take_place
from client_cli.people.contacts import State, want_ack
from client_cli.streams import in_flight, streams
from client_cli.vault.keys import Key
from client_cli.vault.letters_key import LettersBox
from client_cli.vault.schema import migrate
from client_cli.vault.transaction import Tx
from lab.worlds.community import LabCommunity, make_community
from protocol.community.constants import Constants
from protocol.letters.assembler import Assembler
from protocol.letters.letter import Fragment
from protocol.primitives.kdf import derive
from protocol.primitives.sampling import exponential, uniform01
from protocol.profile import Profile
from protocol.seams import RelayId, SeededEntropy
from protocol.streams.acks import Acks, Floors

Place = tuple[int, int]
START: Final = 20_000 * 86_400.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says."""

    place: Place
    acks: Acks
    floors: Floors
    oldest_generation: int
    oldest_letter: int
    fragment: Fragment | None


@dataclass(slots=True)
class Person:
    """One vault, with a stream each way for everybody in `others`: (person, under which number they have us)."""

    tx: Tx
    entropy: SeededEntropy
    others: dict[int, tuple["Person", int]] = field(default_factory=dict)
    assemblers: dict[int, Assembler] = field(default_factory=dict)
    got: dict[int, list[float]] = field(default_factory=dict)
    """When each letter of a person could be read."""

    def write(self, contact: int, letter: int, parts: int, now: float) -> None:
        """Write a letter."""
        number = self.tx.find("SELECT count(*) FROM letters_out")
        assert number is not None
        self.tx.execute(
            "INSERT INTO letters_out (number, contact, letter, parts, written_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (number[0] + 1, contact, letter, parts, now, now + 90 * 86_400),
        )
        self.tx.execute("UPDATE contacts SET next_letter = ? WHERE number = ?", (letter + 1, contact))
        in_flight.add_parts(self.tx, contact, letter, parts, now)

    def told(self, contact: int) -> int:
        """How many letters to somebody this person was told have arrived."""
        row = self.tx.find("SELECT count(*) FROM letters_out WHERE contact = ? AND arrived_at IS NOT NULL", (contact,))
        return 0 if row is None else int(row[0])


class Correspondence:
    """People who write to each other, in slots of one profile. `share`: of packets that are lost, each way."""

    def __init__(self, seed: int, share: float, constants: Constants, profile: Profile = Profile.STANDARD) -> None:
        self.now = START
        self.deposits = 0
        self._draw = random.Random(seed)
        self._share = share
        self._constants, self._slot_s = constants, constants.slot_s(profile)
        self._community: LabCommunity = make_community(
            SeededEntropy(derive(b"lab letters", seed.to_bytes(4, "big"))),
            relays=3,
            guards=(0,),
            constants=constants,
            now=START,
        )
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def person(self) -> Person:
        """Somebody whose slots begin now."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(connection)
        connection.execute("BEGIN")  # once: nothing here has to outlive the process
        tx = Tx(connection, LettersBox(bytes(32)))
        tx.put(Key.COMMUNITY_KEY, self._community.roster.community_key)
        tx.put(Key.ROSTER, self._community.roster_bytes)
        person = Person(tx, SeededEntropy(self._draw.randbytes(32)))
        self._plan(person)
        return person

    def meet(self, one: Person, other: Person) -> None:
        """Two meet, each under the next number of the other."""
        here, there = len(one.others) + 1, len(other.others) + 1
        roots = self._draw.randbytes(32), self._draw.randbytes(32)
        for me, number, them, theirs, (send, receive) in (
            (one, here, other, there, roots),
            (other, there, one, here, roots[::-1]),
        ):
            me.others[number], me.assemblers[number], me.got[number] = (them, theirs), Assembler(), []
            me.tx.execute(
                "INSERT INTO contacts (number, state, sealed_person) VALUES (?, ?, x'')", (number, State.READY.value)
            )
            streams.add_streams(me.tx, number, send, receive, self.now)
            streams.roll(me.tx, self.now)

    def run(self, until: float) -> None:
        """Go on to an instant."""
        while self._due and self._due[0][0] <= until:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = until

    def _at(self, when: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), act))

    def _plan(self, person: Person) -> None:
        """The next slot that deposits."""
        gap_s = self._slot_s * 1000 / self._constants.deposit_permille
        self._at(self.now + self._draw.expovariate(1 / gap_s), lambda: self._deposit(person))

    def _deposit(self, person: Person) -> None:
        self._plan(person)
        streams.roll(person.tx, self.now)
        leaves = take_place(person.tx, RelayId(self._draw.randrange(3)), self.now, person.entropy)
        if leaves is None:
            return
        self.deposits += 1
        receive = streams.look_at_receive(person.tx, leaves.contact)
        assert receive is not None
        cell = Cell(
            (leaves.claim.epoch, leaves.claim.index),
            receive.acks(),
            leaves.send.floors(),
            leaves.send.oldest,
            self._oldest_letter(person, leaves.contact),
            self._fragment(person, leaves.contact, leaves.letter, leaves.part),
        )
        if self._draw.random() >= self._share:
            reader, number = person.others[leaves.contact]
            self._at(self.now + self._way_s(), lambda: self._arrives(reader, number, cell))

    def _way_s(self) -> float:
        """From a slot until the reader has the cell: holds, a page, fetches until one comes back."""
        draw, constants = self._draw, self._constants
        way_s = sum(draw.expovariate(1 / constants.mean_hold_s) for _ in range(2)) + draw.uniform(0, constants.page_s)
        while True:
            way_s += draw.expovariate(1 / (3 * self._slot_s))  # a slot of this store
            way_s += sum(draw.expovariate(1 / constants.mean_hold_s) for _ in range(2))
            way_s += draw.expovariate(1 / constants.reply_hold_s) + draw.expovariate(1 / self._slot_s)
            if draw.random() >= self._share:
                return way_s
            way_s += constants.ask_again_ms / 1000

    def _arrives(self, person: Person, contact: int, cell: Cell) -> None:
        send, receive = streams.find_send(person.tx, contact), streams.find_receive(person.tx, contact)
        assert send is not None
        assert receive is not None
        if receive.key_of(*cell.place) is None:
            return
        told = send.acknowledge(cell.acks)
        receive.receive(*cell.place)
        receive.set_floors(cell.floors)
        receive.retire(cell.oldest_generation)
        assembled = person.assemblers[contact].receive(cell.oldest_letter, cell.fragment)
        heard(person.tx, contact, send, told, self.now)
        streams.save_send(person.tx, contact, send)
        streams.save_receive(person.tx, contact, receive)
        person.got[contact] += [self.now] * len(assembled.letters + assembled.late)
        if cell.fragment is not None:
            wait_s = exponential(uniform01(person.entropy), self._constants.ack_wait_ms / 1000)
            want_ack(person.tx, contact, self.now + wait_s)

    @staticmethod
    def _oldest_letter(person: Person, contact: int) -> int:
        row = person.tx.find(
            "SELECT COALESCE((SELECT MIN(letter) FROM letters_out WHERE contact = ?1 AND arrived_at IS NULL),"
            " (SELECT next_letter FROM contacts WHERE number = ?1))",
            (contact,),
        )
        assert row is not None
        return int(row[0])

    @staticmethod
    def _fragment(person: Person, contact: int, letter: int | None, part: int | None) -> Fragment | None:
        if letter is None or part is None:
            return None
        row = person.tx.find("SELECT parts FROM letters_out WHERE contact = ? AND letter = ?", (contact, letter))
        assert row is not None
        assert row[0] == 1, "letters of one part"
        return Fragment(letter, part, 1, b"a")
