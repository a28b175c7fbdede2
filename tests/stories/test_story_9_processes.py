"""Story 9, a long silence, with real processes: the clocks of all of them go forward by a day every few seconds.

Three months offline: what was kept alive arrives in order, and the mother was told before anything expired. The sister
of this test, test_story_9_long_silence, plays the same months on an injected clock, with every slot in between.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from client_cli.outbox.letters import LetterState, LetterStatus, letters, write_letter
from client_cli.people.contacts import require_person
from lab.faults.setting import FAST, Setting
from protocol.primitives.days import DAY_S

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

HOUR_MS = 3_600_000
# Slots, holds and pages of a moment, so that relays have cut three of them between two leaps of all clocks; everything
# that expires as in a real network.
CONSTANTS = {
    **FAST,
    "page_ms": 1000,
    "key_block_ms": 30_000,
    "retry_ms": 6 * HOUR_MS,
    "ask_again_ms": HOUR_MS,
    "guard_return_ms": 24 * HOUR_MS,
}
A_DAY_TAKES_S = 10.0
LEAVES, RETURNS = 7, 98
WRITTEN_ON = (1, 7, 20, 50, 95)  # the second is more than 90 days old when she comes back
MOTHER, DAUGHTER = "mother", "daughter"


@pytest.fixture
def setting(story_path: Path) -> Iterator[Setting]:
    with Setting(story_path, Random(9), constants=CONSTANTS, tls=False) as made:
        yield made


def next_day(setting: Setting) -> None:
    for name in setting.names:
        setting.set_clock(name, setting.ahead(name) + DAY_S)
    time.sleep(A_DAY_TAKES_S)


def hers(setting: Setting) -> list[LetterState]:
    return letters(setting.vaults[MOTHER], setting.now(MOTHER))


def test_letters_that_were_kept_alive_arrive_and_the_sender_was_told_before_any_expired(setting: Setting) -> None:
    mother = setting.vaults[MOTHER]
    told: dict[int, int] = {}
    arrived: set[int] = set()
    for day in range(RETURNS):
        if day == LEAVES:
            setting.stop(DAUGHTER)
        if day in WRITTEN_ON:
            write_letter(mother, require_person(mother, DAUGHTER), f"{day}일째", setting.now(MOTHER))
        next_day(setting)
        for letter in hers(setting):
            if letter.ends_soon:
                told.setdefault(letter.number, day)
            if letter.status is LetterStatus.ARRIVED:
                arrived.add(letter.number)
            if letter.status is LetterStatus.EXPIRED:
                assert letter.number in told, "the sender is told before a letter expires"
    expired, *kept = hers(setting)  # the first arrived and was forgotten a month later
    assert arrived == {expired.number - 1}
    assert expired.status is LetterStatus.EXPIRED
    assert told[expired.number] < RETURNS - 7
    assert {letter.status for letter in kept} <= {LetterStatus.ON_ITS_WAY, LetterStatus.SENT_AGAIN}

    setting.start(DAUGHTER)
    wanted = [f"{day}일째" for day in WRITTEN_ON if day != WRITTEN_ON[1]]
    for _ in range(20):
        next_day(setting)
        setting.collect()
        if len(setting.ledgers[MOTHER].arrived) >= len(wanted):
            break
    assert [text for text in setting.ledgers[MOTHER].arrived if text != f"{WRITTEN_ON[1]}일째"] == wanted
