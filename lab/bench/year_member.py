"""The member of `lab.bench.year`: the real `online` of a real vault, in a process that holds nothing else.

Its network is the other end of a pipe, and its clock runs ahead to the next thing that it waits for.
Standard input and output carry messages: length u32 | msgpack. What is written: ("card", text), ("post", now, relay's
URL, body), ("mark", `Mark`). What is read: the invitation, the other's card, and an answer to every post.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

import aiohttp  # what a client that goes online has loaded
import msgspec

from client_cli.community.joining import join
from client_cli.inbox.reading import mark_read, unread
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import require_person
from client_cli.post.postman import Postman
from client_cli.randomness import Randomness
from client_cli.running.online import run_online
from client_cli.seams import system_entropy
from client_cli.vault.key_file import WordsCost
from client_cli.vault.vault import DATABASE_FILE, Vault
from protocol.letters.letter import MAX_LETTER_BYTES
from protocol.profile import Profile

DAY_S: Final = 86_400.0
LONG_EVERY_DAYS: Final = 30
WORDS: Final = "four small words here"
OTHER: Final = "Bora"
_LENGTH: Final = 4


class Mark(msgspec.Struct, frozen=True):
    """A day of the year: resident memory in MB, now and at most after any exchange so far; the vault's bytes; rows of
    every table that has any; letters that came so far."""

    day: int
    resident_mb: float
    peak_mb: float
    vault_bytes: int
    rows: dict[str, int]
    letters: int


def put(out: IO[bytes], message: object) -> None:
    """Write one message."""
    body = msgspec.msgpack.encode(message)
    out.write(len(body).to_bytes(_LENGTH, "big") + body)
    out.flush()


def take(source: IO[bytes]) -> Any:
    """Read one message; None at the end."""
    head = source.read(_LENGTH)
    return msgspec.msgpack.decode(source.read(int.from_bytes(head, "big"))) if head else None


def text_of(day: int) -> str:
    """What is written on a day: as long as a letter may be once a month."""
    long = day % LONG_EVERY_DAYS == 1
    return "x" * MAX_LETTER_BYTES if long else f"day {day}"


class Ahead:
    """A clock that a member's waiting moves on, and what it does every day."""

    def __init__(self, start: float, days: int, daily: Callable[[int], None], ending: asyncio.Event) -> None:
        self.start = self._now = start
        self._days = days
        self._daily = daily
        self._ending = ending
        self._day = 0
        self.events: Callable[[], tuple[float, float]] = lambda: (start, start)

    def now(self) -> float:
        """The time of the simulation."""
        return self._now

    async def pause(self, seconds: float) -> None:
        """Let time pass: for so long, or until the next slot or sealing if nothing happens before."""
        ahead = [at for at in self.events() if at > self._now]
        self._now = max(self._now + seconds, min(ahead, default=0.0))
        while self._day < (self._now - self.start) // DAY_S:
            self._day += 1
            self._daily(self._day)
        if self._day >= self._days:
            self._ending.set()
        await asyncio.sleep(0)


class Pipe:
    """A network at the other end of a pipe, where the simulation goes on until the time of every exchange."""

    def __init__(self, clock: Ahead) -> None:
        self._clock = clock
        self.peak_mb = 0.0

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        """See `client_cli.post.poster`."""
        put(sys.stdout.buffer, ("post", self._clock.now(), url, body))
        answer: bytes = take(sys.stdin.buffer)
        self.peak_mb = max(self.peak_mb, resident_mb())
        return answer


def resident_mb() -> float:
    """Resident memory of this process in MB (10^6 bytes). Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


def rows_of(vault: Vault) -> dict[str, int]:
    """How many rows each table has."""
    with vault.transaction() as tx:
        names = [name for (name,) in tx.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        counts = {name: int(tx.all(f"SELECT count(*) FROM {name}")[0][0]) for name in names}  # noqa: S608
    return {name: count for name, count in counts.items() if count}


async def live(home: Path, start: float, days: int) -> None:
    """Join, meet the other one, and stay online for so many days, with a letter a day."""
    ending = asyncio.Event()
    came = 0
    cost = WordsCost(ops=1, memory_kib=8)
    vault = Vault.create(home, WORDS, system_entropy, language="en", profile=Profile.STANDARD, now=start, cost=cost)

    def daily(day: int) -> None:
        nonlocal came
        numbers = [letter.number for letter in unread(vault)]
        mark_read(vault, numbers, keep=False)
        came += len(numbers)
        if day < days - LONG_EVERY_DAYS // 2:
            write_letter(vault, require_person(vault, OTHER), text_of(day), clock.now())
        size = (home / DATABASE_FILE).stat().st_size
        put(sys.stdout.buffer, ("mark", Mark(day, resident_mb(), pipe.peak_mb, size, rows_of(vault), came)))

    clock = Ahead(start, days, daily, ending)
    pipe = Pipe(clock)
    join(vault, take(sys.stdin.buffer), start)
    put(sys.stdout.buffer, ("card", show_card(vault, OTHER, start, system_entropy)))
    scan_card(vault, OTHER, take(sys.stdin.buffer), start)
    postman = Postman(vault, Randomness(system_entropy, system_entropy))
    clock.events = lambda: (postman.next_slot_at(), postman.prepare_at())
    assert aiohttp.__name__
    await run_online(
        vault, clock, postman, pipe, lambda _: None, entropy=system_entropy, stop=ending, pause=clock.pause
    )
    vault.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
