"""How long letters take over a network that loses packets, beside what the slots that are left allow: see
docs/reliability.md. `python -m lab.skeleton`."""

from statistics import median

from lab.skeleton.correspondents import START, Correspondence
from protocol.community.constants import Constants
from protocol.primitives.days import DAY_S
from protocol.profile import Profile

HALF_DAY_S = DAY_S / 2
SEEDS = 5
"""The middle one of so many worlds is told."""


def deposits_a_day(constants: Constants, profile: Profile = Profile.STANDARD) -> float:
    """How many cells the slots of a day carry."""
    return DAY_S / constants.slot_s(profile) * constants.deposit_permille / 1000


def letters_to_one(letters: int, share: float, constants: Constants, seed: int) -> float:
    """Days until `letters` that were written at once can all be read."""
    world = Correspondence(seed, share, constants)
    one, other = world.person(), world.person()
    world.meet(one, other)
    for number in range(letters):
        one.write(1, number + 1, 1, START)
    while len(other.got[1]) < letters and world.now < START + 90 * DAY_S:
        world.run(world.now + HALF_DAY_S / 6)
    return (world.now - START) / DAY_S


def one_with_many(others: int, share: float, constants: Constants, seed: int) -> list[float]:
    """Somebody has just met `others` people, and each of them writes to the other: hours until each letter can be
    read, ascending."""
    world = Correspondence(seed, share, constants)
    hub, people = world.person(), [world.person() for _ in range(others)]
    for number, person in enumerate(people, 1):
        world.meet(hub, person)
        hub.write(number, 1, 1, START)
        person.write(1, 1, 1, START)
    directions = [hub.got[number] for number in range(1, others + 1)] + [person.got[1] for person in people]
    while not all(directions) and world.now < START + 90 * DAY_S:
        world.run(world.now + HALF_DAY_S)
    return sorted((got[0] - START) / 3600 for got in directions if got)


def main() -> None:
    """Print both tables."""
    constants = Constants()
    print("| letters to one person | lost | days the slots take | days |\n| --- | --- | --- | --- |")
    for letters, share in ((100, 0.0), (100, 0.3), (500, 0.0), (500, 0.1), (500, 0.3), (500, 0.5)):
        least = letters / (1 - share) / deposits_a_day(constants)
        taken = median(letters_to_one(letters, share, constants, seed) for seed in range(SEEDS))
        print(f"| {letters} | {share:.0%} | {least:.1f} | {taken:.1f} |")
    print("\n| people | lost | half of the letters | nine in ten | all |\n| --- | --- | --- | --- | --- |")
    for share in (0.0, 0.3):
        hours = sorted(hour for seed in range(SEEDS) for hour in one_with_many(30, share, constants, seed))
        at = [hours[int(len(hours) * part)] for part in (0.5, 0.9)] + hours[-1:]
        print(f"| 30 | {share:.0%} | " + " | ".join(f"{value:.1f} h" for value in at) + " |")


if __name__ == "__main__":
    main()
