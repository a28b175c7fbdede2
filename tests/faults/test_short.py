"""Short forms of the faults of `lab.faults`: one small network lives through several of them, one after the other.

Invariant 3, with real processes: no letter is lost, doubled or changed, whatever happens meanwhile. Here letters are
waited for once after several faults; tests/faults/test_each.py waits after each.
"""

import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from lab.faults import clocks, damage, disks, kills, network, two
from lab.faults.orders import Action, Point
from lab.faults.search import search_all
from lab.faults.setting import Setting
from lab.faults.wires import Trouble

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]

SEED = 20261125


@pytest.fixture(scope="module")
def setting(story_path: Path) -> Iterator[Setting]:
    with Setting(story_path, Random(SEED), tls=False) as made:
        made.write(1)
        yield made
        # The last test of the module; what it would find has no other place.
        made.stop_relays()
        search_all(made)


def nothing_is_wrong(setting: Setting) -> None:
    setting.settle()
    for ledger in setting.ledgers.values():
        assert ledger.arrived == ledger.written


def test_letters_survive_kills_at_the_points_where_the_order_of_steps_decides(setting: Setting) -> None:
    for point in (Point.COMMITTED, Point.FORWARDED, Point.TAKING_IN):
        kills.at_point(setting, point)
    nothing_is_wrong(setting)


def test_letters_survive_what_networks_do(setting: Setting) -> None:
    for trouble in (Trouble.DEAF, Trouble.TWICE, Trouble.CUT, Trouble.SHORT_ANSWER):
        network.trouble(setting, trouble, some_s=0.0)
    setting.orders("relay2").at(Point.HEARD, Action.STOP)
    setting.wait_for("a relay stops", lambda: setting.orders("relay2").passed)
    setting.running("relay2").send_signal(signal.SIGCONT)
    nothing_is_wrong(setting)


def test_letters_survive_disks_that_fail_and_clocks_that_jump(setting: Setting) -> None:
    setting.write(1)
    disks.failing(setting, "relay", some_s=0.0)
    clocks.jump(setting, "relay", 5, wrong_s=0.5)
    clocks.jump(setting, "client", -5, wrong_s=0.5)
    clocks.midnight(setting)
    nothing_is_wrong(setting)


def test_two_programs_on_one_vault_and_copies_that_are_damaged(setting: Setting) -> None:
    two.on_one_vault(setting)
    damage.vault_copies(setting)
    nothing_is_wrong(setting)
