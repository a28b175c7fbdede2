"""What people do in simulated worlds that are otherwise the same: know nobody, write nothing, only receive, write to
everybody."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lab.worlds.wire import Losses
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.seams import RelayId

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
START = 1_800_000_000.0  # an instant of 2027, not at a boundary of anything


NO_LOSSES = Losses()


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything that is the same in two worlds that are compared."""

    seed: int
    constants: Constants
    profiles: tuple[Profile, ...]
    duration_s: float
    letters_each: int
    relays: int = 3
    guards: tuple[int, ...] = (0, 1)
    losses: Losses = NO_LOSSES
    letter_bytes: int = 6000
    strangers: int = 0
    """People whom members may know and who never come online, so that there are many contacts and few traces."""
    away: tuple[float, float] | None = None
    """Seconds after the start between which nobody is online."""
    letters_between: tuple[float, float] = (0.1, 0.6)
    """When letters are written, in shares of the duration."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members who are online."""
        return tuple(f"member{number}" for number in range(len(self.profiles)))

    @property
    def everybody(self) -> tuple[str, ...]:
        """Names of all people."""
        return self.names + tuple(f"stranger{number}" for number in range(self.strangers))


# Quick enough for a comparison in seconds; the code is the same for every roster.
QUICK = Setting(
    seed=12,
    constants=Constants(
        mean_hold_ms=20_000,
        reply_hold_ms=20_000,
        page_ms=20_000,
        key_block_ms=120_000,
        metered_slot_ms=10_000,
        standard_slot_ms=10_000,
        guarded_slot_ms=10_000,
        retry_ms=200_000,
        ack_wait_ms=30_000,
        ask_again_ms=150_000,
    ),
    profiles=(Profile.STANDARD, Profile.STANDARD, Profile.STANDARD),
    duration_s=1800.0,
    letters_each=2,
    losses=Losses(share=0.05),
)


# Members know ten people each, of whom eight are never online.
TEN_CONTACTS = replace(QUICK, duration_s=1000.0, strangers=8, letters_each=1)

# A day with the constants of a real network. 2 % of everything is lost, and the guard is gone for two hours, so that
# clients go over to the reserve.
A_DAY = Setting(
    seed=11,
    constants=Constants(),
    profiles=(Profile.STANDARD, Profile.STANDARD, Profile.METERED),
    duration_s=DAY_S,
    letters_each=1,
    losses=Losses(share=0.02, outages=((RelayId(0), START + 8 * HOUR_S, START + 10 * HOUR_S),)),
)

# The same in eleven hours, for people whose letters have time to arrive in them.
ELEVEN_HOURS = replace(
    A_DAY,
    profiles=(Profile.STANDARD, Profile.STANDARD, Profile.STANDARD),
    duration_s=11 * HOUR_S,
    letters_between=(0.0, 0.2),
    losses=Losses(share=0.02, outages=((RelayId(0), START + 3 * HOUR_S, START + 4.5 * HOUR_S),)),
)

# Keys of relays change at midnight and are kept for three days: what was sealed before this pause opens no more.
AWAY = replace(
    QUICK,
    constants=Constants(
        mean_hold_ms=20_000,
        reply_hold_ms=20_000,
        page_ms=3_600_000,
        key_block_ms=6 * 3_600_000,
        metered_slot_ms=10_000,
        standard_slot_ms=10_000,
        guarded_slot_ms=10_000,
    ),
    duration_s=600 + 4 * DAY_S + 600,
    away=(600, 600 + 4 * DAY_S),
    letters_between=(0.0, 500 / (4 * DAY_S)),
    losses=NO_LOSSES,
)


async def empty_world(home: Path, setting: Setting) -> World:
    """Make a world in which everybody is online and nobody knows anybody."""
    world = await World.make(
        home,
        seed=setting.seed,
        start=START,
        constants=setting.constants,
        relays=setting.relays,
        guards=setting.guards,
        losses=setting.losses,
    )
    for name, profile in zip(setting.names, setting.profiles, strict=True):
        world.add_client(name, profile)
    for name in setting.everybody[len(setting.names) :]:
        world.add_client(name)
    for name in setting.names:
        world.go_online(name)
        if setting.away is not None:
            begin, end = setting.away
            world.at(START + begin, partial(_come_or_go, world.go_offline, name))
            world.at(START + end, partial(_come_or_go, world.go_online, name))
    return world


async def silent_world(home: Path, setting: Setting) -> World:
    """Make the same world in which members have met everybody, and nobody writes."""
    world = await empty_world(home, setting)
    for number, one in enumerate(setting.everybody):
        for other in setting.names[:number]:
            world.introduce(one, other)
    return world


async def receiving_world(home: Path, setting: Setting) -> World:
    """Make the same world in which everybody receives letters of one member, and nobody else writes."""
    world = await silent_world(home, setting)
    for receiver in setting.everybody[1:]:
        _plan_letters(world, setting, setting.names[0], receiver)
    return world


async def writing_world(home: Path, setting: Setting) -> World:
    """Make the same world in which every member writes to everybody at times of their own."""
    world = await silent_world(home, setting)
    for sender in setting.names:
        for receiver in setting.everybody:
            if receiver != sender:
                _plan_letters(world, setting, sender, receiver)
    return world


def _plan_letters(world: World, setting: Setting, sender: str, receiver: str) -> None:
    begin, end = setting.letters_between
    for number in range(setting.letters_each):
        label = f"{setting.seed}/{sender}/{receiver}/{number}"
        draw = int.from_bytes(hashlib.blake2b(label.encode(), digest_size=8).digest(), "big") / 2**64
        when = START + setting.duration_s * (begin + (end - begin) * draw)
        text = f"{label} " + "소식 " * (setting.letter_bytes // 7)
        world.at(when, partial(_write, world, sender, receiver, text))


def _write(world: World, sender: str, receiver: str, text: str, _now: float) -> None:
    world.write(sender, receiver, text)


def _come_or_go(act: Callable[[str], None], name: str, _now: float) -> None:
    act(name)
