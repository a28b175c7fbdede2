"""What the parts of a relay core share: who we are, the roster in force, keys, the pool, and one transaction's context.

Invariant: memory is a copy of the store. It changes inside a transaction only; when one fails, everything here is
read from the store again before the next one begins (`RelayService`), so memory never runs ahead of the disk for long.
Spec: docs/protocol.md, Relay.
Decision 25.
"""

from collections import Counter
from dataclasses import dataclass, field

from protocol.community.access import AccessSecrets
from protocol.community.constants import Constants
from protocol.community.roster import Roster
from protocol.primitives.sampling import EXPONENTIAL_CAP
from protocol.seams import Entropy, RelayId, SeededEntropy
from relay.core.interface import Count
from relay.core.mix.caps import FairDraw
from relay.core.mix.keys import KeyRing
from relay.core.mix.pool import MixPool, next_tick_ms
from relay.events import Events
from relay.secrets import RelayKeys
from relay.store.interface import Transaction

ID_BYTES = 8
SEED_BYTES = 32
QUARTER_S = 21_600


@dataclass(slots=True)
class RelayState:
    """One relay. `entropy` makes keys, boxes and references; what decides order or time draws from `ids` and `fair`,
    what hides a count from `noise`.

    Those three are streams of their own, seeded once: how many bytes a reply or a miss takes must not reach the
    order of packets, a drop or a back-off.
    """

    own: RelayKeys
    roster: Roster
    roster_bytes: bytes
    access: AccessSecrets
    ring: KeyRing
    pool: MixPool
    entropy: Entropy
    ids: Entropy
    fair: FairDraw
    noise: Entropy
    events: Events
    counts: Counter[Count] = field(default_factory=Counter)
    is_off_roster: bool = False
    """Whether a later roster is known that does not name us."""
    forwarded: list[int] = field(default_factory=list)
    """Packets that the next relay has acknowledged; the next transaction erases them."""

    @property
    def number(self) -> RelayId:
        """Our number in the roster."""
        return self.own.number

    @property
    def constants(self) -> Constants:
        """The network constants in force."""
        return self.roster.constants

    @property
    def peers(self) -> tuple[RelayId, ...]:
        """The other relays of the roster, ascending."""
        return tuple(relay.relay for relay in self.roster.others(self.number))

    def next_id(self) -> int:
        """A random 63-bit row number; also the order among packets due at one tick."""
        return random_id(self.ids)

    def held_ms(self, hold_ms: int, mean_ms: int) -> int:
        """A hold as a packet asked for it, at most 27 means: nobody keeps our disk for longer."""
        return min(hold_ms, EXPONENTIAL_CAP * mean_ms)


@dataclass(slots=True)
class Work:
    """One transaction at one moment."""

    tx: Transaction
    now: float
    tick_ms: int
    alone: bool = True
    """Whether no other process of this relay can change anything meanwhile."""
    ahead_s: float = 0.0
    """By how much this machine's clock is past `now`, while the relay waits because nobody has signed such a day."""

    @property
    def clock(self) -> float:
        """What this machine's clock shows: what others signed may be as new."""
        return self.now + self.ahead_s

    @property
    def now_ms(self) -> int:
        """The moment in Unix milliseconds."""
        return round(self.now * 1000)

    @property
    def quarter(self) -> int:
        """Its quarter of a UTC day."""
        return int(self.now // QUARTER_S)

    def due_ms(self, hold_ms: int) -> int:
        """When something held `hold_ms` from now leaves: on the link-tick grid, at the next tick at the earliest."""
        return next_tick_ms(self.now_ms + hold_ms, self.tick_ms)


def random_id(entropy: Entropy) -> int:
    """A random 63-bit number for a row: keeps no order of arrival."""
    return int.from_bytes(entropy(ID_BYTES), "big") >> 1


def own_stream(entropy: Entropy) -> Entropy:
    """A stream of its own, so that what else is drawn never moves it."""
    return SeededEntropy(entropy(SEED_BYTES))
