"""`sosik-relay move` takes a store elsewhere once, says what is to be done then, and refuses what it may not touch."""

import asyncio
from pathlib import Path

import pytest

from relay.home.files import DirectoryClaim
from relay.store.sqlite.store import SqliteStore
from tests.kits.operators import call, well


async def make_store(path: Path) -> None:
    await (await SqliteStore.open(path)).close()


@pytest.fixture
def stored(relay: Path) -> Path:
    """A relay that has run."""
    asyncio.run(make_store(relay / "relay.db"))
    return relay


def test_what_is_to_be_done_after_a_move_is_said_and_the_old_store_is_closed(stored: Path, tmp_path: Path) -> None:
    words = well("move", stored, tmp_path / "new.db")
    assert "cells: 0 rows, the same in both stores" in words
    assert [step for step in ("relay.toml", "sosik-relay doctor", "erase the old store") if step not in words] == []
    for command in ("doctor", "run"):
        after = call(command, stored)
        assert (after.exit_code, "was moved" in after.output) == (9, True), after.output


def test_a_rehearsal_leaves_the_old_store_in_use(stored: Path, tmp_path: Path) -> None:
    assert "keeps its old store" in well("move", stored, tmp_path / "new.db", "--rehearse")
    assert "TROUBLE" not in well("doctor", stored)


def test_a_relay_that_runs_is_not_moved(stored: Path, tmp_path: Path) -> None:
    claim = DirectoryClaim(stored)
    try:
        assert call("move", stored, tmp_path / "new.db").exit_code == 8
    finally:
        claim.release()
    assert not (tmp_path / "new.db").exists()


def test_where_no_store_is_yet_nothing_is_made(relay: Path, tmp_path: Path) -> None:
    assert call("move", relay, tmp_path / "new.db").exit_code == 4
    assert not (tmp_path / "new.db").exists()
