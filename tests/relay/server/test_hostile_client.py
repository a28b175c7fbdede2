"""A hostile client at a real relay: honest exchanges look the same and are answered on the grid; memory stays."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lab.hostile.wire import HostileWire
from protocol.primitives.hybrid_box import curve_only
from protocol.routes.exchange import PassKind, Status, open_response, seal_request
from protocol.seams import SeededEntropy
from protocol.sizes import PASS_BYTES, REQUEST_BYTES
from relay.home.config import load_config
from tests.kits.relaykit import Ready, make_relay, request_of, running
from tests.kits.shellkit import exchange_seeing_records, post

_ENTROPY = SeededEntropy(b"h" * 32)
ANSWER_S = 0.1
HELD = 60
CONNECTION_KB = 90
"""Most that an open connection costs, TLS included; what a relay allows at once is in relay.server.doorway."""
SLACK_KB = 40_000


@pytest.fixture
def relay(tmp_path: Path) -> Ready:
    """A relay of a community of one."""
    return make_relay(tmp_path, {"answer_ms": round(ANSWER_S * 1000), "max_shelves": 50})


def resident_kb(pid: int) -> int:
    """Memory of a process, from Linux's own account."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")
async def test_a_flood_of_every_kind_changes_nothing_for_an_honest_client(relay: Ready) -> None:
    path = load_config(relay.directory).listen.path
    door = curve_only(relay.roster.relays[0].door)
    shelf = _ENTROPY(16)
    honest = replace(request_of(relay), shelf=shelf, next_shelf=shelf)

    def sealed(**changes: object) -> bytes:
        return seal_request(replace(honest, **changes), door, _ENTROPY)  # type: ignore[arg-type] # fields of a request

    def shelves(count: int) -> list[bytes]:
        return [sealed(shelf=name, next_shelf=name) for name in (_ENTROPY(16) for _ in range(count))]

    kept = sealed()
    hostile = [
        *[kept] * 5,
        *shelves(60),
        *[sealed(admission=_ENTROPY(32)) for _ in range(5)],
        *[sealed(pass_kind=PassKind.TICKET, admission=_ENTROPY(PASS_BYTES)) for _ in range(5)],
        *[_ENTROPY(REQUEST_BYTES) for _ in range(5)],
    ]
    with running(relay.directory) as (port, process):
        calm = await exchange_seeing_records(port, post(path, sealed()))
        before_kb = resident_kb(process.pid)
        async with HostileWire(port, path) as wire:
            await wire.hold(HELD)
            sizes = {len((await wire.ask(post(path, body))).partition(b"\r\n\r\n")[2]) for body in hostile}
            dull = await wire.oversized()
            seen = [await exchange_seeing_records(port, post(path, sealed())) for _ in range(3)]
            grown_kb = resident_kb(process.pid) - before_kb
        assert process.poll() is None
    assert sizes == {8192}
    assert not any(answer.startswith(b"HTTP/1.1 200") for answer in dull)
    for one in seen:
        response = open_response(honest.response_key, one.answer.partition(b"\r\n\r\n")[2])
        assert response.status is Status.OK
        assert one.records == calm.records
        assert one.elapsed_s >= ANSWER_S * 0.95
    assert grown_kb < HELD * CONNECTION_KB + SLACK_KB
