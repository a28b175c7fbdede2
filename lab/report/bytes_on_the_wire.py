"""What one exchange costs on the wire: `python -m lab.report.bytes_on_the_wire`.

A real client posts to a real relay over TLS through a counting pass-through on this machine. Printed: bytes of TLS in
both directions, and an estimate with TCP and IP headers (segments of 1400 bytes, 40 bytes of headers each, an
acknowledgement for every second one, six segments to open and close).
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from client_cli.network.relay_client import RelayClient
from lab.processes.processes import Network
from lab.processes.wiretap import wiretap
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.sizes import REQUEST_BYTES, RESPONSE_BYTES
from relay.home.directory import read_roster

SEGMENT_BYTES = 1400
HEADER_BYTES = 40
OPEN_AND_CLOSE_SEGMENTS = 6
EXCHANGES = 5


async def measure(relay_port: int, path: str, pin: bytes) -> tuple[int, int]:
    """Return the mean bytes up and down of one exchange."""
    async with wiretap(relay_port) as (port, tapped):
        client = RelayClient()
        for _ in range(EXCHANGES):
            url = f"https://localhost:{port}{path}"
            await client.post(url, pin, os.urandom(REQUEST_BYTES), RESPONSE_BYTES[Profile.STANDARD])
    up, down = (sum(one.total_bytes[way] for one in tapped) for way in ("up", "down"))
    return up // EXCHANGES, down // EXCHANGES


def with_headers(size: int) -> int:
    """Return an estimate of what `size` bytes of TLS take with TCP and IP, acknowledgements included."""
    segments = -(-size // SEGMENT_BYTES)
    return size + HEADER_BYTES * (segments + segments // 2 + OPEN_AND_CLOSE_SEGMENTS // 2)


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="sosik-lab-") as name:
        network = Network.make(Path(name) / "net", relays=1)
        _, roster = read_roster(network.community / "roster")
        relay = roster.relay(RelayId(0))
        network.start()
        try:
            up, down = asyncio.run(measure(network.relays[0].port, urlsplit(relay.url).path, relay.tls_pin))
        finally:
            network.stop()
    payload = REQUEST_BYTES + RESPONSE_BYTES[Profile.STANDARD]
    print(f"TLS bytes: {up} up, {down} down, {up + down - payload} more than the {payload} of the exchange")
    print(f"with TCP and IP, estimated: {with_headers(up) + with_headers(down) - payload} more")
    return 0


if __name__ == "__main__":
    sys.exit(main())
