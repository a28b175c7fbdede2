"""The attacks find what is there to be found: each is run once where it must succeed."""

import numpy as np

from lab.attacks.chaining import chain
from lab.attacks.disclosure import USERS, disclosed, evidence
from lab.attacks.dropping import NOTICED_H, notice_h
from lab.attacks.flows import FOUND_SHARE, found_share
from lab.attacks.links import advantage, features
from lab.attacks.pair_worlds import DAY_S, MEMBERS, SLOT_S, Day, partner
from protocol.profile import Profile


def test_chaining_finds_a_reader_who_always_comes_a_minute_later() -> None:
    draws = np.random.default_rng(3)
    first = np.sort(draws.random(300) * 300_000)
    at_s = np.concatenate([first, first + 60])
    clients = np.concatenate([np.arange(300) % 10] * 2)
    order = np.argsort(at_s)
    found = chain(at_s[order], clients[order], np.full((600, 10), 0.1), 5000.0)
    assert found.named > 0.4
    assert found.times > 3


def test_disclosure_finds_partners_whose_devices_are_on_at_habitual_times() -> None:
    # Of the first day little is left to look at: who is on for an hour and a half only reads keys and seals.
    found = evidence(3.0, 5, control=True)
    assert found.shape == (USERS, USERS)
    assert disclosed(found) > 0.8


def test_drops_are_noticed_and_their_absence_is_not() -> None:
    left = np.arange(0.0, 12 * 3600.0, 75.0)
    loops = (left, left + 2400.0)
    draws = np.random.default_rng(4)
    noticed = notice_h(Profile.GUARDED, loops, 0.3, draws)
    assert noticed < NOTICED_H[Profile.GUARDED]
    assert notice_h(Profile.GUARDED, loops, 0.0, draws) > NOTICED_H[Profile.GUARDED]


def made_up_day(busy: bool, draws: np.random.Generator, pushed: int) -> Day:
    """A day of slots at random; on a busy one `pushed` exchanges of each follow one of the partner's at once."""
    times = [np.sort(draws.random(60) * DAY_S) for _ in range(MEMBERS)]
    if busy:
        extra = [draws.choice(times[partner(member)], pushed, replace=False) + SLOT_S / 10 for member in range(MEMBERS)]
        times = [np.sort(np.concatenate(both)) for both in zip(times, extra, strict=True)]
    return Day(busy, tuple(times), {("relay0", "relay1"): np.sort(draws.random(200) * DAY_S)})


def test_flows_and_days_are_told_apart_where_exchanges_follow_each_other() -> None:
    draws = np.random.default_rng(6)
    days = [made_up_day(number % 2 == 0, draws, pushed=15) for number in range(40)]
    assert found_share(days) > 0.3
    rows = np.array([features(day) for day in days])
    assert advantage(rows, np.array([day.busy for day in days], dtype=np.int64), draws) > 0.6


def test_flows_are_not_matched_where_nobody_follows_anybody() -> None:
    draws = np.random.default_rng(7)
    days = [made_up_day(number % 2 == 0, draws, pushed=0) for number in range(120)]
    assert found_share(days) < 2 * FOUND_SHARE
