"""A board that nobody tampered with gives no cause for alarm: pages and seals reach every client in order."""

from dataclasses import replace
from pathlib import Path

from lab.scenarios import QUICK, START, silent_world


async def test_clients_find_nothing_wrong_with_an_honest_board(memory_path: Path) -> None:
    setting = replace(QUICK, seed=14, duration_s=900.0)
    world = await silent_world(memory_path, setting)
    try:
        await world.run(START + setting.duration_s)
        for name in setting.names:
            with world.clients[name].vault.transaction() as tx:
                assert tx.find("SELECT value FROM tallies WHERE name = 'board_findings'") in (None, (0,))
                assert tx.find("SELECT value FROM tallies WHERE name = 'loops_returned'") is not None
    finally:
        await world.close()
