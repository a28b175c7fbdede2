"""More letters than may be under way at once, to somebody who is away: the limits hold, and everything arrives.

Epochs of six hours and a retention of twelve stand for weeks.
"""

from pathlib import Path

import msgspec
import pytest

from client_cli.outbox.letters import LetterStatus
from lab.worlds.world import World
from protocol.streams.acks import WINDOW
from tests.stories.weeks import HOUR_S, MINUTE_MS, SLOW_NETWORK, START, StreamView, letters_of, texts

MOTHER, DAUGHTER = "mother", "daughter"
CONSTANTS = msgspec.structs.replace(
    SLOW_NETWORK,
    mean_hold_ms=MINUTE_MS // 2,
    reply_hold_ms=MINUTE_MS // 2,
    page_ms=5 * MINUTE_MS,
    key_block_ms=60 * MINUTE_MS,
    link_tick_ms=5000,
    standard_slot_ms=3 * MINUTE_MS // 2,
    guarded_slot_ms=3 * MINUTE_MS // 2,
    retention_ms=12 * 60 * MINUTE_MS,
    epoch_ms=6 * 60 * MINUTE_MS,
)
LETTERS = 80
LEAVES, RETURNS, END = START + HOUR_S, START + 13 * HOUR_S, START + 24 * HOUR_S


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_eighty_letters_to_somebody_away_keep_the_limits_and_all_arrive(memory_path: Path) -> None:
    world = await World.make(memory_path, seed=80, start=START, constants=CONSTANTS)
    for name in (MOTHER, DAUGHTER):
        world.add_client(name)
    world.introduce(MOTHER, DAUGHTER)
    for name in (MOTHER, DAUGHTER):
        world.go_online(name)
    await world.run(LEAVES)
    world.go_offline(DAUGHTER)
    written = [f"{number}번째 편지" for number in range(LETTERS)]
    for text in written:
        world.write(MOTHER, DAUGHTER, text)
    most = 0
    while world.now < END:
        if world.now == RETURNS:
            world.go_online(DAUGHTER)
        await world.run(world.now + HOUR_S / 2)
        epochs = [epoch for epoch, _ in StreamView.of(world, MOTHER, DAUGHTER).in_flight]
        assert all(epochs.count(epoch) <= WINDOW for epoch in epochs)
        most = max(most, len(epochs))
    try:
        # Letters were sent again in later epochs because the earlier ones' places were used up and their cells expired.
        assert most >= WINDOW - 6, most
        assert texts(world, DAUGHTER, MOTHER) == written
        assert {letter.status for letter in letters_of(world, MOTHER)} == {LetterStatus.ARRIVED}
    finally:
        await world.close()
