"""What a writer is told of a letter is true: arrived means that it can be read at the other side, and what was told as
expired is never shown as new without saying so.

Both ends of a stream and the reader's assembler are the real ones; the writer's list of letters is kept here as
`client_cli.streams.in_flight` and `client_cli.outbox.letters` keep it. Cells and acks come in any order, late or never;
both people are away, and both clocks are wrong and are set again.
"""

import contextlib
import os
import random
from collections import Counter
from dataclasses import dataclass, field

from client_cli.community.clock import certainly_past_s, may_be_over
from protocol.errors import ProtocolError
from protocol.letters.assembler import Assembled, Assembler
from protocol.letters.letter import FRAGMENT_BYTES, LETTERS_AHEAD, CellContent, Fragment
from protocol.primitives.days import DAY_S, day_of
from protocol.streams.acks import Acks
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import Take, epoch_of
from tests.kits.stream_ends import RELAYS, ROOT

SEEDS = int(os.environ.get("SOSIK_TOLD_SEEDS", "200"))
EPOCH_S, RETENTION_S, STEPS = 7 * DAY_S, 14 * DAY_S, 60
START = 20_000.0 * DAY_S
Place = tuple[int, int]


@dataclass
class Sent:
    """A letter as its writer knows it."""

    parts: int
    written_day: int
    expires: float
    here: set[int] = field(default_factory=set)
    arrived: bool = False
    expired: bool = False

    @property
    def open(self) -> bool:
        return not (self.arrived or self.expired)


@dataclass
class Cell:
    """A cell at its relay."""

    place: Place
    content: CellContent
    until: float


