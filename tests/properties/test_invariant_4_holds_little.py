"""Invariant 4: a relay holds only what its task needs. All identifiers of a run are searched for in the raw files."""

from dataclasses import replace
from pathlib import Path

from lab.worlds.scenarios import QUICK, START, writing_world
from lab.worlds.world import World
from relay.operator.inventory import inspect
from relay.store.sqlite.store import SqliteStore

SETTING = replace(QUICK, seed=21, duration_s=1500.0, letters_each=1)


def secrets_of(world: World) -> dict[str, bytes]:
    """Everything that would tell who is in touch with whom, or what they write, by what it is."""
    found: dict[str, bytes] = {}
    for name, client in world.clients.items():
        found[f"name of {name}"] = name.encode()
        with client.vault.transaction() as tx:
            for stream, epoch, index, take in tx.all("SELECT stream, epoch, idx, take FROM expected"):
                found[f"take {stream}/{epoch}/{index} of {name}"] = bytes(take)
            for key, value in tx.all("SELECT key, value FROM meta"):
                if "shelf" in key or "schedule" in key or "invite" in key:
                    for at in range(len(value) - 15):
                        if len(set(value[at : at + 16])) > 8:  # not the padding
                            found[f"{key} of {name} at {at}"] = bytes(value[at : at + 16])
        for sender, text in world.received(name):
            found[f"letter of {sender} to {name}"] = text.encode()[:200]
    return found


async def test_invariant_4_no_identifier_of_the_run_is_on_a_relays_disk(memory_path: Path) -> None:
    world = await writing_world(memory_path, SETTING)
    try:
        await world.run(START + SETTING.duration_s)
        assert all(world.received(name) for name in SETTING.names)
        identifiers = secrets_of(world)
    finally:
        await world.close()
    public = world.community.roster_bytes
    for number in range(3):
        folder = memory_path / f"relay{number}"
        disk = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
        on_disk = [what for what, value in identifiers.items() if value in disk and value not in public]
        assert on_disk == []
        store = await SqliteStore.open(folder / "relay.db")
        report = await inspect(store)
        await store.close()
        rows = {table.name: table.rows for table in report.tables}
        # What is found is what was told: cells and packets are there, and counted.
        assert rows["cells"] > 0
        text = "\n".join(report.lines())
        assert not any(value.hex() in text for value in identifiers.values())
