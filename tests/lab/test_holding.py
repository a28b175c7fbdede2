"""The strangers of `python -m lab.bench.strangers` hold what they are said to hold."""

import asyncio
from pathlib import Path

from lab.bench.holding import KINDS, Strangers
from tests.kits.shellkit import PaperCore, running_shell


async def test_each_kind_of_stranger_holds_a_connection_and_comes_back(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        strangers = Strangers(shell.port, again_s=0.1)
        tried = {kind: asyncio.Event() for kind in KINDS}
        holding = [asyncio.create_task(strangers.hold(kind, tried[kind])) for kind in KINDS]
        async with asyncio.timeout(10):
            for kind in KINDS:
                await tried[kind].wait()
            # Of the two inside one has shaken hands: its handler has been told.
            while [handler.transport is None for handler in shell.inside] != [True, False]:  # noqa: ASYNC110  # elsewhere
                await asyncio.sleep(0.01)
            outside = len(shell.outside)
            for handler in list(shell.inside):
                handler.cut()
            while strangers.opened < len(KINDS) + 2:  # noqa: ASYNC110  # at the other end
                await asyncio.sleep(0.01)
        for one in holding:
            one.cancel()
        await asyncio.wait(holding)
    assert outside == 1
    assert strangers.closed == 2
