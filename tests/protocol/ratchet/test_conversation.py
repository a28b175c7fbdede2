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
from protocol.streams.acks import WINDOW
from protocol.streams.cell import CONTENT_BYTES, MESSAGE_BYTES
from protocol.streams.generations import NEAR, Where
from protocol.streams.pigeonhole import numbered
from tests.protocol.kept_states import EPOCH
from tests.vectors.groups_base import SMALL_ORDER

ENTROPY = SeededEntropy(b"ratchet tests".ljust(32))
HERE = Where(EPOCH)
KEPT_BYTES_MAX = 22_000


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
                assert sides[reader].open(message, ENTROPY, HERE) == content(number)
                sides[reader] = restart(sides[reader])
                opened += 1
    for reader in (0, 1):
        for number, message in wire[reader]:
            assert sides[reader].open(message, ENTROPY, HERE) == content(number)
            opened += 1
    assert opened == sent - lost


@pytest.mark.parametrize("starter", [0, 1])
def test_either_side_may_write_first(starter: int) -> None:
    sides = make_pair()
    for n in range(6):
        sender = (starter + n) % 2
        assert sides[1 - sender].open(sides[sender].seal(content(n), ENTROPY), ENTROPY, HERE) == content(n)


def test_both_may_start_at_once_and_meet_in_the_session_of_first() -> None:
    first, second = make_pair()
    crossing = [first.seal(content(1), ENTROPY), second.seal(content(2), ENTROPY), second.seal(content(3), ENTROPY)]
    assert [message[0] for message in crossing] == [0, 1, 1]
    assert first.open(crossing[2], ENTROPY, HERE) == content(3)
    assert first.seal(content(4), ENTROPY)[0] == 0
    assert second.open(crossing[0], ENTROPY, HERE) == content(1)
    assert second.seal(content(5), ENTROPY)[0] == 0
    assert first.open(crossing[1], ENTROPY, HERE) == content(2)


def test_the_session_of_the_other_side_begins_with_whatever_message_comes() -> None:
    first, second = make_pair()
    messages = [first.seal(content(n), ENTROPY) for n in range(12)]
    for n in (7, 0, 11, 3):
        second = restart(second)
        assert second.open(messages[n], ENTROPY, HERE) == content(n)


def test_a_gap_opens_as_far_as_an_honest_sender_can_be_ahead() -> None:
    """At once 256, and what the epochs that passed allow: with them two years of a full window each week."""
    first, second = make_pair()
    messages = [first.seal(content(n), ENTROPY) for n in range(NEAR + 3)]
    assert second.open(messages[0], ENTROPY, HERE) == content(0)
    before = second.encode()
    with pytest.raises(ProtocolError):
        second.open(messages[NEAR + 2], ENTROPY, HERE)
    assert second.encode() == before
    assert second.open(messages[NEAR + 1], ENTROPY, HERE) == content(NEAR + 1)
    second = restart(second)
    for n in (1, 100, NEAR):
        assert second.open(messages[n], ENTROPY, HERE) == content(n)
    far = [first.seal(content(n), ENTROPY) for n in range(104 * WINDOW)]
    second = restart(second)
    assert second.open(far[-1], ENTROPY, Where(EPOCH + 104, NEAR + 104 * 2 * WINDOW)) == content(104 * WINDOW - 1)
    assert second.open(far[-2], ENTROPY, Where(EPOCH + 104)) == content(104 * WINDOW - 2)
    assert first.open(second.seal(content(9), ENTROPY), ENTROPY, HERE) == content(9)


def test_what_a_contact_makes_us_keep_is_bounded() -> None:
    """Break (d): each gap at its largest, again and again, over a ratchet key of each kind."""
    first, second = make_pair()
    second.open(first.seal(content(0), ENTROPY), ENTROPY, HERE)
    for turn in range(12):
        if turn % 3 == 0:
            first.open(second.seal(content(turn), ENTROPY), ENTROPY, HERE)
        gap = [first.seal(content(n), ENTROPY) for n in range(NEAR + 1)]
        second.open(gap[-1], ENTROPY, Where(EPOCH + turn))
        second = restart(second)
        assert len(second.encode()) <= KEPT_BYTES_MAX


