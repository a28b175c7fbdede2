"""A8: how soon is a guard left that keeps replies back, and how often is one left that does not?

A client lives through its slots: the product's schedule, window of fetches, CUSUMs and choice of the guard. A reply
comes after the holds of its route, and a shelf gives one an exchange. Of all replies 2 % are lost as networks lose
things, and from a moment on the first guard keeps back all of them, or a tenth. Counted is the time until another one
is asked. How often an honest guard is left is worked out exactly for the fetches in which one relay has no part, as if
each slot had one (`protocol.streams.loss_detector.mean_run`), and counted with all of the rule in outcomes drawn at
random. Controls: nobody keeps anything back; a network that loses a tenth more by itself.
"""

import heapq
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from client_cli.community.relays import Network
from client_cli.post.fetches import Asked, FetchAnswer, forget_carriers, note_asked, note_carried, note_turn, wanted
from client_cli.post.guard_choice import Guard, chosen, moved
from client_cli.post.unanswered import Record, alarm_limit, is_unanswered, successor
from client_cli.vault.letters_key import LettersBox
from client_cli.vault.schema import migrate
from client_cli.vault.settings import put_settings
from client_cli.vault.transaction import Tx
from lab.attacks.crowds import CONSTANTS
from lab.attacks.dropping import NOTICED_H
from lab.report.verdict import Scale, Verdict, at_least, at_most
from lab.worlds.community import make_community
from lab.worlds.scenarios import START
from protocol.people.key_card import InviteCard, parse_card_text
from protocol.primitives.days import DAY_S, day_of
from protocol.profile import Profile
from protocol.routes.onion import ReplyKeys
from protocol.routes.schedule import PlannedSlot, Schedule
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import TAKE_BYTES
from protocol.streams.loss_detector import BASELINE_LOSS, DROPPED, FALSE_ALARM_DAYS, mean_run

ALL_H: Final = {Profile.METERED: 5.0, Profile.STANDARD: 1.0, Profile.GUARDED: 0.5}
"""Hours after which a guard that keeps everything back is left: an hour at standard, some 30 slots."""
WARM_SLOTS: Final = 60
"""Until then windows and shelves fill."""
LASTING: Final = 4
"""So many times the threshold is looked at."""
RELAYS: Final = 3
GUARDS: Final = (0, 1)
LINKS_S: Final = 4.0
"""What a way takes beside its holds: ticks of links, deadlines of answers."""
ANY: Final = Asked(bytes(TAKE_BYTES), None)
NO_KEYS: Final = ReplyKeys(b"", b"", b"")


@dataclass(slots=True)
class Client:
    """See the module. `moves`: (when, guard) of each change, Unix seconds."""

    profile: Profile
    seed: int
    network: Network = field(init=False)
    tx: Tx = field(init=False)
    schedule: Schedule = field(init=False)
    guard: Guard = field(init=False)
    moves: list[tuple[float, RelayId]] = field(default_factory=list)
    _ways: list[tuple[float, int]] = field(default_factory=list)
    """(when its reply is on the shelf, fetch)."""
    _draws: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        entropy = SeededEntropy(self.seed.to_bytes(32, "big"))
        community = make_community(entropy, relays=RELAYS, guards=GUARDS, constants=CONSTANTS, now=START)
        card = parse_card_text(community.invitation(entropy, day_of(START) + 1))
        assert isinstance(card, InviteCard)
        self.network = Network(community.roster, card)
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(connection)
        connection.execute("BEGIN")  # once: nothing here has to outlive the process
        self.tx = Tx(connection, LettersBox(bytes(32)))
        put_settings(self.tx, language="en", profile=self.profile, made_at=START)
        self.schedule = Schedule.start(entropy(32), START)
        self.guard = Guard(RelayId(GUARDS[0]))
        self._draws = np.random.default_rng(self.seed)

    def live(self, until: float, kept_back: dict[int, float], lost: float = BASELINE_LOSS) -> None:
        """Every slot until then, while guards keep back these shares of all replies."""
        roster = self.network.roster
        assert roster is not None
        order, return_s = self.network.guard_order, CONSTANTS.guard_return_ms / 1000
        while self.schedule.at < until:
            self._go_to(chosen(self.guard, order, self.schedule.at, return_s))
            slot, self.schedule = self.schedule.plan(roster, self.profile, self.guard.relay)
            self._fetch(slot, 1 - (1 - lost) * (1 - kept_back.get(slot.guard, 0.0)))
            answer = self._collect(slot.at)
            note_turn(self.tx, slot.at, CONSTANTS, self.profile, brought=answer is not None)
            if is_unanswered(self.tx, self.network, slot.guard, answer):
                other = successor(self.tx, self.network, slot.guard, order, slot.at)
                if other is not None:
                    self._go_to(moved(self.guard, other, order, slot.at))

    def _fetch(self, slot: PlannedSlot, missing: float) -> None:
        """What client_cli.post.slots.seal_fields does of it, for a random take."""
        if not wanted(self.tx, CONSTANTS, self.profile, slot.at):
            return
        route = slot.fetch
        note_asked(self.tx, ANY, NO_KEYS, route, slot.at, CONSTANTS, self.profile)
        note_carried(self.tx, slot.at, slot.guard)
        row = self.tx.find("SELECT max(id) FROM outstanding")
        assert row is not None
        if self._draws.random() >= missing:
            held_s = route.hold_entry_s + route.hold_middle_s + route.hold_back_s
            heapq.heappush(self._ways, (slot.at + held_s + LINKS_S, int(row[0])))

    def _collect(self, now: float) -> FetchAnswer | None:
        """The first reply on the shelf, as client_cli.post.fetches.find_answer counts it."""
        if not self._ways or self._ways[0][0] > now:
            return None
        _, number = heapq.heappop(self._ways)
        row = self.tx.find("SELECT relay, carrier FROM outstanding WHERE id = ?", (number,))
        assert row is not None
        self.tx.execute("DELETE FROM outstanding WHERE id = ?", (number,))
        return FetchAnswer(None, None, store=RelayId(row[0]), carrier=None if row[1] is None else RelayId(row[1]))

    def _go_to(self, guard: Guard) -> None:
        """client_cli.post.guard_state.keep_guard: replies on the shelf of the former one are left there."""
        if guard.relay != self.guard.relay:
            forget_carriers(self.tx)
            self._ways.clear()
            self.moves.append((self.schedule.at, guard.relay))
        self.guard = guard


