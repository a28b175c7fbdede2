"""Two people who write to each other through the real code, read back from its kept bytes before every step.

What a client does around it - which cell carries what, what is given up when a letter is sent again - is as in
client_cli.outbox.sending and client_cli.inbox.receiving, without a vault.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.errors import ProtocolError
from protocol.letters.letter import FRAGMENT_BYTES, Fragment
from protocol.people.handshake import meet
from protocol.people.key_card import CardKind, make_card
from protocol.ratchet.conversation import Conversation
from protocol.ratchet.correspondence import Correspondence, Opened
from protocol.seams import RelayId, SeededEntropy
from protocol.streams.cell import open_cell
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import Hole, hole_of

RELAYS = (RelayId(0), RelayId(1), RelayId(2))
EPOCH = 2900
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in its pigeonhole."""

    hole: Hole
    data: bytes = field(repr=False)
    place: Place
    sender: int


@dataclass(slots=True)
class Friend:
    """One side. `kept` is all there is between two steps: conversation, sending and reading end."""

    number: int
    kept: tuple[bytes, bytes, bytes]
    entropy: SeededEntropy
    epoch: int = EPOCH
    letters: int = 0
    """Letters written, numbered from 1."""
    waiting: dict[int, int] = field(default_factory=dict)
    """Size of each letter that is not known to have arrived."""
    carried: dict[Place, int | None] = field(default_factory=dict)
    got: list[int] = field(default_factory=list)

    def load(self) -> Correspondence:
        """Read the kept bytes; what is read encodes to the same."""
        conversation, sending, receiving = self.kept
        loaded = Correspondence(Conversation.decode(conversation), Sending.decode(sending), Receiving.decode(receiving))
        assert keep(loaded) == self.kept
        return loaded

    def roll(self, epoch: int) -> None:
        """Move to an epoch of the calendar."""
        self.epoch = epoch
        mine = self.load()
        for place in mine.sending.roll(epoch, RELAYS):
            self.carried.pop(place, None)
        mine.receiving.roll(epoch, RELAYS)
        mine.forget()
        self.kept = keep(mine)

    def write(self, size: int = 40) -> int:
        """Write a letter of one cell; it is under way until it is known to have arrived."""
        self.letters += 1
        self.waiting[self.letters] = min(size, FRAGMENT_BYTES)
        return self.letters

    def send(self, letter: int | None, *, crash: bool = False) -> Cell | None:
        """Fill a slot with a letter that waits, or with acks only. None: the window is full. `crash`: nothing of it is
        kept, and nothing leaves."""
        mine = self.load()
        claim = next((claim for relay in RELAYS if (claim := mine.sending.claim(relay))), None)
        if claim is None or crash:
            return None
        for place, carried in list(self.carried.items()):
            if carried is None or carried == letter:
                mine.sending.give_up(*place)
                if carried is None:
                    del self.carried[place]
        mine.sending.settle()
        fragment = Fragment(letter, 0, 1, bytes([letter % 251]) * self.waiting[letter]) if letter else None
        oldest = min(self.waiting, default=self.letters + 1)
        data = mine.seal(claim, oldest, fragment, self.entropy)
        self.carried[claim.epoch, claim.index] = letter
        self.kept = keep(mine)
        return Cell(hole_of(claim.take), data, (claim.epoch, claim.index), self.number)

    def fetch(self, cell: Cell, *, crash: bool = False) -> Opened | None:
        """Take a cell if it lies where we look. None: it does not, or does not open. `crash`: nothing of it is kept."""
        mine = self.load()
        found = next((watched for watched in mine.receiving.watch() if watched.hole == cell.hole), None)
        key = mine.receiving.key_of(found.epoch, found.index) if found else None
        if found is None or key is None:
            return None
        assert (found.epoch, found.index) == cell.place
        try:
            opened = mine.open(cell.place, open_cell(key, cell.data), self.entropy)
        except ProtocolError:
            return None
        if crash:
            return None
        for place in opened.told.acked:
            letter = self.carried.pop(place, None)
            if letter is None:
                continue
            self.waiting.pop(letter, None)
            for other in [other for other, carried in self.carried.items() if carried == letter]:
                del self.carried[other]
                mine.sending.give_up(*other)
        if opened.content.fragment is not None:
            self.got.append(opened.content.fragment.letter)
        mine.forget()
        self.kept = keep(mine)
        return opened


def keep(parts: Correspondence) -> tuple[bytes, bytes, bytes]:
    """Encode the parts."""
    return parts.conversation.encode(), parts.sending.encode(), parts.receiving.encode()


def make_friends(seed: bytes = b"friends") -> tuple[Friend, Friend]:
    """Two who have met; the first one has the smaller card hash."""
    entropy = SeededEntropy(seed.ljust(32))
    one, other = make_card(CardKind.MEET, "", 20_700, entropy), make_card(CardKind.MEET, "", 20_700, entropy)
    sides = sorted([meet(one, other.card), meet(other, one.card)], key=lambda side: not side.first)
    found = []
    for number, side in enumerate(sides):
        parts = Correspondence(
            Conversation.create(side),
            Sending.begin(side.send_root, EPOCH, RELAYS),
            Receiving.begin(side.receive_root, EPOCH, RELAYS),
        )
        found.append(Friend(number, keep(parts), SeededEntropy(seed.ljust(31) + bytes([number]))))
    return found[0], found[1]


def round_trip(sides: tuple[Friend, Friend], seen: Callable[[Cell], None], starter: int = 0, size: int = 40) -> None:
    """A new letter each way, and what is not known to have arrived once more; nothing is lost.

    `seen` is shown every cell before it is fetched.
    """
    for who in (starter, 1 - starter):
        writer, reader = sides[who], sides[1 - who]
        writer.write(size)
        for letter in list(writer.waiting):
            cell = writer.send(letter)
            assert cell is not None
            seen(cell)
            assert reader.fetch(cell) is not None
