"""Makes the frozen states of `kept/`: what a client of one version keeps, and what it must still be able to do with it.

    python -m tests.protocol.kept_states v4.json

A file is made once, when a version is released, and never again: vaults of that version exist from then on.
"""

import json
import sys
from pathlib import Path

from protocol.letters.assembler import Assembler
from protocol.letters.letter import split
from protocol.people.handshake import meet
from protocol.people.key_card import CardKind, encode_own_card, make_card
from protocol.ratchet.conversation import Conversation
from protocol.seams import RelayId, SeededEntropy
from protocol.streams.cell import CONTENT_BYTES
from protocol.streams.generations import Receiving, Sending, Where
from protocol.streams.pigeonhole import ChainRoot

DIRECTORY = Path(__file__).parent / "kept"
RELAYS = [RelayId(n) for n in (0, 1, 2)]
ROOT = ChainRoot(bytes(range(32)))
EPOCH = 2900


def content(number: int) -> bytes:
    """Content of a message, told apart by one byte."""
    return bytes([number]) * CONTENT_BYTES


def make_states() -> dict[str, str]:
    """Return every state in hex, and beside it what it must lead to."""
    entropy = SeededEntropy(b"kept states".ljust(32))
    send, read = Sending.begin(ROOT, EPOCH, RELAYS), Receiving.begin(ROOT, EPOCH, RELAYS)
    claims = [claim for n in range(20) if (claim := send.claim(RELAYS[n % 2]))]
    for claim in claims[::2]:
        read.receive(claim.epoch, claim.index)
    send.acknowledge(read.acks())
    send.give_up(claims[1].epoch, claims[1].index)
    send.start(1, ChainRoot(bytes(range(32, 64))), EPOCH)
    read.start(1, ChainRoot(bytes(range(32, 64))), EPOCH)
    found = {"sending": send.encode(), "receiving": read.encode()}
    found["late_key"] = claims[1].cell_key
    following = Sending.decode(send.encode()).claim(RELAYS[2])
    if following is None:
        raise ValueError("nothing is left to claim")
    found["next_take"], found["watched_key"] = following.take, following.cell_key

    own, theirs = (make_card(CardKind.MEET, name, 20_700, entropy) for name in ("엄마", ""))
    here, there = Conversation.create(meet(own, theirs.card)), Conversation.create(meet(theirs, own.card))
    found["own_card"], found["waiting_conversation"] = encode_own_card(own), here.encode()
    found["first_message"] = there.seal(content(1), entropy)
    here.open(found["first_message"], entropy, Where(EPOCH))
    there.open(here.seal(content(2), entropy), entropy, Where(EPOCH))
    late = [there.seal(content(n), entropy) for n in (3, 4, 5)]
    here.open(late[2], entropy, Where(EPOCH))
    found["conversation"], found["late_message"] = here.encode(), late[0]
    first, second = sorted((here, there), key=lambda side: side.encode()[1], reverse=True)
    offer = first.healing.part(settled=True, epoch=EPOCH, entropy=entropy)
    if offer is None or second.healing.hear(offer, settled=True, epoch=EPOCH) is None:
        raise ValueError("no generation was begun")
    found["offered"], found["answered"] = first.encode(), second.encode()

    assembler = Assembler()
    one, two = split(b"a" * 5000, 1), split(b"b" * 20, 2)
    assembler.receive(1, two[0])
    assembler.receive(1, one[1])
    found["assembler"], found["missing_part"] = assembler.encode(), one[0].data
    return {name: data.hex() for name, data in found.items()}


if __name__ == "__main__":
    with (DIRECTORY / sys.argv[1]).open("x", encoding="utf-8") as file:
        file.write(json.dumps(make_states(), indent=1) + "\n")
