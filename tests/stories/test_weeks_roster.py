"""A relay that is gone for good, and the roster without it that brings a new access secret too.

The guard, or one of the others, ends in the middle of conversations. Letters arrive over the rest; days later one
operator takes a new roster, and relays, members and a member who slept through all of it follow.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from client_cli.outbox.letters import LetterState, LetterStatus
from lab.worlds.world import World
from protocol.seams import RelayId
from tests.stories.weeks import (
    DAY_S,
    MINUTE_MS,
    SLOW_NETWORK,
    START,
    RelayHolds,
    letters_of,
    roster_followed,
    texts,
)

pytestmark = pytest.mark.timeout(600)

CONSTANTS = msgspec.structs.replace(SLOW_NETWORK, standard_slot_ms=40 * MINUTE_MS, retry_ms=120 * MINUTE_MS)
GUARD, RESERVE, LAST = RelayId(0), RelayId(1), RelayId(4)
MOTHER, DAUGHTER, AUNT = "mother", "daughter", "aunt"
PAIRS = ((MOTHER, DAUGHTER), (DAUGHTER, MOTHER), (MOTHER, AUNT))
STEP_S = DAY_S / 2
GONE_AT, SLEEPS_AT, SIGNED_AT, WAKES_AT, WRITTEN, STEPS = 2, 3, 7, 10, 12, 22


@dataclass(frozen=True, slots=True)
class Noted:
    """What was there at the end of half a day."""

    got: Mapping[tuple[str, str], list[str]]
    failures: Mapping[str, int]
    versions: Mapping[RelayId, int]
    rosters: Mapping[str, tuple[int, int]]
    packets: Mapping[RelayId, Mapping[RelayId, int]]


@dataclass(slots=True)
class Story:
    """The half days, and the letters of the members at the end."""

    gone: RelayId
    written: dict[tuple[str, str], list[str]] = field(default_factory=lambda: {pair: [] for pair in PAIRS})
    steps: list[Noted] = field(default_factory=list)
    letters: dict[str, list[LetterState]] = field(default_factory=dict)


async def play(home: Path, gone: RelayId) -> Story:
    story = Story(gone)
    world = await World.make(home, seed=4, start=START, constants=CONSTANTS, relays=5, guards=(GUARD, RESERVE))
    for name in (MOTHER, DAUGHTER, AUNT):
        world.add_client(name)
    world.introduce(MOTHER, DAUGHTER)
    world.introduce(MOTHER, AUNT)
    for name in (MOTHER, DAUGHTER, AUNT):
        world.go_online(name)
    for step in range(STEPS):
        if step == GONE_AT:
            await world.stop_relay(gone)
        elif step == SLEEPS_AT:
            world.go_offline(AUNT)
        elif step == SIGNED_AT:
            world.sign_roster(new_access=True, without={gone})
            await world.restart_relay(RESERVE, new_files=True)
        elif step == WAKES_AT:
            world.go_online(AUNT)
        if step < WRITTEN:
            for pair in PAIRS:
                story.written[pair].append(f"{step}번째, {pair[0]}")
                world.write(*pair, story.written[pair][-1])
        await world.run(START + (step + 1) * STEP_S)
        story.steps.append(
            Noted(
                {(sender, receiver): texts(world, receiver, sender) for sender, receiver in PAIRS},
                {name: client.failures for name, client in world.clients.items()},
                {number: relay.service.roster.version for number, relay in world.relays.items()},
                {name: roster_followed(world, name) for name in world.clients},
                {number: RelayHolds.read(world.database(number)).packets for number in world.relays},
            )
        )
    story.letters = {name: letters_of(world, name) for name in (MOTHER, DAUGHTER)}
    await world.close()
    return story


@pytest.fixture(scope="module", params=[GUARD, pytest.param(LAST, marks=pytest.mark.long)], ids=["guard", "relay"])
def story(story_path: Path, request: pytest.FixtureRequest) -> Story:
    gone: RelayId = request.param
    return asyncio.run(play(story_path / str(gone), gone))


def test_every_letter_arrives_once_and_in_order(story: Story) -> None:
    assert story.steps[-1].got == story.written
    for name in (MOTHER, DAUGHTER):
        assert {letter.status for letter in story.letters[name]} == {LetterStatus.ARRIVED}


def test_letters_arrive_over_the_others_while_nobody_knows_that_the_relay_is_gone(story: Story) -> None:
    before, after = story.steps[GONE_AT - 1], story.steps[SIGNED_AT - 1]
    assert set(after.versions.values()) == {1}
    for pair in PAIRS[:2]:
        assert len(after.got[pair]) >= len(before.got[pair]) + 1
    # Only a guard that is gone is noticed by those who make exchanges with it; the reserve takes over.
    assert (after.failures[MOTHER] > 0) == (story.gone == GUARD)
    assert all(story.gone in packets for packets in after.packets.values()), "relays keep what is for it"


def test_roster_that_one_operator_took_reaches_all_relays_and_members(story: Story) -> None:
    after = story.steps[SIGNED_AT]
    assert set(after.versions.values()) == {2}
    assert after.rosters == {MOTHER: (2, 1), DAUGHTER: (2, 1), AUNT: (1, 0)}


def test_nothing_is_kept_for_a_relay_that_left_the_roster(story: Story) -> None:
    for noted in story.steps[SIGNED_AT:]:
        assert story.gone not in noted.packets
        assert not any(story.gone in packets for packets in noted.packets.values())


def test_member_who_slept_through_it_follows_and_gets_her_letters(story: Story) -> None:
    asleep, awake = story.steps[WAKES_AT - 1], story.steps[WAKES_AT + 1]
    assert asleep.rosters[AUNT] == (1, 0)
    assert awake.rosters[AUNT] == (2, 1)
    assert asleep.got[MOTHER, AUNT] == story.written[MOTHER, AUNT][: len(asleep.got[MOTHER, AUNT])]
    assert len(asleep.got[MOTHER, AUNT]) <= SLEEPS_AT
    assert story.steps[-1].got[MOTHER, AUNT] == story.written[MOTHER, AUNT]
