"""Story 9, a long silence: three months offline. All letters that were kept alive arrive in order, and the sender was
told before any expired. Every constant of expiry is as in a real network.

Her mother goes on writing; cells expire at the relays and are sent again; day keys, slow keys and the access secret
change meanwhile. One story is played once; each test looks at one property of what was noted on the way.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import pytest

from client_cli.outbox.letters import LetterState, LetterStatus
from lab.worlds.world import World
from protocol.primitives.days import day_of, month_of
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.streams.pigeonhole import calendar_of, epoch_of
from relay.store.records import KeyKind
from tests.stories.weeks import (
    DAY_S,
    HOUR_S,
    MINUTE_MS,
    SLOW_NETWORK,
    START,
    RelayHolds,
    StreamView,
    letters_of,
    raw_bytes,
    roster_followed,
    shelves_at,
    texts,
)

pytestmark = pytest.mark.timeout(600)

CONSTANTS = msgspec.structs.replace(
    SLOW_NETWORK,
    metered_slot_ms=90 * MINUTE_MS,
    guarded_slot_ms=45 * MINUTE_MS,
)
LEAVES, RETURNS, END = START + 4 * DAY_S, START + 97 * DAY_S, START + 106 * DAY_S
NEW_ACCESS = START + 45 * DAY_S
GUARD = RelayId(0)
MOTHER, DAUGHTER = "mother", "daughter"
LONG = "보고 싶다는 말 " * 300  # two cells
# Every eighth day; the first has ten days left when the daughter comes back.
FROM_MOTHER = {START + day * DAY_S + HOUR_S: f"{day}일째 되는 날. " + LONG * (day == 33) for day in range(17, 96, 8)}
# Written on a device without a network, and after the return.
FROM_DAUGHTER = {START + day * DAY_S: f"{day}일째, 먼 곳에서" for day in (50, 80)} | {RETURNS + HOUR_S: "돌아왔어요"}


@dataclass(slots=True)
class Story:
    """What was there before she left, on each day of her absence, the moment before she came back, and a week later."""

    got_before: list[str] = field(default_factory=list)
    letters: list[tuple[float, list[LetterState]]] = field(default_factory=list)
    secrets: dict[tuple[RelayId, KeyKind, int], bytes] = field(default_factory=dict)
    relays: dict[RelayId, RelayHolds] = field(default_factory=dict)
    disks: dict[RelayId, bytes] = field(default_factory=dict)
    shelves: list[int] = field(default_factory=list)
    rosters: list[dict[str, tuple[int, int]]] = field(default_factory=list)
    got: dict[str, list[str]] = field(default_factory=dict)
    told: dict[str, list[LetterState]] = field(default_factory=dict)
    waiting: StreamView | None = None
    views: dict[str, StreamView] = field(default_factory=dict)
    failures: int = 0


async def play(home: Path) -> Story:
    story = Story()
    world = await World.make(home, seed=93, start=START, constants=CONSTANTS)
    world.add_client(MOTHER, Profile.METERED)
    world.add_client(DAUGHTER, Profile.GUARDED)
    world.introduce(MOTHER, DAUGHTER)
    world.go_online(MOTHER)
    world.go_online(DAUGHTER)
    world.write(MOTHER, DAUGHTER, "잘 다녀오렴")
    world.write(DAUGHTER, MOTHER, "다녀올게요")
    await world.run(LEAVES)
    story.got_before = texts(world, DAUGHTER, MOTHER) + texts(world, MOTHER, DAUGHTER)
    world.go_offline(DAUGHTER)
    story.shelves.append(shelves_at(world.database(GUARD)))
    for when, text in FROM_MOTHER.items():
        world.at(when, partial(_write, world, MOTHER, DAUGHTER, text))
    for when, text in FROM_DAUGHTER.items():
        world.at(when, partial(_write, world, DAUGHTER, MOTHER, text))
    while world.now < RETURNS:
        await world.run(world.now + DAY_S)
        story.letters.append((world.now, letters_of(world, MOTHER)))
        for number in world.relays:
            keys = RelayHolds.read(world.database(number)).keys
            story.secrets |= {(number, *key): secret for key, secret in keys.items()}
        if world.now == NEW_ACCESS:
            world.sign_roster(new_access=True)
            for number in tuple(world.relays):
                await world.restart_relay(number, new_files=True)
    story.waiting = StreamView.of(world, MOTHER, DAUGHTER)
    story.relays = {number: RelayHolds.read(world.database(number)) for number in world.relays}
    story.shelves.append(shelves_at(world.database(GUARD)))
    story.disks = {number: raw_bytes(world.database(number)) for number in world.relays}
    story.rosters.append({name: roster_followed(world, name) for name in world.clients})
    world.go_online(DAUGHTER)
    failures = world.clients[DAUGHTER].failures
    await world.run(END)
    story.shelves.append(shelves_at(world.database(GUARD)))
    story.failures = world.clients[DAUGHTER].failures - failures
    story.rosters.append({name: roster_followed(world, name) for name in world.clients})
    for name, other in ((MOTHER, DAUGHTER), (DAUGHTER, MOTHER)):
        story.got[name] = texts(world, name, other)
        story.told[name] = letters_of(world, name)
        story.views[name] = StreamView.of(world, name, other)
    await world.close()
    return story


def _write(world: World, sender: str, receiver: str, text: str, _now: float) -> None:
    world.write(sender, receiver, text)


@pytest.fixture(scope="module")
def story(story_path: Path) -> Story:
    return asyncio.run(play(story_path))


def test_all_letters_that_were_kept_alive_arrive_once_and_in_order(story: Story) -> None:
    assert story.got_before == ["잘 다녀오렴", "다녀올게요"]
    assert len(FROM_MOTHER) == 10
    assert story.got[DAUGHTER] == ["잘 다녀오렴", *FROM_MOTHER.values()]
    assert story.failures == 0


def test_letters_written_without_a_network_and_after_the_return_arrive(story: Story) -> None:
    assert story.got[MOTHER] == ["다녀올게요", *FROM_DAUGHTER.values()]
    assert [letter.status for letter in story.told[DAUGHTER]] == [LetterStatus.ARRIVED] * 3


def test_sender_sees_that_letters_are_sent_again_and_is_told_before_they_end(story: Story) -> None:
    assert {letter.status for letter in story.told[MOTHER]} == {LetterStatus.ARRIVED}
    now, present = story.letters[-1]
    assert now == RETURNS
    # What she took with her on the first day was told for a month.
    assert [letter.written for letter in present] == list(FROM_MOTHER)
    assert {letter.status for letter in present[:-1]} == {LetterStatus.SENT_AGAIN}
    assert [letter.parts for letter in present] == [1, 1, 2, *[1] * 7]
    warned = [(at, letter) for at, held in story.letters for letter in held if letter.ends_soon]
    assert {letter.written for _, letter in warned} == {START + 17 * DAY_S + HOUR_S}
    assert {letter.expires_on for _, letter in warned} == {START + 107 * DAY_S + HOUR_S}
    assert min(at for at, _ in warned) <= START + 94 * DAY_S


def test_cells_of_letters_expire_at_relays_and_are_laid_again(story: Story) -> None:
    for holds in story.relays.values():
        assert day_of(RETURNS) - 14 <= min(holds.cells) <= day_of(RETURNS) - 7
    # None of the places that letters took in their first ten weeks is waited for; every letter has taken others.
    epoch = epoch_of(RETURNS, CONSTANTS.epoch_s)
    assert story.waiting is not None
    assert {calendar_of(place) for place, _ in story.waiting.in_flight} <= {epoch - 2, epoch - 1, epoch}
    assert len(story.waiting.in_flight) >= len(FROM_MOTHER)


def test_slow_keys_of_three_months_ago_are_gone_from_the_disks(story: Story) -> None:
    january = month_of(START)
    for number, holds in story.relays.items():
        assert holds.periods(KeyKind.SLOW) == {january + 1, january + 2, january + 3, january + 4}
        assert holds.periods(KeyKind.DAY) == {day_of(RETURNS) + ahead for ahead in range(-2, 2)}
        assert set(holds.tags) <= set(holds.keys)
        ever = {(kind, period): secret for (of, kind, period), secret in story.secrets.items() if of == number}
        gone = {key: secret for key, secret in ever.items() if key not in holds.keys}
        assert (KeyKind.SLOW, january) in gone
        assert len(gone) > 170
        assert [key for key, secret in gone.items() if secret in story.disks[number]] == []


def test_member_who_slept_through_a_new_access_secret_follows_it(story: Story) -> None:
    assert story.rosters == [{MOTHER: (2, 1), DAUGHTER: (1, 0)}, {MOTHER: (2, 1), DAUGHTER: (2, 1)}]


def test_shelf_that_nobody_used_for_three_months_is_given_up_and_begun_anew(story: Story) -> None:
    assert story.shelves == [2, 1, 2]


def test_both_streams_go_on_in_the_present_epoch(story: Story) -> None:
    epoch = epoch_of(END, CONSTANTS.epoch_s)
    for view in story.views.values():
        assert view.sending == epoch
        assert {epoch, epoch + 1} <= view.watched <= {epoch - 2, epoch - 1, epoch, epoch + 1}
        assert epoch in view.received or epoch - 1 in view.received
