"""Short forms of the faults of `lab.faults`: one small network lives through several of them, one after the other.

Invariant 3, with real processes: no letter is lost, doubled or changed, whatever happens meanwhile. Here letters are
waited for once after all faults, on a network twice as quick as that of tests/faults/test_each.py, which waits after
each.
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
from lab.faults.setting import FAST, Setting
from lab.faults.wires import Trouble

pytestmark = pytest.mark.timeout(3600)

SEED = 20261125
BRISK = {
    **FAST,
    "mean_hold_ms": 200,
    "reply_hold_ms": 200,
    "page_ms": 1000,
    "key_block_ms": 5000,
    "link_tick_ms": 100,
    "metered_slot_ms": 300,
    "standard_slot_ms": 300,
    "guarded_slot_ms": 300,
    "retry_ms": 3000,
    "ack_wait_ms": 400,
    "ask_again_ms": 2500,
}


@pytest.fixture(scope="module")
def setting(story_path: Path) -> Iterator[Setting]:
    with Setting(story_path, Random(SEED), tls=False, constants=BRISK) as made:
        yield made
        # The last test of the module; what it would find has no other place.
        made.stop_relays()
        search_all(made)


def test_letters_survive_kills_networks_disks_clocks_and_programs_that_share_a_vault(setting: Setting) -> None:
    for point in (Point.COMMITTED, Point.FORWARDED, Point.TAKING_IN):
        kills.at_point(setting, point)
    for trouble in (Trouble.DEAF, Trouble.TWICE, Trouble.CUT, Trouble.SHORT_ANSWER):
        network.trouble(setting, trouble, some_s=0.0)
    kills.at_point(setting, Point.HEARD, Action.STOP, stopped_s=0.5)
    disks.failing(setting, "relay", some_s=0.0)
    clocks.jump(setting, "relay", 5, wrong_s=0.5)
    clocks.jump(setting, "client", -5, wrong_s=0.5)
    clocks.midnight(setting)
    two.on_one_vault(setting)
    setting.settle()


def test_a_damaged_vault_is_told_and_not_written_to(setting: Setting) -> None:
    damage.vault_copies(setting, {DATABASE_FILE: ("cut short",), KEY_FILE: ("bits flipped",)})
