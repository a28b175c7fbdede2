"""What is known of every relay's rotating keys: the descriptors that peers, links and gossip look up.

Invariant: the first descriptor of a relay and day stays, whatever the relay signs later, so that what our seals say of
it never changes; memory and store change in one transaction. Spec: docs/protocol.md, Descriptors.
"""

from collections.abc import Collection
from dataclasses import dataclass

from protocol.community.descriptor import (
    DAY_KEY_DAYS,
    DAYS_AHEAD,
    Descriptor,
    descriptor_hash,
    link_key,
    parse_descriptor,
)
from protocol.errors import ProtocolError
from protocol.seams import RelayId
from relay.core.state import RelayState, Work
from relay.store.records import DescriptorRow

# As long as its link key may open a batch.
DESCRIPTORS_KEPT = DAY_KEY_DAYS + DAYS_AHEAD


@dataclass(frozen=True, slots=True)
class _Known:
    descriptor: Descriptor
    body: bytes
    digest: bytes


class Descriptors:
    """The descriptors of the last days, of every relay of the roster."""

    def __init__(self, state: RelayState) -> None:
        self._state = state
        self._known: dict[RelayId, dict[int, _Known]] = {}  # of each relay by day, oldest first

    async def load(self, work: Work) -> None:
        """Read them from the store."""
        self._known = {}
        for row in await work.tx.descriptors():
            try:
                self._know(parse_descriptor(row.body, self._state.roster), row.body)
            except ProtocolError:
                continue  # of a relay that left the roster

    def of(self, relay: RelayId) -> list[Descriptor]:
        """The descriptors known of a relay, oldest first."""
        return [known.descriptor for known in self._of(relay)]

    def newest(self, relay: RelayId) -> Descriptor | None:
        """The newest descriptor known of a relay."""
        known = next(reversed(self._known.get(relay, {}).values()), None)
        return None if known is None else known.descriptor

    def bodies(self, relay: RelayId, since_day: int) -> list[bytes]:
        """The signed descriptors of a relay of a day and later ones, oldest first."""
        return [known.body for known in self._of(relay) if known.descriptor.day >= since_day]

    def hash_of(self, relay: RelayId, day: int) -> bytes | None:
        """The hash of the descriptor of a relay and day, as seals name it; None: there is none yet."""
        known = self._known.get(relay, {}).get(day)
        return None if known is None else known.digest

    def link_key_of(self, relay: RelayId, day: int) -> bytes | None:
        """The link key that a relay published for a day."""
        known = self._known.get(relay, {}).get(day)
        return None if known is None else known.descriptor.link_key

    def live_link(self, relay: RelayId, now: float) -> Descriptor | None:
        """The newest descriptor whose link key a batch may use at `now`."""
        return next((found for found in reversed(self.of(relay)) if link_key(found, now) is not None), None)

    def keep(self, work: Work, descriptor: Descriptor, body: bytes) -> None:
        """Store a descriptor and use its keys from now on. Its day was not known."""
        self._know(descriptor, body)
        row = DescriptorRow(descriptor.relay, descriptor.day, body)
        work.tx.put_descriptor(row, descriptor.day - DESCRIPTORS_KEPT + 1)

    def take_back(self, work: Work, relay: RelayId, since_day: int) -> None:
        """Forget those of a relay of a day and later ones."""
        work.tx.erase_descriptors(relay, since_day)
        known = self._known.get(relay, {})
        self._known[relay] = {day: found for day, found in known.items() if day < since_day}

    def _know(self, descriptor: Descriptor, body: bytes) -> None:
        known = self._known.get(descriptor.relay, {})
        known[descriptor.day] = _Known(descriptor, body, descriptor_hash(body))
        kept = sorted(day for day in known if day > descriptor.day - DESCRIPTORS_KEPT)
        self._known[descriptor.relay] = {day: known[day] for day in kept}

    def _of(self, relay: RelayId) -> Collection[_Known]:
        return self._known.get(relay, {}).values()
