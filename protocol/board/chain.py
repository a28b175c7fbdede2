"""Following each relay's chain of pages, so that a page left out, changed or told differently to others is noticed.

Pages are chained by hash and sealed by their relay once an hour; seals name what their signer has seen of others. What
does not fit is a Finding, never an error: a relay that lies must not stop letters. A chain is anchored by a seal or
by a descriptor's head; before that pages are taken unproven. Spec: docs/protocol.md, Seals.

Invariant: every state is a value; it is bounded by the number of relays in the roster.
Decision 104.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, unique
from typing import Final

import msgspec
from msgspec import structs

from protocol.board.log import Seal
from protocol.board.page import CHAIN_START, chain_hash
from protocol.errors import ProtocolError
from protocol.seams import RelayId

HISTORY_PAGES: Final = 32  # seals and witnesses may speak of a page some intervals back


@unique
class FindingKind(Enum):
    """What a reader noticed about the board."""

    FORKED = "forked"  # a relay's seal contradicts its pages or an earlier seal, with no page missing in between
    GAP = "gap"  # pages of a relay are missing between two of its seals
    DISAGREED = "disagreed"  # another relay saw a different page than we did
    REPEATED = "repeated"  # a page for an interval that is behind its chain
    REFUSED = "refused"  # an entry whose content does not verify
    ROSTER_FORKED = "roster forked"  # another roster of our version: shown, or followed by the relays in `by`
    KEYS_DIFFER = "keys differ"  # other relays were told other keys of a relay than we were
    ROSTER_LEAP = "roster leap"  # a roster was adopted although some before it were not seen


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed; `relay` is the relay it is about, `interval` the page interval, where there is one; `by`: the
    relays that say otherwise."""

    kind: FindingKind
    relay: RelayId | None = None
    interval: int | None = None
    by: tuple[RelayId, ...] = ()


class Chain(msgspec.Struct, frozen=True, array_like=True):
    """One relay's chain. `chain` is the hash at `interval`, None while nothing anchors it.

    `unbroken`: no interval is missing since the anchor. `head_only`: anchored by a descriptor, or by a seal whose pages
    were not read, and no page since: pages between the anchor and the place where we begin were never ours to see.
    `tentative`: begun at the start of the chain, although pages may lie between; a seal that differs is no finding.
    """

    interval: int
    chain: bytes | None
    unbroken: bool = True
    head_only: bool = False
    tentative: bool = False
    sealed_interval: int = -1
    sealed_chain: bytes = b""
    history: tuple[tuple[int, bytes], ...] = ()

    def at(self, interval: int) -> bytes | None:
        """Return the chain hash at an interval of the recent past, None if it is not known."""
        for known, chain in reversed(self.history):
            if known == interval:
                return chain
        return None


