"""Conversations: what arrives opens once, whatever was lost or late, after any restart; nothing hostile changes one."""

import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.handshake import meet
from protocol.people.key_card import CardKind, make_card
from protocol.ratchet.conversation import Conversation
from protocol.seams import SeededEntropy
from protocol.streams.cell import CONTENT_BYTES, MESSAGE_BYTES
from tests.vectors.groups_base import SMALL_ORDER

ENTROPY = SeededEntropy(b"ratchet tests".ljust(32))


def make_pair(seed: bytes = b"pair") -> tuple[Conversation, Conversation]:
    """Return (first, second): by card hash."""
    entropy = SeededEntropy(seed.ljust(32))
    one, other = make_card(CardKind.MEET, "", 20_700, entropy), make_card(CardKind.MEET, "", 20_700, entropy)
    sides = meet(one, other.card), meet(other, one.card)
    ordered = sides if sides[0].first else sides[::-1]
    return Conversation.create(ordered[0]), Conversation.create(ordered[1])


def content(number: int) -> bytes:
    return number.to_bytes(4, "big").ljust(CONTENT_BYTES, b".")


def restart(conversation: Conversation) -> Conversation:
    kept = conversation.encode()
    again = Conversation.decode(kept)
    assert again.encode() == kept
    return again


@pytest.mark.parametrize("seed", range(4))
def test_what_arrives_opens_with_losses_and_disorder(seed: int) -> None:
    """9 % lost, 30 % late by up to 40 messages, both directions at once, a restart after every step."""
    rng = random.Random(seed)
    sides = list(make_pair(bytes([seed])))
    wire: list[list[tuple[int, bytes]]] = [[], []]  # to first, to second
    sent, lost, opened = 0, 0, 0
    for step in range(500):
        sender = rng.randrange(2)
        message = sides[sender].seal(content(step), ENTROPY)
        sides[sender] = restart(sides[sender])
        assert len(message) == MESSAGE_BYTES
        sent += 1
        if rng.random() < 0.09:
            lost += 1
        else:
            queue = wire[1 - sender]
            at = len(queue) - rng.randrange(40) if rng.random() < 0.3 else len(queue)
            queue.insert(max(at, 0), (step, message))
        for reader in (0, 1):
            if wire[reader] and (rng.random() < 0.45 or len(wire[reader]) > 50):
                number, message = wire[reader].pop(0)
                assert sides[reader].open(message, ENTROPY) == content(number)
                sides[reader] = restart(sides[reader])
                opened += 1
    for reader in (0, 1):
        for number, message in wire[reader]:
            assert sides[reader].open(message, ENTROPY) == content(number)
            opened += 1
    assert opened == sent - lost


@pytest.mark.parametrize("starter", [0, 1])
def test_either_side_may_write_first(starter: int) -> None:
    sides = make_pair()
    for n in range(6):
        sender = (starter + n) % 2
        assert sides[1 - sender].open(sides[sender].seal(content(n), ENTROPY), ENTROPY) == content(n)


def test_both_may_start_at_once_and_meet_in_the_session_of_first() -> None:
    first, second = make_pair()
    crossing = [first.seal(content(1), ENTROPY), second.seal(content(2), ENTROPY), second.seal(content(3), ENTROPY)]
    assert [message[0] for message in crossing] == [0, 1, 1]
    assert first.open(crossing[2], ENTROPY) == content(3)
    assert first.seal(content(4), ENTROPY)[0] == 0
    assert second.open(crossing[0], ENTROPY) == content(1)
    assert second.seal(content(5), ENTROPY)[0] == 0
    assert first.open(crossing[1], ENTROPY) == content(2)


def test_the_session_of_the_other_side_begins_with_whatever_message_comes() -> None:
    first, second = make_pair()
    messages = [first.seal(content(n), ENTROPY) for n in range(12)]
    for n in (7, 0, 11, 3):
        second = restart(second)
        assert second.open(messages[n], ENTROPY) == content(n)


def test_a_gap_of_900_letters_opens_and_so_do_those_that_come_late() -> None:
    first, second = make_pair()
    messages = [first.seal(content(n), ENTROPY) for n in range(902)]
    assert second.open(messages[0], ENTROPY) == content(0)
    assert second.open(messages[901], ENTROPY) == content(901)
    second = restart(second)
    for n in (1, 450, 900):
        assert second.open(messages[n], ENTROPY) == content(n)
    assert first.open(second.seal(content(9), ENTROPY), ENTROPY) == content(9)


def test_a_replayed_message_is_refused_and_loses_nothing() -> None:
    first, second = make_pair()
    old = first.seal(content(0), ENTROPY)
    for n in range(1, 20):
        if n == 1:
            second.open(old, ENTROPY)
        else:
            first.open(second.seal(content(n), ENTROPY), ENTROPY)
            second.open(first.seal(content(n), ENTROPY), ENTROPY)
        before = second.encode()
        with pytest.raises(ProtocolError):
            second.open(old, ENTROPY)
        assert second.encode() == before
    assert second.open(first.seal(content(99), ENTROPY), ENTROPY) == content(99)


