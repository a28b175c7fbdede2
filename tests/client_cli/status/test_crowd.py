"""How many people there are about, and what is said when they are few."""

from pathlib import Path

import pytest

from client_cli.community.joining import join
from client_cli.community.relays import keep_descriptor
from client_cli.status.crowd import find_crowd
from client_cli.status.facts import status
from client_cli.vault.vault import Vault
from client_cli.wording.status import Sentence, sentences
from protocol.board.page import CHAIN_START
from protocol.community.descriptor import Descriptor, sign_descriptor
from protocol.primitives.days import day_of
from protocol.primitives.sealed_box import public_of
from protocol.seams import RelayId
from tests.kits.communities import day_kem, identity_secret, invitation, make_roster
from tests.kits.homes import DAY, NOW, make_vault

KEY = public_of(bytes(32))


def tell(vault: Vault, relay: int, crowd: int | None, now: float = NOW) -> None:
    """A relay's descriptor of the day of `now` comes with the board."""
    today = day_of(now)
    kem = day_kem(relay)
    descriptor = Descriptor(RelayId(relay), today, KEY, kem, KEY, KEY, KEY, kem, 0, CHAIN_START, crowd)
    with vault.transaction() as tx:
        keep_descriptor(tx, sign_descriptor(descriptor, identity_secret(relay)), make_roster(3), now, RelayId(0))


def crowd(vault: Vault, now: float = NOW) -> int | None:
    with vault.transaction() as tx:
        return find_crowd(tx, now)


def last_said(vault: Vault) -> Sentence:
    return list(sentences(status(vault, NOW)))[-1]


def test_guards_are_added_up_and_others_are_not(tmp_path: Path) -> None:
    guards = make_roster(3).guards
    with make_vault(tmp_path / "home") as vault:
        assert crowd(vault) is None
        for relay in range(3):
            tell(vault, relay, 40)
        assert crowd(vault) == 40 * len(guards)


def test_what_nobody_counted_or_was_counted_long_ago_is_not_told(tmp_path: Path) -> None:
    guard = make_roster(3).guards[0]
    with make_vault(tmp_path / "home") as vault:
        tell(vault, guard, None)
        assert crowd(vault) is None
        tell(vault, guard, 40, NOW + DAY)
        assert crowd(vault, NOW + 2 * DAY) == 40
        assert crowd(vault, NOW + 10 * DAY) is None


@pytest.mark.parametrize(("told", "warned"), [(0, True), (10, True), (20, False), (150, False)])
def test_below_twenty_a_person_is_warned(tmp_path: Path, told: int, warned: bool) -> None:
    guard = make_roster(3).guards[0]
    with make_vault(tmp_path / "home") as vault:
        join(vault, invitation(), NOW)
        assert not last_said(vault).warning
        assert "cannot be told yet" in last_said(vault).text
        tell(vault, guard, told)
        assert last_said(vault).warning is warned
        assert ("Fewer than 20 people" if warned else f"About {told} people") in last_said(vault).text
