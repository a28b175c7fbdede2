"""A guard whose board is late is left; a clock of ours that is ahead is told from it by the next guard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client_cli.community.joining import join
from client_cli.community.relays import load_network
from client_cli.post.exchanges import ExchangeInFlight
from client_cli.post.lateness import is_late
from client_cli.vault.keys import MetaKey, board_of
from client_cli.vault.transaction import Tx
from protocol.board.chain import Chain, Chains
from protocol.board.log import EntryReader
from protocol.board.reader import BoardReader
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status
from protocol.seams import RelayId
from protocol.sizes import STRETCH_BYTES
from tests.kits.communities import invitation
from tests.kits.homes import CONSTANTS, DAY, NOW, make_vault

GUARD, OTHER = RelayId(0), RelayId(1)
PAGE_S = CONSTANTS.page_s
LIMIT_S = 2 * PAGE_S
SIZE = STRETCH_BYTES[Profile.STANDARD]
NEWEST = CONSTANTS.interval_of(NOW) - 1
ENDED = CONSTANTS.interval_start(NEWEST + 1)
"""When the newest page of the tests ended; by a clock that shows this lateness is 0."""
LATER_S = 40 * 60.0


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        yield tx


def shown(
    tx: Tx,
    guard: RelayId,
    late_s: float,
    *,
    after_s: float = 0.0,
    stretch: int = 0,
    more: bool = False,
    read: bool = True,
    whose: RelayId | None = None,
) -> bool:
    """An exchange `after_s` after the first ones, in which the board of `guard` is `late_s` late by our clock."""
    later = round(after_s / PAGE_S)
    assert later * PAGE_S == after_s
    newest = NEWEST + later
    end = Cursor(newest + 1, 50)
    chains = Chains({guard if whose is None else whose: Chain(newest, None)})
    tx.put(board_of(guard), BoardReader(EntryReader(end if read else Cursor(newest, 0)), chains).encode())
    response = Response(
        status=Status.OK,
        access=bytes(32),
        access_epoch=0,
        shelf_end=0,
        reply=None,
        start=end,
        next=end,
        end=Cursor(end.interval, end.offset + more),
        stretch=bytes(stretch),
    )
    flight = ExchangeInFlight(guard, Profile.STANDARD, b"", b"", 0, 0, end, left_at=ENDED + after_s + late_s)
    return is_late(tx, load_network(tx), flight, response)


def test_a_board_that_is_late_twice_running_is_left_and_an_honest_one_never(tx: Tx) -> None:
    assert not any(shown(tx, GUARD, late_s) for late_s in (0.0, PAGE_S, LIMIT_S, -PAGE_S, LIMIT_S))
    assert not shown(tx, GUARD, LIMIT_S + 1)
    assert not shown(tx, GUARD, LIMIT_S)
    assert [shown(tx, GUARD, LIMIT_S + 1), shown(tx, GUARD, LIMIT_S + 1)] == [False, True]


def test_two_guards_do_not_count_together(tx: Tx) -> None:
    assert not any(shown(tx, guard, LATER_S) for guard in (GUARD, OTHER, GUARD, OTHER))


@pytest.mark.parametrize("late_s", [0.0, PAGE_S])
def test_the_late_guard_is_left_again_a_day_later_where_the_next_one_was_not_late(tx: Tx, late_s: float) -> None:
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]
    assert not shown(tx, OTHER, late_s)
    assert not any(shown(tx, GUARD, LATER_S, after_s=DAY - PAGE_S * 20) for _ in range(4)), "one move a day"
    assert shown(tx, GUARD, LATER_S, after_s=DAY + PAGE_S)


def test_what_two_guards_show_is_our_clock_and_nobody_is_left_for_it_again_within_a_week(tx: Tx) -> None:
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]
    assert not any(shown(tx, OTHER, LATER_S + PAGE_S) for _ in range(3))
    for day in range(1, 7):
        assert not any(shown(tx, GUARD, LATER_S + late_s, after_s=day * DAY) for late_s in (0.0, PAGE_S, LIMIT_S))
    assert [shown(tx, GUARD, LATER_S + LIMIT_S + 1, after_s=6 * DAY) for _ in range(2)] == [False, True]
    assert [shown(tx, GUARD, LATER_S, after_s=8 * DAY) for _ in range(2)] == [False, True], "forgotten"


def test_a_clock_set_right_is_no_excuse_any_more(tx: Tx) -> None:
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]
    assert not shown(tx, OTHER, LATER_S)
    assert not shown(tx, OTHER, 0.0, after_s=DAY)
    assert [shown(tx, GUARD, LATER_S, after_s=2 * DAY) for _ in range(2)] == [False, True]


def test_the_least_that_two_guards_showed_is_ours_whoever_was_later(tx: Tx) -> None:
    """The first one is late on top of our clock: what the next one shows is the clock's, and no reason to go on."""
    assert [shown(tx, GUARD, 2 * LATER_S) for _ in range(2)] == [False, True]
    assert not any(shown(tx, OTHER, LATER_S) for _ in range(3))
    assert not any(shown(tx, GUARD, LATER_S, after_s=2 * DAY) for _ in range(3))
    assert [shown(tx, GUARD, 2 * LATER_S, after_s=2 * DAY) for _ in range(2)] == [False, True]


