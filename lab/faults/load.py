"""More exchanges than a guard takes: every answer keeps its size, memory stays bounded, and letters go on afterwards.

The load is made by `lab.bench.guest`: valid exchanges of people who exist only here. Loopback and plain HTTP, so that
the load costs little beside what it loads.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from client_cli.desk.invitations import load_community, make_invitation
from lab.bench.guest import Guest
from lab.bench.load import post_once
from lab.bench.memory import resident_mb
from lab.faults.setting import FAST, Setting
from protocol.primitives.hybrid_box import curve_only
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.sizes import RESPONSE_BYTES

CROWDED = {**FAST, "max_exchanges_per_page": 40}
"""Of two seconds: a dozen people's worth, far below what the load brings."""
BODIES = 200
CONNECTIONS = 64
MEMORY_MB = 120.0
"""So much may be added by the load: 64 connections, and caches that grow once."""


class Unbounded(AssertionError):
    """Memory grew beyond the bound."""


@dataclass(slots=True)
class Load:
    """What was done, and how much memory the relay had, in MB."""

    answers: int = 0
    dropped: int = 0
    before_mb: float = 0.0
    most_mb: float = 0.0


def beyond_capacity(setting: Setting, seconds: float = 5.0) -> str:
    """Load the guard for some seconds while letters wait. Needs a setting with `CROWDED` and without TLS."""
    done = asyncio.run(_load(setting, seconds))
    if done.most_mb - done.before_mb > MEMORY_MB:
        raise Unbounded(f"{done.most_mb - done.before_mb:.0f} MB more under load")
    return (
        f"{done.answers} exchanges in {seconds:g} s where {CROWDED['max_exchanges_per_page']} in 2 s are taken, "
        f"every answer of one size; memory +{done.most_mb - done.before_mb:.0f} MB"
    )


async def _load(setting: Setting, seconds: float) -> Load:
    community = load_community(setting.network.community)
    guard = community.roster.relay(RelayId(0))
    path, port = urlsplit(guard.url).path, setting.wires.ports[0]
    card = make_invitation(community, time.time(), os.urandom)
    size = RESPONSE_BYTES[Profile.STANDARD]

    async def ask(body: bytes) -> bytes:
        return await post_once(port, path, body, size)

    guest = await Guest.enter(
        ask, RelayId(0), curve_only(guard.door), card.ticket, community.roster.community_key, os.urandom
    )
    bodies = [guest.exchange(number, time.time(), os.urandom) for number in range(BODIES)]
    pid = setting.running("relay0").pid
    load = Load(before_mb=resident_mb(pid))
    end = time.monotonic() + seconds

    async def connection(first: int) -> None:
        number = first
        while time.monotonic() < end:
            try:
                await ask(bodies[number % BODIES])  # an answer of another size ends everything
                load.answers += 1
            except OSError:
                load.dropped += 1
            number += CONNECTIONS
            load.most_mb = max(load.most_mb, resident_mb(pid))

    await asyncio.gather(*(connection(number) for number in range(CONNECTIONS)))
    return load
