"""A closed set of coarse counters, served on the loopback address when relay.toml names a port.

The relay counts in plain integers (`Tally`); Prometheus reads them through a collector of its own registry, rounded
down to a multiple of `COARSE_STEP`, so that two readings never tell of one exchange; but what is a fault of the program
or of its store is told one by one, for each is worth a look. No labels: no peer, no client.
Decision 128.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from relay.core.interface import Count
from relay.errors import PortTaken
from relay.events import Events, failure_event

if TYPE_CHECKING:
    from prometheus_client import Metric

COARSE_STEP = 16
FAULTS = frozenset({"commits_failed", "bodies_poisoned", Count.POISONED.value})
METRICS_HOST = "127.0.0.1"


@dataclass(slots=True)
class Tally:
    """What the shell counted since it started; the core counts the rest (`relay.core.interface.Count`)."""

    commits: int = 0
    """Transactions that carried exchanges."""
    commits_failed: int = 0
    """Transactions the store refused."""
    bodies_poisoned: int = 0
    """Bodies answered with random bytes because they alone raised something unforeseen."""
    overloaded: int = 0
    """Bodies answered with random bytes because too many waited."""
    answers_late: int = 0
    """Answer deadlines missed; each put an answer off to the next multiple."""
    connections_gave_way: int = 0
    """Connections that were ended for want of room: outside, inside, or on the machine."""
    site_visits: int = 0
    """Requests that saw the ordinary web site."""


def count_failure(error: Exception, tally: Tally, events: Events) -> None:
    """Say and count that a transaction failed, whatever it was for."""
    tally.commits_failed += 1
    events.emit(failure_event(error))


def coarse(count: int) -> int:
    """`count` rounded down to a multiple of `COARSE_STEP`."""
    return count - count % COARSE_STEP


class _Collector:
    def __init__(self, tally: Tally, counts: Mapping[Count, int]) -> None:
        self._tally = tally
        self._counts = counts

    def collect(self) -> Iterator["Metric"]:
        from prometheus_client.metrics_core import CounterMetricFamily

        shell = {field.name: int(getattr(self._tally, field.name)) for field in fields(Tally)}
        core = {count.value: self._counts.get(count, 0) for count in Count}
        for name, value in (shell | core).items():
            said, told = ("exact", value) if name in FAULTS else ("coarse", coarse(value))
            yield CounterMetricFamily(f"sosik_{name}", f"{name.replace('_', ' ')}, {said}", value=told)


class MetricsServer:
    """The loopback port; a thread of its own that reads integers only."""

    def __init__(self, tally: Tally, counts: Mapping[Count, int], port: int) -> None:
        """Listen on `port` of the loopback address; 0 takes a free one. PortTaken when that fails."""
        from prometheus_client import CollectorRegistry, start_http_server

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(tally, counts))
        try:
            self._server, self._thread = start_http_server(port, addr=METRICS_HOST, registry=registry)
        except OSError:
            raise PortTaken(
                f"The metrics port {port} is in use; the relay was not started; change metrics.port in relay.toml."
            ) from None
        self.port = int(self._server.server_port)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