def left_h(profile: Profile, seed: int, kept_back: float, threshold_h: float) -> float:
    """Hours until a guard that begins to keep back a share of all replies is left; those that were looked at if it is
    not."""
    client = Client(profile, seed)
    begin = START + WARM_SLOTS * CONSTANTS.slot_s(profile)
    client.live(begin, {})
    client.live(begin + LASTING * threshold_h * 3600, {GUARDS[0]: kept_back})
    moved_at = [at for at, _ in client.moves if at >= begin]
    return (moved_at[0] - begin) / 3600 if moved_at else LASTING * threshold_h


def alarms(profile: Profile, lost: float, fetches: int, draws: np.random.Generator) -> int:
    """How often the whole rule leaves a guard in so many fetches, each lost with `lost`."""
    limit, found = alarm_limit(CONSTANTS, profile), 0
    limits = {RelayId(0): limit, RelayId(1): limit // 2, RelayId(2): limit}
    record = Record({})
    stores = draws.integers(0, RELAYS, fetches).tolist()
    for store, missing in zip(stores, (draws.random(fetches) < lost).tolist(), strict=True):
        parts = {RelayId(store)} if store < RELAYS - 1 else {RelayId(2), RelayId(1)}
        record = record.after(parts, limits, lost=missing)
        if record.alarmed:
            found += 1
            record = record.left(START, limits)
    return found


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Hours until a guard is left, days between two times that an honest one is."""
    trials = 40 if scale is Scale.QUICK else 400
    found = []
    for profile in Profile:
        name = f"{profile.name.lower()}, 3 relays"
        for what, share, threshold_h in (("all", 1.0, ALL_H[profile]), ("a tenth", DROPPED, NOTICED_H[profile])):
            hours = [left_h(profile, 800 + n, share, threshold_h) for n in range(trials)]
            found.append(at_most("A8", f"{name}, {what} kept back: hours, median", np.median(hours), threshold_h))
            if share == 1.0:
                late = np.quantile(hours, 0.95)
                found.append(at_most("A8", f"{name}, {what} kept back: hours, 95 %", late, threshold_h))
        hours = [left_h(profile, 800 + n, 0.0, NOTICED_H[profile]) for n in range(trials // 4)]
        setting = f"{name}, nothing kept back: hours, median"
        found.append(at_most("A8", setting, np.median(hours), NOTICED_H[profile], control=True))
        found += _false_moves(profile, name, trials * FALSE_ALARM_DAYS // 4)
    return found


def _false_moves(profile: Profile, name: str, days: int) -> list[Verdict]:
    """Both counts for `days` of fetches in every slot."""
    a_day = DAY_S / CONSTANTS.slot_s(profile)
    exact = mean_run(BASELINE_LOSS, alarm_limit(CONSTANTS, profile)) / a_day
    draws = np.random.default_rng(820 + profile.value)
    counted = days / max(alarms(profile, BASELINE_LOSS, round(a_day * days), draws), 1)
    spoiled = 1 - (1 - BASELINE_LOSS) * (1 - DROPPED)
    bad = days / max(alarms(profile, spoiled, round(a_day * days), draws), 1)
    return [
        at_least("A8", f"{name}, 2 % lost: days to a false move, one relay's part", exact, FALSE_ALARM_DAYS),
        at_least("A8", f"{name}, 2 % lost: days to a false move, counted", counted, FALSE_ALARM_DAYS),
        at_least("A8", f"{name}, 12 % lost: days to a false move, counted", bad, FALSE_ALARM_DAYS, control=True),
    ]
