"""A wrong clock is noticed from what relays signed; a relay that lies or is down does not make it look wrong."""

from pathlib import Path

import pytest

from client_cli.board.watch import TroubleKind, clock_ahead_s, note_clock, note_findings, troubles
from client_cli.vault.vault import Vault
from protocol.board.chain import Chain, Chains, Finding, FindingKind
from protocol.routes.exchange import Cursor, Response, Status
from protocol.seams import RelayId
from protocol.sizes import ACCESS_BYTES
from tests.kits.homes import CONSTANTS, DAY, NOW, make_vault

HOUR = 3600.0
PRESENT = CONSTANTS.interval_of(NOW)
SEAL = CONSTANTS.pages_per_seal


def ahead(vault: Vault, sealed: list[int], end: int, now: float, *, read_to: int | None = None) -> float | None:
    """What is noted when relays sealed these intervals last and the guard's board ends at `end`."""
    by_relay = {RelayId(n): Chain(interval, None, sealed_interval=interval) for n, interval in enumerate(sealed)}
    here = Cursor(end if read_to is None else read_to, 0)
    response = Response(Status.OK, bytes(ACCESS_BYTES), 0, None, 1, here, here, Cursor(end, 0), b"")
    with vault.transaction() as tx:
        note_clock(tx, Chains(by_relay), response, now)
        return clock_ahead_s(tx)


@pytest.mark.parametrize("off_s", [5 * HOUR, -5 * HOUR, 400 * DAY, -400 * DAY])
def test_a_wrong_clock_is_noted_and_forgotten_when_it_is_right(tmp_path: Path, off_s: float) -> None:
    with make_vault(tmp_path / "home") as vault:
        sealed = [PRESENT - 3, PRESENT - SEAL, PRESENT - 7]
        assert ahead(vault, sealed, PRESENT, NOW) is None
        assert ahead(vault, sealed, PRESENT, NOW + off_s) == pytest.approx(off_s, abs=HOUR / 2)
        assert ahead(vault, sealed, PRESENT, NOW) is None


def test_relays_that_are_down_do_not_make_it_look_fast(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        assert ahead(vault, [PRESENT - 200, PRESENT - 2, PRESENT - 300], PRESENT, NOW) is None


def test_one_relay_that_signs_the_future_does_not_make_it_look_slow(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        assert ahead(vault, [PRESENT + 500, PRESENT - 5, PRESENT - 9], PRESENT, NOW) is None
        believed = ahead(vault, [PRESENT + 500, PRESENT - 5, PRESENT - 9], PRESENT + 500, NOW)
        assert believed is None or abs(believed) <= 2 * HOUR


def test_nothing_is_noted_before_the_end_of_the_board_is_read(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        assert ahead(vault, [PRESENT - 400] * 3, PRESENT, NOW, read_to=PRESENT - 390) is None
        assert ahead(vault, [], PRESENT, NOW + DAY) is None


def test_contradictions_are_kept_by_relay_until_they_are_old(tmp_path: Path) -> None:
    one, other = RelayId(1), RelayId(2)
    with make_vault(tmp_path / "home") as vault, vault.transaction() as tx:
        note_findings(tx, [Finding(FindingKind.FORKED, one, 5), Finding(FindingKind.DISAGREED, one, 5)], NOW)
        note_findings(tx, [Finding(FindingKind.GAP, other, 9), Finding(FindingKind.REFUSED)], NOW + 10 * DAY)
        kept = [(found.kind, found.relay, found.times) for found in troubles(tx, NOW + 10 * DAY)]
        assert kept == [(TroubleKind.FORKED, 1, 2), (TroubleKind.MISSING, 2, 1)]
        assert [found.relay for found in troubles(tx, NOW + 20 * DAY)] == [2]
        assert troubles(tx, NOW + 30 * DAY) == []
