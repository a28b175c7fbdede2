"""Which relays everybody goes around at present, and why: the one place that says so.

A relay is silent when more than half of all the others have sealed that nothing came from it for `silent_ms`
(`protocol.board.agreement`). Everybody reads this within minutes of the same seals, and acts half a seal after they
were due, so that what somebody's packets avoid tells nobody who has read them already. It returns in the same way.

Invariant: it follows from the board and the clock alone, never from letters, and one relay alone can bring nobody to go
around another. The only reader and writer of `Key.SILENT_RELAYS`. Spec: docs/protocol.md, Silent relays.
Decision 129.
"""

from dataclasses import dataclass

import msgspec

from client_cli.community.membership import find_roster
from client_cli.community.relays import words
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.community.roster import Roster
from protocol.seams import RelayId

__all__ = ["Silence", "forget_told", "note_seals", "silences", "silent_at"]


class _Turn(msgspec.Struct, frozen=True, array_like=True):
    """A relay that was silent or not before `at` (Unix seconds), and is it or not from then on. `since`: when the last
    page that the others have of it ended; `told`: that it is silent was acted upon."""

    relay: RelayId
    before: bool
    now: bool
    at: float
    since: float
    told: bool = False

    def silent_at(self, at: float) -> bool:
        return self.now if at >= self.at else self.before


@dataclass(frozen=True, slots=True)
class Silence:
    """A relay that is gone around. `since`: Unix seconds of the last that the others have of it."""

    relay: RelayId
    since: float


def _load(tx: Tx) -> dict[RelayId, _Turn]:
    held = tx.get(Key.SILENT_RELAYS)
    turns = [] if held is None else msgspec.msgpack.decode(held, type=list[_Turn])
    return {RelayId(turn.relay): turn for turn in turns}


def _keep(tx: Tx, turns: dict[RelayId, _Turn]) -> None:
    tx.put(Key.SILENT_RELAYS, msgspec.msgpack.encode([turns[relay] for relay in sorted(turns)]))


def note_seals(tx: Tx, roster: Roster, now: float) -> None:
    """New seals have been kept: see who has fallen silent or returned by them."""
    told, turns, fixed = words(tx, roster), _load(tx), roster.constants
    seal_s = fixed.pages_per_seal * fixed.page_s
    new = {relay: turn for relay, turn in turns.items() if relay in roster.numbers}
    for relay in roster.numbers:
        silent, old = told.silent(relay), new.get(relay)
        if silent == (old is not None and old.now):
            continue
        # A seal of the future, which only a liar signs, must not put it off, nor to a moment of our own.
        sealed_at = min(fixed.interval_start(told.newest(without=relay) + 1), round(now / seal_s) * seal_s)
        at = sealed_at + seal_s / 2
        before = old is not None and old.silent_at(now)
        new[relay] = _Turn(relay, before, silent, at, fixed.interval_start(told.last_page(relay) + 1))
    if new != turns:
        _keep(tx, new)


def silent_at(tx: Tx, roster: Roster, at: float) -> frozenset[RelayId]:
    """The relays that packets go around which leave at `at`."""
    return frozenset(relay for relay, turn in _load(tx).items() if relay in roster.numbers and turn.silent_at(at))


def silences(tx: Tx, now: float) -> list[Silence]:
    """Who is gone around now, by number; nobody before the roster is known."""
    roster = find_roster(tx)
    if roster is None:
        return []
    silent = silent_at(tx, roster, now)
    return [Silence(relay, turn.since) for relay, turn in sorted(_load(tx).items()) if relay in silent]


def forget_told(tx: Tx, now: float) -> list[Silence]:
    """Who has fallen silent since this was asked last: each is returned once."""
    turns = _load(tx)
    fallen = [turn for turn in turns.values() if turn.now and not turn.told and turn.silent_at(now)]
    if fallen:
        _keep(tx, turns | {turn.relay: msgspec.structs.replace(turn, told=True) for turn in fallen})
    return [Silence(turn.relay, turn.since) for turn in fallen]
