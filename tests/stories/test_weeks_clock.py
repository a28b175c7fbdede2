"""A clock that is wrong by hours, ahead and behind: nothing is lost, and no slot is used twice."""

from pathlib import Path

import msgspec
import pytest

from client_cli.outbox.letters import LetterStatus
from lab.worlds.world import World
from protocol.seams import RelayId
from relay.core.interface import Count
from tests.stories.weeks import DAY_S, HOUR_S, MINUTE_MS, SLOW_NETWORK, START, NotingPostman, letters_of, texts

MOTHER, DAUGHTER = "mother", "daughter"
CONSTANTS = msgspec.structs.replace(SLOW_NETWORK, standard_slot_ms=40 * MINUTE_MS)
STEP_S = 0.1 * DAY_S
# At which step the daughter's clock is set, and how far ahead. Some of it lies across midnight and a change of epoch.
WRONG_S = {
    10: 5 * HOUR_S,
    16: 0.0,
    25: -7 * HOUR_S,
    31: 9 * HOUR_S,
    34: -0.5 * HOUR_S,
    40: 11 * HOUR_S,
    55: 0.0,
}
WRITES_AT, STEPS = range(3, 61, 3), 100


@pytest.mark.timeout(600)
async def test_clock_set_ahead_and_back_loses_no_letter_and_uses_no_slot_twice(memory_path: Path) -> None:
    world = await World.make(
        memory_path, seed=8, start=START, constants=CONSTANTS, postman_maker=NotingPostman, guards=(0, 1)
    )
    for name in (MOTHER, DAUGHTER):
        world.add_client(name)
    world.introduce(MOTHER, DAUGHTER)
    for name in (MOTHER, DAUGHTER):
        world.go_online(name)
    written: dict[str, list[str]] = {MOTHER: [], DAUGHTER: []}
    exchanges: list[int] = []
    for step in range(STEPS):
        if step in WRONG_S:
            world.set_clock(DAUGHTER, WRONG_S[step])
        if step in WRITES_AT:
            for sender, receiver in ((MOTHER, DAUGHTER), (DAUGHTER, MOTHER)):
                written[sender].append(f"{step}번째 {sender}")
                world.write(sender, receiver, written[sender][-1])
        await world.run(START + (step + 1) * STEP_S)
        exchanges.append(world.clients[DAUGHTER].exchanges)
    try:
        assert len(written[MOTHER]) == len(WRITES_AT)
        assert texts(world, DAUGHTER, MOTHER) == written[MOTHER]
        assert texts(world, MOTHER, DAUGHTER) == written[DAUGHTER]
        for name in (MOTHER, DAUGHTER):
            assert {letter.status for letter in letters_of(world, name)} == {LetterStatus.ARRIVED}
        postman = world.clients[DAUGHTER].postman
        assert isinstance(postman, NotingPostman)
        numbers = [number for number, _, _ in postman.handed_out]
        assert numbers == sorted(set(numbers))
        assert len({packet for _, packet, _ in postman.handed_out}) == len(numbers)
        assert len({fetch for _, _, fetch in postman.handed_out}) == len(numbers)
        # Slots jumped over were skipped for good; none was waited for out of a future that never came.
        assert numbers[-1] > len(numbers)
        assert all(later > earlier for earlier, later in zip(exchanges, exchanges[2:], strict=False)), exchanges
        for number in map(RelayId, range(3)):
            assert world.relays[number].service.counts[Count.PACKETS_REPLAYED] == 0
            assert world.relays[number].service.counts[Count.EXCHANGES_UNREADABLE] == 0
    finally:
        await world.close()
