"""States kept by every version that was ever released still load, encode the same, and do what they did."""

import json
from pathlib import Path

import pytest

from protocol.letters.assembler import Assembler
from protocol.letters.letter import Fragment
from protocol.people.key_card import encode_own_card, parse_own_card
from protocol.ratchet.conversation import Conversation
from protocol.seams import SeededEntropy
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import SendStream
from tests.protocol.kept_states import DIRECTORY, RELAYS, content

FILES = sorted(DIRECTORY.glob("*.json"))
ENTROPY = SeededEntropy(b"kept states in use".ljust(32))
States = dict[str, bytes]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def states(request: pytest.FixtureRequest) -> States:
    path: Path = request.param
    return {name: bytes.fromhex(text) for name, text in json.loads(path.read_text(encoding="utf-8")).items()}


def test_there_is_a_file_for_every_version() -> None:
    assert [path.name for path in FILES] == ["v1.json"]


def test_a_kept_sending_stream_goes_on_where_it_was(states: States) -> None:
    send = SendStream.decode(states["send_stream"])
    assert send.encode() == states["send_stream"]
    claim = send.claim(RELAYS[2])
    assert claim is not None
    assert claim.take == states["next_take"]


def test_a_kept_reading_stream_watches_what_it_watched(states: States) -> None:
    read = ReceiveStream.decode(states["receive_stream"])
    assert read.encode() == states["receive_stream"]
    (watched,) = [watched for watched in read.watch() if watched.take == states["next_take"]]
    assert read.key_of(watched.epoch, watched.index) == states["watched_key"]
    assert SendStream.decode(states["send_stream"]).acknowledge(read.acks()) == []


def test_a_kept_conversation_opens_what_comes_late(states: States) -> None:
    waiting = Conversation.decode(states["waiting_conversation"])
    assert waiting.encode() == states["waiting_conversation"]
    assert waiting.open(states["first_message"], ENTROPY) == content(1)
    conversation = Conversation.decode(states["conversation"])
    conversation.seal(content(9), ENTROPY)
    assert conversation.open(states["late_message"], ENTROPY) == content(3)


def test_kept_parts_of_letters_are_put_together(states: States) -> None:
    assembler = Assembler.decode(states["assembler"])
    assert assembler.encode() == states["assembler"]
    done = assembler.receive(1, Fragment(1, 0, 2, states["missing_part"]))
    assert done.letters == ((1, b"a" * 5000), (2, b"b" * 20))


def test_kept_own_cards_are_read(states: States) -> None:
    assert encode_own_card(parse_own_card(states["own_card"])) == states["own_card"]
