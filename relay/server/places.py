"""Places for connections: when there are too few, whose connection gives way.

Nobody is refused for the address they come from: members share one behind a NAT, an exit of tor, a proxy in front.
While there is room an address may hold all of it. When there is none, the place is that of the address which holds the
most, and of its connections that of the oldest: what somebody floods with makes room before anything else does.
Invariant: an address is known here for as long as a connection from it has a place, in memory and nowhere else.
Decision 126.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Final, Generic, NewType, TypeVar

Source = NewType("Source", bytes)
"""Whom connections are counted as: an IPv4 address, or the half of an IPv6 address that one line is given."""

Holder = TypeVar("Holder")
_IPV6_LINE_BYTES: Final = 8


def source_of(host: str) -> Source:
    """The source of a peer's address as sockets name it; all that are no IP address are one."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return Source(b"")
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return Source(address.packed[:_IPV6_LINE_BYTES] if mapped is None else mapped.packed)
    return Source(address.packed)


@dataclass(frozen=True, slots=True)
class Oldest(Generic[Holder]):
    """The first that would give way."""

    holder: Holder
    share: int
    """How many of its source could."""
    since: float


@dataclass(slots=True)
class Places(Generic[Holder]):
    """At most `limit` holders, of which those with something in hand give way to nobody."""

    limit: int
    _sources: dict[Holder, Source] = field(default_factory=dict)
    _idle: dict[Source, dict[Holder, float]] = field(default_factory=dict)
    _by_share: dict[int, dict[Source, None]] = field(default_factory=dict)
    """Sources by how many idle holders they have, so that finding the largest costs the same in any flood."""
    _most: int = 0

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[Holder]:
        return iter(self._sources)

    def __contains__(self, holder: Holder) -> bool:
        return holder in self._sources

    @property
    def full(self) -> bool:
        """Whether the next one needs somebody else's place."""
        return len(self._sources) >= self.limit

    def share(self, source: Source) -> int:
        """How many of a source could give way."""
        return len(self._idle.get(source, ()))

    def enter(self, holder: Holder, source: Source, now: float) -> None:
        """Give `holder` a place."""
        self._sources[holder] = source
        self._set_idle(holder, source, now)

    def leave(self, holder: Holder) -> bool:
        """Take the place back; False: it had none."""
        source = self._sources.pop(holder, None)
        if source is None:
            return False
        self._set_busy(holder, source)
        return True

    @contextmanager
    def kept(self, holder: Holder, clock: Callable[[], float]) -> Iterator[None]:
        """While this lasts the place is given to nobody; then `holder` is the youngest of its source."""
        source = self._sources.get(holder)
        if source is not None:
            self._set_busy(holder, source)
        try:
            yield
        finally:
            if source is not None and holder in self._sources:
                self._set_idle(holder, source, clock())

    def first_to_go(self) -> Oldest[Holder] | None:
        """The oldest idle holder of the source that has the most of them."""
        if not self._most:
            return None
        source = next(iter(self._by_share[self._most]))
        holder, since = next(iter(self._idle[source].items()))
        return Oldest(holder, self._most, since)

    def _set_idle(self, holder: Holder, source: Source, now: float) -> None:
        share = self.share(source)
        self._idle.setdefault(source, {})[holder] = now
        self._move(source, share, share + 1)

    def _set_busy(self, holder: Holder, source: Source) -> None:
        share = self.share(source)
        if share and self._idle[source].pop(holder, None) is not None:
            self._move(source, share, share - 1)

    def _move(self, source: Source, old: int, new: int) -> None:
        if old:
            del self._by_share[old][source]
            if not self._by_share[old]:
                del self._by_share[old]
        if new:
            self._by_share.setdefault(new, {})[source] = None
        else:
            del self._idle[source]
        if new > self._most or self._most not in self._by_share:
            # Steps are of one, so who alone had the most is now one below.
            self._most = new