class Two:
    """A writer, a reader, and what lies between them."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.now = START
        self.days = self.draw.choice([14, 14, 90])
        self.clock = {"writer": 0.0, "reader": 0.0}
        self.away = {"writer": START, "reader": START}
        epoch = epoch_of(START, EPOCH_S)
        self.sending, self.receiving = Sending.begin(ROOT, epoch, RELAYS), Receiving.begin(ROOT, epoch, RELAYS)
        self.assembler, self.turned = Assembler(), epoch
        self.letters: dict[int, Sent] = {}
        self.in_flight: dict[Place, tuple[int, int]] = {}
        self.cells: dict[Take, Cell] = {}
        self.acks: list[Acks] = []
        self.shown: dict[int, bool] = {}
        self.seen: Counter[str] = Counter()

    def time(self, who: str) -> float:
        return self.now + self.clock[who]

    def reached(self) -> int:
        """The signed day that somebody has read who is there: that of today, or of yesterday."""
        return day_of(self.now) - self.draw.randrange(2)

    def step(self) -> None:
        self.now += self.draw.expovariate(1 / (0.03 * self.days)) * DAY_S
        for who, bounds in (("writer", (-12, 12)), ("reader", (-6, 6))):
            if self.draw.random() < 0.05:
                self.clock[who] = self.draw.uniform(*bounds) * DAY_S * self.draw.randrange(2)
            if self.draw.random() < 0.03:
                self.away[who] = self.now + self.draw.uniform(0, 1.2) * self.days * DAY_S
        if self.away["writer"] <= self.now:
            self.write()
        if self.away["reader"] <= self.now:
            self.read()
        self.told_is_true()

    def write(self) -> None:
        now = self.time("writer")
        self.sending.roll(epoch_of(now, EPOCH_S), RELAYS)
        for number, letter in self.letters.items():
            if letter.open and letter.expires <= certainly_past_s(now, self.reached()):
                letter.expired = True
                self._give_up([place for place, (of, _) in self.in_flight.items() if of == number])
        self.draw.shuffle(self.acks)
        while self.acks and self.draw.random() < 0.7:
            self._acked(self.sending.acknowledge(self.acks.pop()).acked)
        for _ in range(self.draw.choice([0, 0, 1, 1, 3])):
            parts = self.draw.choice([1, 1, 2, 3])
            self.letters[len(self.letters) + 1] = Sent(parts, day_of(now), now + self.days * DAY_S)
        for _ in range(self.draw.randrange(5)):
            self._send()

    def _send(self) -> None:
        oldest = next((number for number, letter in self.letters.items() if letter.open), len(self.letters) + 1)
        due = [
            (number, part)
            for number, letter in self.letters.items()
            if letter.open and number < oldest + LETTERS_AHEAD
            for part in range(letter.parts)
            if part not in letter.here
        ]
        claim = self.sending.claim(self.draw.choice(RELAYS)) if due else None
        if claim is None:
            return
        number, part = self.draw.choice(due)
        self._give_up([place for place, carried in self.in_flight.items() if carried == (number, part)])
        parts = self.letters[number].parts
        data = bytes([number % 251]) * (9 if part == parts - 1 else FRAGMENT_BYTES)
        fragment = Fragment(number, part, parts, data)
        content = CellContent(floors=self.sending.floors(), oldest_letter=oldest, fragment=fragment)
        place = (claim.epoch, claim.index)
        self.in_flight[place] = (number, part)
        if self.draw.random() < 0.8:
            self.cells[claim.take] = Cell(place, content, self.now + RETENTION_S)

    def _give_up(self, places: list[Place]) -> None:
        for place in places:
            self.sending.give_up(*place)

    def _acked(self, places: list[Place]) -> None:
        for place in places:
            if place not in self.in_flight:
                continue
            number, part = self.in_flight.pop(place)
            letter = self.letters[number]
            letter.here.add(part)
            self._give_up([other for other, carried in self.in_flight.items() if carried == (number, part)])
            if len(letter.here) == letter.parts:
                self.seen["arrived after it expired"] += letter.expired
                letter.arrived, letter.expired = True, False

    def read(self) -> None:
        epoch = epoch_of(self.time("reader"), EPOCH_S)
        self.receiving.roll(epoch, RELAYS)
        if self.receiving.epoch > self.turned:
            self.turned = self.receiving.epoch
            self._show(self.assembler.turn(self.receiving.epoch, self.receiving.oldest_epoch))
        there = [watched.take for watched in self.receiving.watch() if watched.take in self.cells]
        self.draw.shuffle(there)
        for take in there:
            cell = self.cells[take]
            if cell.until <= self.now or self.draw.random() < 0.4 or self.receiving.key_of(*cell.place) is None:
                continue
            with contextlib.suppress(ProtocolError):
                done = self.assembler.receive(cell.content.oldest_letter, cell.content.fragment)
                self.receiving.receive(*cell.place)
                self.receiving.set_floors(cell.content.floors)
                self._show(done)
        self.assembler = Assembler.decode(self.assembler.encode())
        self.acks.append(self.receiving.acks())

    def _show(self, done: Assembled) -> None:
        for letters, late in ((done.late, True), (done.letters, False)):
            for number, _ in letters:
                assert number not in self.shown, "a letter is shown twice"
                sent = self.letters[number]
                old = may_be_over(sent.written_day + self.days, self.time("reader"), self.reached())
                self.shown[number] = late or old
                assert self.shown[number] or not sent.expired, "told as expired, and shown as new"
                self.seen["late"] += late
                self.seen["new"] += not self.shown[number]

    def told_is_true(self) -> None:
        """What arrived can be read; at most it waits for a letter before it, one turn of the epoch."""
        waiting = {number for number, here, parts in self.assembler.progress() if here == parts}
        for number, letter in self.letters.items():
            if letter.arrived and number not in self.shown:
                assert number in waiting, "told as arrived, and not there"
                self.seen["waited"] += 1

    def end(self) -> None:
        """Nothing is sent any more. Two epochs on, all that was told as arrived can be read."""
        for _ in range(2):
            self.now += EPOCH_S
            epoch = max(self.turned + 1, epoch_of(self.time("reader"), EPOCH_S))
            self.turned = epoch
            self._show(self.assembler.turn(epoch, self.receiving.oldest_epoch))
        assert {number for number, letter in self.letters.items() if letter.arrived} <= self.shown.keys()


def test_arrived_can_be_read_and_expired_is_never_shown_as_new() -> None:
    """SOSIK_TOLD_SEEDS=10000 plays as many."""
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        two = Two(seed)
        for _ in range(STEPS):
            two.step()
        two.end()
        seen += two.seen
    assert all(seen[what] > SEEDS // 10 for what in ("new", "late", "waited", "arrived after it expired")), seen