@dataclass(frozen=True, slots=True)
class Chains:
    """The chains of all relays heard of."""

    by_relay: Mapping[RelayId, Chain] = field(default_factory=dict)

    def head(self, relay: RelayId) -> tuple[int, bytes] | None:
        """Return interval and chain hash of the newest page of a relay, None if unknown or not anchored."""
        chain = self.by_relay.get(relay)
        return None if chain is None or chain.chain is None else (chain.interval, chain.chain)

    def heard(self, relay: RelayId) -> int | None:
        """Return the interval of the newest page of a relay, whether its hash is known or not."""
        chain = self.by_relay.get(relay)
        return None if chain is None else chain.interval

    def page(self, relay: RelayId, interval: int, body: bytes) -> tuple[list[Finding], "Chains"]:
        """Follow a page of `relay` with this body."""
        old = self.by_relay.get(relay)
        if old is None:
            return [], self._with(relay, Chain(interval, None))
        if interval <= old.interval:
            return [Finding(FindingKind.REPEATED, relay, interval)], self
        adjacent = interval == old.interval + 1
        stale = old.head_only and not adjacent
        unbroken = old.unbroken and (adjacent or stale)
        if old.chain is None or (stale and old.chain != CHAIN_START):
            return [], self._with(relay, _renewed(old, interval, None, unbroken=unbroken))
        renewed = _renewed(old, interval, chain_hash(old.chain, body), unbroken=unbroken)
        return [], self._with(relay, structs.replace(renewed, tentative=old.tentative or stale))

    def anchor(self, relay: RelayId, interval: int, chain: bytes) -> "Chains":
        """Begin a relay's chain at the head its descriptor names, unless pages or seals of it are known already."""
        old = self.by_relay.get(relay)
        if old is not None and not (old.head_only and interval > old.interval):
            return self
        return self._with(relay, Chain(interval, chain, head_only=True, history=((interval, chain),)))

    def seal(self, seal: Seal) -> tuple[list[Finding], "Chains"]:
        """Compare a verified seal with the pages read, and let it anchor the chain of its relay."""
        findings = [
            Finding(FindingKind.DISAGREED, seen.relay, seen.interval)
            for seen in seal.others
            if seen.tells_chain
            and (known := self._known(seen.relay, seen.interval)) is not None
            and known != seen.chain
        ]
        found, chain = _sealed(self.by_relay.get(seal.relay), seal)
        if found is not None:
            findings.append(Finding(found, seal.relay, seal.interval))
        return findings, self._with(seal.relay, chain)

    def sealed_intervals(self) -> list[int]:
        """Return the interval of the newest seal of each relay that has one here."""
        return [chain.sealed_interval for chain in self.by_relay.values() if chain.sealed_interval >= 0]

    def only(self, relays: tuple[RelayId, ...]) -> "Chains":
        """Forget relays that are not in the roster any more."""
        return Chains({relay: chain for relay, chain in self.by_relay.items() if relay in relays})

    def encode(self) -> bytes:
        """Return the chains as msgpack, for storage."""
        return msgspec.msgpack.encode(dict(self.by_relay))

    @classmethod
    def decode(cls, data: bytes) -> "Chains":
        """Read what `encode` wrote. Raises ProtocolError."""
        try:
            return cls(msgspec.msgpack.decode(data, type=dict[RelayId, Chain]))
        except (msgspec.DecodeError, ValueError) as error:
            raise ProtocolError("stored chains do not parse") from error

    def _known(self, relay: RelayId, interval: int) -> bytes | None:
        chain = self.by_relay.get(relay)
        return None if chain is None or chain.tentative else chain.at(interval)

    def _with(self, relay: RelayId, chain: Chain) -> "Chains":
        return replace(self, by_relay={**self.by_relay, relay: chain})


def _renewed(old: Chain, interval: int, chain: bytes | None, *, unbroken: bool) -> Chain:
    history = old.history if chain is None else (*old.history, (interval, chain))[-HISTORY_PAGES:]
    return structs.replace(old, interval=interval, chain=chain, unbroken=unbroken, head_only=False, history=history)


def _sealed(old: Chain | None, seal: Seal) -> tuple[FindingKind | None, Chain]:
    """Return what a seal shows about its relay's chain, and the chain after it."""
    if old is None:
        return None, _anchored(seal, head_only=True)
    if seal.interval == old.sealed_interval:
        return (None if seal.chain == old.sealed_chain else FindingKind.FORKED), old
    if seal.interval < old.sealed_interval:
        return None, old  # an old seal read again
    if seal.interval > old.interval:
        # An anchor that no page followed yet promises nothing about the pages after it, so none is missing.
        return (None if old.head_only else FindingKind.GAP), _anchored(seal, head_only=True)
    known = old.at(seal.interval)
    if known is None:
        return _sealed_unknown(old, seal)
    if known == seal.chain:
        return None, _proven(old, seal)
    kind = None if old.tentative else FindingKind.FORKED if old.unbroken else FindingKind.GAP
    if seal.interval == old.interval:
        return kind, _anchored(seal, head_only=False)
    return kind, Chain(old.interval, None, sealed_interval=seal.interval, sealed_chain=seal.chain)


def _sealed_unknown(old: Chain, seal: Seal) -> tuple[FindingKind | None, Chain]:
    """The same for a seal of an interval at or before the newest page whose hash is not known here."""
    if seal.interval == old.interval:
        return None, _anchored(seal, head_only=False)
    if not old.head_only and old.interval - seal.interval > HISTORY_PAGES:
        # Somebody made up a page far in the future; without this nothing of the relay would be proven ever again.
        return FindingKind.FORKED, _anchored(seal, head_only=True)
    # Pages followed before the seal was read; they cannot be hashed any more, so the next seal anchors.
    return None, old


def _anchored(seal: Seal, *, head_only: bool) -> Chain:
    history = ((seal.interval, seal.chain),)
    return Chain(
        seal.interval,
        seal.chain,
        head_only=head_only,
        sealed_interval=seal.interval,
        sealed_chain=seal.chain,
        history=history,
    )


def _proven(old: Chain, seal: Seal) -> Chain:
    unbroken = old.unbroken or seal.interval == old.interval
    return structs.replace(
        old, unbroken=unbroken, tentative=False, sealed_interval=seal.interval, sealed_chain=seal.chain
    )
