"""Correspondence: generations go on inside the cells of letters and acks, and a refused message leaves no trace."""

import pytest

from lab.hostile.friends import EPOCH, RELAYS, Friend, make_friends, round_trip
from lab.hostile.thief import Thief
from protocol.errors import ProtocolError
from protocol.letters.letter import FRAGMENT_BYTES
from protocol.ratchet.conversation import Conversation
from protocol.streams.generations import Receiving, Where
from protocol.streams.pigeonhole import generation_of

NOBODY = lambda _: None  # noqa: E731 - nobody looks on


def generations(side: Friend) -> tuple[int, int, int, int]:
    mine = side.load()
    return mine.sending.oldest, mine.sending.newest, mine.receiving.oldest, mine.receiving.newest


def one_way(writer: Friend, reader: Friend, letter: int | None) -> int:
    """A cell that comes; the generation it came on."""
    cell = writer.send(letter)
    assert cell is not None
    assert reader.fetch(cell) is not None
    return generation_of(cell.place[0])


def test_a_generation_takes_two_round_trips() -> None:
    first, second = make_friends()
    for generation in (0, 1, 1):
        assert one_way(first, second, first.write()) == one_way(second, first, second.write()) == generation
    one_way(first, second, None)
    assert generations(first)[1] == 2
    for _ in range(7):
        round_trip((first, second), NOBODY)
    assert generations(first)[1] == 5


@pytest.mark.parametrize("writer", [0, 1])
def test_letters_one_way_and_acks_the_other_heal_as_well(writer: int) -> None:
    sides = make_friends()
    for _ in range(6):
        one_way(sides[writer], sides[1 - writer], sides[writer].write())
        one_way(sides[1 - writer], sides[writer], None)
    assert generations(sides[writer])[1] >= 2


def test_a_part_waits_for_a_cell_with_room() -> None:
    first, second = make_friends()
    for _ in range(3):
        round_trip((first, second), NOBODY, size=FRAGMENT_BYTES)
    assert generations(first) == generations(second) == (0, 0, 0, 0)
    for _ in range(2):
        round_trip((first, second), NOBODY, size=FRAGMENT_BYTES - 1192)
    assert generations(first) == generations(second) == (1, 1, 1, 1)


def test_neither_waits_for_the_other_while_an_answer_is_lost_again_and_again() -> None:
    first, second = make_friends()
    one_way(first, second, first.write())
    for _ in range(12):
        assert second.send(next(iter(second.waiting), None) or second.write()) is not None
        assert one_way(first, second, first.write()) == 0
    assert generations(second) == (0, 0, 0, 1)
    for _ in range(2):
        round_trip((first, second), NOBODY)
    assert generations(first) == generations(second) == (1, 1, 1, 1)


@pytest.mark.parametrize("writer", [0, 1])
def test_a_cell_of_the_generation_before_is_looked_for_as_long_as_it_is_in_flight(writer: int) -> None:
    sides = make_friends()
    late = sides[writer].send(sides[writer].write())
    assert late is not None
    for _ in range(4):
        for who in (0, 1):
            one_way(sides[who], sides[1 - who], sides[who].write())
    assert generations(sides[writer])[:2] == (0, 1)
    assert sides[1 - writer].fetch(late) is not None
    for _ in range(2):
        round_trip(sides, NOBODY)
    assert generations(sides[writer])[0] >= 1


def test_a_generation_that_was_begun_before_a_year_of_silence_is_finished_after_it() -> None:
    first, second = make_friends()
    one_way(first, second, first.write())
    answer = second.send(second.write())
    assert answer is not None
    for side in (first, second):
        side.roll(EPOCH + 52)
    assert first.fetch(answer) is None
    for _ in range(2):
        round_trip((first, second), NOBODY)
    assert generations(first) == generations(second) == (1, 1, 1, 1)


def test_a_pigeonhole_of_later_epochs_follows_from_no_older_copy() -> None:
    """Break (b): a vault copied once named 256 of 256 pigeonholes three years later."""
    first, second = make_friends()
    stolen = Receiving.decode(second.kept[2])
    for _ in range(4):
        round_trip((first, second), NOBODY)
    later = EPOCH + 3 * 52
    second.roll(later)
    stolen.roll(later, RELAYS)
    assert not {one.take for one in second.load().receiving.watch()} & {one.take for one in stolen.watch()}


@pytest.mark.parametrize("victim", [0, 1])
def test_the_old_session_dies_with_its_generation(victim: int) -> None:
    sides = make_friends()
    one_way(sides[1], sides[0], sides[1].write())
    thief = Thief.copy(victim, sides[victim].kept)
    for _ in range(3):
        round_trip(sides, NOBODY)
    for reader, message in thief.forgeries():
        mine = sides[reader].load()
        with pytest.raises(ProtocolError):
            mine.conversation.open(message, sides[reader].entropy, Where(EPOCH, 10_000))


def test_what_was_refused_is_kept_nowhere() -> None:
    first, second = make_friends()
    cell = first.send(first.write())
    assert cell is not None
    mine = second.load()
    with pytest.raises(ProtocolError):
        mine.open(cell.place, bytes(4056), second.entropy)
    before = second.kept
    assert second.fetch(cell, crash=True) is None
    assert second.kept == before
    assert second.fetch(cell) is not None
    assert Conversation.decode(second.kept[0]).healing.generation == 1
