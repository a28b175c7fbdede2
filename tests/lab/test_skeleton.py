"""The skeleton of a world moves as the world does: with one seed all moves at the same instants between the same."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest

from lab.skeleton.world import Skeleton, make_skeleton
from lab.worlds.journeys import Recording
from lab.worlds.recording import recording
from lab.worlds.scenarios import NO_LOSSES, QUICK, START, Setting, silent_world
from lab.worlds.scratch import folder_in_memory
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.routes.frames import FrameKind
from protocol.sizes import REQUEST_BYTES

Moved = tuple[float, object, object, str]

SETTINGS = {
    "a quick network": replace(QUICK, duration_s=700.0, guards=(0,), losses=NO_LOSSES),
    "a real network": replace(
        QUICK,
        seed=7,
        constants=Constants(),
        profiles=(Profile.METERED, Profile.STANDARD, Profile.GUARDED),
        duration_s=4000.0,
        guards=(0, 1),
        losses=NO_LOSSES,
    ),
}


@cache
def _world(name: str) -> tuple[World, Recording]:
    return asyncio.run(_recorded(SETTINGS[name]))


async def _recorded(setting: Setting) -> tuple[World, Recording]:
    with folder_in_memory() as home:
        world = await silent_world(home, setting)
        with recording(world) as record:
            await world.run(START + setting.duration_s)
        await world.close()
    return world, record


def _skeleton(setting: Setting) -> Skeleton:
    world = make_skeleton(setting.seed, START, setting.constants, setting.profiles, guards=setting.guards)
    world.run(START + setting.duration_s)
    return world


def _frames(world: Skeleton) -> Iterable[Moved]:
    for way in world.deposits + world.fetches:
        yield way.guard_out, 0, way.middle, FrameKind.PACKET.name
        yield way.middle_out, way.middle, way.store, FrameKind.PACKET.name
    for way in world.fetches:
        yield way.reply_out, way.store, way.middle, FrameKind.REPLY.name
        yield way.back_out, way.middle, 0, FrameKind.REPLY.name


@pytest.mark.parametrize("name", SETTINGS)
def test_skeleton_and_world_of_one_seed_show_the_same(name: str) -> None:
    setting = SETTINGS[name]
    until = START + setting.duration_s
    world, record = _world(name)
    skeleton = _skeleton(setting)
    requests = Counter((seen.at, seen.sender) for seen in world.trace if seen.size == REQUEST_BYTES)
    assert requests == Counter((at, f"member{client}") for at, client in skeleton.exchanges)
    frames: Counter[Moved] = Counter(
        (left.at, left.relay, left.to, left.kind.name) for left in record.departures if left.kind is not FrameKind.PIECE
    )
    assert len(frames) > 300
    assert frames == Counter(moved for moved in _frames(skeleton) if moved[0] < until)


def test_skeleton_readers_ask_as_those_of_the_world_do() -> None:
    setting = SETTINGS["a quick network"]
    _, record = _world("a quick network")
    skeleton = _skeleton(setting)
    theirs = sum(way.cargo.contact is not None for way in record.fetches())
    ours = sum(way.cell is not None for way in skeleton.fetches)
    assert theirs > 40
    assert abs(ours - theirs) < 0.1 * theirs
