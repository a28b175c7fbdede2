"""Cells that expire before anyone fetches them, and letters that do: with a retention of two days and letters that live
for six, both within two weeks.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import pytest

from client_cli.outbox.letters import LetterState, LetterStatus
from lab.worlds.world import World
from tests.stories.weeks import (
    DAY_S,
    HOUR_S,
    MINUTE_MS,
    SLOW_NETWORK,
    START,
    expected_holes,
    filled_holes,
    letters_of,
    texts,
)

pytestmark = pytest.mark.timeout(600)

CONSTANTS = msgspec.structs.replace(
    SLOW_NETWORK,
    standard_slot_ms=40 * MINUTE_MS,
    retention_ms=2 * 24 * 60 * MINUTE_MS,
    epoch_ms=24 * 60 * MINUTE_MS,
    letter_days=6,
)
MOTHER, DAUGHTER = "mother", "daughter"
LEAVES, RETURNS, END = START + 1.5 * DAY_S, START + 10.5 * DAY_S, START + 13 * DAY_S
EXPIRES, IN_TIME, AFTER = "너무 늦은 편지", "제때 온 편지", "돌아온 뒤의 편지"
WRITTEN = {START + 2 * DAY_S: EXPIRES, START + 6 * DAY_S: IN_TIME, START + 11 * DAY_S: AFTER}


@dataclass(slots=True)
class Story:
    """What was looked at every hour: the mother's letters, and which pigeonholes of hers were filled."""

    letters: list[tuple[float, list[LetterState]]] = field(default_factory=list)
    filled: list[tuple[float, set[bytes]]] = field(default_factory=list)
    got: list[str] = field(default_factory=list)


async def play(home: Path) -> Story:
    story = Story()
    world = await World.make(home, seed=6, start=START, constants=CONSTANTS)
    for name in (MOTHER, DAUGHTER):
        world.add_client(name)
    world.introduce(MOTHER, DAUGHTER)
    for name in (MOTHER, DAUGHTER):
        world.go_online(name)
    world.write(MOTHER, DAUGHTER, "처음")
    await world.run(LEAVES)
    world.go_offline(DAUGHTER)
    for when, text in WRITTEN.items():
        world.at(when, partial(_write, world, text))
    ever: set[bytes] = set()
    while world.now < END:
        await world.run(world.now + HOUR_S)
        if world.now == RETURNS:
            world.go_online(DAUGHTER)
        story.letters.append((world.now, letters_of(world, MOTHER)))
        ever |= expected_holes(world, DAUGHTER, MOTHER)
        held = set().union(*(filled_holes(world.database(number)) for number in world.relays))
        story.filled.append((world.now, held & ever))
    story.got = texts(world, DAUGHTER, MOTHER)
    await world.close()
    return story


def _write(world: World, text: str, _now: float) -> None:
    world.write(MOTHER, DAUGHTER, text)


@pytest.fixture(scope="module")
def story(story_path: Path) -> Story:
    return asyncio.run(play(story_path))


def seen(story: Story, letter: int) -> list[tuple[float, LetterState]]:
    """Return how the letter with this number (from 1) was told, hour by hour."""
    return [(at, found) for at, held in story.letters for found in held if found.number == letter]


def test_expired_letter_never_arrives_and_those_after_it_do(story: Story) -> None:
    assert story.got == ["처음", IN_TIME, AFTER]
    assert [letter.status for letter in story.letters[-1][1]] == [
        LetterStatus.ARRIVED,
        LetterStatus.EXPIRED,
        LetterStatus.ARRIVED,
        LetterStatus.ARRIVED,
    ]


def test_sender_is_told_when_a_letter_ends_half_of_its_time_before_and_at_the_end(story: Story) -> None:
    written = START + 2 * DAY_S
    for at, letter in seen(story, 2):
        assert letter.expires_on == written + 6 * DAY_S
        assert (letter.status is LetterStatus.EXPIRED) == (at >= letter.expires_on)
        assert letter.ends_soon == (written + 3 * DAY_S <= at < letter.expires_on)
    assert LetterStatus.SENT_AGAIN in {letter.status for _, letter in seen(story, 2)}


def test_an_unread_letter_is_renewed_in_time_and_always_lies_somewhere(story: Story) -> None:
    away = [held for at, held in story.filled if START + 2.5 * DAY_S <= at <= RETURNS]
    assert len(away) == 8 * 24 + 1
    assert all(away), "there was no hour at which nothing of her letters lay at a relay"


def test_cells_expire_at_relays_and_a_letter_not_fetched_in_time_is_laid_again(story: Story) -> None:
    before = {hole for at, held in story.filled if at <= START + 7 * DAY_S for hole in held}
    ((_, there),) = [(at, held) for at, held in story.filled if at == RETURNS]
    assert len(before) >= 4
    assert not before & there, "what lay there three days ago has expired"
    assert there, "and others lie there"
    ages = [(at, hole) for at, held in story.filled for hole in held]
    for hole in {hole for _, hole in ages}:
        lying = [at for at, found in ages if found == hole]
        assert max(lying) - min(lying) <= 3.25 * DAY_S  # two days, the rest of the day, a quarter until erasing runs
