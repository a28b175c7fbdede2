"""States kept by every version that was ever released still load, encode the same, and do what they did."""

import json
from pathlib import Path

import pytest

from protocol.letters.assembler import Assembler
from protocol.letters.letter import Fragment
from protocol.people.key_card import encode_own_card, parse_own_card
from protocol.ratchet.conversation import Conversation
from protocol.seams import SeededEntropy
from protocol.streams.generations import Receiving, Sending, Where
from tests.protocol.kept_states import DIRECTORY, EPOCH, RELAYS, content

FILES = sorted(DIRECTORY.glob("*.json"))
ENTROPY = SeededEntropy(b"kept states in use".ljust(32))
States = dict[str, bytes]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def states(request: pytest.FixtureRequest) -> States:
    path: Path = request.param
    return {name: bytes.fromhex(text) for name, text in json.loads(path.read_text(encoding="utf-8")).items()}


def test_there_is_a_file_for_every_version() -> None:
    assert [path.name for path in FILES] == ["v4.json"]


def test_a_kept_sending_stream_goes_on_where_it_was(states: States) -> None:
    send = Sending.decode(states["sending"])
    assert send.encode() == states["sending"]
    claim = send.claim(RELAYS[2])
    assert claim is not None
    assert claim.take == states["next_take"]


def test_a_kept_reading_stream_watches_what_it_watched(states: States) -> None:
    read = Receiving.decode(states["receiving"])
    assert read.encode() == states["receiving"]
    (watched,) = [watched for watched in read.watch() if watched.take == states["next_take"]]
    assert read.key_of(watched.epoch, watched.index) == states["watched_key"]
    send = Sending.decode(states["sending"])
    assert send.acknowledge(read.acks()).acked == []
    keys = [read.key_of(watched.epoch, watched.index) for watched in read.watch()]
    assert states["late_key"] in keys
    assert (send.oldest, send.newest) == (read.oldest, read.newest) == (0, 1)


def test_a_kept_conversation_opens_what_comes_late(states: States) -> None:
    waiting = Conversation.decode(states["waiting_conversation"])
    assert waiting.encode() == states["waiting_conversation"]
    assert waiting.open(states["first_message"], ENTROPY, Where(EPOCH)) == content(1)
    conversation = Conversation.decode(states["conversation"])
    conversation.seal(content(9), ENTROPY)
    assert conversation.open(states["late_message"], ENTROPY, Where(EPOCH)) == content(3)


def test_kept_conversations_finish_the_generation_they_began(states: States) -> None:
    first, second = (Conversation.decode(states[name]) for name in ("offered", "answered"))
    assert (first.encode(), second.encode()) == (states["offered"], states["answered"])
    answer = second.healing.part(settled=False, epoch=EPOCH, entropy=ENTROPY)
    assert answer is not None
    here, there = first.healing.hear(answer, settled=True, epoch=EPOCH), second.healing.heard_on(1)
    assert here is not None
    assert there is not None
    assert here.receive_root == there.send_root


def test_kept_parts_of_letters_are_put_together(states: States) -> None:
    assembler = Assembler.decode(states["assembler"])
    assert assembler.encode() == states["assembler"]
    done = assembler.receive(1, Fragment(1, 0, 2, states["missing_part"]))
    assert done.letters == ((1, b"a" * 5000), (2, b"b" * 20))


def test_kept_own_cards_are_read(states: States) -> None:
    assert encode_own_card(parse_own_card(states["own_card"])) == states["own_card"]
