"""What is known of every relay's rotating keys: the descriptors that peers, links and gossip look up.

Invariant: the newest word of a relay is never replaced by an older one; memory and store change in one transaction.
Specification: docs/protocol.md, Descriptors.
"""

from protocol.community.descriptor import Descriptor, newer, parse_descriptor
from protocol.errors import ProtocolError
from protocol.seams import RelayId
from relay.core.state import RelayState, Work
from relay.store.records import DescriptorRow

# Link keys are held three days: older descriptors open no batch.
DESCRIPTORS_DAYS = 2


class Descriptors:
    """The descriptors of the last days, of every relay of the roster."""

    def __init__(self, state: RelayState) -> None:
        self._state = state
        self._known: dict[RelayId, list[Descriptor]] = {}

    async def load(self, work: Work) -> None:
        """Read them from the store."""
        self._known = {}
        for row in await work.tx.descriptors():
            try:
                self._know(parse_descriptor(row.body, self._state.roster))
            except ProtocolError:
                continue  # of a relay that left the roster

    def newest(self, relay: RelayId) -> Descriptor | None:
        """The newest descriptor known of a relay."""
        known = self._known.get(relay)
        return known[-1] if known else None

    def link_key_of(self, relay: RelayId, day: int) -> bytes | None:
        """The link key that a relay published for a day, newest word first."""
        for descriptor in reversed(self._known.get(relay, [])):
            if descriptor.link_day == day:
                return descriptor.link_key
        return None

    def keep(self, work: Work, descriptor: Descriptor, body: bytes) -> None:
        """Store a descriptor and use its keys from now on."""
        self._know(descriptor)
        row = DescriptorRow(descriptor.relay, descriptor.day, body)
        work.tx.put_descriptor(row, descriptor.day - DESCRIPTORS_DAYS)

    def _know(self, descriptor: Descriptor) -> None:
        known = self._known.setdefault(descriptor.relay, [])
        if newer(descriptor, known[-1] if known else None):
            known.append(descriptor)
            del known[: -(DESCRIPTORS_DAYS + 1)]
