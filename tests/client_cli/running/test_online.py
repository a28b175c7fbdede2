"""The runner: it makes the postman's exchanges at their times, one process at a time, and locks and ends when told."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.community.joining import Refusal
from client_cli.errors import AlreadyOnline, NotJoined
from client_cli.network.relay_client import RelayUnreachable
from client_cli.post.postman import Exchange
from client_cli.running.online import OnlineProgress, run_online
from client_cli.running.sync import run_sync
from client_cli.vault.lock import LOCK_FILE, hold_online, online_running
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.routes.exchange import Status
from protocol.seams import RelayId
from tests.kits.small_network import (
    CHEAP_WORDS,
    START,
    WORDS,
    SmallNetwork,
    make_member,
    make_postman,
    run_slots,
    seeded,
)


class FastClock:
    """A clock that jumps to the next moment somebody waits for, once everybody has had some turns."""

    def __init__(self) -> None:
        self.time = START
        self.waiting: list[float] = []
        self.changes = 0

    def now(self) -> float:
        return self.time

    async def pause(self, seconds: float) -> None:
        until = self.time + seconds
        self.waiting.append(until)
        self.changes += 1
        turns, seen = 0, self.changes
        try:
            while turns < 20 or until > min(self.waiting):
                await asyncio.sleep(0)
                turns, seen = (turns + 1, seen) if seen == self.changes else (0, self.changes)
            self.time = max(self.time, until)
        finally:
            self.waiting.remove(until)
            self.changes += 1


class Wire:
    """Posts to the small network; `end_after` exchanges the run is told to end."""

    def __init__(self, network: SmallNetwork, clock: FastClock, stop: asyncio.Event, end_after: int) -> None:
        self.network = network
        self.clock = clock
        self.stop = stop
        self.left = end_after
        self.times: list[float] = []

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        self.times.append(self.clock.now())
        self.left -= 1
        if self.left <= 0:
            self.stop.set()
        answer = self.network.answer(Exchange(RelayId(0), url, tls_pin, body, response_bytes, 0), self.clock.now())
        if answer is None:
            raise RelayUnreachable("down")
        assert len(answer) == response_bytes
        return answer


@pytest.fixture
def home() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


async def run(
    vault: Vault, network: SmallNetwork, name: str, end_after: int
) -> tuple[Wire, list[OnlineProgress], FastClock]:
    clock, stop = FastClock(), asyncio.Event()
    wire, reports = Wire(network, clock, stop, end_after), list[OnlineProgress]()
    await run_online(
        vault,
        clock,
        make_postman(vault, name),
        wire,
        reports.append,
        entropy=seeded("door"),
        stop=stop,
        pause=clock.pause,
    )
    return wire, reports, clock


async def test_exchanges_are_made_at_the_times_of_the_schedule(home: Path) -> None:
    network = SmallNetwork()
    with make_member(network, home, "a") as vault:
        wire, reports, _ = await run(vault, network, "a", 20)
    other = SmallNetwork()
    with make_member(other, home / "again", "a") as vault:
        postman = make_postman(vault, "a")
        postman.start(START)
        planned = run_slots(other, postman, wire.times[-1] + 0.001)
    assert wire.times == pytest.approx(planned, abs=1e-3)
    assert reports[-1].exchanges == 20
    assert not reports[-1].locked


async def test_failures_end_nothing(home: Path) -> None:
    network = SmallNetwork()
    network.down = {RelayId(0), RelayId(1)}
    with make_member(network, home, "a") as vault:
        _, reports, _ = await run(vault, network, "a", 5)
    assert reports[-1].failed >= 4


async def test_a_used_invitation_is_reported_from_the_first_answer(home: Path) -> None:
    network = SmallNetwork()
    network.says = Status.REFUSED
    with make_member(network, home, "a") as vault:
        _, reports, _ = await run(vault, network, "a", 2)
    assert next(report.refusal for report in reports if report.failed) is Refusal.INVITATION


async def test_a_second_online_and_a_sync_beside_it_are_refused(home: Path) -> None:
    network = SmallNetwork()
    with make_member(network, home, "a") as vault, hold_online(vault.home):
        with pytest.raises(AlreadyOnline):
            await run(vault, network, "a", 1)
        clock = FastClock()
        wire = Wire(network, clock, asyncio.Event(), 1)
        with pytest.raises(AlreadyOnline):
            await run_sync(vault, clock, make_postman(vault, "a"), wire)
    assert network.sent == []


async def test_online_without_an_invitation_says_so(home: Path) -> None:
    network = SmallNetwork()
    with Vault.create(
        home / "a", WORDS, seeded("v"), language="en", profile=Profile.STANDARD, now=START, cost=CHEAP_WORDS
    ) as vault:
        with pytest.raises(NotJoined):
            await run(vault, network, "a", 1)
        assert not online_running(vault.home)


async def test_lock_closes_the_letters_and_the_schedule_goes_on_until_the_words_come(home: Path) -> None:
    network = SmallNetwork()
    with make_member(network, home, "a") as vault:
        clock, stop = FastClock(), asyncio.Event()
        wire = Wire(network, clock, stop, 12)
        locked_at: list[int] = []

        def watch(report: OnlineProgress) -> None:
            if report.exchanges == 3 and not locked_at:
                (vault.home / LOCK_FILE).touch()
                locked_at.append(3)
            if report.locked and len(locked_at) == 1:
                assert not (vault.home / LOCK_FILE).exists()
                Vault.open(vault.home, WORDS).close()  # any command that was given the words
                locked_at.append(report.exchanges)

        await run_online(
            vault,
            clock,
            make_postman(vault, "a"),
            wire,
            watch,
            entropy=seeded("door"),
            stop=stop,
            pause=clock.pause,
        )
        assert len(locked_at) == 2
        assert vault.has_letters_key
        assert len(wire.times) >= 12


async def test_sync_makes_two_posts_and_tells_whether_they_were_answered(home: Path) -> None:
    network = SmallNetwork()
    with make_member(network, home, "a") as vault:
        clock = FastClock()
        wire = Wire(network, clock, asyncio.Event(), 99)
        postman = make_postman(vault, "a")
        assert (await run_sync(vault, clock, postman, wire)).answered
        network.down = {RelayId(0)}
        assert not (await run_sync(vault, clock, postman, wire)).answered
        assert (await run_sync(vault, clock, postman, wire)).answered
    assert len(wire.times) == 2 + 1 + 2
