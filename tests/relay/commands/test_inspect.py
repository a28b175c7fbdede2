"""`sosik-relay inspect` shows every table that the relay holds, in words and for scripts, and makes nothing."""

import asyncio
import json
from pathlib import Path

from relay.store.sqlite.store import SqliteStore
from tests.kits.operators import call, well


async def make_store(path: Path) -> None:
    await (await SqliteStore.open(path)).close()


def test_every_table_is_shown_with_its_rows(relay: Path) -> None:
    asyncio.run(make_store(relay / "relay.db"))
    words = well("inspect", relay)
    report = json.loads(well("inspect", relay, "--json"))
    assert {"cells", "keys", "packets", "shelves", "tags"} <= set(report)
    assert {table["rows"] for name, table in report.items() if name in ("cells", "packets", "shelves")} == {0}
    assert all(name in words and table["purpose"] in words for name, table in report.items())


def test_where_no_store_is_yet_a_sentence_says_so_and_none_is_made(relay: Path) -> None:
    result = call("inspect", relay)
    assert (result.exit_code, "the relay's first run makes it" in result.output) == (4, True)
    assert not (relay / "relay.db").exists()
