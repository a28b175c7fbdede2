"""Five weeks of two people who write every day: keys and epochs come and go, and every letter arrives.

One story is played once; each test looks at one property of what was noted on the way.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import LetterState, LetterStatus
from lab.worlds.wire import Losses
from lab.worlds.world import World
from protocol.primitives.days import day_of, month_of
from protocol.seams import RelayId
from protocol.streams.pigeonhole import calendar_of, epoch_of
from relay.store.records import KeyKind
from tests.stories.weeks import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    SLOW_NETWORK,
    START,
    RelayHolds,
    StreamView,
    letters_of,
    raw_bytes,
)

pytestmark = pytest.mark.timeout(600)

DAYS = 35
MOTHER, DAUGHTER = "mother", "daughter"
OTHER = {MOTHER: DAUGHTER, DAUGHTER: MOTHER}
# The mother writes ten minutes before midnight, when the keys change; the daughter at noon.
WRITES_AT = {MOTHER: 24 * HOUR_S - 10 * MINUTE_S, DAUGHTER: 12 * HOUR_S}


@dataclass(frozen=True, slots=True)
class Noted:
    """What was there at five in the morning. `left_over`: keys that are no rows any more and still on a disk."""

    now: float
    relays: dict[RelayId, RelayHolds]
    left_over: list[tuple[RelayId, KeyKind, int]]
    streams: dict[str, StreamView]
    letters: dict[str, list[LetterState]]
    received: dict[str, int]


@dataclass(slots=True)
class Story:
    """The days, and the end of it."""

    written: dict[str, list[str]] = field(default_factory=lambda: {MOTHER: [], DAUGHTER: []})
    days: list[Noted] = field(default_factory=list)
    got: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)


async def play(home: Path) -> Story:
    world = await World.make(
        home,
        seed=35,
        start=START,
        constants=SLOW_NETWORK,
        losses=Losses(share=0.02),
    )
    for name in OTHER:
        world.add_client(name)
    world.introduce(MOTHER, DAUGHTER)
    for name in OTHER:
        world.go_online(name)
    story = Story()
    secrets: dict[tuple[RelayId, KeyKind, int], bytes] = {}
    first = START // DAY_S * DAY_S

    def write(sender: str, day: int, _now: float) -> None:
        text = f"{day + 1}일째 {sender} 소식"
        story.written[sender].append(text)
        world.write(sender, OTHER[sender], text)

    for day in range(DAYS):
        for sender in OTHER:
            world.at(first + day * DAY_S + WRITES_AT[sender], partial(write, sender, day))
    for day in range(1, DAYS + 5):
        await world.run(first + day * DAY_S + 5 * HOUR_S)
        held = {number: RelayHolds.read(world.database(number)) for number in world.relays}
        present = {(number, *key): secret for number, holds in held.items() for key, secret in holds.keys.items()}
        secrets |= present
        disks = {number: raw_bytes(world.database(number)) for number in world.relays}
        story.days.append(
            Noted(
                world.now,
                held,
                [key for key, secret in secrets.items() if key not in present and secret in disks[key[0]]],
                {name: StreamView.of(world, name, OTHER[name]) for name in OTHER},
                {name: letters_of(world, name) for name in OTHER},
                {name: world.received_count(client) for name, client in world.clients.items()},
            )
        )
    for name, client in world.clients.items():
        story.got[name] = [(one.text, one.written_day, one.arrived_day) for one in unread(client.vault)]
    await world.close()
    return story


@pytest.fixture(scope="module")
def story(story_path: Path) -> Story:
    return asyncio.run(play(story_path))


def test_every_letter_of_five_weeks_arrives_once_and_in_order(story: Story) -> None:
    for name, other in OTHER.items():
        assert len(story.written[other]) == DAYS
        assert [text for text, _, _ in story.got[name]] == story.written[other]
        # Those whose cells were lost were sent again within the day; nothing waits for an epoch to end.
        assert max(arrived - written for _, written, arrived in story.got[name]) <= 4
        # Letters came in every one of the weeks, on most of their days.
        counts = [day.received[name] for day in story.days]
        assert all(later - earlier >= 4 for earlier, later in zip(counts, counts[7:DAYS:7], strict=False))


def test_senders_are_told_that_letters_arrived_and_forget_them_a_month_later(story: Story) -> None:
    for name in OTHER:
        assert {letter.status for letter in story.days[-1].letters[name]} == {LetterStatus.ARRIVED}
        told = [len(day.letters[name]) for day in story.days]
        assert told[:30] == list(range(1, 31))
        assert max(told) < DAYS


def test_day_and_link_keys_rotate_daily_and_go_with_their_replay_tags(story: Story) -> None:
    erased = 0
    for before, after in zip(story.days, story.days[1:], strict=False):
        today = day_of(after.now)
        first_day = day_of(START)
        for number, holds in after.relays.items():
            due = set(range(max(today - 2, first_day), today + 2))  # tomorrow's are published today
            assert holds.periods(KeyKind.DAY) == holds.periods(KeyKind.LINK) == due
            assert set(holds.tags) <= set(holds.keys)
            # Yesterday there were tags of the key that is gone today.
            gone = set(before.relays[number].keys) - set(holds.keys)
            assert gone == ({(KeyKind.DAY, today - 3), (KeyKind.LINK, today - 3)} if today - 3 >= first_day else set())
            erased += before.relays[number].tags.get((KeyKind.DAY, today - 3), 0)
    assert erased > 3 * 30 * 10


def test_a_slow_key_comes_with_a_new_month(story: Story) -> None:
    months = set()
    for day in story.days:
        # That of the month after tomorrow's is published today.
        months |= set(range(month_of(day.now), month_of(day.now + DAY_S) + 2))
        for holds in day.relays.values():
            assert holds.periods(KeyKind.SLOW) == months
    assert len(months) == 3


def test_erased_keys_are_nowhere_on_the_disks_of_relays(story: Story) -> None:
    assert [day.left_over for day in story.days] == [[]] * len(story.days)


def test_both_streams_go_on_in_every_epoch_and_older_epochs_are_erased(story: Story) -> None:
    seen = set()
    for day in story.days:
        epoch = epoch_of(day.now, SLOW_NETWORK.epoch_s)
        seen.add(epoch)
        kept = {epoch - 2, epoch - 1, epoch}
        for name in OTHER:
            view = day.streams[name]
            assert view.sending == epoch
            # A generation that was begun this week is not looked for in the weeks before.
            assert {epoch, epoch + 1} <= view.watched <= kept | {epoch + 1}
            assert view.received <= kept
            assert {calendar_of(place) for place, _ in view.in_flight} <= kept
    assert len(seen) == 6
    for name in OTHER:
        assert seen == {epoch for day in story.days for epoch in day.streams[name].received}


def test_relays_keep_cells_as_long_as_retention_says(story: Story) -> None:
    retention_days = SLOW_NETWORK.retention_ms // 86_400_000
    for day in story.days:
        today = day_of(day.now)
        for holds in day.relays.values():
            assert min(holds.cells, default=today) >= today - retention_days
            if today > day_of(START) + 2:
                kept_since = max(today - retention_days, day_of(START) + 1)
                assert set(holds.cells) >= set(range(kept_since, today))
