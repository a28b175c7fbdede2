"""Both directions of a relationship at once: what a cell takes along, and what follows from one that came.

A correspondence is put together for one step from its three parts - conversation, sending and reading end, which a
vault keeps in two compartments - and taken apart again. Invariant: a message is opened, acknowledged and answered in
one step; when it raises, the parts must be thrown away, for some of them may have moved.

Spec: docs/protocol.md, Generations; Letters.
"""

from dataclasses import dataclass, field

from protocol.letters.letter import CellContent, Fragment, encode_content, has_room, parse_content
from protocol.ratchet.conversation import Conversation
from protocol.ratchet.healing import Begun
from protocol.seams import Entropy
from protocol.streams.cell import seal_cell
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import generation_of
from protocol.streams.send import Claim, Told


@dataclass(frozen=True, slots=True)
class Opened:
    """What a message said, and what it told of our own places."""

    content: CellContent = field(repr=False)
    told: Told


@dataclass(frozen=True, slots=True)
class Correspondence:
    """The three parts; each of them changes."""

    conversation: Conversation
    sending: Sending
    receiving: Receiving

    def seal(self, claim: Claim, oldest_letter: int, fragment: Fragment | None, entropy: Entropy) -> bytes:
        """Return the cell for a claimed pigeonhole: a fragment or none, and all that every cell says."""
        healing = None
        if has_room(fragment):
            healing = self.conversation.healing.part(settled=self._settled, epoch=self.receiving.epoch, entropy=entropy)
        content = CellContent(
            acks=self.receiving.acks(),
            floors=self.sending.floors(),
            oldest_generation=self.sending.oldest,
            oldest_letter=oldest_letter,
            fragment=fragment,
            healing=healing,
        )
        return seal_cell(claim.cell_key, self.conversation.seal(encode_content(content), entropy), entropy)

    def open(self, place: tuple[int, int], message: bytes, entropy: Entropy) -> Opened:
        """Take in the message of a cell that lay at `place`. ProtocolError: not what the other side can have sent.

        The place may be one that is not watched any more, if the cell waited unopened for long: it is still good.
        """
        epoch, index = place
        content = parse_content(self.conversation.open(message, entropy, self.receiving.where(epoch)))
        told = self.sending.acknowledge(content.acks)
        self.receiving.receive(epoch, index)
        self.receiving.set_floors(content.floors)
        self.receiving.retire(content.oldest_generation)
        healing = self.conversation.healing
        self._start(healing.heard_on(generation_of(epoch)))
        if content.healing:
            self._start(healing.hear(content.healing, settled=self._settled, epoch=self.receiving.epoch))
        return Opened(content, told)

    def forget(self) -> None:
        """Drop the keys of messages that nobody looks out for any more. Not while some of them wait unopened."""
        self.conversation.forget(self.receiving.oldest, self.receiving.oldest_epoch)

    @property
    def _settled(self) -> bool:
        return self.sending.settled and self.receiving.settled

    def _start(self, begun: Begun | None) -> None:
        if begun is None:
            return
        if begun.receive_root is not None:
            self.receiving.start(begun.generation, begun.receive_root, begun.epoch)
        if begun.send_root is not None:
            self.sending.start(begun.generation, begun.send_root, begun.epoch)
