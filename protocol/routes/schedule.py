"""The schedule: when a client makes exchanges, with routes and holds, all drawn before any content is looked at.

Each slot draws the same number of values from its key, whatever the roster or the values; then the key ratchets and
the old one must be erased, so that a vault seized later does not tell which route an earlier packet took.

Invariant 1: nothing here takes a letter, a conversation or a network result except the guard to use.
Spec: docs/protocol.md, The schedule.
Decisions 3, 19, 20.
"""

import math
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Self

from protocol.community.constants import Constants
from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.primitives.sampling import choose, exponential
from protocol.profile import Profile
from protocol.routes.onion import Route
from protocol.seams import RelayId

SCHEDULE_KEY_BYTES: Final = 32
DRAWS_PER_SLOT: Final = 11
# Beyond this many missed slots the schedule starts anew at the present: exponential gaps have no memory, so nobody can
# tell, and a wrong clock cannot keep the program counting for hours.
SKIP_SLOTS_MAX: Final = 400_000
_PROFILE_QUARTERS: Final = {Profile.METERED: 20, Profile.STANDARD: 4, Profile.GUARDED: 1}
_STATE: Final = struct.Struct(">B32sQd")
_STATE_VERSION: Final = 1
_DRAWS: Final = struct.Struct(f">{DRAWS_PER_SLOT}Q")
_GAP: Final = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """One slot. `packet` is the route of its deposit (or cover of the same shape) if `deposit`, else unused; `fetch`
    that of its fetch. `at` is Unix seconds. `packet.hold_back_s` is 0: a deposit has no way back.
    """

    number: int
    at: float
    guard: RelayId
    deposit: bool
    packet: Route
    fetch: Route


