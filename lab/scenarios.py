"""What people do in simulated worlds: nothing, or writing to everybody."""

import hashlib
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from pathlib import Path

from lab.wire import Losses
from lab.world import World
from protocol.profile import Profile
from protocol.roster_constants import Constants

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
    guards: tuple[int, ...] = (0, 1)
    losses: Losses = NO_LOSSES
    letter_bytes: int = 6000

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members."""
        return tuple(f"member{number}" for number in range(len(self.profiles)))


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


async def silent_world(home: Path, setting: Setting) -> World:
    """Make a world in which everybody is online, has met everybody, and nobody writes."""
    world = await World.make(
        home,
        seed=setting.seed,
        start=START,
        constants=setting.constants,
        guards=setting.guards,
        losses=setting.losses,
    )
    for name, profile in zip(setting.names, setting.profiles, strict=True):
        world.add_client(name, profile)
    for number, one in enumerate(setting.names):
        for other in setting.names[:number]:
            world.introduce(one, other)
    for name in setting.names:
        world.go_online(name)
    return world


async def writing_world(home: Path, setting: Setting) -> World:
    """Make the same world in which everybody writes to everybody at times of their own."""
    world = await silent_world(home, setting)
    for sender, receiver in permutations(setting.names, 2):
        for number in range(setting.letters_each):
            label = f"{setting.seed}/{sender}/{receiver}/{number}"
            draw = int.from_bytes(hashlib.blake2b(label.encode(), digest_size=8).digest(), "big") / 2**64
            when = START + setting.duration_s * (0.1 + 0.5 * draw)
            text = f"{label} " + "소식 " * (setting.letter_bytes // 7)
            world.at(when, partial(_write, world, sender, receiver, text))
    return world


def _write(world: World, sender: str, receiver: str, text: str, _now: float) -> None:
    world.write(sender, receiver, text)
