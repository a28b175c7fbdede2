"""What the shell's tests share: a core that answers by rule, a running shell, a client that sees TLS records."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from protocol.community.roster import Roster
from protocol.profile import Profile
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import LINK_ACK_BYTES, REQUEST_BYTES, RESPONSE_BYTES
from relay.core.interface import Count, Question, SealedBatch
from relay.events import NoEvents
from relay.home.tls import make_certificate, server_context
from relay.server.cover_site import DullSite
from relay.server.doorway import GRACE_S, MAX_OUTSIDE, Doorway, Rooms
from relay.server.group_commit import GroupCommit
from relay.server.metrics import Tally
from relay.server.places import Places
from relay.server.web import MAX_INSIDE, READ_S, Web
from tests.kits.communities import make_roster

NOW = 1_800_000_000.0
PATH = "/abcdefghijklmnopqrstuvwx"
STANDARD = RESPONSE_BYTES[Profile.STANDARD]
WIDE = Rooms(MAX_OUTSIDE, MAX_INSIDE)
METERED = RESPONSE_BYTES[Profile.METERED]


class FixedClock:
    """Stands still until moved."""

    def __init__(self, now: float = NOW) -> None:
        self._now = now

    def now(self) -> float:
        """The time it was set to."""
        return self._now

    def move(self, now: float) -> None:
        """Set it."""
        self._now = now


@dataclass
class PaperCore:
    """A core without a store: the first byte of a body decides its answer, as if it were the box's content."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    groups: list[int] = field(default_factory=list)
    fault: Exception | None = None
    due: list[SealedBatch] = field(default_factory=list)
    due_at: float = NOW + 3600
    fates: list[tuple[SealedBatch, bytes | None]] = field(default_factory=list)
    tidying: Callable[[], Awaitable[bool]] | None = None
    tidied: int = 0
    roster: Roster = field(default_factory=lambda: make_roster(2))
    answer_s: float = 0.05
    waiting: int = 0
    counts: Mapping[Count, int] = field(default_factory=dict)
    entropy: SeededEntropy = field(default_factory=lambda: SeededEntropy(bytes(32)))
    closed: bool = False
    told: asyncio.Event = field(default_factory=asyncio.Event)
    unheard: bool = False
    is_off_roster: bool = False
    answers: list[tuple[Question, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def peers(self) -> tuple[RelayId, ...]:
        """All but the first."""
        return self.roster.numbers[1:]

    def ask(self, peer: RelayId) -> Question:
        """A question that names its peer."""
        return Question(peer, bytes([peer]) * REQUEST_BYTES, bytes(32))

    async def take_answer(self, question: Question, answer: bytes, now: float) -> None:
        """Keep it."""
        self.answers.append((question, answer))

    async def exchanges(self, bodies: Sequence[bytes], now: float) -> list[bytes]:
        """Answers of the size that the first byte asks for, once the gate is open."""
        self.asked.set()
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.groups.append(len(bodies))
        return [self._answer(body) for body in bodies]

    def _answer(self, body: bytes) -> bytes:
        size = METERED if body[:1] == b"m" else STANDARD
        return self.entropy(len(body) // REQUEST_BYTES * size)

    async def link(self, body: bytes, now: float) -> bytes:
        """128 bytes."""
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return self.entropy(LINK_ACK_BYTES)

    def next_due(self, now: float) -> float:
        """When there is something in `due`, now."""
        return now if self.due else self.due_at

    async def run_due(self, now: float) -> list[SealedBatch]:
        """What is in `due`, once."""
        due, self.due = self.due, []
        return due

    def next_tidying(self, now: float) -> float:
        """At once, once, if there is something to tidy."""
        return self.due_at if self.tidying is None else now

    async def tidy(self, now: float) -> bool:
        """Whatever the test lets it be."""
        tidying, self.tidying = self.tidying, None
        self.tidied += 1
        return True if tidying is None else await tidying()

    async def shipped(self, batch: SealedBatch, ack: bytes | None, now: float) -> None:
        """Keep it for the test."""
        self.fates.append((batch, ack))
        self.told.set()

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


@dataclass
class RunningShell:
    """A web shell on a port of the loopback address."""

    port: int
    core: PaperCore
    tally: Tally
    pin: bytes
    outside: Places[Any]
    inside: Places[Any]


@asynccontextmanager
async def running_shell(
    directory: Path,
    core: PaperCore,
    *,
    read_s: float = READ_S,
    rooms: Rooms = WIDE,
    grace_s: float = GRACE_S,
    listen: Callable[[], socket.socket] = lambda: socket.create_server(("127.0.0.1", 0)),
) -> AsyncIterator[RunningShell]:
    """The real shell with TLS over `core`, closed at the end."""
    clock, tally = FixedClock(), Tally()
    certificate = make_certificate("127.0.0.1", NOW, SeededEntropy(b"c" * 32))
    (directory / "tls.crt").write_bytes(certificate.certificate_pem)
    (directory / "tls.key").write_bytes(certificate.key_pem)
    group_commit = GroupCommit(core, clock, SeededEntropy(b"s" * 32), tally, NoEvents())
    server = Web(PATH, core.answer_s, group_commit, DullSite(clock), tally, read_s, rooms.inside).server()
    context = server_context(directory / "tls.crt", directory / "tls.key")
    listening = listen()
    doorway = Doorway(
        server,
        listening,
        context,
        tally,
        NoEvents(),
        outside=rooms.outside,
        silence_s=read_s,
        handshake_s=read_s,
        grace_s=grace_s,
    )
    accepting = asyncio.create_task(doorway.run())
    commits = asyncio.create_task(group_commit.run())
    try:
        yield RunningShell(listening.getsockname()[1], core, tally, certificate.pin, doorway.outside, server.inside)
    finally:
        accepting.cancel()
        await asyncio.wait([accepting])
        listening.close()
        await server.shutdown(1.0)
        commits.cancel()


def post(path: str, body: bytes, *, length: int | None = None, method: str = "POST") -> bytes:
    """The bytes of a request as a client sends them."""
    size = len(body) if length is None else length
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode() + body


@dataclass
class Seen:
    """What an observer of one connection and its client saw."""

    records: list[tuple[int, int]]
    """(type, length) of every TLS record that came after the handshake; session tickets would be among them."""
    answer: bytes
    elapsed_s: float


async def exchange_seeing_records(port: int, request: bytes, source: str = "127.0.0.1") -> Seen:
    """Send `request` on a TLS connection of its own and read to the end, counting TLS record headers by hand.

    source: the address of the loopback network that it comes from.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(arriving, leaving, server_side=False)
    wire = bytearray()

    async def step(action: Callable[[], bytes | None]) -> bytes | None:
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                writer.write(leaving.read())
                data = await reader.read(65536)
                wire.extend(data)
                arriving.write(data) if data else arriving.write_eof()

    try:
        await step(tls.do_handshake)
        writer.write(leaving.read())
        handshake = len(_records(bytes(wire)))
        loop = asyncio.get_running_loop()
        tls.write(request)
        sent = loop.time()
        writer.write(leaving.read())
        answer = bytearray()
        elapsed_s = 0.0
        while chunk := await step(lambda: _read(tls)):
            elapsed_s = elapsed_s or loop.time() - sent
            answer.extend(chunk)
        records = _records(bytes(wire))
        return Seen(records[handshake:], bytes(answer), elapsed_s)
    finally:
        writer.close()


def _read(tls: ssl.SSLObject) -> bytes:
    try:
        return tls.read(65536)
    except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
        return b""


def _records(wire: bytes) -> list[tuple[int, int]]:
    records = []
    at = 0
    while at + 5 <= len(wire):
        length = int.from_bytes(wire[at + 3 : at + 5], "big")
        records.append((wire[at], length))
        at += 5 + length
    return records
