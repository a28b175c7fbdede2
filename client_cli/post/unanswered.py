"""Whether the guard keeps replies back: every fetch is owed one, whether its pigeonhole was filled or not.

So how many come depends on schedules and losses alone, and may move us, as loops, of which there are fewer the more is
written, may not. A guard cannot tell which reply holds a letter; the relay that stores can. So one CUSUM is kept for
every relay, over the fetches that *another* one stored, and a guard is left when all of them raise the alarm: no relay
moves us by what it does as a store, to fetches of letters alone. Nor does another guard draw us to itself where it has
to be a middle: its score leaves out those fetches too, and has half the limit, for few remain.
A middle relay can make every guard look like this; then the next one does too. So we go to those first that were not
left within the time after which a guard is returned to, and when all were, once more, to where least was lost. One that
was left begins half way to the alarm.

Invariant: it follows from schedules and network results alone, never from letters. Spec: docs/protocol.md, Fail-over.
Decision 120.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Final

import msgspec

from client_cli.community.relays import Network
from client_cli.post.fetches import FetchAnswer, pop_lost
from client_cli.vault.keys import Key
from client_cli.vault.settings import get_settings
from client_cli.vault.transaction import Tx
from protocol.community.constants import Constants
from protocol.community.roster import Roster
from protocol.primitives.days import DAY_S
from protocol.primitives.waits import Wait
from protocol.profile import Profile
from protocol.routes.schedule import middle_choices
from protocol.seams import RelayId
from protocol.streams.loss_detector import FALSE_ALARM_DAYS, Cusum, limit_for

__all__ = ["alarm_limit", "alike", "is_unanswered", "limits_of", "successor"]

ALIKE: Final = 2
"""Shares of lost replies within this factor are the same: they are of a dozen fetches."""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """What replies tell of one guard. `scores`: by relay, over fetches stored elsewhere. `left_at`: when it was left
    for them last; `share`: how many of them were missing then."""

    scores: dict[RelayId, Cusum]
    left_at: float | None = None
    share: float = 0.0

    def after(self, parts: Container[RelayId], limits: Mapping[RelayId, int], *, lost: bool) -> "Record":
        """The record after one more fetch, which says nothing where one of `parts` is left out."""
        scores = {relay: self.scores.get(relay, Cusum()) for relay in limits}
        stepped = {
            relay: score if relay in parts else score.after(overdue=lost, limit=limits[relay])
            for relay, score in scores.items()
        }
        return msgspec.structs.replace(self, scores=stepped)

    @property
    def alarmed(self) -> bool:
        """Whether replies are missing whichever relay is left out."""
        return bool(self.scores) and all(score.alarmed for score in self.scores.values())

    @property
    def lost(self) -> float:
        """The share of replies that were missing since the change probably began."""
        judged = sum(score.judged for score in self.scores.values())
        return sum(score.overdue for score in self.scores.values()) / judged if judged else 0.0

    def left(self, now: float, limits: Mapping[RelayId, int]) -> "Record":
        """The record of a guard that is left now."""
        return Record({relay: Cusum(limit // 2) for relay, limit in limits.items()}, now, self.lost)

    def was_left(self, now: float, return_s: float) -> bool:
        """Whether that was less than `return_s` ago."""
        return self.left_at is not None and not Wait(self.left_at, return_s).is_over(now)


def alarm_limit(constants: Constants, profile: Profile) -> int:
    """The limit of each CUSUM: no slot has more than one fetch, so there are no more alarms than were meant."""
    return limit_for(round(FALSE_ALARM_DAYS * DAY_S / constants.slot_s(profile)))


def _middles(roster: Roster, order: Sequence[RelayId], guard: RelayId) -> dict[RelayId, set[RelayId]]:
    """For each store the other guards that may be the middle to it, for there is no relay else. Not those that may have
    a part in every fetch: without them nothing would be left to judge by."""
    found = {store: set(middle_choices(roster, guard, store)).intersection(order) for store in roster.numbers}
    everywhere = {relay for relay in order if all(relay in (store, *middles) for store, middles in found.items())}
    return {store: middles - everywhere for store, middles in found.items()}


def limits_of(roster: Roster, order: Sequence[RelayId], guard: RelayId, limit: int) -> dict[RelayId, int]:
    """The limit of each relay's score: half for who has a part in so many fetches that few are left without it."""
    few = set().union(*_middles(roster, order, guard).values())
    return {relay: limit // 2 if relay in few else limit for relay in roster.numbers}


def is_unanswered(tx: Tx, network: Network, guard: RelayId, answer: FetchAnswer | None) -> bool:
    """Note the replies that an exchange with `guard` brought or showed to be lost; whether too many of them are."""
    profile = get_settings(tx).profile
    fixed = network.constants
    ended = [(store, True) for store in pop_lost(tx, guard, fixed, profile)]
    if answer is not None and answer.store is not None and answer.carrier == guard:
        ended.append((answer.store, answer.altered))
    records = _load(tx)
    if network.roster is None or len(network.roster.numbers) < 2:
        return False
    held = new = records.get(guard, Record({}))
    middles = _middles(network.roster, network.guard_order, guard)
    limits = limits_of(network.roster, network.guard_order, guard, alarm_limit(fixed, profile))
    for store, lost in ended:
        new = new.after({store, *middles.get(store, ())}, limits, lost=lost)
    if new != held:
        _keep(tx, {**records, guard: new})
    return new.alarmed


def successor(tx: Tx, network: Network, guard: RelayId, order: Sequence[RelayId], now: float) -> RelayId | None:
    """Which guard to ask instead of one that keeps replies back, which is noted as left; None: stay."""
    records, return_s = _load(tx), network.constants.guard_return_ms / 1000
    present, place = records[guard], order.index(guard)
    following = (*order[place + 1 :], *order[:place])
    chosen = next(
        (relay for relay in following if relay not in records or not records[relay].was_left(now, return_s)), None
    )
    if chosen is None and not present.was_left(now, return_s):
        shares = {relay: present.lost if relay == guard else records[relay].share for relay in order}
        chosen = alike(shares, order)
    if network.roster is None or chosen is None or chosen == guard:
        return None
    limit = alarm_limit(network.constants, get_settings(tx).profile)
    limits = limits_of(network.roster, network.guard_order, guard, limit)
    _keep(tx, {**records, guard: present.left(now, limits)})
    return chosen


def alike(shares: dict[RelayId, float], order: Sequence[RelayId]) -> RelayId:
    """The first of the order that lost about as little as the best one."""
    least = min(shares.values())
    return next(relay for relay in order if shares[relay] <= ALIKE * least)


def _load(tx: Tx) -> dict[RelayId, Record]:
    held = tx.get(Key.GUARD_REPLIES)
    return {} if held is None else msgspec.msgpack.decode(held, type=dict[RelayId, Record])


def _keep(tx: Tx, records: dict[RelayId, Record]) -> None:
    tx.put(Key.GUARD_REPLIES, msgspec.msgpack.encode(records))
