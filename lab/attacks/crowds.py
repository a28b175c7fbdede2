"""Communities to attack: who is in them, and a skeleton of them that has run long enough."""

from dataclasses import dataclass

from lab.report.verdict import Scale
from lab.skeleton.world import Skeleton, Way, make_skeleton
from lab.worlds.scenarios import START
from protocol.community.constants import Constants
from protocol.profile import Profile

CONSTANTS = Constants()
WARM_HOLDS = 16
WARM_SLOTS = 30
"""Until then pools, windows and shelves fill; packets of that time are not looked at."""
TAIL_HOLDS = 12
"""So long the world goes on, for what is under way at the end."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """`users` people at `relays` relays; `profile` None: every second one metered, the others standard."""

    users: int
    profile: Profile | None
    relays: int = 3

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profile of each."""
        if self.profile is None:
            return tuple(Profile.METERED if n % 2 else Profile.STANDARD for n in range(self.users))
        return (self.profile,) * self.users

    @property
    def name(self) -> str:
        """As in the table."""
        kind = "metered and standard" if self.profile is None else self.profile.name.lower()
        return f"{self.users} {kind}, {self.relays} relays"

    def deposits_per_s(self) -> float:
        """How many pigeonholes everyone together fills in a second."""
        return sum(CONSTANTS.deposit_permille / 1000 / CONSTANTS.slot_s(profile) for profile in self.profiles)

    def warm_s(self) -> float:
        """When looking begins."""
        slowest_s = max(CONSTANTS.slot_s(profile) for profile in self.profiles)
        return WARM_HOLDS * CONSTANTS.mean_hold_s + WARM_SLOTS * slowest_s


@dataclass(frozen=True, slots=True)
class Watched:
    """A skeleton that has run, and what of it is looked at: [begin_s, end_s) from its start."""

    crowd: Crowd
    world: Skeleton
    begin_s: float
    end_s: float

    def looked_at(self, ways: list[Way]) -> list[Way]:
        """Those that left their slot in that time."""
        start = self.world.start
        return [way for way in ways if self.begin_s <= way.at - start < self.end_s]


def watch(crowd: Crowd, targets: int, seed: int, constants: Constants = CONSTANTS) -> Watched:
    """Run a crowd in which nobody writes until about `targets` pigeonholes were filled at each relay."""
    begin_s = crowd.warm_s()
    end_s = begin_s + max(WARM_HOLDS * constants.mean_hold_s, targets * crowd.relays / crowd.deposits_per_s())
    world = make_skeleton(seed, START, constants, crowd.profiles, relays=crowd.relays)
    world.run(START + end_s + TAIL_HOLDS * CONSTANTS.mean_hold_s)
    return Watched(crowd, world, begin_s, end_s)


def settings(scale: Scale) -> list[Crowd]:
    """The crowds of the table."""
    sizes = (20, 100) if scale is Scale.QUICK else (20, 100, 1000)
    crowds = [Crowd(users, profile) for users in sizes for profile in Profile]
    crowds += [Crowd(users, None) for users in sizes]
    more = (100,) if scale is Scale.QUICK else sizes
    return crowds + [Crowd(users, Profile.STANDARD, relays=5) for users in more]