def test_our_own_message_does_not_open() -> None:
    first, second = make_pair()
    for side in (first, second):
        message = side.seal(content(0), ENTROPY)
        before = side.encode()
        with pytest.raises(ProtocolError):
            side.open(message, ENTROPY)
        assert side.encode() == before


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_altered_messages_are_refused_and_change_nothing(data: st.DataObject) -> None:
    """In a conversation that lives, and in one that waits for its first message."""
    first, second = make_pair()
    if data.draw(st.booleans()):
        second.open(first.seal(content(0), ENTROPY), ENTROPY)
        first.open(second.seal(content(1), ENTROPY), ENTROPY)
    message = bytearray(first.seal(content(2), ENTROPY))
    at = data.draw(st.one_of(st.integers(0, 60), st.integers(0, MESSAGE_BYTES - 1)))
    message[at] ^= data.draw(st.integers(1, 255))
    before = second.encode()
    with pytest.raises(ProtocolError):
        second.open(bytes(message), ENTROPY)
    assert second.encode() == before


@given(st.binary(max_size=80))
def test_arbitrary_messages_only_raise_protocol_error(data: bytes) -> None:
    first, second = make_pair()
    for side in (first, second):
        for message in (data, data.ljust(MESSAGE_BYTES, b"\0")):
            with pytest.raises(ProtocolError):
                side.open(message, ENTROPY)


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_ratchet_keys_of_small_order_are_refused(point: bytes) -> None:
    first, second = make_pair()
    message = first.seal(content(0), ENTROPY)
    hostile = message[:1] + point + message[33:]
    with pytest.raises(ProtocolError):
        second.open(hostile, ENTROPY)
    second.open(message, ENTROPY)
    with pytest.raises(ProtocolError):
        second.open(hostile, ENTROPY)


@pytest.mark.parametrize(("pn", "n"), [(0, 8193), (0, 2**32 - 1), (2**32 - 1, 0), (2**32 - 1, 2**32 - 1)])
def test_numbers_far_ahead_cost_little_and_change_nothing(pn: int, n: int) -> None:
    first, second = make_pair()
    second.open(first.seal(content(0), ENTROPY), ENTROPY)
    first.open(second.seal(content(1), ENTROPY), ENTROPY)
    message = first.seal(content(2), ENTROPY)
    before = second.encode()
    with pytest.raises(ProtocolError):
        second.open(message[:33] + pn.to_bytes(4, "big") + n.to_bytes(4, "big") + message[41:], ENTROPY)
    assert second.encode() == before
    assert second.open(message, ENTROPY) == content(2)


def test_the_secrets_of_the_cards_are_forgotten_when_they_have_served() -> None:
    entropy = SeededEntropy(b"forget".ljust(32))
    one, other = make_card(CardKind.MEET, "", 20_700, entropy), make_card(CardKind.MEET, "", 20_700, entropy)
    ours, theirs = meet(one, other.card), meet(other, one.card)
    here, there = Conversation.create(ours), Conversation.create(theirs)
    there.open(here.seal(content(0), ENTROPY), ENTROPY)
    here.open(there.seal(content(1), ENTROPY), ENTROPY)
    for n in range(2, 6):
        there.open(here.seal(content(n), ENTROPY), ENTROPY)
        here.open(there.seal(content(n), ENTROPY), ENTROPY)
    second = there if ours.first else here
    relationship = theirs if ours.first else ours
    kept = second.encode()
    assert relationship.own_session not in kept
    assert relationship.their_session not in kept
    assert relationship.own_ratchet_secret not in kept


def test_the_library_is_not_imported_before_a_message_is_sealed_or_opened() -> None:
    program = (
        "import sys, protocol.ratchet.conversation; "
        "sys.exit('doubleratchet' in sys.modules or 'pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@given(st.binary(max_size=120))
def test_arbitrary_kept_conversations_only_raise_protocol_error(data: bytes) -> None:
    for candidate in (data, b"\1\1\1\0\0\0\x20" + data):
        try:
            kept = Conversation.decode(candidate)
            assert kept.encode() == candidate
            kept.seal(content(0), ENTROPY)
        except ProtocolError:
            continue


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_altered_kept_conversations_only_raise_protocol_error(data: st.DataObject) -> None:
    first, second = make_pair()
    second.open(first.seal(content(0), ENTROPY), ENTROPY)
    first.open(second.seal(content(1), ENTROPY), ENTROPY)
    kept = bytearray(first.encode())
    kept[data.draw(st.integers(0, len(kept) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        conversation = Conversation.decode(bytes(kept))
        assert conversation.encode() == bytes(kept)
        conversation.seal(content(2), ENTROPY)
        conversation.open(second.seal(content(3), ENTROPY), ENTROPY)
    except ProtocolError:
        return
