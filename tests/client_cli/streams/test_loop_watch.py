"""Loops that do not come back raise an alarm when relays are to blame, and only then."""

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from client_cli.post.housekeeping import housekeeping
from client_cli.streams.deposit import Deposit
from client_cli.streams.loop_watch import (
    Alarm,
    Watch,
    find_alarm,
    interrupted,
    listed_within_s,
    note_exchange,
    patience_s,
)
from client_cli.streams.loops import next_loop
from client_cli.vault.keys import Key
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.streams.loss_detector import BASELINE_LOSS
from tests.kits.homes import CONSTANTS, NOW, RELAYS, Home, make_home

GUARD = RELAYS[0]
GAP_S = 300.0  # a loop in every slot of 0.4 that deposits, at the usual pace
BACK_S = 3600.0


class Loops:
    """A member whose exchanges each carry a loop; it comes back an hour later unless it is dropped."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.now = NOW
        self.under_way: list[tuple[float, Deposit]] = []

    def run(self, count: int, dropped: Callable[[RelayId], bool]) -> None:
        for number in range(count):
            self.exchange(RELAYS[number % len(RELAYS)], dropped)

    def exchange(self, store: RelayId, dropped: Callable[[RelayId], bool], *, answered: bool = True) -> None:
        self.now += GAP_S
        while self.under_way and self.under_way[0][0] <= self.now:
            self.home.accept(self.under_way.pop(0)[1], self.now)
        with self.home.vault.transaction() as tx:
            housekeeping(tx, self.now, self.home.crypto)
            loop = next_loop(tx, store, self.now, self.home.crypto)
            note_exchange(tx, GUARD, self.now, answered=answered, now=self.now)
        if loop is not None and not dropped(store):
            self.under_way.append((self.now + BACK_S, loop))

    @property
    def alarm(self) -> Alarm | None:
        with self.home.vault.transaction() as tx:
            return find_alarm(tx)


@pytest.fixture
def loops(memory_path: Path) -> Loops:
    return Loops(make_home(memory_path / "home", 1))


def share(draws: random.Random, loss: float) -> Callable[[RelayId], bool]:
    return lambda _: draws.random() < loss


def test_no_alarm_where_nothing_but_the_baseline_is_lost(loops: Loops) -> None:
    loops.run(700, share(random.Random(2), BASELINE_LOSS))
    assert loops.alarm is None


def test_drops_raise_an_alarm_that_goes_when_they_stop(loops: Loops) -> None:
    loops.run(100, lambda _: False)
    loops.run(250, share(random.Random(1), 0.15))
    alarm = loops.alarm
    assert alarm is not None
    assert alarm.guard == GUARD
    assert 0 < alarm.overdue < alarm.judged / 3
    assert NOW + 100 * GAP_S < alarm.since < loops.now
    assert alarm.stores == ()  # all of them suffer: it cannot be told where
    loops.run(350, lambda _: False)
    assert loops.alarm is None


def test_a_relay_that_alone_drops_is_named(loops: Loops) -> None:
    draws = random.Random(4)
    loops.run(400, lambda store: store == RELAYS[2] and draws.random() < 0.4)
    assert loops.alarm is not None
    assert loops.alarm.stores == (RELAYS[2],)


def test_loops_of_exchanges_that_failed_are_not_judged(loops: Loops) -> None:
    draws = random.Random(5)
    for number in range(600):
        failed = draws.random() < 0.3
        loops.exchange(RELAYS[number % 3], lambda _, failed=failed: failed, answered=not failed)  # type: ignore[misc]
    assert loops.alarm is None


def test_loops_that_a_lost_fetch_asked_for_are_not_judged(loops: Loops) -> None:
    with loops.home.vault.transaction() as tx:
        housekeeping(tx, loops.now, loops.home.crypto)
        assert next_loop(tx, RELAYS[1], loops.now, loops.home.crypto) is not None
        note_exchange(tx, GUARD, loops.now, answered=True, now=loops.now)
        ((hole,),) = tx.all("SELECT hole FROM loops_watched")
        tx.execute(
            "INSERT INTO outstanding (id, hole, relay, reply_keys, sent_at, give_up_at) VALUES (1, ?, 1, x'', ?, ?)",
            (hole, NOW + 60, NOW + 600),
        )
        note_exchange(tx, GUARD, NOW + 60, answered=False, now=NOW + 80)
        assert tx.all("SELECT * FROM loops_watched") == []


def test_a_loop_that_waits_for_its_turn_is_not_judged_and_one_whose_fetch_brings_nothing_is(loops: Loops) -> None:
    with loops.home.vault.transaction() as tx:
        housekeeping(tx, NOW, loops.home.crypto)
        assert next_loop(tx, RELAYS[1], NOW, loops.home.crypto) is not None
        note_exchange(tx, GUARD, NOW, answered=True, now=NOW)
        ((hole,),) = tx.all("SELECT hole FROM loops_watched")
        tx.execute("UPDATE expected SET listed_at = ? WHERE hole = ?", (NOW + 900, hole))
        later = NOW
        while later < NOW + listed_within_s(CONSTANTS, Profile.STANDARD) + 600:
            later += 300
            note_exchange(tx, GUARD, later, answered=True, now=later)
        assert tx.all("SELECT hole FROM loops_watched") == [(hole,)]
        tx.execute("UPDATE expected SET asked_at = ? WHERE hole = ?", (later, hole))
        tx.execute(
            "INSERT INTO outstanding (id, hole, relay, reply_keys, sent_at, give_up_at) VALUES (1, ?, 1, x'', ?, ?)",
            (hole, later, later + 300),
        )
        note_exchange(tx, GUARD, later + 600, answered=True, now=later + 600)
        assert tx.all("SELECT hole FROM loops_watched") == [(hole,)]
        for wait in range(900, 3300, 300):
            note_exchange(tx, GUARD, later + wait, answered=True, now=later + wait)
        assert tx.all("SELECT hole FROM loops_watched") == []
        held = tx.get(Key.LOOP_WATCH)
        assert held is not None
        assert msgspec.msgpack.decode(held, type=Watch).every.cusum.overdue == 1


def test_after_a_break_what_was_under_way_is_not_judged(loops: Loops) -> None:
    for _ in range(40):
        loops.run(15, lambda _: True)
        loops.now += 86_400.0
    assert loops.alarm is None


def test_where_the_board_was_not_read_whole_nothing_is_judged(loops: Loops) -> None:
    for _ in range(40):
        loops.run(15, lambda _: True)
        with loops.home.vault.transaction() as tx:
            interrupted(tx)
    assert loops.alarm is None


def test_another_guard_begins_with_a_clean_sheet(loops: Loops) -> None:
    loops.run(200, lambda _: True)
    assert loops.alarm is not None
    with loops.home.vault.transaction() as tx:
        note_exchange(tx, RelayId(1), loops.now, answered=True, now=loops.now)
        assert tx.all("SELECT * FROM loops_watched WHERE sent_at < ?", (loops.now,)) == []
        alarm = find_alarm(tx)
    assert alarm is not None  # what was lost at each store still stands
    assert alarm.guard == 1


def test_patience_is_short_against_the_time_until_drops_are_noticed() -> None:
    hours = [patience_s(CONSTANTS, profile, relays=3) / 3600 for profile in Profile]
    assert [round(hour, 1) for hour in hours] == [7.2, 2.4, 1.5]
    hours = [listed_within_s(CONSTANTS, profile) / 3600 for profile in Profile]
    assert [round(hour, 1) for hour in hours] == [2.8, 1.4, 1.2]
