"""Short forms of the faults of `lab.faults`: one small network lives through several of them, one after the other.

Invariant 3, with real processes: no letter is lost, doubled or changed, whatever happens meanwhile. Here letters are
waited for once after several faults; tests/faults/test_each.py waits after each.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from client_cli.vault.key_file import KEY_FILE
from client_cli.vault.vault import DATABASE_FILE
from lab.faults import clocks, damage, disks, kills, network, two
from lab.faults.orders import Action, Point
from lab.faults.search import search_all
from lab.faults.setting import Setting
from lab.faults.wires import Trouble

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(3600)]

SEED = 20261125


@pytest.fixture(scope="module")
def setting(story_path: Path) -> Iterator[Setting]:
    with Setting(story_path, Random(SEED), tls=False) as made:
        yield made
        # The last test of the module; what it would find has no other place.
        made.stop_relays()
        search_all(made)


def test_letters_survive_kills_where_the_order_of_steps_decides_and_what_networks_do(setting: Setting) -> None:
    for point in (Point.COMMITTED, Point.FORWARDED, Point.TAKING_IN):
        kills.at_point(setting, point)
    for trouble in (Trouble.DEAF, Trouble.TWICE, Trouble.CUT, Trouble.SHORT_ANSWER):
        network.trouble(setting, trouble, some_s=0.0)
    setting.wait_for_letters()


def test_letters_survive_disks_clocks_and_programs_that_share_a_vault(setting: Setting) -> None:
    kills.at_point(setting, Point.HEARD, Action.STOP, stopped_s=0.5)
    disks.failing(setting, "relay", some_s=0.0)
    clocks.jump(setting, "relay", 5, wrong_s=0.5)
    clocks.jump(setting, "client", -5, wrong_s=0.5)
    clocks.midnight(setting)
    two.on_one_vault(setting)
    setting.settle()


def test_a_damaged_vault_is_told_and_not_written_to(setting: Setting) -> None:
    damage.vault_copies(setting, {DATABASE_FILE: ("cut short",), KEY_FILE: ("bits flipped",)})
