"""What reading the board tells about relays and about our own clock.

Relays sign their pages once an hour, and name what they have seen of each other: so a page that was left out, or that
differs from what others were told, is noticed; and so is a clock of ours that shows another time than theirs.

Invariant: this only looks on; nothing that is sent, asked for or kept depends on it. Spec: docs/protocol.md, Seals.
Decisions 65, 66.
"""

from collections.abc import Iterable
from enum import Enum, unique
from typing import Final

import msgspec

from client_cli.community.membership import constants
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.board.chain import Chains, Finding, FindingKind
from protocol.routes.exchange import Response
from protocol.seams import RelayId

__all__ = ["Trouble", "TroubleKind", "clock_ahead_s", "note_clock", "note_findings", "troubles"]

CLOCK_TOLERANCE_S: Final = 3600.0
"""Signatures tell a relay's time to the hour, and nothing of ours depends on less."""


@unique
class TroubleKind(Enum):
    """What is told to a person. Other findings are counted only: a change of roster or a slow link makes some too."""

    FORKED = "forked"  # a relay told different people different things
    MISSING = "missing"  # a relay left pages out, or our guard did
    KEYS_DIFFER = "keys differ"  # a relay told others other keys than us
    ROSTER_FORKED = "roster forked"  # not every relay has the roster of this version that we have


_KINDS: Final = {
    FindingKind.FORKED: TroubleKind.FORKED,
    FindingKind.DISAGREED: TroubleKind.FORKED,
    FindingKind.GAP: TroubleKind.MISSING,
    FindingKind.KEYS_DIFFER: TroubleKind.KEYS_DIFFER,
    FindingKind.ROSTER_FORKED: TroubleKind.ROSTER_FORKED,
}


class Trouble(msgspec.Struct, frozen=True, array_like=True):
    """`relay`: whose pages or keys (None: the roster). `times`: how often it was seen, `last_at`: Unix seconds; `by`:
    the relays that say otherwise."""

    kind: TroubleKind
    relay: RelayId | None
    times: int
    last_at: float
    by: tuple[RelayId, ...] = ()


def note_findings(tx: Tx, findings: Iterable[Finding], now: float) -> None:
    """Keep what a person should know of; what is older than retention is forgotten."""
    told = [(kind, finding.relay, finding.by) for finding in findings if (kind := _KINDS.get(finding.kind)) is not None]
    if not told:
        return
    held = {(trouble.kind, trouble.relay): trouble for trouble in troubles(tx, now)}
    for kind, relay, by in told:
        times = held[kind, relay].times if (kind, relay) in held else 0
        held[kind, relay] = Trouble(kind, relay, times + 1, now, by)
    tx.put(Key.BOARD_TROUBLES, msgspec.msgpack.encode(list(held.values())))


def troubles(tx: Tx, now: float) -> list[Trouble]:
    """What was noticed within the time of retention, by kind and relay."""
    held = tx.get(Key.BOARD_TROUBLES)
    if held is None:
        return []
    found = msgspec.msgpack.decode(held, type=list[Trouble])
    since = now - constants(tx).retention_s
    recent = [trouble for trouble in found if trouble.last_at >= since]
    return sorted(recent, key=lambda trouble: (trouble.kind.value, -1 if trouble.relay is None else trouble.relay))


def note_clock(tx: Tx, chains: Chains, response: Response, now: float) -> None:
    """Compare our clock with the relays', once reading has come to the end of the board.

    The guard's own word, the interval in which its board ends, is believed within what relays have signed: from the
    newest seals of a majority to two seals later, or, before a clock is called fast, to two seals after the newest one
    of all. So one relay alone cannot make a clock look slow, nor a few that are down make it look fast.
    """
    signed = sorted(chains.sealed_intervals())
    if response.next < response.end or not signed:
        return
    fixed, agreed = constants(tx), signed[len(signed) // 2]

    def ahead_of(newest: int) -> float:
        interval = min(max(response.end.interval, agreed), newest + 2 * fixed.pages_per_seal)
        return now - fixed.interval_start(interval + 1)

    ahead_s = ahead_of(signed[-1])
    if ahead_s < 0:
        ahead_s = min(ahead_of(agreed), 0.0)
    if abs(ahead_s) > CLOCK_TOLERANCE_S:
        tx.put(Key.CLOCK_AHEAD, repr(ahead_s).encode())
    elif tx.get(Key.CLOCK_AHEAD) is not None:
        tx.delete(Key.CLOCK_AHEAD)


def clock_ahead_s(tx: Tx) -> float | None:
    """By how much our clock was ahead of the relays' (behind: negative) when the board was last read to its end,
    seconds; None: it was right, to an hour."""
    held = tx.get(Key.CLOCK_AHEAD)
    return None if held is None else float(held)
