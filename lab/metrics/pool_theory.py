"""M17 and M18: the relay's own mix pool gives the probabilities and the entropy that are published for such a pool.

M17 is Theorem 1 of Piotrowska et al., "The Loopix Anonymity System" (USENIX Security 2017): of n messages in a pool all
but k leave, then l arrive; the next one that leaves is a given one of the old with probability k / (n (k + l)), a given
one of the new with 1 / (k + l). M18 is equation 13 of Danezis, "The Traffic Analysis of Continuous-Time Mixes" (PET
2004): with arrivals of rate lambda and a mean hold mu, a message that leaves has an entropy of log2(e lambda mu) bits.
"""

from math import e, log2
from pathlib import Path

from lab.report.verdict import Scale, Verdict, at_most
from lab.worlds.world import World
from protocol.primitives.sampling import exponential, hold_ms, uniform01
from protocol.routes.frames import FrameKind
from protocol.seams import Entropy, RelayId
from relay.core.mix.pool import MixPool, next_tick_ms
from relay.core.state import random_id

NEXT = RelayId(1)
MEAN_MS = 300_000
TICK_MS = 1000
OLD, LEFT, NEW = 6, 3, 4
"""n, k, l of the theorem."""
OLD_CHANCE, NEW_CHANCE = LEFT / (OLD * (LEFT + NEW)), 1 / (LEFT + NEW)
TRIALS = {Scale.QUICK: 20_000, Scale.FULL: 200_000}
RATES = (5, 150, 25_000)
"""Messages that arrive in a mean hold."""
DEPARTURES = {Scale.QUICK: 40_000, Scale.FULL: 400_000}
WARM_UP_HOLDS = 6


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Compare the pool with both formulas; controls: holds that are all alike, holds of a tenth of what is said."""
    verdicts = []
    for setting, control in (("", False), (", all holds alike", True)):
        old, new = theorem_1(TRIALS[scale], World.stream(17, "holds"), alike=control)
        verdicts += [
            at_most("M17", f"one of the old{setting}, off .0714", abs(old - OLD_CHANCE), 0.003, control=control),
            at_most("M17", f"one of the new{setting}, off .1429", abs(new - NEW_CHANCE), 0.003, control=control),
        ]
    for rate in RATES:
        off = abs(pool_entropy(rate, DEPARTURES[scale], World.stream(18, f"rate {rate}")) - log2(e * rate))
        verdicts.append(at_most("M18", f"lambda mu = {rate}, off {log2(e * rate):.2f} bit", off, 0.05))
    rate, departures = RATES[1], DEPARTURES[Scale.QUICK]
    off = abs(pool_entropy(rate, departures, World.stream(18, "control"), mean_ms=MEAN_MS // 10) - log2(e * rate))
    return [*verdicts, at_most("M18", f"holds of a tenth, off {log2(e * rate):.2f} bit", off, 0.05, control=True)]


def theorem_1(trials: int, entropy: Entropy, *, alike: bool = False) -> tuple[float, float]:
    """Return how often the next message was a given one of the old, and a given one of the new."""
    olds = 0
    for _ in range(trials):
        pool = _Pool(0 if alike else MEAN_MS, entropy)
        old = {pool.add(0) for _ in range(OLD)}
        left = [pool.leave() for _ in range(OLD - LEFT)]
        for _ in range(NEW):
            pool.add(left[-1][0])
        olds += pool.leave()[1] in old
    return olds / trials / OLD, (1 - olds / trials) / NEW


def pool_entropy(rate: float, departures: int, entropy: Entropy, *, mean_ms: int = MEAN_MS) -> float:
    """Return the mean entropy in bits, to whoever watches the pool, of which arrival a departing message was.

    Of k messages from before the last departure and l since, each is as likely to be the one that leaves, and one of
    the k is distributed as the one that left then (Loopix, section 4.3).
    """
    pool = _Pool(mean_ms, entropy)
    now_ms = total = bits = 0.0
    before = since = counted = 0
    while counted < departures:
        now_ms += exponential(uniform01(entropy), MEAN_MS / rate)
        while (due_ms := pool.first_due()) is not None and due_ms <= now_ms:
            pool.leave()
            inside = before + since
            bits = _mixed(before / inside, bits) + _mixed(since / inside, log2(since) if since else 0.0)
            before, since = inside - 1, 0
            if now_ms > WARM_UP_HOLDS * MEAN_MS:
                total += bits
                counted += 1
        pool.add(round(now_ms))
        since += 1
    return total / counted


class _Pool:
    """The relay's pool, filled as its router fills it: holds from the product's sampling, put on the link grid."""

    def __init__(self, mean_ms: int, entropy: Entropy) -> None:
        self._pool = MixPool()
        self._mean_ms = mean_ms
        self._entropy = entropy

    def add(self, now_ms: int) -> int:
        """Put in one message; its number."""
        number = random_id(self._entropy)
        due_ms = next_tick_ms(now_ms + hold_ms(uniform01(self._entropy), self._mean_ms), TICK_MS)
        self._pool.add((due_ms, number, NEXT, FrameKind.PACKET))
        return number

    def first_due(self) -> int | None:
        """When the next one leaves, in milliseconds."""
        return self._pool.first_due(NEXT)

    def leave(self) -> tuple[int, int]:
        """Take the next one out: when it left, and its number."""
        due_ms = self._pool.first_due(NEXT)
        assert due_ms is not None
        (number,) = self._pool.claim(NEXT, due_ms, 1)
        self._pool.drop([number])
        return due_ms, number


def _mixed(share: float, bits: float) -> float:
    """Return what a part with probability `share` and an entropy of its own adds to the entropy of the whole."""
    return share * (bits - log2(share)) if share else 0.0
