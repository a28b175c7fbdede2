"""Fetches: whether a slot's fetch wants an answer, which take it presents, and what to do with the answer.

Invariant 1: whether an answer is wanted follows from the number of answers outstanding, and that number from slots
and losses alone. An answer is outstanding from the preparing of its slot until its reply was collected - a hit and a
miss alike - or until a time fixed with the route. Only which take is presented depends on the board and on letters,
and nobody but the storing relay, which cannot tell takes apart, ever sees it. The only writer of the table
`outstanding`. Spec: docs/protocol.md, Fetches.
Decisions 33, 36, 49, 86.
"""

from dataclasses import dataclass, replace
from typing import Final

from client_cli.community.clock import SEALED_AHEAD_S
from client_cli.streams import expected
from client_cli.streams.streams import LOOPS
from client_cli.vault.transaction import Tx
from protocol.community.constants import Constants
from protocol.errors import ProtocolError
from protocol.profile import Profile
from protocol.routes.onion import AlteredReply, ReplyKeys, Route, open_reply
from protocol.routes.schedule import window_w
from protocol.seams import Entropy, RelayId
from protocol.sizes import REPLY_KEY_BYTES, TAKE_BYTES
from protocol.streams.pigeonhole import MAX_EPOCH, epoch_of

__all__ = [
    "Asked",
    "FetchAnswer",
    "choose_take",
    "clock_went_back",
    "find_answer",
    "forget_carriers",
    "forget_old",
    "give_up_at",
    "note_asked",
    "note_carried",
    "note_presented",
    "note_turn",
    "pop_lost",
    "try_keys",
    "wanted",
]

GRACE_SLOTS: Final = 16
"""Slots a reply may wait on the shelf beyond its holds before its fetch no longer counts as outstanding."""
GRACE_TICKS: Final = 60
"""The same for links, answer deadlines and the network, in link ticks: a minute by default."""
KEEP_KEYS_S: Final = 2 * 86_400.0
"""Reply keys outlive the window: a middle keeps a reply for at most a day, and a client may be away."""
ASK_MARGIN_TICKS: Final = 60
"""A minute by default, for answer deadlines and the network. Besides, each of two links may delay one presentation and
not the next by `fetch_late_ms`; the two must still lie `ask_again` apart at the store."""
LOST_WINDOWS: Final = 2
"""A shelf holds no more replies than the window lets out: twice as many exchanges that each took one down have passed
over one that was not there, even after a pause."""
BLIND_EVERY_S: Final = 86_400.0
BLIND_DEPTH: Final = 4
"""How many of the lowest pigeonholes of an epoch at one relay are asked for without a listing: the lowest may never
be filled."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The take a fetch presents; `hole` is None for a random one."""

    take: bytes
    hole: bytes | None


@dataclass(frozen=True, slots=True)
class FetchAnswer:
    """What a shelf reply answered: the pigeonhole (None for a random take), and the cell or None for a miss.

    `altered`: a relay of its route put something else in its place. `store`: who was asked; `carrier`: the guard that
    took the fetch, where its reply says something of it.
    """

    hole: bytes | None
    cell: bytes | None
    altered: bool = False
    store: RelayId | None = None
    carrier: RelayId | None = None


def wanted(tx: Tx, constants: Constants, profile: Profile, at: float) -> bool:
    """Whether the fetch field of the slot at `at` wants an answer: fewer than W are outstanding then."""
    row = tx.find("SELECT count(*) FROM outstanding WHERE give_up_at > ?", (at,))
    return row is not None and row[0] < window_w(constants, profile)


def give_up_at(route: Route, at: float, constants: Constants, profile: Profile) -> float:
    """When a fetch of the slot at `at` stops being outstanding if nothing comes."""
    grace_s = GRACE_SLOTS * constants.slot_s(profile) + GRACE_TICKS * constants.link_tick_ms / 1000
    return at + _hold_s(route) + route.hold_back_s + grace_s


