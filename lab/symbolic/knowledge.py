"""What the attacker knows of keys, and what follows from it.

For the handshake that is all there is to derive: an X25519 secret of his own makes a shared secret with every public
key he saw, and whoever has the pre-shared secrets, the three shared secrets in order and both whole cards has the root.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from protocol.people.key_card import MeetCard, card_hash, encode_card
from protocol.primitives.agreement import shared_secret
from protocol.primitives.kdf import derive


@dataclass(slots=True)
class Knowledge:
    """`secrets`: X25519 secrets of his own; `publics`: keys he saw; `cards`: whole cards he saw or made."""

    secrets: set[bytes] = field(default_factory=set)
    publics: set[bytes] = field(default_factory=set)
    cards: set[MeetCard] = field(default_factory=set)

    def shared(self) -> set[bytes]:
        """Every Diffie-Hellman result he can have."""
        return {shared_secret(secret, public) for secret, public in product(self.secrets, self.publics)}

    def roots(self, one: MeetCard, other: MeetCard, preshared: Iterable[bytes]) -> Iterator[bytes]:
        """Every root he could work out for two cards that he knows, if he knows these pre-shared secrets."""
        known = set(preshared)
        pair = sorted((one, other), key=card_hash)
        if not {one, other} <= self.cards or not {card.psk for card in pair} <= known:
            return
        cards = [encode_card(card) for card in pair]
        for agreed in product(self.shared(), repeat=3):
            yield derive(b"sosik meeting", *[card.psk for card in pair], b"".join(agreed), *cards)
