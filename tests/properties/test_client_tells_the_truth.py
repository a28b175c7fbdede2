"""What a client says about relays, its clock and its loops is what happens in the network, no more and no less."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from client_cli.board.watch import TroubleKind
from client_cli.status.facts import Status, status
from client_cli.streams.loop_watch import Alarm
from client_cli.wording.status import sentences
from lab.mutants.wrapping import wrapped
from lab.worlds.scenarios import QUICK, START, silent_world
from lab.worlds.wire import Losses
from lab.worlds.world import World
from protocol.board.log import Entry, EntryKind
from protocol.board.page import encode_page, parse_page
from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole
from relay.core.routing import OpenedPacket
from relay.core.service import RelayService
from relay.core.state import Work

HOUR = 3600.0
ALONE = replace(QUICK, seed=21, profiles=(Profile.STANDARD,), losses=Losses())
# As many slots from one key block to the next as with the constants of a real network (six hours, two minutes a slot).
# A block is several stretches long, and loops under way while the board is that far behind are not judged.
AS_IN_LIFE = replace(ALONE, constants=msgspec.structs.replace(ALONE.constants, key_block_ms=1_800_000))
NAME = ALONE.names[0]
STEP_S = 300.0
# Ten times the mean until an alarm at ten seconds a slot: 72 loops, and until they are overdue.
ALARM_WITHIN_S = 20_000.0


def told(world: World) -> Status:
    return status(world.clients[NAME].vault, world.time_of(NAME))


def said(world: World) -> list[str]:
    """The warnings, as they are read."""
    return [sentence.text for sentence in sentences(told(world)) if sentence.warning]


@contextmanager
def dropping(service: RelayService, share: float) -> Iterator[None]:
    """The relay drops this share of the packets it is given."""
    draws, real = random.Random("dropping"), service._router.accept

    async def accept(work: Work, packets: Sequence[OpenedPacket], interval: int) -> None:
        await real(work, [packet for packet in packets if draws.random() >= share], interval)

    with wrapped(service._router, accept=accept):
        yield


@contextmanager
def lying(service: RelayService, change: Callable[[Entry], Entry | None]) -> Iterator[None]:
    """The relay tells relay 0 other pages than everyone else, or none."""
    announcer = service._announcer
    real = announcer.send

    def send(work: Work, entry: Entry, peers: Sequence[RelayId]) -> None:
        if entry.kind is not EntryKind.PAGE:
            return real(work, entry, peers)
        other = change(entry)
        real(work, entry, [peer for peer in peers if peer != 0])
        return None if other is None else real(work, other, [RelayId(0)])

    with wrapped(announcer, send=send):
        yield


async def until_alarm(world: World, until: float) -> Alarm | None:
    while world.now < until:
        await world.run(world.now + STEP_S)
        if (alarm := told(world).warnings.alarm) is not None:
            return alarm
    return None


async def test_a_guard_that_drops_a_tenth_raises_an_alarm_and_an_honest_one_does_not(memory_path: Path) -> None:
    world = await silent_world(memory_path / "dropping", AS_IN_LIFE)
    with dropping(world.relays[RelayId(0)].service, 0.1):
        alarm = await until_alarm(world, START + ALARM_WITHIN_S)
    assert alarm is not None
    assert alarm.guard == 0
    assert any("held back" in line and f"{alarm.overdue} of {alarm.judged}" in line for line in said(world))
    until = world.now
    await world.close()
    honest = await silent_world(memory_path / "honest", AS_IN_LIFE)
    assert await until_alarm(honest, until) is None
    assert said(honest) == [line for line in said(honest) if "not running" in line]
    await honest.close()


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("profile", [Profile.METERED, Profile.STANDARD])
async def test_a_month_in_which_networks_lose_two_percent_raises_no_alarm(memory_path: Path, profile: Profile) -> None:
    setting = replace(
        ALONE, seed=22, constants=Constants(), profiles=(profile,), guards=(0,), losses=Losses(share=0.02)
    )
    world = await silent_world(memory_path, setting)
    for day in range(1, 31):
        await world.run(START + day * 86_400)
        assert told(world).warnings.alarm is None
        assert told(world).warnings.troubles == ()
        assert told(world).warnings.clock_ahead_s is None
    assert told(world).schedule.loops_returned > 0.9 * told(world).schedule.loops_sent
    await world.close()


def changed(entry: Entry) -> Entry:
    """A page of the same relay and interval that lists one more hole."""
    page = parse_page(entry.body)
    holes = [Hole(bytes([number]) * 32) for number in range(len(page.values) + 1)]
    return Entry(entry.kind, encode_page(holes, page.relay, page.interval))


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [(changed, TroubleKind.FORKED, "not the same for everyone"), (lambda _: None, TroubleKind.MISSING, "left out")],
    ids=["forked", "missing"],
)
async def test_a_forked_or_missing_page_is_shown(
    memory_path: Path, change: Callable[[Entry], Entry | None], kind: TroubleKind, words: str
) -> None:
    world = await silent_world(memory_path, ALONE)
    await world.run(START + 300)
    assert told(world).warnings.troubles == ()
    with lying(world.relays[RelayId(1)].service, change):
        await world.run(START + 420)
    await world.run(START + 800)
    assert {(trouble.kind, trouble.relay) for trouble in told(world).warnings.troubles} == {(kind, 1)}
    assert any(words in line for line in said(world))
    await world.close()


@pytest.mark.parametrize("ahead_s", [3 * HOUR, -3 * HOUR])
async def test_a_clock_off_by_hours_is_shown_until_it_is_set(memory_path: Path, ahead_s: float) -> None:
    world = await silent_world(memory_path, ALONE)
    await world.run(START + 600)
    assert told(world).warnings.clock_ahead_s is None
    world.set_clock(NAME, ahead_s)
    await world.run(START + 900)
    assert told(world).warnings.clock_ahead_s == pytest.approx(ahead_s, abs=600)
    assert any("Your clock is 3 hours" in line for line in said(world))
    world.set_clock(NAME, 0.0)
    await world.run(START + 1200)
    assert told(world).warnings.clock_ahead_s is None
    await world.close()