def choose_take(tx: Tx, route: Route, at: float, constants: Constants, entropy: Entropy) -> Asked:
    """The take for a fetch of the slot at `at`: a listed pigeonhole of this store, oldest listing first; else, after
    a gap in the board, a low one that may have been listed unseen; else a random one. None is presented twice within
    `ask_again`.
    """
    presented_at = at + _hold_s(route)
    row = tx.find(
        "SELECT hole, take FROM expected WHERE relay = ? AND listed_at IS NOT NULL"
        " AND (asked_at IS NULL OR asked_at <= ?)"
        " AND NOT EXISTS (SELECT 1 FROM outstanding o WHERE o.hole = expected.hole AND o.give_up_at > ?)"
        " ORDER BY listed_at, stream, epoch, idx LIMIT 1",
        (route.store, presented_at - _ask_again_s(constants), at),
    )
    if row is None and at < expected.blind_until(tx):
        row = _find_blind(tx, route.store, presented_at, at, constants)
    if row is None:
        return Asked(entropy(TAKE_BYTES), None)
    return Asked(bytes(row[1]), bytes(row[0]))


def _find_blind(
    tx: Tx, store: RelayId, presented_at: float, at: float, constants: Constants
) -> tuple[bytes, bytes] | None:
    """A low unlisted pigeonhole of a person at `store` that was not asked for within a day. Loops are not worth it."""
    rows = tx.all(
        "SELECT e.hole, e.take, e.stream, e.epoch, e.asked_at FROM expected e JOIN streams s ON s.id = e.stream"
        " WHERE e.relay = ? AND e.listed_at IS NULL AND s.contact != ? AND (e.epoch & ?) <= ?"
        " ORDER BY e.epoch, e.idx, e.stream",
        (store, LOOPS, MAX_EPOCH, epoch_of(at, constants.epoch_s)),
    )
    depth: dict[tuple[int, int], int] = {}
    for hole, take, stream, epoch, asked_at in rows:
        depth[stream, epoch] = depth.get((stream, epoch), 0) + 1
        if depth[stream, epoch] <= BLIND_DEPTH and (asked_at is None or asked_at + BLIND_EVERY_S <= presented_at):
            return bytes(hole), bytes(take)
    return None


def note_asked(
    tx: Tx, asked: Asked, keys: ReplyKeys, route: Route, at: float, constants: Constants, profile: Profile
) -> None:
    """The fetch field that presents `asked` is sealed: count its answer as outstanding."""
    tx.execute(
        "INSERT INTO outstanding (hole, relay, reply_keys, sent_at, give_up_at) VALUES (?, ?, ?, ?, ?)",
        (asked.hole, route.store, keys.entry + keys.middle + keys.store, at, give_up_at(route, at, constants, profile)),
    )
    note_presented(tx, asked, route, at)


def note_presented(tx: Tx, asked: Asked, route: Route, at: float) -> None:
    """The take of `asked` will be at its store when the holds are over: not again within `ask_again` of that."""
    if asked.hole is not None:
        expected.note_presented(tx, asked.hole, at + _hold_s(route))


def note_carried(tx: Tx, sent_at: float, guard: RelayId) -> None:
    """The exchange of the slot at `sent_at` was answered: `guard` has its fetch, and owes its reply."""
    tx.execute("UPDATE outstanding SET carrier = ? WHERE sent_at = ?", (guard, sent_at))


def forget_carriers(tx: Tx) -> None:
    """We were away, or went to another guard: whether replies come that are owed now says nothing of a guard."""
    tx.execute("UPDATE outstanding SET carrier = NULL WHERE carrier IS NOT NULL")


