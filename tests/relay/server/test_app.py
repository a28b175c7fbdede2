"""A relay as a process: it says when it listens, ends with a sentence, and answers everyone alike (invariant 2)."""

import json
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lab.bench.guest import Guest
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.primitives import hybrid_box
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import curve_only
from protocol.routes.exchange import Response, Status, open_response, seal_request
from protocol.routes.onion import Route, seal_deposit, seal_fetch
from protocol.sizes import CELL_BYTES, REQUEST_BYTES, REQUEST_PLAIN_BYTES
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.clock import check_validity
from relay.errors import ClockProblem, RosterProblem
from relay.home.config import load_config
from relay.seams import SystemClock
from tests.kits.relaykit import ENTROPY, RUN, Ready, make_relay, request_of, running
from tests.kits.shellkit import Seen, exchange_seeing_records, post


@pytest.fixture
def relay(tmp_path: Path) -> Ready:
    """A relay of a community of one, on a port that it chooses."""
    return make_relay(tmp_path, {"answer_ms": 100})


def _body(seen: Seen) -> bytes:
    return seen.answer.partition(b"\r\n\r\n")[2]


async def test_invariant_2_hit_miss_busy_and_a_full_pool_look_alike_on_the_wire(tmp_path: Path) -> None:
    seen, found = await _five_exchanges(tmp_path / "busy", {"max_exchanges_per_page": 5})
    assert found[0].reply is None
    assert any(one.reply is not None for one in found)  # what an earlier exchange asked for lay on the shelf
    assert found[-1].status is Status.BUSY
    full, _ = await _five_exchanges(tmp_path / "full", {"max_packets": 1})
    assert len({tuple(one.records) for one in seen + full}) == 1
    assert len({one.answer.partition(b"\r\n\r\n")[0] for one in seen + full}) == 1


async def _five_exchanges(tmp_path: Path, caps: dict[str, int]) -> tuple[list[Seen], list[Response]]:
    """Leave cells and fetch them at a relay with these caps; what the wire showed, and what was in it."""
    relay = make_relay(tmp_path, {"answer_ms": 100, "link_tick_ms": 10} | caps)
    path = load_config(relay.directory).listen.path
    entry = relay.roster.relays[0]
    route = Route(entry.relay, entry.relay, entry.relay, 0.0, 0.0, 0.0)
    shelf = ENTROPY(16)
    door = curve_only(entry.door)

    def request(collect: int, packet: bytes, fetch: bytes) -> bytes:
        asked = replace(request_of(relay), shelf=shelf, next_shelf=shelf, collect=collect, response_key=bytes(32))
        return seal_request(replace(asked, packet=packet, fetch=fetch), door, ENTROPY)

    def fields(number: int, day_key: bytes) -> tuple[bytes, bytes]:
        keys = {entry.relay: day_key}
        take = bytes([number]) * 32
        deposit = seal_deposit(route, keys, hole_of(Take(take)), bytes(CELL_BYTES), ENTROPY)
        return deposit, seal_fetch(route, keys, take, ENTROPY)[0]

    now = SystemClock().now()
    desk = (tmp_path / "family" / "desk.key").read_bytes()
    ticket = make_ticket(desk, relay.roster.community_key, (entry.relay, entry.relay), day_of(now) + 1, ENTROPY)
    with running(relay.directory) as (port, _):

        async def ask(body: bytes) -> bytes:
            return _body(await exchange_seeing_records(port, post(path, body)))

        guest = await Guest.enter(ask, entry.relay, door, ticket.encode(), relay.roster.community_key, ENTROPY)
        seen = [
            await exchange_seeing_records(port, post(path, request(collect, *fields(number, guest.descriptor.day_key))))
            for number, collect in ((1, 1), (1, 1), (2, 9), (3, 1), (4, 1))
        ]
    return seen, [open_response(bytes(32), _body(one)) for one in seen]


