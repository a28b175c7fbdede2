"""A folder that was put back from a copy: the program goes on, and nothing of the old state is used a second time."""

import shutil
from pathlib import Path

from client_cli.vault.tallies import Tally, count
from client_cli.vault.vault import Vault
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import START, WORDS, make_postman


def copy_of(pair: Pair, name: str, to: Path) -> None:
    """What a person does: stop, copy the folder, start again."""
    home = pair.vaults[name].home
    pair.vaults[name].close()
    shutil.copytree(home, to)
    open_again(pair, name, home, "after the copy")


def put_back(pair: Pair, name: str, copy: Path) -> None:
    """Stop, put the copy where the folder was, start again."""
    home = pair.vaults[name].home
    pair.vaults[name].close()
    shutil.rmtree(home)
    shutil.copytree(copy, home)
    open_again(pair, name, home, "put back")


def open_again(pair: Pair, name: str, home: Path, run: str) -> None:
    pair.vaults[name] = Vault.open(home, WORDS)
    pair.postmen[name] = make_postman(pair.vaults[name], f"{name} {run}")
    pair.postmen[name].start(pair.network.now)


def test_a_loop_of_another_run_ends_nothing(pair: Pair, memory_path: Path) -> None:
    """It comes home from an index that the old state never used, and is counted and taken off the shelf."""
    pair.start()
    pair.run(START + HOUR)
    copy_of(pair, "Ara", memory_path / "copy")
    pair.run(START + 2.5 * HOUR)
    put_back(pair, "Ara", memory_path / "copy")
    pair.run(START + 5 * HOUR)
    with pair.vaults["Ara"].transaction() as tx:
        assert count(tx, Tally.REPLIES_REFUSED) > 0