def note_turn(tx: Tx, seen_at: float, constants: Constants, profile: Profile, *, brought: bool) -> None:
    """A request that left at `seen_at` was answered with a reply to a fetch of ours, or with none, and no lower number
    is under way. Without one the shelf is empty: answers that were due on it before are lost, and outstanding no
    longer. While a relay is gone most are, and would keep the window shut for `GRACE_SLOTS` each. One that comes after
    all is still taken."""
    due = seen_at + GRACE_SLOTS * constants.slot_s(profile)
    if brought:
        tx.execute("UPDATE outstanding SET turns = turns + 1 WHERE carrier IS NOT NULL AND give_up_at <= ?", (due,))
        return
    tx.execute(
        "UPDATE outstanding SET give_up_at = ? WHERE give_up_at > ? AND give_up_at <= ?", (seen_at, seen_at, due)
    )
    turns = _patience(constants, profile)
    tx.execute("UPDATE outstanding SET turns = ? WHERE carrier IS NOT NULL AND give_up_at <= ?", (turns, due))


def pop_lost(tx: Tx, guard: RelayId, constants: Constants, profile: Profile) -> list[RelayId]:
    """The storing relays of fetches whose reply `guard` owes and that are lost now; each is told once."""
    rows = tx.all(
        "SELECT id, relay FROM outstanding WHERE carrier = ? AND turns >= ? ORDER BY id",
        (guard, _patience(constants, profile)),
    )
    for number, _ in rows:
        tx.execute("UPDATE outstanding SET carrier = NULL WHERE id = ?", (number,))
    return [RelayId(store) for _, store in rows]


def _patience(constants: Constants, profile: Profile) -> int:
    """Answered exchanges after which a reply that was due has had its turn."""
    return LOST_WINDOWS * window_w(constants, profile)


def find_answer(tx: Tx, body: bytes) -> FetchAnswer | None:
    """Open a shelf reply with the keys of every fetch that may be meant, and count it as answered. None: it answers
    none.

    A miss leaves the pigeonhole expected, and after three no longer listed.
    """
    rows = tx.all("SELECT id, hole, reply_keys, relay, carrier FROM outstanding ORDER BY id DESC")
    for number, hole, packed, store, carrier in rows:
        answer = try_keys(tx, hole, packed, body)
        if answer is not None:
            tx.execute("DELETE FROM outstanding WHERE id = ?", (number,))
            return replace(answer, store=RelayId(store), carrier=None if carrier is None else RelayId(carrier))
    return None


def try_keys(tx: Tx, hole: bytes | None, packed: bytes, body: bytes) -> FetchAnswer | None:
    """Open a shelf reply with the three reply keys of one fetch; None if they are not its keys."""
    keys = ReplyKeys(*(bytes(packed[i : i + REPLY_KEY_BYTES]) for i in range(0, 3 * REPLY_KEY_BYTES, REPLY_KEY_BYTES)))
    own_hole = None if hole is None else bytes(hole)
    try:
        cell = open_reply(keys, body)
    except AlteredReply:
        return FetchAnswer(own_hole, None, altered=True)
    except ProtocolError:
        return None
    if cell is None and hole is not None:
        expected.note_miss(tx, hole)
    return FetchAnswer(own_hole, cell)


def forget_old(tx: Tx, now: float) -> None:
    """Erase reply keys that nothing can come for any more."""
    tx.execute("DELETE FROM outstanding WHERE give_up_at < ?", (now - KEEP_KEYS_S,))


def clock_went_back(tx: Tx, now: float) -> None:
    """No answer is outstanding until a time of a clock that was ahead."""
    tx.execute("UPDATE outstanding SET sent_at = ?, give_up_at = ? WHERE sent_at > ?", (now, now, now + SEALED_AHEAD_S))


def _ask_again_s(constants: Constants) -> float:
    """How long after a take was presented it may leave again."""
    margin_ms = 2 * constants.fetch_late_ms + ASK_MARGIN_TICKS * constants.link_tick_ms
    return (constants.ask_again_ms + margin_ms) / 1000


def _hold_s(route: Route) -> float:
    """From the slot until the take is presented at the store."""
    return route.hold_entry_s + route.hold_middle_s
