"""The attacks find what is there to be found: each is run once where it must succeed."""

import numpy as np

from lab.attacks.chaining import chain
from lab.attacks.disclosure import USERS, disclosed, evidence
from lab.attacks.dropping import NOTICED_H, notice_h
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
    found = evidence(2.0, 5, control=True)
    assert found.shape == (USERS, USERS)
    assert disclosed(found) > 0.8


def test_drops_are_noticed_and_their_absence_is_not() -> None:
    left = np.arange(0.0, 12 * 3600.0, 75.0)
    loops = (left, left + 2400.0)
    draws = np.random.default_rng(4)
    noticed = notice_h(Profile.GUARDED, loops, 0.3, draws)
    assert noticed < NOTICED_H[Profile.GUARDED]
    assert notice_h(Profile.GUARDED, loops, 0.0, draws) > NOTICED_H[Profile.GUARDED]