@dataclass(frozen=True, slots=True)
class BlindSlot:
    """A slot of a client that knows no roster yet: it makes its exchange, and both fields are discards."""

    number: int
    at: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """State between two slots: the key and number of the next one, and the Unix time of the one before."""

    key: bytes = field(repr=False)
    number: int
    at: float

    @classmethod
    def start(cls, key: bytes, now: float) -> Self:
        """Begin a schedule at `now` with a 32-byte key from a random stream that nothing else uses."""
        if len(key) != SCHEDULE_KEY_BYTES:
            raise ValueError(f"a schedule key has {SCHEDULE_KEY_BYTES} bytes")
        return cls(key, 0, now)

    def next_at(self, mean_slot_s: float) -> float:
        """Return when the next slot is, Unix seconds."""
        return self.at + exponential(
            _unit(_GAP.unpack_from(_first_block(self.key), SCHEDULE_KEY_BYTES)[0]), mean_slot_s
        )

    def plan(
        self, roster: Roster, profile: Profile, guard: RelayId, silent: Collection[RelayId] = ()
    ) -> tuple[PlannedSlot, "Schedule"]:
        """Draw the next slot; return it and the state after it. The caller erases this state's key with the slot.

        `silent`: relays that everybody goes around, as S and as M.
        """
        constants = roster.constants
        draws = _draws(self.key)
        at = self.at + exponential(draws[0], constants.slot_s(profile))
        slot = PlannedSlot(
            number=self.number,
            at=at,
            guard=guard,
            deposit=draws[1] < constants.deposit_permille / 1000,
            packet=_route(roster, guard, silent, draws[2:6], back=None),
            fetch=_route(roster, guard, silent, draws[6:10], back=draws[10]),
        )
        return slot, self._after(at)

    def plan_blind(self, pace_ms: int, profile: Profile) -> tuple[BlindSlot, "Schedule"]:
        """Draw the next slot before the roster is known. `pace_ms` is the standard profile's mean gap (invite card)."""
        at = self.next_at(blind_slot_s(pace_ms, profile))
        return BlindSlot(self.number, at), self._after(at)

    def skip_to(self, now: float, mean_slot_s: float) -> "Schedule":
        """Return the state whose next slot is not before `now`. Slots of the past are lost, never made up for."""
        key, number, at = self.key, self.number, self.at
        for _ in range(SKIP_SLOTS_MAX):
            block = _first_block(key)
            next_at = at + exponential(_unit(_GAP.unpack_from(block, SCHEDULE_KEY_BYTES)[0]), mean_slot_s)
            if next_at >= now:
                return Schedule(key, number, at)
            key, number, at = block[:SCHEDULE_KEY_BYTES], number + 1, next_at
        return Schedule(key, number, now)

    def encode(self) -> bytes:
        """Return version u8 | key 32 | number u64 | at f64."""
        return _STATE.pack(_STATE_VERSION, self.key, self.number, self.at)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. Raises ProtocolError: length, version, or no finite time."""
        if len(data) != _STATE.size:
            raise ProtocolError("a stored schedule has the wrong length")
        version, key, number, at = _STATE.unpack(data)
        if version != _STATE_VERSION or not math.isfinite(at):
            raise ProtocolError("a stored schedule does not parse")
        return cls(key, number, at)

    def _after(self, at: float) -> "Schedule":
        return Schedule(_first_block(self.key)[:SCHEDULE_KEY_BYTES], self.number + 1, at)


def blind_slot_s(pace_ms: int, profile: Profile) -> float:
    """Return the mean gap in seconds of a profile before the roster is known: 5, 1 and 1/4 times the standard pace."""
    return pace_ms * _PROFILE_QUARTERS[profile] / 4000


def window_w(constants: Constants, profile: Profile) -> int:
    """Return W, the most answers that may be outstanding: 3 mean reply holds in slots, plus 2.5, rounded half up."""
    return (3 * constants.reply_hold_ms) // constants.slot_ms(profile) + 3


def store_choices(roster: Roster, silent: Collection[RelayId] = ()) -> tuple[RelayId, ...]:
    """Return the relays a store is drawn from: all but the silent ones, unless that left only one."""
    heard = tuple(number for number in roster.numbers if number not in silent)
    return heard if len(heard) > 1 else roster.numbers


def middle_choices(
    roster: Roster, entry: RelayId, store: RelayId, silent: Collection[RelayId] = ()
) -> tuple[RelayId, ...]:
    """Return the relays a middle is drawn from (design: who sees the middle must not learn whose guard it is).

    All but guards and the store; if there is none, all but the entry and the store; if none, the store, which peels
    twice. Never a silent one.
    """
    numbers = store_choices(roster, silent)
    apart = tuple(number for number in numbers if number not in roster.guards and number not in (entry, store))
    return apart or tuple(number for number in numbers if number not in (entry, store)) or (store,)


def _route(
    roster: Roster, entry: RelayId, silent: Collection[RelayId], draws: tuple[float, ...], back: float | None
) -> Route:
    stores = store_choices(roster, silent)
    store = stores[choose(draws[0], len(stores))]
    choices = middle_choices(roster, entry, store, silent)
    mean_hold_s = roster.constants.mean_hold_s
    return Route(
        entry=entry,
        middle=choices[choose(draws[1], len(choices))],
        store=store,
        hold_entry_s=exponential(draws[2], mean_hold_s),
        hold_middle_s=exponential(draws[3], mean_hold_s),
        hold_back_s=0.0 if back is None else exponential(back, roster.constants.reply_hold_s),
    )


def _first_block(key: bytes) -> bytes:
    """Key of the slot after 32 | four draws u64, of which the first is the gap."""
    return derive(b"sosik slot", key=key, size=64)


def _draws(key: bytes) -> tuple[float, ...]:
    """Return the slot's draws in their fixed order: gap; deposit; packet S, M, two holds; fetch S, M, three holds."""
    stream = _first_block(key)[SCHEDULE_KEY_BYTES:] + derive(b"sosik slot more", key=key, size=64)
    return tuple(_unit(draw) for draw in _DRAWS.unpack_from(stream))


def _unit(draw: int) -> float:
    return (draw >> 11) * 2.0**-53
