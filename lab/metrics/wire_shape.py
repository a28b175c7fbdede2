"""M2: every exchange looks alike on a real TLS socket of a real relay process, whatever it holds and however it ends.

The real client posts through a wiretap; what is counted is how many different sequences of (direction, length) there
were after the handshake. Control: an exchange of a metered client, whose answer is as long again.
Decision 29.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from client_cli.network.relay_client import RelayClient
from lab.bench.guest import Guest, NotYet
from lab.processes.processes import QUICK, Network
from lab.processes.wiretap import wiretap
from lab.report.verdict import Scale, Verdict, at_most
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HybridPublic, curve_only
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, PassKind, Request, Status, open_response, seal_request
from protocol.routes.onion import Route, seal_deposit, seal_fetch
from protocol.seams import RelayId
from protocol.sizes import (
    ACCESS_BYTES,
    CELL_BYTES,
    FETCH_FIELD_BYTES,
    PACKET_FIELD_BYTES,
    REQUEST_BYTES,
    RESPONSE_BYTES,
    RESPONSE_KEY_BYTES,
    SHELF_BYTES,
)
from protocol.streams.pigeonhole import Take, hole_of
from relay.home.access_key import read_access
from relay.home.directory import read_roster

ROUNDS = {Scale.QUICK: 3, Scale.FULL: 40}
TRIES = 200
ONE_EXCHANGE = {"max_exchanges_per_page": 1, "page_ms": 600_000, "key_block_ms": 600_000}
HERE = RelayId(0)
TAKE = b"a letter's take, one of 32 bytes"


@dataclass(slots=True)
class _Caller:
    """Posts exchanges of one shelf to the only relay there is, through the wiretap."""

    url: str
    pin: bytes
    door: HybridPublic
    community_key: bytes
    desk: bytes
    request: Request

    async def post(self, body: bytes, profile: Profile = Profile.STANDARD) -> bytes:
        return await RelayClient().post(self.url, self.pin, body, RESPONSE_BYTES[profile])

    def sealed(self, **changes: object) -> bytes:
        return seal_request(replace(self.request, **changes), self.door, os.urandom)  # type: ignore[arg-type]

    async def status(self, body: bytes, profile: Profile = Profile.STANDARD) -> tuple[Status | None, bool]:
        """Post a body; what the relay said (None: bytes that open to nothing), and whether a reply came with it."""
        try:
            response = open_response(self.request.response_key, await self.post(body, profile))
        except ProtocolError:
            return None, False
        return response.status, response.reply is not None


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Count the sequences of exchanges of every kind, and with a metered one among them."""
    alike = asyncio.run(_sequences(scratch / "open", _every_kind, {}, ROUNDS[scale]))
    busy = asyncio.run(_sequences(scratch / "busy", _overloaded, ONE_EXCHANGE, 1))
    metered = asyncio.run(_sequences(scratch / "metered", _metered, {}, 1))
    kinds = "hit, miss, replay, wrong pass, garbage, overload"
    return [
        at_most("M2", kinds, len(alike | busy), 1),
        at_most("M2", "a metered client among them", len(alike | metered), 1, control=True),
    ]


async def _every_kind(caller: _Caller) -> None:
    """Leave a cell and fetch it until the reply came; then the same bytes again, a wrong pass, and garbage."""
    guest = await _enter(caller)
    route = Route(HERE, HERE, HERE, 0.0, 0.0, 0.0)
    keys = {HERE: guest.descriptor.day_key}
    assert await caller.status(caller.sealed()) == (Status.OK, False)
    packet = seal_deposit(route, keys, hole_of(Take(TAKE)), bytes(CELL_BYTES), os.urandom)
    body = caller.sealed(packet=packet, fetch=seal_fetch(route, keys, TAKE, os.urandom)[0])
    assert (await caller.status(body))[0] is Status.OK
    for _ in range(TRIES):
        status, hit = await caller.status(caller.sealed(collect=1))
        assert status is Status.OK
        if hit:
            break
    else:
        raise AssertionError("no reply came to the shelf")
    assert (await caller.status(body))[0] is Status.OK
    assert (await caller.status(caller.sealed(admission=bytes(ACCESS_BYTES))))[0] is Status.REFUSED
    assert (await caller.status(os.urandom(REQUEST_BYTES)))[0] is None


async def _overloaded(caller: _Caller) -> None:
    """More exchanges than the roster's cap: refused as busy."""
    assert (await caller.status(caller.sealed()))[0] is Status.OK
    assert (await caller.status(caller.sealed()))[0] is Status.BUSY


async def _metered(caller: _Caller) -> None:
    """An exchange whose response is the long one."""
    assert (await caller.status(caller.sealed(profile=Profile.METERED), Profile.METERED))[0] is Status.OK


async def _sequences(
    folder: Path, act: Callable[[_Caller], Awaitable[None]], constants: dict[str, int], rounds: int
) -> set[tuple[tuple[str, int], ...]]:
    """Run a relay with these constants and `act` as its caller, from a new shelf each round; what was seen."""
    network = Network.make(folder, relays=1, constants={**QUICK, **constants})
    _, roster = read_roster(network.community / "roster")
    entry = roster.relay(HERE)
    network.start()
    try:
        async with wiretap(network.relays[0].port) as (port, tapped):
            url = f"https://localhost:{port}{urlsplit(entry.url).path}"
            access = read_access(network.community / "access.key").secrets[0]
            desk = (network.community / "desk.key").read_bytes()
            for _ in range(rounds):
                await act(
                    _Caller(url, entry.tls_pin, curve_only(entry.door), roster.community_key, desk, _request(access))
                )
        return {one.after_the_handshake() for one in tapped}
    finally:
        network.stop()


async def _enter(caller: _Caller) -> Guest:
    """Come in with a new ticket, as a newcomer does; the first board may take a moment."""
    day = day_of(time.time())
    for _ in range(TRIES):
        ticket = make_ticket(caller.desk, caller.community_key, (HERE, HERE), day + 1, os.urandom).encode()
        with suppress(NotYet):
            return await Guest.enter(caller.post, HERE, caller.door, ticket, caller.community_key, os.urandom)
    raise AssertionError("the relay's board never had its key block")


def _request(access: bytes) -> Request:
    shelf = os.urandom(SHELF_BYTES)
    return Request(
        profile=Profile.STANDARD,
        pass_kind=PassKind.ACCESS,
        admission=access,
        shelf=shelf,
        next_shelf=shelf,
        collect=0,
        durable=0,
        response_key=os.urandom(RESPONSE_KEY_BYTES),
        cursor=Cursor(0, 0),
        packet=os.urandom(PACKET_FIELD_BYTES),
        fetch=os.urandom(FETCH_FIELD_BYTES),
    )
