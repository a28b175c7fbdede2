"""Two friends as one machine: cells lost, late, in any order and twice, letters with and without room, epochs that pass
on two clocks, long absence, and programs that stop between a step and its commit, or between a commit and its effect.

Both sides are read back from their kept bytes before every step. The state machine is docs/protocol.md, Generations.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from lab.hostile.friends import Cell, Friend, make_friends, round_trip
from protocol.letters.letter import FRAGMENT_BYTES
from protocol.streams.pigeonhole import calendar_of

HEALED = 2
"""Round trips in which a generation is agreed on when nothing is lost."""
SIZES = st.sampled_from([0, 1, 40, FRAGMENT_BYTES - 1192, FRAGMENT_BYTES - 1191, FRAGMENT_BYTES])


class Correspondents(RuleBasedStateMachine):
    """Invariant: they never lose each other, and neither uses what the other lacks."""

    cells = Bundle("cells")

    @initialize(seed=st.integers(0, 3))
    def meet(self, seed: int) -> None:
        """They have met."""
        self.sides = make_friends(bytes([seed]))
        self.fetched: list[set[tuple[int, int]]] = [set(), set()]

    @rule(target=cells, who=st.integers(0, 1), size=SIZES, again=st.booleans())
    def send(self, who: int, size: int, again: bool) -> Cell | None:
        """Leave a cell: a letter that waits, a new one, or acks only. It may be lost: nobody need fetch it."""
        writer = self.sides[who]
        letter = next(iter(writer.waiting), None) if again else None
        if letter is None and size:
            letter = writer.write(size)
        return writer.send(letter)

    @rule(cell=cells)
    def fetch(self, cell: Cell | None) -> None:
        """A cell comes, in whatever order; a second time it is not looked for any more."""
        if cell is not None:
            reader = self.sides[1 - cell.sender]
            got = len(reader.got)
            if reader.fetch(cell) is not None:
                self.fetched[reader.number].add(cell.place)
                assert reader.fetch(cell) is None
            assert len(reader.got) <= got + 1

    @rule(who=st.integers(0, 1), acks_only=st.booleans())
    def they_talk(self, who: int, acks_only: bool) -> None:
        """A cell each way that comes: generations go on while others are late."""
        for writer, reader in ((self.sides[who], self.sides[1 - who]), (self.sides[1 - who], self.sides[who])):
            cell = writer.send(None if acks_only else writer.write())
            if cell is not None and reader.fetch(cell) is not None:
                self.fetched[reader.number].add(cell.place)

    @rule(who=st.integers(0, 1), cell=cells)
    def stop_before_the_commit(self, who: int, cell: Cell | None) -> None:
        """Neither sealing nor opening leaves a trace; randomness has been drawn."""
        writer = self.sides[who]
        before = writer.kept
        writer.send(next(iter(writer.waiting), None), crash=True)
        assert writer.kept == before
        if cell is not None:
            reader = self.sides[1 - cell.sender]
            before = reader.kept
            reader.fetch(cell, crash=True)
            assert reader.kept == before

    @rule(who=st.integers(0, 1))
    def stop_after_the_commit(self, who: int) -> None:
        """The cell is kept as sent and never leaves."""
        writer = self.sides[who]
        writer.send(next(iter(writer.waiting), None))

    @rule(ours=st.integers(0, 1), theirs=st.integers(0, 1))
    def an_epoch_passes(self, ours: int, theirs: int) -> None:
        """On either clock; they differ by one at most."""
        latest = max(side.epoch + step for side, step in zip(self.sides, (ours, theirs), strict=True))
        for side, step in zip(self.sides, (ours, theirs), strict=True):
            side.roll(max(side.epoch + step, latest - 1))

    @rule(epochs=st.integers(2, 60))
    def both_are_away(self, epochs: int) -> None:
        """Nobody runs the program for long."""
        epoch = max(side.epoch for side in self.sides) + epochs
        for side in self.sides:
            side.roll(epoch)

    @rule(who=st.integers(0, 1), epochs=st.integers(1, 8))
    def one_writes_and_the_other_is_away(self, who: int, epochs: int) -> None:
        """One side fills slots for weeks without an answer; what is still in its time is then read."""
        writer, reader = self.sides[who], self.sides[1 - who]
        first = max(side.epoch for side in self.sides) + 1
        last: Cell | None = None
        for epoch in range(first, first + epochs):
            writer.roll(epoch)
            letter = next(iter(writer.waiting), None) or writer.write()
            for _ in range(3):
                last = writer.send(letter) or last
        reader.roll(first + epochs - 1)
        assert last is not None
        assert reader.fetch(last) is not None
        self.fetched[reader.number].add(last.place)

    @rule(starter=st.integers(0, 1))
    def a_calm_day(self, starter: int) -> None:
        """From whatever state: when nothing is lost any more everything arrives, and generations go on."""
        epoch = max(side.epoch for side in self.sides)
        calm = tuple(copy_of(side) for side in self.sides)
        for side in calm:
            side.roll(epoch)
        before = calm[0].load().sending.newest
        for _ in range(2 * HEALED + 1):
            round_trip((calm[0], calm[1]), lambda _: None, starter)
        # One more cell acknowledges the last one of the other side.
        for side, other in ((calm[starter], calm[1 - starter]), (calm[1 - starter], calm[starter])):
            cell = side.send(None)
            assert cell is not None
            assert other.fetch(cell) is not None
        assert [side.waiting for side in calm] == [{}, {}]
        for side, other in (calm, calm[::-1]):
            assert set(other.got) == set(range(1, side.letters + 1))
        assert calm[0].load().sending.newest > before

    @invariant()
    def neither_uses_what_the_other_lacks(self) -> None:
        """What one side sends on, the other reads; what is in flight in its time is looked out for, or was received."""
        if not hasattr(self, "sides"):
            return
        for writer, reader in (self.sides, self.sides[::-1]):
            mine, theirs = writer.load(), reader.load()
            assert theirs.receiving.oldest <= mine.sending.newest <= theirs.receiving.newest
            assert mine.sending.oldest >= theirs.receiving.oldest
            watched = {(one.epoch, one.index) for one in theirs.receiving.watch()}
            for place in mine.sending.in_flight():
                over = calendar_of(place[0]) < theirs.receiving.oldest_epoch
                assert place in watched or place in self.fetched[reader.number] or over


def copy_of(side: Friend) -> Friend:
    """Another one that goes on from here."""
    return Friend(
        side.number, side.kept, side.entropy, side.epoch, side.letters, dict(side.waiting), dict(side.carried),
        list(side.got),
    )  # fmt: skip


TestCorrespondents = Correspondents.TestCase
TestCorrespondents.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
