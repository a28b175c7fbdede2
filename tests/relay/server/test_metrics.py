"""Counters are coarse, closed, and on the loopback address alone."""

import re
import urllib.request
from dataclasses import fields

import pytest

from relay.core.interface import Count
from relay.errors import PortTaken
from relay.server.metrics import COARSE_STEP, MetricsServer, Tally, coarse


def _read(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    pairs = re.findall(r"^(\w+) ([0-9.e+]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in pairs}


def test_counters_are_rounded_down_and_nothing_else_is_there() -> None:
    tally = Tally(commits=3 * COARSE_STEP + 5, answers_late=COARSE_STEP - 1)
    server = MetricsServer(tally, {Count.EXCHANGES_OK: 2 * COARSE_STEP + 1}, 0)
    try:
        seen = _read(server.port)
    finally:
        server.close()
    assert seen["sosik_commits_total"] == 3 * COARSE_STEP
    assert seen["sosik_answers_late_total"] == 0
    assert seen["sosik_exchanges_ok_total"] == 2 * COARSE_STEP
    assert len(seen) == len(Count) + len(fields(Tally))


def test_faults_are_counted_one_by_one() -> None:
    """Nine refused commits, rounded down to sixteens, read 0."""
    server = MetricsServer(Tally(commits_failed=9, bodies_poisoned=1), {Count.POISONED: 3}, 0)
    try:
        seen = _read(server.port)
    finally:
        server.close()
    assert seen["sosik_commits_failed_total"] == 9
    assert seen["sosik_bodies_poisoned_total"] == 1
    assert seen["sosik_frames_poisoned_total"] == 3


def test_taken_port_is_named() -> None:
    server = MetricsServer(Tally(), {}, 0)
    try:
        with pytest.raises(PortTaken, match=str(server.port)):
            MetricsServer(Tally(), {}, server.port)
    finally:
        server.close()


def test_one_exchange_does_not_show() -> None:
    assert {coarse(count) for count in range(COARSE_STEP)} == {0}
