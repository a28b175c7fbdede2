"""Whether loops come back as they should: what tells a person that post is being held back.

Only loops whose outcome says something about relays are judged: their exchange was answered, so was every one that
carried a fetch for them, and the program has been online without a break since. So a bad network, a program that was
closed and a board that was not read whole raise no alarm; nor does a loop that waits for its turn to be asked for. One
is overdue that no page lists in time, or whose fetch brings nothing in time. CUSUMs of two kinds run beside each other:
one over all loops through the present guard, and one for each storing relay over those left with it.

Invariant: this only looks on; nothing that is sent, asked for or kept depends on it. It moves in the transaction in
which a loop comes back or is found overdue. Spec: docs/protocol.md, Loops.
Decisions 34, 63.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from client_cli.community.membership import constants, relays
from client_cli.vault.keys import Key
from client_cli.vault.settings import get_settings
from client_cli.vault.transaction import Tx
from protocol.community.constants import Constants
from protocol.primitives.days import DAY_S
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.streams.loss_detector import FALSE_ALARM_DAYS, Cusum, limit_for

__all__ = [
    "Alarm",
    "Health",
    "Watch",
    "came_back",
    "find_alarm",
    "interrupted",
    "listed_within_s",
    "note_exchange",
    "patience_s",
]

PATIENCE_HOLDS: Final = 12
PATIENCE_SLOTS: Final = 12
"""For each relay, since every fetch goes to one of them: the queue of loops to ask for."""
ANSWER_SLOTS: Final = 16
"""Beyond the time for which a fetch counts as outstanding: its reply may wait behind others on the shelf."""
LISTED_HOLDS: Final = 10
LISTED_PAGES: Final = 3
LISTED_SLOTS: Final = 10
"""The two holds of a deposit, its page and the next slots that read the board are over by then, but for one loop in a
thousand."""
BREAK_SLOTS: Final = 12
"""Mean slots without an answered exchange after which the program counts as having been away; chance alone makes one
gap in 160,000 as long."""
STORES_SHARE: Final = 10
"""One false alarm in this many comes from the watch on single relays, the others from that on all loops: a larger share
would slow down the latter, which notices most."""
NEAR: Final = 3
"""A store whose score is over a third of its limit (two missing loops) is near an alarm."""


class Health(msgspec.Struct, frozen=True, array_like=True):
    """The CUSUM over some loops, and since when (Unix seconds) its alarm stands."""

    cusum: Cusum = Cusum()
    since: float | None = None

    def after(self, *, overdue: bool, limit: int, now: float) -> "Health":
        cusum = self.cusum.after(overdue=overdue, limit=limit)
        return Health(cusum, None if not cusum.alarmed else now if self.since is None else self.since)


class Watch(msgspec.Struct, frozen=True, array_like=True):
    """`guard`: through which the loops went; `answered_at`: the last answered exchange, Unix seconds."""

    guard: int | None = None
    answered_at: float = 0.0
    every: Health = Health()
    stores: dict[int, Health] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alarm:
    """`stores`: storing relays whose loops suffer while those of others do not; empty where it cannot be told. `guard`:
    the relay in use, through which all of them went. `judged`, `overdue`: loops since it probably began, and how many
    of them are missing; `since`: Unix seconds of the alarm."""

    guard: RelayId
    stores: tuple[RelayId, ...]
    judged: int
    overdue: int
    since: float


def patience_s(constants: Constants, profile: Profile, relays: int) -> float:
    """How long after its slot a loop is waited for, seconds.

    Five holds, half a page and a queue at each of `relays` relays are over by then, for all but one or two in a
    thousand. At 3 relays and default constants 1.5 h (guarded), 2.4 h (standard), 7.2 h (metered).
    """
    holds_s = PATIENCE_HOLDS * max(constants.mean_hold_s, constants.reply_hold_s)
    return holds_s + 2 * constants.page_s + PATIENCE_SLOTS * relays * constants.slot_s(profile)


def listed_within_s(constants: Constants, profile: Profile) -> float:
    """How long after its slot a loop that no page lists is overdue, seconds."""
    holds_s, pages_s = LISTED_HOLDS * constants.mean_hold_s, LISTED_PAGES * constants.page_s
    return holds_s + pages_s + LISTED_SLOTS * constants.slot_s(profile)


def note_exchange(tx: Tx, guard: RelayId, slot_at: float | None, *, answered: bool, now: float) -> None:
    """The exchange of the slot at `slot_at` has ended; None if it was none of the schedule (`sync`)."""
    if slot_at is None:
        return
    if not answered:
        tx.execute(
            "DELETE FROM loops_watched WHERE hole IN (SELECT hole FROM outstanding WHERE sent_at = ?)", (slot_at,)
        )
        return
    watch, profile, fixed = _load(tx), get_settings(tx).profile, constants(tx)
    if watch.guard != guard:
        watch = Watch(guard, now, stores=watch.stores)
        interrupted(tx)
    elif not 0 <= now - watch.answered_at <= BREAK_SLOTS * fixed.slot_s(profile):
        interrupted(tx)
    tx.put(Key.LOOP_WATCH, msgspec.msgpack.encode(msgspec.structs.replace(watch, answered_at=now)))
    tx.execute(
        "INSERT OR IGNORE INTO loops_watched (epoch, idx, relay, hole, sent_at)"
        " SELECT f.epoch, f.idx, e.relay, e.hole, f.sent_at FROM in_flight f"
        " JOIN streams s ON s.contact = f.contact"
        " JOIN expected e ON e.stream = s.id AND e.epoch = f.epoch AND e.idx = f.idx"
        " WHERE f.contact = 0 AND f.sent_at = ?",
        (slot_at,),
    )
    for epoch, index in tx.all(
        "SELECT w.epoch, w.idx FROM loops_watched w JOIN expected e ON e.hole = w.hole"
        " WHERE (e.listed_at IS NULL AND w.sent_at < ?) OR (e.asked_at IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM outstanding o WHERE o.hole = w.hole AND o.give_up_at >= ?))"
        " ORDER BY w.epoch, w.idx",
        (now - listed_within_s(fixed, profile), now - ANSWER_SLOTS * fixed.slot_s(profile)),
    ):
        _judge(tx, epoch, index, overdue=True, now=now)
    # Still in the queue of those to ask for when it is given up: that is our own doing.
    tx.execute("DELETE FROM loops_watched WHERE sent_at < ?", (now - patience_s(fixed, profile, len(relays(tx))),))


def came_back(tx: Tx, epoch: int, index: int, now: float) -> None:
    """A loop came back."""
    _judge(tx, epoch, index, overdue=False, now=now)


def interrupted(tx: Tx) -> None:
    """The program was away, or part of the board was not read: what becomes of the loops under way says nothing."""
    tx.execute("DELETE FROM loops_watched")


def find_alarm(tx: Tx) -> Alarm | None:
    """The alarm that stands, if one does."""
    watch = _load(tx)
    alarmed = {relay: health for relay, health in watch.stores.items() if health.since is not None}
    standing = [*alarmed.values(), *([watch.every] if watch.every.since is not None else [])]
    if watch.guard is None or not standing:
        return None
    # What is over all loops counts those of the single relays too.
    told = standing[-1:] if watch.every.since is not None else standing
    return Alarm(
        RelayId(watch.guard),
        tuple(RelayId(relay) for relay in sorted(alarmed)) if _others_are_well(tx, watch) else (),
        sum(health.cusum.judged for health in told),
        sum(health.cusum.overdue for health in told),
        min(health.since for health in standing if health.since is not None),
    )


def _others_are_well(tx: Tx, watch: Watch) -> bool:
    """Whether there are storing relays without an alarm, none of them near one: else it is not the stores that the
    missing loops have in common."""
    others = [watch.stores.get(relay, Health()) for relay in relays(tx)]
    others = [health for health in others if health.since is None]
    near = _limits(tx)[1] / NEAR
    return bool(others) and all(health.cusum.score < near for health in others)


def _limits(tx: Tx) -> tuple[int, int]:
    """The limits of the CUSUM over all loops and of that over those of one store."""
    fixed = constants(tx)
    a_day = fixed.deposit_permille / 1000 * DAY_S / fixed.slot_s(get_settings(tx).profile)
    every = round(a_day * FALSE_ALARM_DAYS * STORES_SHARE / (STORES_SHARE - 1))
    # Each of R relays stores a share of 1/R and may give one false alarm in R times as many days.
    single = round(a_day * FALSE_ALARM_DAYS * STORES_SHARE)
    return limit_for(every), limit_for(single)


def _judge(tx: Tx, epoch: int, index: int, *, overdue: bool, now: float) -> None:
    row = tx.find("SELECT relay FROM loops_watched WHERE epoch = ? AND idx = ?", (epoch, index))
    if row is None:
        return
    (store,) = row
    tx.execute("DELETE FROM loops_watched WHERE epoch = ? AND idx = ?", (epoch, index))
    watch, (every, single) = _load(tx), _limits(tx)
    stores = {relay: watch.stores[relay] for relay in relays(tx) if relay in watch.stores}
    stores[store] = stores.get(store, Health()).after(overdue=overdue, limit=single, now=now)
    new = msgspec.structs.replace(watch, every=watch.every.after(overdue=overdue, limit=every, now=now), stores=stores)
    tx.put(Key.LOOP_WATCH, msgspec.msgpack.encode(new))


def _load(tx: Tx) -> Watch:
    held = tx.get(Key.LOOP_WATCH)
    return Watch() if held is None else msgspec.msgpack.decode(held, type=Watch)