def test_keys_of_messages_that_do_not_come_die_with_their_epoch() -> None:
    """Break (c)."""
    first, second = make_pair()
    late = [first.seal(content(n), ENTROPY) for n in range(3)]
    second.open(first.seal(content(3), ENTROPY), ENTROPY, HERE)
    second.forget(0, EPOCH)
    assert second.open(late[0], ENTROPY, HERE) == content(0)
    second = restart(second)
    second.open(first.seal(content(4), ENTROPY), ENTROPY, Where(EPOCH + 3))
    second.forget(0, EPOCH + 1)
    for message in late:
        with pytest.raises(ProtocolError):
            second.open(message, ENTROPY, HERE)
    assert len(restart(second).encode()) < 500


def test_keys_of_messages_that_do_not_come_die_with_their_generation() -> None:
    first, second = make_pair()
    late = first.seal(content(0), ENTROPY)
    second.open(first.seal(content(1), ENTROPY), ENTROPY, Where(numbered(3, EPOCH)))
    kept = second.encode()
    second.forget(4, 0)
    with pytest.raises(ProtocolError):
        second.open(late, ENTROPY, HERE)
    second = Conversation.decode(kept)
    second.forget(3, 0)
    assert second.open(late, ENTROPY, HERE) == content(0)


@pytest.mark.parametrize(("generation", "epoch"), [(0, EPOCH + 1), (1, EPOCH)])
def test_the_session_of_the_second_side_is_forgotten_when_nothing_of_it_can_come(generation: int, epoch: int) -> None:
    """Break (a): whoever copied either vault could write on it in the name of the second side for ever."""
    first, second = make_pair()
    first.open(second.seal(content(0), ENTROPY), ENTROPY, HERE)
    stolen = second.encode()
    for n in range(200):
        second.open(first.seal(content(n), ENTROPY), ENTROPY, HERE)
        first.open(second.seal(content(n), ENTROPY), ENTROPY, HERE)
        first.forget(0, EPOCH)
    late = Conversation.decode(stolen).seal(content(6), ENTROPY)
    assert Conversation.decode(first.encode()).open(late, ENTROPY, HERE) == content(6)
    first.forget(generation, epoch)
    first = restart(first)
    forged = Conversation.decode(stolen).seal(content(7), ENTROPY)
    before = first.encode()
    with pytest.raises(ProtocolError):
        first.open(forged, ENTROPY, HERE)
    assert first.encode() == before
    assert second.open(first.seal(content(8), ENTROPY), ENTROPY, HERE) == content(8)
    assert first.open(second.seal(content(9), ENTROPY), ENTROPY, HERE) == content(9)


def test_a_session_that_the_other_side_may_still_write_on_is_not_forgotten() -> None:
    first, second = make_pair()
    for n in range(3):
        first.seal(content(n), ENTROPY)
        assert first.open(second.seal(content(n), ENTROPY), ENTROPY, HERE) == content(n)
        first.forget(0, EPOCH + 100)
        first = restart(first)


def test_a_replayed_message_is_refused_and_loses_nothing() -> None:
    first, second = make_pair()
    old = first.seal(content(0), ENTROPY)
    for n in range(1, 20):
        if n == 1:
            second.open(old, ENTROPY, HERE)
        else:
            first.open(second.seal(content(n), ENTROPY), ENTROPY, HERE)
            second.open(first.seal(content(n), ENTROPY), ENTROPY, HERE)
        before = second.encode()
        with pytest.raises(ProtocolError):
            second.open(old, ENTROPY, HERE)
        assert second.encode() == before
    assert second.open(first.seal(content(99), ENTROPY), ENTROPY, HERE) == content(99)


