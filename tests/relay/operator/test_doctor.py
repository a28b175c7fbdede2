"""What the doctor looks at: everything of a relay's health that its own directory tells, and nothing is changed."""

import asyncio
import shutil
from pathlib import Path

import pytest

from protocol.primitives.days import day_of
from relay.core.links.membership import OFF_ROSTER
from relay.core.service import RelayService
from relay.errors import ClockLeapt, ClockProblem, FileProblem, RosterProblem
from relay.events import NoEvents
from relay.home.directory import load_relay
from relay.home.tls import CERTIFICATE_DAYS
from relay.operator.doctor import Finding, examine
from relay.seams import SystemClock
from relay.store.open import open_store
from tests.kits.relaykit import ENTROPY, Ready, make_relay

DAY_S = 86_400.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    return make_relay(tmp_path_factory.mktemp("made"), {})


@pytest.fixture
def relay(made: Ready, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.directory, tmp_path / "relay"))


def found(relay: Path, now: float | None = None) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(relay, SystemClock().now() if now is None else now)}


def test_a_whole_relay_is_well_and_left_as_it_is(relay: Path) -> None:
    before = {path.name: path.read_bytes() for path in relay.iterdir()}
    findings = found(relay)
    assert [finding.code for finding in findings.values()] == [0] * 6
    assert findings["store"].words == "not made yet; the first run makes it"
    assert findings["configuration, keys, roster"].words == "complete; relay 0 of 1"
    assert findings["certificate"].words.endswith("and pinned by the roster")
    assert {path.name: path.read_bytes() for path in relay.iterdir()} == before


def test_a_roster_that_ends_soon_is_told_in_time(made: Ready) -> None:
    last = made.roster.expires_day * DAY_S
    assert "ask the roster maker" not in found(made.directory, last - 40 * DAY_S)["clock and roster"].words
    soon = found(made.directory, last - 5 * DAY_S)["clock and roster"]
    assert (soon.code, "valid for 5 days; ask the roster maker" in soon.words) == (0, True)
    assert found(made.directory, last + DAY_S)["clock and roster"].code == RosterProblem.exit_code


def test_a_clock_before_the_roster_is_told(made: Ready) -> None:
    early = found(made.directory, (made.roster.issued_day - 1) * DAY_S)["clock and roster"]
    assert early.code == ClockProblem.exit_code


async def run_at(relay: Path, now: float, *, clock_is_right: bool = False) -> None:
    """As if it had run for a moment at `now`."""
    loaded = load_relay(relay)
    store = await open_store(relay, loaded.config, ENTROPY)
    core = await RelayService.open(
        store, loaded.keys, loaded.roster_bytes, loaded.access, ENTROPY, now, NoEvents(), clock_is_right=clock_is_right
    )
    await core.run_due(now)
    await core.tidy(now)
    await core.close()


@pytest.mark.parametrize(
    ("ran_s", "words"),
    [
        (0.0, "are as far as this clock"),
        (-20 * 3600.0, "are as far as this clock"),
        (-11 * DAY_S, "10 days past everything"),
        (5 * 3600.0, "pages by 5 hours"),
        (20 * DAY_S, "keys by 468 hours"),
    ],
)
async def test_what_was_done_is_compared_with_the_clock(relay: Path, ran_s: float, words: str) -> None:
    now = (day_of(SystemClock().now()) + 0.5) * DAY_S
    made_at = now - 11 * DAY_S
    shutil.rmtree(relay)
    relay = make_relay(relay.parent / "older", {}, days_ago=12).directory
    await run_at(relay, min(made_at, now + ran_s))
    await run_at(relay, now + ran_s, clock_is_right=True)
    finding = (await asyncio.to_thread(found, relay, now))["clock and store"]
    assert words in finding.words
    assert finding.code == (0 if "as far as" in words else ClockLeapt.exit_code)


def test_a_certificate_that_has_expired_is_told(made: Ready) -> None:
    late = found(made.directory, SystemClock().now() + (CERTIFICATE_DAYS + 2) * DAY_S)["certificate"]
    assert (late.code, "has expired" in late.words) == (FileProblem.exit_code, True)


def test_what_follows_from_a_missing_roster_is_left_out(relay: Path) -> None:
    (relay / "roster").unlink()
    findings = found(relay)
    assert list(findings) == ["permissions", "disk", "store", "configuration, keys, roster"]
    assert findings["configuration, keys, roster"].code == RosterProblem.exit_code


async def test_a_relay_that_was_taken_off_the_roster_is_told(relay: Path) -> None:
    now = SystemClock().now()
    await run_at(relay, now)
    loaded = load_relay(relay)
    store = await open_store(relay, loaded.config, ENTROPY)
    async with store.transaction() as tx:
        tx.set_state({OFF_ROSTER: loaded.roster.version})
    assert (await asyncio.to_thread(found, relay))["membership"].code == 0, "it is in a roster of that version again"
    async with store.transaction() as tx:
        tx.set_state({OFF_ROSTER: loaded.roster.version + 1})
    await store.close()
    membership = (await asyncio.to_thread(found, relay))["membership"]
    assert (membership.code, "taken this relay off its roster" in membership.words) == (5, True)
