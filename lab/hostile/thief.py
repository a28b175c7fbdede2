"""A thief who copied what one of two friends keeps, once, and sees every cell afterwards.

He runs the real code on the copy, as its owner and as the other side: names pigeonholes from every chain and root in
it, opens what lies in those he names, goes on with the ratchet and with new generations as far as he can, and forges
in both names. Cells are shown to him with their pigeonholes, as relays and the board have them. `opens_inside`
grants him the message inside a cell, as if its outer key were known, so that the ratchet is judged by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from doubleratchet.kdf_chain import KDFChain
from doubleratchet.models import DoubleRatchetModel, KDFChainModel

from lab.hostile.friends import Cell, keep
from protocol.errors import ProtocolError
from protocol.letters.letter import CellContent, encode_content
from protocol.ratchet.conversation import Conversation
from protocol.ratchet.correspondence import Correspondence
from protocol.ratchet.session import Session, _Aead, _MessageKdf, _run
from protocol.seams import SeededEntropy
from protocol.streams.cell import open_cell
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import Hole, HoleSecret, advance, cell_key_of, chain_start, hole_of, next_root, take_of

DEPTH: Final = 200
"""How far he works out a chain."""
EPOCHS_AHEAD: Final = 4
CONTENT: Final = encode_content(CellContent())


@dataclass(slots=True)
class Thief:
    """`copies`: states he holds, the stolen one first; each that he came to by following goes on from there."""

    victim: int
    copies: list[tuple[bytes, bytes, bytes]]
    keys: dict[Hole, bytes] = field(default_factory=dict)
    """Every pigeonhole he can name, and the key of its cell."""
    named: int = 0
    opened: int = 0

    @classmethod
    def copy(cls, victim: int, kept: tuple[bytes, bytes, bytes]) -> "Thief":
        """Copy what a friend keeps: conversation, sending and reading end."""
        thief = cls(victim, [])
        thief._learn(kept)
        return thief

    def see(self, cell: Cell) -> None:
        """A cell comes to lie in its pigeonhole: count whether he names it, and whether he opens it."""
        key = self.keys.get(cell.hole)
        if key is not None:
            self.named += 1
            self._follow(cell, open_cell(key, cell.data))

    def opens_inside(self, cell: Cell, message: bytes) -> bool:
        """Whether he opens the message of a cell that somebody opened for him."""
        before = self.opened
        self._follow(cell, message)
        return self.opened > before

    def forgeries(self) -> Iterator[tuple[int, bytes]]:
        """Messages he makes, and to whom: as the victim with the victim's chains, as the other side with its own."""
        entropy = SeededEntropy(b"forger".ljust(32))
        for copy in self.copies:
            conversation = Conversation.decode(copy[0])
            yield 1 - self.victim, conversation.seal(CONTENT, entropy)
            for label, session in sessions(Conversation.decode(copy[0])):
                for message in forged_from(session, label):
                    yield self.victim, message

    def _learn(self, copy: tuple[bytes, bytes, bytes]) -> None:
        self.copies.append(copy)
        mine = load(copy)
        self._name(mine)
        # What he would do when the other side moved on to the next generation.
        begun = mine.conversation.healing.heard_on(mine.conversation.healing.generation)
        if begun is not None and begun.send_root is not None:
            mine.sending.start(begun.generation, begun.send_root, begun.epoch)
            self._name(mine)

    def _name(self, mine: Correspondence) -> None:
        for secret in [*_secrets(mine.sending), *_secrets(mine.receiving)]:
            self.keys[hole_of(take_of(secret))] = cell_key_of(secret)

    def _follow(self, cell: Cell, message: bytes) -> None:
        """Read a message from every state he holds, and go on from there as its owner would."""
        for copy in list(self.copies):
            mine = load(copy)
            if cell.sender == self.victim:
                if any(open_own(session, label, message) for label, session in sessions(mine.conversation)):
                    self.opened += 1
                    return
                continue
            try:
                mine.open(cell.place, message, SeededEntropy(b"follower".ljust(32)))
            except (ProtocolError, ValueError):
                continue
            self.opened += 1
            self._learn(keep(mine))
            return


def load(copy: tuple[bytes, bytes, bytes]) -> Correspondence:
    """Read a copied state."""
    return Correspondence(Conversation.decode(copy[0]), Sending.decode(copy[1]), Receiving.decode(copy[2]))


def sessions(conversation: Conversation) -> list[tuple[bytes, Session]]:
    """The living sessions of a conversation with the additional data of their messages."""
    found = []
    for own, kept in ((True, conversation._own), (False, conversation._theirs)):
        if kept is not None and hasattr(kept, "load"):
            found.append((b"sosik letter 1" + conversation._number(own=own), kept.load()))
    return found


def open_own(session: Session, label: bytes, message: bytes) -> bool:
    """Whether the keys of a sending chain open a message its owner sent later."""
    model = session._ratchet.model
    pub = session._ratchet._DoubleRatchet__diffie_hellman_ratchet._derive_pub(  # type: ignore[attr-defined]
        model.diffie_hellman_ratchet.own_ratchet_priv
    )
    chain = model.diffie_hellman_ratchet.symmetric_key_ratchet.sending_chain
    number = int.from_bytes(message[37:41], "big")
    if message[:1] != label[-1:] or message[1:33] != pub or chain is None or not 0 <= number - chain.length < DEPTH:
        return False
    key = _keys(chain, number - chain.length + 1)[-1]
    try:
        _run(_Aead.decrypt(message[41:], key, label + message[1:41]))
    except Exception:
        return False
    return True


def forged_from(session: Session, label: bytes) -> Iterator[bytes]:
    """Messages in the other side's name: the next ones of its chain, and those whose keys wait for their message."""
    model: DoubleRatchetModel = session._ratchet.model
    ratchet = model.diffie_hellman_ratchet
    chain = ratchet.symmetric_key_ratchet.receiving_chain
    keys = [(s.ratchet_pub, s.index, s.message_key) for s in model.skipped_message_keys]
    if chain is not None:
        keys += [(ratchet.other_ratchet_pub, chain.length + n, key) for n, key in enumerate(_keys(chain, 3))]
    for pub, number, key in keys:
        header = pub + bytes(4) + number.to_bytes(4, "big")
        yield label[-1:] + header + _run(_Aead.encrypt(CONTENT, key, label + header))


def _keys(chain: KDFChainModel, count: int) -> list[bytes]:
    running = KDFChain.from_model(chain, _MessageKdf)
    return [_run(running.step(b"sosik", 32)) for _ in range(count)]


def _secrets(end: Sending | Receiving) -> Iterator[HoleSecret]:
    for stream in end._streams:
        for entry in stream._epochs:
            if entry.chain is not None:
                found = (entry.chain.find_secret(index) for index in range(entry.chain.next + DEPTH))
                yield from (secret for secret in found if secret is not None)
        root = stream._next_root
        for _ in range(EPOCHS_AHEAD):
            state = chain_start(root)
            for _ in range(DEPTH):
                secret, state = advance(state)
                yield secret
            root = next_root(root)
