"""Which relay the next slot goes to.

Invariant: the choice follows from network results and the roster's order alone, never from letters, and acts from the
next packet that is prepared: one already sealed goes where it was sealed for (or is lost). Spec: docs/protocol.md,
Fail-over.
"""

from collections.abc import Sequence

import msgspec

from protocol.primitives.waits import Wait
from protocol.seams import RelayId


class Guard(msgspec.Struct, frozen=True, array_like=True):
    """The present guard, failed exchanges with it in a row, and since when the first one of the order is avoided.

    `proxied`: exchanges go through the proxy that was given. `rounds`: how often the whole order failed since an
    exchange last worked.
    """

    relay: RelayId
    failures: int = 0
    away_since: float | None = None
    proxied: bool = False
    rounds: int = 0


def chosen(guard: Guard | None, order: Sequence[RelayId], now: float, return_s: float) -> Guard:
    """The guard for a packet prepared now: the present one, unless the roster dropped it or the first, without a
    proxy, is due another try.

    `order` is the roster's (or the invitation's) order of guards, not empty.
    """
    if guard is None or guard.relay not in order:
        return Guard(order[0])
    if guard.relay == order[0] and not guard.proxied:
        return guard if guard.away_since is None else msgspec.structs.replace(guard, away_since=None)
    if guard.away_since is None:
        return msgspec.structs.replace(guard, away_since=now)
    if Wait(guard.away_since, return_s).is_over(now):
        return Guard(order[0])
    return guard


def after_success(guard: Guard, relay: RelayId) -> Guard:
    """An exchange with `relay` worked."""
    if relay != guard.relay or not (guard.failures or guard.rounds):
        return guard
    return msgspec.structs.replace(guard, failures=0, rounds=0)


def after_failure(
    guard: Guard, relay: RelayId, order: Sequence[RelayId], now: float, limit: int, *, has_proxy: bool = False
) -> Guard:
    """An exchange with `relay` failed: after `limit` in a row the next guard in order takes over, after the last the
    first: through the proxy if one was given, and after a round through it without again."""
    if relay != guard.relay or relay not in order:
        return guard
    if guard.failures + 1 < limit:
        return msgspec.structs.replace(guard, failures=guard.failures + 1)
    place = (order.index(relay) + 1) % len(order)
    over = place == 0
    proxied = guard.proxied if not over else has_proxy and not guard.proxied
    away_since = guard.away_since if guard.away_since is not None else now
    return Guard(order[place], 0, away_since if place or proxied else None, proxied, guard.rounds + over)


def moved(guard: Guard, relay: RelayId, order: Sequence[RelayId], now: float) -> Guard:
    """Go over to `relay`, although exchanges with the present one work."""
    away_since = guard.away_since if guard.away_since is not None else now
    return Guard(relay, 0, away_since if relay != order[0] or guard.proxied else None, guard.proxied)


def every_way_failed(guard: Guard | None, *, ways: int) -> bool:
    """Whether no relay answered on any of the `ways` there are (1: directly, or 2: through a proxy as well)."""
    return guard is not None and guard.rounds >= ways