async def test_invariant_2_good_refused_garbage_and_replay_look_alike_on_the_wire(relay: Ready) -> None:
    path = load_config(relay.directory).listen.path
    door = curve_only(relay.roster.relays[0].door)
    good = request_of(relay)
    good = replace(good, next_shelf=good.shelf)
    sealed = seal_request(good, door, ENTROPY)
    refused = replace(good, admission=bytes(32))
    bodies = [
        sealed,
        sealed,
        seal_request(refused, door, ENTROPY),
        ENTROPY(REQUEST_BYTES),
        hybrid_box.seal(door, bytes(REQUEST_PLAIN_BYTES), ENTROPY),
    ]
    with running(relay.directory) as (port, _):
        seen = [await exchange_seeing_records(port, post(path, body)) for body in bodies]
        both = [
            await exchange_seeing_records(port, post(path, eight)) for eight in (sealed * 8, bytes(8 * REQUEST_BYTES))
        ]
    assert [open_response(good.response_key, _body(one)).status for one in seen[:3]] == [
        Status.OK,
        Status.OK,
        Status.REFUSED,
    ]
    for one in seen[3:]:
        with pytest.raises(ProtocolError):
            open_response(good.response_key, _body(one))
    assert len({tuple(one.records) for one in seen}) == 1
    assert len({one.answer.partition(b"\r\n\r\n")[0] for one in seen}) == 1
    assert len({tuple(one.records) for one in both}) == 1
    assert min(one.elapsed_s for one in seen + both) >= 0.095


def test_stopping_ends_with_zero_and_leaves_no_journal(relay: Ready) -> None:
    with running(relay.directory) as (_, process):
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert '"event": "stopped"' in log
    assert not list(relay.directory.glob("relay.db-wal"))


def test_killed_relay_starts_again(relay: Ready) -> None:
    for _ in range(2):
        with running(relay.directory) as (_, process):
            process.kill()


def test_second_process_on_a_directory_says_so(relay: Ready) -> None:
    with running(relay.directory):
        done = subprocess.run([*RUN, str(relay.directory)], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (8, "")
    assert done.stderr.startswith("sosik-relay: A relay already runs in ")
    assert done.stderr.count("\n") == 1


def test_taken_port_says_so(relay: Ready) -> None:
    config = relay.directory / "relay.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(config.read_text().replace("port = 0", f"port = {taken.getsockname()[1]}"))
        done = subprocess.run([*RUN, str(relay.directory)], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 7, done.stderr
    assert "cannot listen on 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_file_of_a_running_relay_is_its_owners_alone(relay: Ready) -> None:
    with running(relay.directory):
        modes = {path.name: path.stat().st_mode & 0o077 for path in relay.directory.iterdir()}
    assert set(modes.values()) == {0}, modes


def test_inspect_and_doctor_run_beside_the_relay_and_after_it(relay: Ready) -> None:
    def call(command: str) -> str:
        line = (sys.executable, "-m", "relay", command, str(relay.directory), "--json")
        return subprocess.run(line, capture_output=True, text=True, check=True, timeout=30).stdout

    with running(relay.directory) as (_, process):
        beside = json.loads(call("inspect"))
        assert {finding["code"] for finding in json.loads(call("doctor"))} == {0}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    before = (relay.directory / "relay.db").read_bytes()
    assert set(json.loads(call("inspect"))) == set(beside)
    assert {finding["code"] for finding in json.loads(call("doctor"))} == {0}
    assert (relay.directory / "relay.db").read_bytes() == before
    # A day, a link and a slow key, each for now and for what comes next; on the last day of a month one more.
    assert beside["keys"]["rows"] in (6, 7)
    assert all(table["purpose"] and all(table["columns"].values()) for table in beside.values())


def test_clock_before_the_roster_and_a_roster_that_is_over_are_told_apart(relay: Ready) -> None:
    day_s = 86_400
    check_validity(relay.roster, relay.roster.issued_day * day_s)
    check_validity(relay.roster, (relay.roster.expires_day + 1) * day_s - 1)
    with pytest.raises(ClockProblem):
        check_validity(relay.roster, relay.roster.issued_day * day_s - 1)
    with pytest.raises(RosterProblem, match="expired"):
        check_validity(relay.roster, (relay.roster.expires_day + 1) * day_s)
