"""A board that nobody tampered with gives no cause for alarm: pages and seals reach every client in order, whatever is
lost, held up or restarted."""

from dataclasses import replace
from pathlib import Path

from lab.worlds.scenarios import QUICK, START, silent_world
from lab.worlds.wire import Losses
from protocol.seams import RelayId

ROUGH = Losses(share=0.15, outages=((RelayId(1), START + 200, START + 420), (RelayId(0), START + 500, START + 560)))


async def test_clients_find_nothing_wrong_with_an_honest_board(memory_path: Path) -> None:
    setting = replace(QUICK, seed=14, duration_s=900.0, losses=ROUGH)
    world = await silent_world(memory_path, setting)
    try:
        for part in range(1, 4):
            await world.run(START + setting.duration_s * part / 3)
            await world.restart_relay(RelayId(2))
        read = 0
        for name in setting.names:
            with world.clients[name].vault.transaction() as tx:
                assert tx.find("SELECT value FROM tallies WHERE name = 'board_findings'") in (None, (0,))
                read += tx.find("SELECT value FROM tallies WHERE name = 'loops_returned'") is not None
        # Loops come back to who reads the board; where so much is lost, one may just have gone to another guard.
        assert read >= 2
    finally:
        await world.close()
