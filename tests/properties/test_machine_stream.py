"""Both ends of a stream as one machine: whatever the network and the clocks do, in any order, with both ends read back
from their kept bytes after every step.
"""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from protocol.errors import ProtocolError
from protocol.seams import RelayId
from protocol.streams.acks import MAX_ACK_EPOCHS, WINDOW, Acks, EpochAcks, Floors
from protocol.streams.pigeonhole import hole_of
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import Claim, SendStream
from tests.protocol.kept_states import EPOCH, RELAYS, ROOT

Place = tuple[int, int]
KEPT_BYTES_MAX = 16_000
OTHER_ROSTERS = ([RelayId(0)], [RelayId(0), RelayId(1), RelayId(2)], [RelayId(1), RelayId(7)])


@dataclass(frozen=True, slots=True)
class Told:
    """What a cell of either side says, on its way back."""

    acks: Acks
    floors: Floors


class Stream(RuleBasedStateMachine):
    """A sender, a reader, cells under way in any order, and words of either side that may be late or repeated."""

    cells = Bundle("cells")
    words = Bundle("words")

    @initialize()
    def begin(self) -> None:
        """Both begin at a meeting."""
        self.send = SendStream.begin(ROOT, EPOCH, RELAYS)
        self.read = ReceiveStream.begin(ROOT, EPOCH, RELAYS)
        self.ours = self.theirs = EPOCH
        self.relays = RELAYS
        self.used: dict[Place, Claim] = {}
        self.received: set[Place] = set()
        self.acked: set[Place] = set()

    def _reload(self) -> None:
        for end in (self.send, self.read):
            assert len(end.encode()) < KEPT_BYTES_MAX
        sent, read = self.send.encode(), self.read.encode()
        self.send, self.read = SendStream.decode(sent), ReceiveStream.decode(read)
        assert (self.send.encode(), self.read.encode()) == (sent, read)

    @rule(target=cells, store=st.integers(0, 2), count=st.integers(1, 30))
    def send_cells(self, store: int, count: int) -> object:
        """Fill the slots of one storing relay, as far as the window lets."""
        made = []
        for _ in range(count):
            claim = self.send.claim(self.relays[store % len(self.relays)])
            self._reload()
            if claim is None:
                break
            place = (claim.epoch, claim.index)
            assert place not in self.used
            assert claim.epoch == self.send.epoch
            self.used[place] = claim
            made.append(claim)
        return multiple(*made)

    @rule(cell=consumes(cells))
    def lose(self, cell: Claim) -> None:
        """A cell is gone for good; nobody is told."""

    @rule(cell=consumes(cells))
    def deliver(self, cell: Claim) -> None:
        """A cell is fetched, in whatever order."""
        self._arrives(cell)

    @rule(cell=cells)
    def deliver_and_repeat(self, cell: Claim) -> None:
        """A cell is fetched, and may be fetched again later."""
        self._arrives(cell)

    def _arrives(self, cell: Claim) -> None:
        place = (cell.epoch, cell.index)
        watched = [one for one in self.read.watch() if one.hole == hole_of(cell.take)]
        assert len(watched) <= 1
        if watched:
            assert (watched[0].epoch, watched[0].index, watched[0].take) == (*place, cell.take)
            assert self.read.key_of(*place) == cell.cell_key
        taken = self.read.receive(*place)
        assert taken == bool(watched)
        if taken:
            assert place not in self.received
            self.received.add(place)
        self._reload()

    @rule(target=words)
    def reader_speaks(self) -> Told:
        """The reader's cells carry acks, the sender's floors: kept, to arrive early, late, twice or never."""
        return Told(self.read.acks(), self.send.floors())

    @rule(word=words)
    def word_arrives(self, word: Told) -> None:
        """Acks reach the sender, floors the reader."""
        for place in self.send.acknowledge(word.acks).acked:
            assert place in self.received
            assert place not in self.acked
            self.acked.add(place)
        self.read.set_floors(word.floors)
        self._reload()

    @rule(which=st.integers(0, 63))
    def give_up(self, which: int) -> None:
        """What a cell carried is not wanted any more."""
        flying = self.send.in_flight()
        if flying:
            self.send.give_up(*flying[which % len(flying)])
            self._reload()

    @rule(ours=st.integers(0, 2), theirs=st.integers(0, 2))
    def time_passes(self, ours: int, theirs: int) -> None:
        """Epochs pass on each side's own clock, which differ by one at most."""
        latest = max(self.ours + ours, self.theirs + theirs)
        self.ours, self.theirs = (max(now, latest - 1) for now in (self.ours + ours, self.theirs + theirs))
        for place in self.send.roll(self.ours, self.relays):
            assert place not in self.acked
        self.read.roll(self.theirs, self.relays)
        self._reload()

    @rule(which=st.sampled_from(OTHER_ROSTERS))
    def the_roster_changes(self, which: list[RelayId]) -> None:
        """Both learn of other relays."""
        self.relays = which
        self.send.roll(self.ours, which)
        self.read.roll(self.theirs, which)
        self._reload()

    @rule(data=st.data())
    def a_stranger_speaks(self, data: st.DataObject) -> None:
        """Acks of what was never sent, and floors beyond every window, change nothing."""
        epoch = data.draw(st.integers(self.ours - 1, self.ours + 1))
        before = self.send.encode(), self.read.encode()
        floor = data.draw(st.integers(2 * WINDOW + len(self.used), 0xFFFF))
        try:
            acked = self.send.acknowledge(Acks((EpochAcks(epoch, floor, 0),))).acked
        except ProtocolError:
            acked = []
        assert acked == []
        try:
            self.read.set_floors(((self.theirs, floor),))
        except ProtocolError:
            assert self.read.encode() == before[1]
        assert self.send.encode() == before[0]

    @rule()
    def a_calm_day(self) -> None:
        """From whatever state: when nothing is lost any more, what is sent now arrives and is acknowledged."""
        send, read = SendStream.decode(self.send.encode()), ReceiveStream.decode(self.read.encode())
        epoch = max(self.ours, self.theirs) + 1
        send.roll(epoch, self.relays)
        read.roll(epoch, self.relays)
        for turn in range(150):
            claim = send.claim(self.relays[turn % len(self.relays)])
            if claim is None:
                continue
            assert read.receive(claim.epoch, claim.index)
            read.set_floors(send.floors())
            assert (claim.epoch, claim.index) in send.acknowledge(read.acks()).acked

    @invariant()
    def what_is_under_way_can_still_be_read(self) -> None:
        """A cell that is still waited for has been received, or is looked out for."""
        if not hasattr(self, "used"):
            return
        watched = {(one.epoch, one.index) for one in self.read.watch()}
        for place in self.send.in_flight():
            assert place in watched or place in self.received or place[0] < min(epoch for epoch, _ in watched)
        assert len(self.send.floors()) <= MAX_ACK_EPOCHS
        assert len(self.send.in_flight()) <= 8 * WINDOW


TestStream = Stream.TestCase
TestStream.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