def test_a_guard_cannot_vouch_for_its_own_lateness(tx: Tx) -> None:
    """It is asked once more before another one was: that compares nothing."""
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]
    assert not shown(tx, GUARD, LATER_S)
    assert shown(tx, GUARD, LATER_S, after_s=2 * DAY)


def test_a_clock_that_goes_to_and_fro_moves_nobody_twice_and_one_from_far_ahead_shuts_nobody_out(tx: Tx) -> None:
    year = 360 * DAY
    assert [shown(tx, GUARD, year) for _ in range(2)] == [False, True]
    assert not any(shown(tx, GUARD, late_s) for late_s in (year - PAGE_S, year, year) * 3)
    assert not shown(tx, GUARD, 0.0)
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]


def test_only_what_was_read_to_the_end_counts_and_a_short_stretch_is_the_end(tx: Tx) -> None:
    assert not any(shown(tx, GUARD, LATER_S, more=True, stretch=SIZE) for _ in range(3))
    assert not any(shown(tx, GUARD, LATER_S, read=False) for _ in range(3))
    assert not any(shown(tx, GUARD, LATER_S, whose=OTHER) for _ in range(3)), "none of its own pages"
    assert [shown(tx, GUARD, LATER_S, more=True, stretch=SIZE - 1) for _ in range(2)] == [False, True]


def test_a_guard_that_is_later_than_our_clock_explains_is_left_a_day_later(tx: Tx) -> None:
    """What only the next one showed is no clock of ours."""
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]
    assert not any(shown(tx, OTHER, 2 * LATER_S) for _ in range(3))
    assert shown(tx, OTHER, 2 * LATER_S, after_s=DAY + 10 * PAGE_S)


def test_a_page_dated_ahead_makes_no_honest_board_late(tx: Tx) -> None:
    assert [shown(tx, GUARD, LATER_S) for _ in range(2)] == [False, True]
    assert not shown(tx, OTHER, -LATER_S)
    assert not any(shown(tx, GUARD, LIMIT_S, after_s=2 * DAY) for _ in range(3))


def test_nothing_is_written_while_nothing_changes(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not shown(tx, GUARD, 0.0)
    written: list[MetaKey] = []
    monkeypatch.setattr(Tx, "put", recorded(Tx.put, written))
    assert not any(shown(tx, GUARD, late_s) for late_s in (0.0, PAGE_S, -PAGE_S))
    assert written == [board_of(GUARD)] * 3


def recorded(put: Callable[[Tx, MetaKey, bytes], None], written: list[MetaKey]) -> Callable[[Tx, MetaKey, bytes], None]:
    def record(tx: Tx, key: MetaKey, value: bytes) -> None:
        written.append(key)
        put(tx, key, value)

    return record
