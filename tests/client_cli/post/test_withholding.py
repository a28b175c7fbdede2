"""A guard that keeps something back is left after two seals, in all of which we heard of it."""

from pathlib import Path

import pytest

from client_cli.board.broken_pages import note_pages
from client_cli.community.joining import join
from client_cli.community.relays import live_keys, load_network
from client_cli.post.withholding import WAIT_SEALS, has_withheld
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.board.chain import Finding, FindingKind
from protocol.board.log import Seal
from protocol.primitives.days import day_of
from protocol.seams import RelayId
from tests.client_cli.community.test_relays import keep, signed, vouch
from tests.kits.communities import invitation, make_roster
from tests.kits.homes import NOW, make_vault

SEAL_S = make_roster(3).constants.pages_per_seal * make_roster(3).constants.page_s
WAIT_S = WAIT_SEALS * SEAL_S
GUARD, OTHER = RelayId(0), RelayId(1)


def shown(tx: Tx, guard: RelayId, now: float) -> bool:
    return has_withheld(tx, load_network(tx), guard, now)


@pytest.mark.parametrize("joined", [True, False])
def test_what_is_missing_for_two_seals_was_withheld_and_the_count_begins_anew(tmp_path: Path, joined: bool) -> None:
    """Nothing was shown: no key is agreed, or there is no roster at all."""
    vault = make_vault(tmp_path, joined=joined)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        moments = [NOW + WAIT_S * quarter / 4 for quarter in range(9)]
        assert [shown(tx, GUARD, now) for now in moments] == [False] * 4 + [True] + [False] * 4


def test_a_pause_or_another_guard_or_a_clock_set_back_is_no_reason(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        assert not shown(tx, GUARD, NOW)
        assert not shown(tx, GUARD, NOW + 10 * WAIT_S), "we were away: what came since was not read yet"
        assert not shown(tx, OTHER, NOW + 10 * WAIT_S + WAIT_S / 2)
        assert not shown(tx, GUARD, NOW + 11 * WAIT_S)
        assert not shown(tx, GUARD, NOW)
        assert not shown(tx, GUARD, NOW + WAIT_S * 0.5)
        assert shown(tx, GUARD, NOW + WAIT_S)


@pytest.mark.parametrize("moving", [(1, 2), (1,), (2,), ()])
def test_a_guard_that_shows_no_newer_seals_of_any_other_is_left_and_one_of_three_down_is_no_reason(
    tmp_path: Path, moving: tuple[int, ...]
) -> None:
    """All keys are agreed throughout, for a seal speaks of its day and the next."""
    roster = make_roster(3)
    bodies = {relay: signed(relay, day_of(NOW)) for relay in range(3)}
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        keep(tx, NOW, *bodies.values())
        for signer in range(3):
            vouch(tx, NOW, signer, bodies)
        left = []
        for half in range(9):
            now = NOW + half * SEAL_S / 2
            for signer in moving:
                vouch(tx, now, signer, bodies)
            left.append(shown(tx, GUARD, now))
            assert set(live_keys(tx, roster, now)) == {0, 1, 2}
        assert left == ([False] * 9 if moving else [False] * 6 + [True] + [False] * 2)


@pytest.mark.parametrize(("behind", "left"), [(0, True), (1, False)])
def test_after_a_pause_a_board_that_was_read_to_its_end_shows_whether_seals_are_missing(
    tmp_path: Path, behind: int, left: bool
) -> None:
    """Whoever is online once a day is shown the seals of an outage that is over: who was away then counts again."""
    bodies = {relay: signed(relay, day_of(NOW)) for relay in range(2)}
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        keep(tx, NOW, *bodies.values())
        for signer in range(2):
            vouch(tx, NOW, signer, bodies, away=2)
        tx.put(Key.BOARD_BEHIND, behind.to_bytes(4, "big"))
        assert not shown(tx, GUARD, NOW)
        assert not shown(tx, GUARD, NOW + 2.5 * SEAL_S)
        assert shown(tx, GUARD, NOW + 3.5 * SEAL_S) is left


def test_a_pause_is_no_silence_of_the_guard(tmp_path: Path) -> None:
    bodies = {relay: signed(relay, day_of(NOW)) for relay in range(3)}
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        keep(tx, NOW, *bodies.values())
        for signer in range(3):
            vouch(tx, NOW, signer, bodies)
        assert not any(shown(tx, GUARD, NOW + later * SEAL_S) for later in (0, 1, 3, 4, 5))


def test_a_newcomer_goes_by_the_pace_of_its_invitation(tmp_path: Path) -> None:
    """It knows no constants yet: in a network twelve times as quick, seals are."""
    vault = make_vault(tmp_path, joined=False)
    join(vault, invitation(pace_ms=10_000), NOW)
    with vault, vault.transaction() as tx:
        assert [shown(tx, GUARD, NOW + WAIT_S / 12 * quarter / 4) for quarter in range(6)] == [False] * 4 + [
            True,
            False,
        ]


@pytest.mark.parametrize(("broken", "left"), [((0,), True), ((1, 2), True), ((1,), False), ((), False)])
def test_pages_of_the_guard_or_of_two_others_that_do_not_fit_two_seals_are_a_reason_and_of_one_other_none(
    tmp_path: Path, broken: tuple[int, ...], left: bool
) -> None:
    bodies = {relay: signed(relay, day_of(NOW)) for relay in range(3)}
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    constants = make_roster(3).constants
    with vault, vault.transaction() as tx:
        keep(tx, NOW, *bodies.values())
        found = []
        for hour in range(3):
            now = NOW + hour * SEAL_S
            for signer in range(3):
                vouch(tx, now, signer, bodies)
            seals = [Seal(RelayId(relay), constants.interval_of(now), bytes(32), ()) for relay in range(3)]
            false = [Finding(FindingKind.FORKED, RelayId(relay), constants.interval_of(now)) for relay in broken]
            note_pages(tx, seals, false, constants)
            found.append(shown(tx, GUARD, now))
        assert found == [False, left, False], "and once in the time of return"
        assert shown(tx, GUARD, NOW + constants.guard_return_ms / 1000 + SEAL_S) is left