def test_our_own_message_does_not_open() -> None:
    first, second = make_pair()
    for side in (first, second):
        message = side.seal(content(0), ENTROPY)
        before = side.encode()
        with pytest.raises(ProtocolError):
            side.open(message, ENTROPY, HERE)
        assert side.encode() == before


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_altered_messages_are_refused_and_change_nothing(data: st.DataObject) -> None:
    """In a conversation that lives, and in one that waits for its first message."""
    first, second = make_pair()
    if data.draw(st.booleans()):
        second.open(first.seal(content(0), ENTROPY), ENTROPY, HERE)
        first.open(second.seal(content(1), ENTROPY), ENTROPY, HERE)
    message = bytearray(first.seal(content(2), ENTROPY))
    at = data.draw(st.one_of(st.integers(0, 60), st.integers(0, MESSAGE_BYTES - 1)))
    message[at] ^= data.draw(st.integers(1, 255))
    before = second.encode()
    with pytest.raises(ProtocolError):
        second.open(bytes(message), ENTROPY, HERE)
    assert second.encode() == before


@given(st.binary(max_size=80))
def test_arbitrary_messages_only_raise_protocol_error(data: bytes) -> None:
    first, second = make_pair()
    for side in (first, second):
        for message in (data, data.ljust(MESSAGE_BYTES, b"\0")):
            with pytest.raises(ProtocolError):
                side.open(message, ENTROPY, HERE)


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_ratchet_keys_of_small_order_are_refused(point: bytes) -> None:
    first, second = make_pair()
    message = first.seal(content(0), ENTROPY)
    hostile = message[:1] + point + message[33:]
    with pytest.raises(ProtocolError):
        second.open(hostile, ENTROPY, HERE)
    second.open(message, ENTROPY, HERE)
    with pytest.raises(ProtocolError):
        second.open(hostile, ENTROPY, HERE)


@pytest.mark.parametrize(("pn", "n"), [(0, 8193), (0, 2**32 - 1), (2**32 - 1, 0), (2**32 - 1, 2**32 - 1)])
def test_numbers_far_ahead_cost_little_and_change_nothing(pn: int, n: int) -> None:
    first, second = make_pair()
    second.open(first.seal(content(0), ENTROPY), ENTROPY, HERE)
    first.open(second.seal(content(1), ENTROPY), ENTROPY, HERE)
    message = first.seal(content(2), ENTROPY)
    before = second.encode()
    with pytest.raises(ProtocolError):
        second.open(message[:33] + pn.to_bytes(4, "big") + n.to_bytes(4, "big") + message[41:], ENTROPY, HERE)
    assert second.encode() == before
    assert second.open(message, ENTROPY, HERE) == content(2)


def test_the_secrets_of_the_cards_are_forgotten_when_they_have_served() -> None:
    entropy = SeededEntropy(b"forget".ljust(32))
    one, other = make_card(CardKind.MEET, "", 20_700, entropy), make_card(CardKind.MEET, "", 20_700, entropy)
    ours, theirs = meet(one, other.card), meet(other, one.card)
    here, there = Conversation.create(ours), Conversation.create(theirs)
    there.open(here.seal(content(0), ENTROPY), ENTROPY, HERE)
    here.open(there.seal(content(1), ENTROPY), ENTROPY, HERE)
    for n in range(2, 6):
        there.open(here.seal(content(n), ENTROPY), ENTROPY, HERE)
        here.open(there.seal(content(n), ENTROPY), ENTROPY, HERE)
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
    for candidate in (data, b"\2\1\xff\xff\xff\xff\1\0\0\0\x20" + data):
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
    second.open(first.seal(content(0), ENTROPY), ENTROPY, HERE)
    first.open(second.seal(content(1), ENTROPY), ENTROPY, HERE)
    kept = bytearray(first.encode())
    kept[data.draw(st.integers(0, len(kept) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        conversation = Conversation.decode(bytes(kept))
        assert conversation.encode() == bytes(kept)
        conversation.seal(content(2), ENTROPY)
        conversation.open(second.seal(content(3), ENTROPY), ENTROPY, HERE)
    except ProtocolError:
        return
