"""Estimates: from the roster, the profile and the letters that wait here, and from nothing else."""

from pathlib import Path

import pytest

from client_cli.community.joining import join
from client_cli.errors import NotJoined
from client_cli.outbox.letters import write_letter
from client_cli.status.estimates import arrival_s
from protocol.profile import Profile
from tests.kits.communities import invitation
from tests.kits.homes import CONSTANTS, NOW, make_vault, pair


def test_there_is_none_without_a_community(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home", joined=False) as vault, pytest.raises(NotJoined):
        arrival_s(vault, 1)


def test_each_part_takes_the_slots_between_two_deposits(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        join(vault, invitation(), NOW)
        one, eleven = arrival_s(vault, 1), arrival_s(vault, 11)
    slot_s = CONSTANTS.slot_s(Profile.STANDARD)
    assert eleven - one == pytest.approx(10 * slot_s * 1000 / CONSTANTS.deposit_permille)
    assert one > 2 * CONSTANTS.mean_hold_s + 3 * CONSTANTS.reply_hold_s


def test_what_waits_here_goes_first(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    join(mother.vault, invitation(), NOW)
    two, three = arrival_s(mother.vault, 2), arrival_s(mother.vault, 3)
    assert write_letter(mother.vault, mother.person("딸"), "감자", NOW).parts == 1
    assert arrival_s(mother.vault, 1) == pytest.approx(two)
    assert arrival_s(mother.vault, 2) == pytest.approx(three)
