"""Whose word counts, and how many must agree, before a key is used. See docs/protocol.md, "Agreement"."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.agreement import AWAY_SEALS, Words
from protocol.board.log import NO_WORD, Seal, Seen
from protocol.board.page import CHAIN_START
from protocol.community.constants import Constants
from protocol.community.roster import NO_PREVIOUS
from protocol.primitives.days import DAY_S, day_of
from protocol.seams import RelayId

CONSTANTS = Constants()
DAY = 20_000
NOON = CONSTANTS.interval_of(DAY * DAY_S + DAY_S / 2)
TRUE, FALSE = b"t" * 32, b"f" * 32
OWNER = RelayId(0)
AWAY = NOON - AWAY_SEALS * CONSTANTS.pages_per_seal - 1


def relays(count: int) -> list[RelayId]:
    return [RelayId(number) for number in range(count)]


def seal(signer: int, words: Mapping[int, bytes], heard: Mapping[int, int] | None = None, version: int = 1) -> Seal:
    """A seal of noon that names `words` for today; `heard`: intervals of the newest pages, if not of noon."""
    seen = tuple(
        Seen(RelayId(other), (heard or {}).get(other, NOON), CHAIN_START, word)
        for other, word in sorted(words.items())
        if other != signer
    )
    return Seal(RelayId(signer), NOON, b"c" * 32, seen, version)


def told(count: int, votes: Mapping[int, bytes | None], away: tuple[int, ...] = ()) -> Words:
    """What relays say of the owner; None: their seal was not shown. Who is not in `votes` was never heard of here."""
    heard = dict.fromkeys(away, AWAY)
    seals = {
        RelayId(voter): seal(voter, dict.fromkeys(range(count), NO_WORD) | {0: word}, heard)
        for voter, word in votes.items()
        if word is not None
    }
    return Words(seals, relays(count), CONSTANTS)


SILENT = NOON - CONSTANTS.silent_ms // CONSTANTS.page_ms


@pytest.mark.parametrize(
    ("count", "heard", "silent"),
    [
        (1, {}, False),
        (2, {1: SILENT}, True),  # the client goes around nobody if that leaves one alone
        (3, {1: SILENT, 2: SILENT}, True),
        (3, {1: SILENT, 2: SILENT + 1}, False),
        (3, {1: SILENT}, False),  # a guard that hides what the third one signs
        (3, {}, False),
        (4, {1: SILENT, 2: SILENT, 3: NOON}, True),
        (5, {1: SILENT, 2: SILENT}, False),
        (5, {1: SILENT, 2: SILENT, 3: SILENT}, True),
    ],
)
def test_a_relay_is_silent_if_more_than_half_of_all_the_others_say_so(
    count: int, heard: Mapping[int, int], silent: bool
) -> None:
    words = dict.fromkeys(range(count), NO_WORD)
    seals = {RelayId(voter): seal(voter, words, {0: last}) for voter, last in heard.items()}
    assert Words(seals, relays(count), CONSTANTS).silent(OWNER) is silent
    shown = seals | {OWNER: seal(0, words)}
    assert Words(shown, relays(count), CONSTANTS).silent(OWNER) is silent, "its own word is not heard"


@pytest.mark.parametrize(
    ("count", "votes", "away", "agreed"),
    [
        (1, {}, (), True),  # nobody could vouch: only the link is hidden anyway
        (2, {1: TRUE}, (), True),
        (2, {1: FALSE}, (), False),
        (2, {}, (), False),
        (3, {1: TRUE, 2: TRUE}, (), True),
        (3, {1: TRUE, 2: FALSE}, (), False),
        (3, {1: TRUE}, (), False),  # its seal shows that 2 is up: it must be heard
        (3, {1: TRUE}, (2,), True),  # one is down: letters go on
        (3, {1: TRUE, 2: FALSE}, (2,), False),  # what was said counts, away or not
        (3, {}, (1, 2), False),
        (5, {1: TRUE, 2: TRUE, 3: TRUE}, (), True),
        (5, {1: TRUE, 2: TRUE, 3: TRUE, 4: FALSE}, (), True),
        (5, {1: TRUE, 2: TRUE, 3: FALSE, 4: FALSE}, (), False),
        (5, {1: TRUE, 2: TRUE}, (), False),
        (5, {1: TRUE, 2: TRUE}, (4,), True),
        (5, {1: TRUE, 2: TRUE}, (3, 4), True),
        (5, {1: TRUE}, (2, 3, 4), True),
        (5, {1: TRUE}, (3, 4), False),
    ],
)
def test_a_majority_of_the_others_that_are_not_away_must_name_the_key(
    count: int, votes: dict[int, bytes | None], away: tuple[int, ...], agreed: bool
) -> None:
    assert told(count, votes, away).agree(OWNER, DAY, TRUE) is agreed


@given(st.integers(3, 6).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.booleans(), min_size=n, max_size=n))))
def test_an_owner_alone_never_has_two_keys_agreed(drawn: tuple[int, list[bool]]) -> None:
    """Each honest relay names the one it got; whatever seals a guard leaves out, two clients never use two keys."""
    count, got = drawn
    truth = {number: TRUE if got[number] else FALSE for number in range(1, count)}
    used = set()
    for shown in product((True, False), repeat=count - 1):
        votes = {number: truth[number] if shown[number - 1] else None for number in truth}
        used |= {word for word in (TRUE, FALSE) if told(count, votes).agree(OWNER, DAY, word)}
    assert len(used) <= 1


@pytest.mark.parametrize(
    ("count", "votes", "away", "agreed"),
    [
        (3, {1: NO_WORD, 2: TRUE}, (), True),  # it shows what its seal leaves out
        (3, {1: FALSE, 2: TRUE}, (), True),
        (3, {2: TRUE}, (), True),  # its seal has not been shown yet
        (3, {1: NO_WORD, 2: FALSE}, (), False),  # it is one voice, no more
        (3, {1: NO_WORD}, (), False),
        (3, {1: NO_WORD}, (2,), True),  # who is away only it can say
        (5, {1: NO_WORD, 2: TRUE, 3: TRUE}, (), True),
        (5, {1: TRUE, 2: TRUE, 3: FALSE, 4: FALSE}, (), False),
    ],
)
def test_a_relay_names_what_its_board_shows_whatever_its_seal_says(
    count: int, votes: dict[int, bytes | None], away: tuple[int, ...], agreed: bool
) -> None:
    assert told(count, votes, away).agree(OWNER, DAY, TRUE, board=RelayId(1)) is agreed


def test_the_relay_that_shows_a_key_cannot_deny_alone_that_others_are_away() -> None:
    votes = {1: seal(1, {0: NO_WORD, 2: NO_WORD, 3: NO_WORD, 4: NO_WORD})}
    votes[2] = seal(2, {0: TRUE, 1: NO_WORD, 3: NO_WORD, 4: NO_WORD}, {3: AWAY, 4: AWAY})
    five = Words({RelayId(n): one for n, one in votes.items()}, relays(5), CONSTANTS)
    assert five.agree(OWNER, DAY, TRUE, board=RelayId(1))
    assert not five.agree(OWNER, DAY, TRUE, board=RelayId(2)), "one of the two that count"


def test_who_disagrees_is_not_the_one_that_shows_it() -> None:
    assert told(3, {1: FALSE, 2: FALSE}).disagree(OWNER, DAY, TRUE, board=RelayId(1)) == [2]


def test_its_own_word_and_that_of_strangers_do_not_count() -> None:
    seals = {RelayId(n): seal(n, {0: TRUE, 1: NO_WORD, 2: NO_WORD}) for n in (0, 9)}
    assert not Words(seals, relays(3), CONSTANTS).agree(OWNER, DAY, TRUE)
    assert not Words(seals, relays(2), CONSTANTS).agree(OWNER, DAY, TRUE)


def test_one_that_lies_that_another_is_away_is_not_enough_while_an_honest_voter_has_heard_it() -> None:
    votes = {
        1: seal(1, {0: TRUE, 2: NO_WORD, 3: NO_WORD}, {3: AWAY}),
        2: seal(2, {0: TRUE, 1: NO_WORD, 3: NO_WORD}),
    }
    four = Words({RelayId(n): one for n, one in votes.items()}, relays(4), CONSTANTS)
    assert four.agree(OWNER, DAY, TRUE)  # two of three
    three = Words({RelayId(1): votes[1]}, relays(4), CONSTANTS)
    assert not three.agree(OWNER, DAY, TRUE)


def test_a_seal_speaks_of_its_day_and_the_next_alone() -> None:
    one = seal(1, {0: TRUE})
    both = Words({RelayId(1): replace(one, others=(replace(one.others[0], tomorrow=FALSE),))}, relays(2), CONSTANTS)
    assert [both.of(RelayId(1), OWNER, DAY + ahead) for ahead in (-1, 0, 1, 2)] == [None, TRUE, FALSE, None]
    assert both.agree(OWNER, DAY, TRUE)
    assert both.agree(OWNER, DAY + 1, FALSE)
    assert not both.agree(OWNER, DAY + 1, TRUE)
    assert day_of(CONSTANTS.interval_start(NOON)) == DAY


def test_who_disagrees_is_named() -> None:
    words = told(5, {1: TRUE, 2: FALSE, 3: NO_WORD, 4: FALSE})
    assert words.disagree(OWNER, DAY, TRUE) == [2, 4]
    assert words.disagree(OWNER, DAY, FALSE) == [1]


def test_what_the_others_name_shows_what_a_guard_leaves_out() -> None:
    assert told(3, {1: TRUE, 2: FALSE}).named(OWNER, DAY, without=RelayId(2)) == TRUE
    assert told(3, {1: TRUE, 2: TRUE}).named(OWNER, DAY, without=RelayId(2)) == TRUE
    assert told(3, {1: TRUE, 2: FALSE}).named(OWNER, DAY, without=RelayId(0)) is None
    assert told(2, {1: TRUE}).named(OWNER, DAY, without=RelayId(1)) is None


@pytest.mark.parametrize(
    ("count", "versions", "passed"),
    [
        (1, {}, False),
        (3, {1: 3, 2: 3}, True),
        (3, {1: 3, 2: 2}, False),
        (3, {1: 3}, False),
        (3, {0: 9, 1: 2, 2: 2}, False),  # the guard's own word
        (3, {1: 1, 2: 1}, False),
        (5, {1: 4, 2: 3, 3: 3}, True),
    ],
)
def test_a_majority_that_follows_a_later_roster_shows_that_it_is_withheld(
    count: int, versions: dict[int, int], passed: bool
) -> None:
    words = dict.fromkeys(range(count), NO_WORD)
    seals = {RelayId(n): seal(n, words, version=version) for n, version in versions.items()}
    assert Words(seals, relays(count), CONSTANTS).roster_passed(2, NO_PREVIOUS, without=OWNER) is passed


def test_a_majority_that_follows_another_roster_of_our_version_shows_that_it_is_withheld() -> None:
    words = dict.fromkeys(range(3), NO_WORD)
    seals = {RelayId(n): replace(seal(n, words, version=2), roster_hash=TRUE) for n in (1, 2)}
    said = Words(seals, relays(3), CONSTANTS)
    assert said.roster_passed(2, FALSE, without=OWNER)
    assert not said.roster_passed(2, TRUE, without=OWNER)
    assert not said.roster_passed(3, FALSE, without=OWNER), "ours is later"


@pytest.mark.parametrize(
    ("count", "intervals", "reached"),
    [
        (1, {}, -1),
        (2, {}, -1),
        (2, {1: 5}, 5),
        (3, {1: 5}, 5),  # one is down
        (3, {0: 9, 1: 5, 2: 6}, 6),  # the guard's own does not count
        (4, {1: 9, 2: 5, 3: 6}, 6),
        (5, {1: 9, 2: 5, 3: 6, 4: 8}, 8),
        (5, {1: 9}, -1),  # those of three are left out
    ],
)
def test_which_interval_half_of_the_others_have_reached(count: int, intervals: dict[int, int], reached: int) -> None:
    seals = {RelayId(n): replace(seal(n, {}), interval=interval) for n, interval in intervals.items()}
    assert Words(seals, relays(count), CONSTANTS).newest(without=OWNER) == reached
