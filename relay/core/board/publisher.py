"""What a relay does by the clock: cut pages, seal them, repeat the key block, rotate keys and publish them.

Invariant: every interval's page is cut once, after the interval is over, and lists every pigeonhole accepted in it;
what is published goes on our own board and to every other relay in one transaction.
Spec: docs/protocol.md, Board pages; Seals; Relay keys.
"""

from contextlib import suppress
from dataclasses import dataclass

from protocol.board.chain import Chains
from protocol.board.log import (
    NO_WORD,
    ROSTERS_REPEATED,
    Entry,
    EntryKind,
    Seal,
    Seen,
    mark_entry,
    parse_seal,
    sign_seal,
)
from protocol.board.page import CHAIN_START, encode_page
from protocol.community.constants import TAGS_PER_PAGE_MAX
from protocol.community.descriptor import CLOCK_DAYS, DAYS_AHEAD, Descriptor, sign_descriptor
from protocol.community.roster import roster_hash
from protocol.errors import ProtocolError
from protocol.primitives.days import DAY_S, day_of, month_of
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole
from relay.core.announce import Announcer
from relay.core.board.board import Board, key_block
from relay.core.board.crowd import told_crowd
from relay.core.board.pace import Pace, future_pages
from relay.core.descriptors import Descriptors
from relay.core.interface import Count
from relay.core.mix.keys import KeyRing
from relay.core.mix.rotation import is_rotation_due, next_rotation, rotate
from relay.core.state import RelayState, Work
from relay.events import Event
from relay.store.records import KeyKind, SealRow

# The float must not fall before the boundary that it names.
BOUNDARY_S = 0.0005
# While others are behind: how soon it is looked at again whether they still go on.
HELD_S = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a seal says of keys and of the roster."""

    keys: frozenset[tuple[RelayId, bytes]]
    roster: tuple[int, bytes]


def _said(seal: Seal) -> Said:
    words = [(seen.relay, word) for seen in seal.others for word in (seen.today, seen.tomorrow)]
    return Said(frozenset(word for word in words if word[1] != NO_WORD), (seal.roster_version, seal.roster_hash))


class Publisher:
    """The clockwork of one relay."""

    def __init__(self, state: RelayState, board: Board, descriptors: Descriptors, announcer: Announcer) -> None:
        self._state = state
        self.board = board
        self._descriptors = descriptors
        self._announcer = announcer
        self._pace = Pace(state)
        self._cut = -1
        self._key_block = -1
        self._sealed: Said | None = None
        self._first_day = 0  # that we may sign a descriptor for

    async def load(self, work: Work) -> None:
        """Read from the store how far it has come."""
        marks = await work.tx.state()
        constants = self._state.constants
        self._cut = marks.get("cut", constants.interval_of(work.now) - 1)
        self._key_block = marks.get("key_block", -1)
        self._first_day = marks.get("first_day", 0)
        own = self.board.chains.head(self._state.number)
        if own is None:
            work.tx.set_state({"cut": self._cut})
            self.board.follow(work.tx, self.board.chains.anchor(self._state.number, self._cut, CHAIN_START))
        self._sealed = None
        for row in await work.tx.seals():
            if row.relay == self._state.number:
                with suppress(ProtocolError):  # of a roster that is gone, or of another layout
                    self._sealed = _said(parse_seal(row.body, self._state.roster))

    def _interval(self, now: float) -> int:
        return self._pace.interval(self.board.chains, now)

    def open_interval(self, now: float) -> int:
        """The interval whose page will list what is accepted now: never one whose page is cut."""
        return max(self._interval(now), self._cut + 1)

    @property
    def open_since(self) -> float:
        """Unix seconds at which the interval began whose page is the next to be cut."""
        return self._state.constants.interval_start(self._cut + 1) + BOUNDARY_S

    def next_due(self, now: float) -> float:
        """Unix seconds of the next page, key block (at a page boundary) or midnight."""
        interval, page_at = self._interval(now), self._state.constants.interval_start(self._cut + 2) + BOUNDARY_S
        if self._has_all_to_say() or interval > max(self._cut + 1, self._state.constants.interval_of(now)):
            return now
        held = page_at <= now and interval <= self._cut + 1
        return min(now + HELD_S if held else page_at, next_rotation(now))

    def is_due(self, now: float) -> bool:
        """Whether `run` would do anything."""
        interval = self._interval(now)
        block = interval // self._state.constants.pages_per_key_block
        late = block > self._key_block or interval > self._cut + 1
        return late or is_rotation_due(self._state.ring.rows, now) or self._has_all_to_say()

    async def run(self, work: Work) -> None:
        """Do everything that is due at `work.now`; in a transaction that runs alone."""
        interval = self._interval(work.now)
        block = interval // self._state.constants.pages_per_key_block
        self._rotate(work)
        described = [entry for day in self._undescribed(work.now) for entry in await self._describe(work, day)]
        if block > self._key_block:
            # First of all, so that it begins its sheet; it holds new descriptors already.
            await self._repeat_key_block(work, interval, block)
            for entry in described:
                self._announcer.send(work, entry, self._state.peers)
        else:
            for entry in described:
                self._publish(work, entry)
        if interval > self._cut + 1:
            await self._cut_pages(work, interval)
        elif self._has_all_to_say():
            self._seal(work)

    async def _cut_pages(self, work: Work, interval: int) -> None:
        """Cut the page of the interval that has ended, and of earlier ones that a stop left uncut with holes."""
        waiting = await work.tx.hole_intervals()
        for ended in sorted({i for i in waiting if i < interval} | {interval - 1}):
            holes = [Hole(hole) for hole in await work.tx.holes(ended)]
            # Processes that fill one page together may overfill it a little: the next one lists the rest.
            work.tx.add_holes([(max(interval, ended + 1), hole) for hole in holes[TAGS_PER_PAGE_MAX:]])
            holes = holes[:TAGS_PER_PAGE_MAX]
            page = Entry(EntryKind.PAGE, encode_page(holes, self._state.number, ended))
            _, chains = self.board.chains.page(self._state.number, ended, page.body)
            self.board.follow(work.tx, chains)
            work.tx.erase_holes(ended)
            self._publish(work, page)
            self._state.counts[Count.PAGES_CUT] += 1
        pages = self._state.constants.pages_per_seal
        if interval // pages > (self._cut + 1) // pages or self._words() != self._sealed:
            self._seal(work)
        self._cut = interval - 1
        work.tx.set_state({"cut": self._cut})

    def _seal(self, work: Work) -> None:
        seal = self._seal_now()
        if seal is None:
            return
        body = sign_seal(seal, self._state.own.identity_secret)
        _, chains = self.board.chains.seal(seal)
        self.board.follow(work.tx, chains)
        work.tx.put_seal(SealRow(self._state.number, seal.interval, body))
        self._sealed = _said(seal)
        self._publish(work, Entry(EntryKind.SEAL, body))

    def _seal_now(self) -> Seal | None:
        """Our chain, and what we hold of the others' pages and keys, as a seal would say it now."""
        state, chains = self._state, self.board.chains
        head = chains.head(state.number)
        if head is None:
            return None
        day = day_of(state.constants.interval_start(head[0]))
        seen = []
        for peer in state.peers:
            words = [self._descriptors.hash_of(peer, at) or NO_WORD for at in (day, day + 1)]
            interval, chain = chains.head(peer) or (chains.heard(peer) or 0, CHAIN_START)
            if interval or words != [NO_WORD, NO_WORD]:
                seen.append(Seen(peer, interval, chain, *words))
        return Seal(state.number, *head, tuple(seen), state.roster.version, roster_hash(state.roster))

    def _words(self) -> "Said | None":
        seal = self._seal_now()
        return None if seal is None else _said(seal)

    def _has_all_to_say(self) -> bool:
        """Whether we hold the keys of every relay for two days, or a new roster, and no seal of ours says so yet: it
        does so at once, for nobody can write before."""
        said = self._words()
        if said is None or said == self._sealed:
            return False
        whole = len(said.keys) == 2 * len(self._state.peers)
        return whole or (self._sealed is not None and said.roster != self._sealed.roster)

    async def _repeat_key_block(self, work: Work, interval: int, block: int) -> None:
        rosters = [body for _, body in await work.tx.rosters()][-ROSTERS_REPEATED:]
        relays, today = self._state.roster.numbers, day_of(work.now)
        descriptors = [body for relay in relays for body in self._descriptors.bodies(relay, today)]
        seals = [row.body for row in await work.tx.seals() if row.relay in relays]
        self.board.append_key_block(work.tx, interval, key_block(mark_entry(interval), rosters, descriptors, seals))
        self._key_block = block
        work.tx.set_state({"key_block": block})

    def _rotate(self, work: Work) -> bool:
        """Make and erase keys; whether there are new ones."""
        state, before = self._state, self._state.ring
        state.ring = rotate(work.tx, before, work.now, state.entropy)
        if state.ring is before:
            return False
        state.events.emit(Event.KEYS_ROTATED, day=day_of(work.now))
        return bool(set(state.ring.rows) - set(before.rows))

    async def _crowd(self, work: Work) -> int | None:
        """About how many shelves were used yesterday, drawn once a day; None on our first day, which was not whole."""
        marks, today = await work.tx.state(), day_of(work.now)
        if marks.get("crowd_day") != today:
            shelves = await work.tx.shelves_used_since(today - 1)
            told = told_crowd(shelves, self._state.noise) if "crowd_day" in marks else -1
            marks = {"crowd_day": today, "crowd": told}
            work.tx.set_state(marks)
        return marks["crowd"] if marks["crowd"] >= 0 else None

    def _undescribed(self, now: float) -> list[int]:
        """Days from today whose keys we hold and have not published yet, ascending."""
        described = {found.day for found in self._descriptors.of(self._state.number)}
        held = sorted(row.period for row in self._state.ring.rows if row.kind is KeyKind.DAY)
        return [day for day in held if day >= max(day_of(now), self._first_day) and day not in described]

    async def _describe(self, work: Work, day: int) -> list[Entry]:
        """Sign and store the descriptor of a day: the only one for it there will be. Empty while a key of it is not
        held, as after a clock that was ahead."""
        ring, month = self._state.ring, month_of(day * DAY_S)
        day_key, day_kem, link_key = ring.public(KeyKind.DAY, day), ring.day_kem(day), ring.public(KeyKind.LINK, day)
        slow_key, next_slow_key = ring.public(KeyKind.SLOW, month), ring.public(KeyKind.SLOW, month + 1)
        if day_key is None or day_kem is None or link_key is None or slow_key is None or next_slow_key is None:
            return []
        head = self.board.chains.head(self._state.number) or (0, CHAIN_START)
        descriptor = Descriptor(
            self._state.number,
            day,
            day_key,
            day_kem,
            slow_key,
            next_slow_key,
            link_key,
            ring.door.kem.public,
            *head,
            await self._crowd(work),
        )
        body = sign_descriptor(descriptor, self._state.own.identity_secret)
        self._descriptors.keep(work, descriptor, body)
        return [Entry(EntryKind.DESCRIPTOR, body)]

    async def take_back(self, work: Work) -> None:
        """Undo what a clock that was ahead by days did and nobody can have taken, since it was of the future to all.

        Only by an operator's word: by a clock that is behind it would erase what is in use. What was published for
        today and tomorrow before is not published again; its keys may be gone.
        """
        state, number, today = self._state, self._state.number, day_of(work.now)
        first = today + DAYS_AHEAD + CLOCK_DAYS + 1
        firsts = {KeyKind.DAY: first, KeyKind.LINK: first, KeyKind.SLOW: month_of(first * DAY_S) + 2}
        gone = [row for row in state.ring.rows if row.period >= firsts[row.kind]]
        if gone:
            work.tx.erase_keys([(row.kind, row.period) for row in gone])
            state.ring = KeyRing([row for row in state.ring.rows if row not in gone], state.ring.door)
            self._descriptors.take_back(work, number, first)
            self._first_day = today + DAYS_AHEAD + 1
            work.tx.set_state({"first_day": self._first_day})
        interval, head = state.constants.interval_of(work.now), self.board.chains.head(number)
        if head is not None and self._cut > interval + future_pages(state):
            for waiting in [waiting for waiting in await work.tx.hole_intervals() if waiting > interval]:
                work.tx.add_holes([(interval, hole) for hole in await work.tx.holes(waiting)])
                work.tx.erase_holes(waiting)
            self._cut, self._key_block = interval - 1, -1
            work.tx.set_state({"cut": self._cut})
            self.board.take_back(work.tx, interval + 1)
            # Pages of others that were too old by that clock are not known: each one's next seal begins its chain anew.
            self.board.follow(work.tx, Chains().anchor(number, self._cut, head[1]))
            self._seal(work)

    async def announce(self, work: Work) -> None:
        """At start: tell every peer our descriptors again; one that missed them could not open our batches."""
        for body in self._descriptors.bodies(self._state.number, day_of(work.now)):
            self._announcer.send(work, Entry(EntryKind.DESCRIPTOR, body), self._state.peers)

    async def publish_roster(self, work: Work, entry: Entry) -> None:
        """A new roster has come into force: put it on our board, tell every peer, drop what is for relays that left."""
        state = self._state
        numbers, claims = state.roster.numbers, work.tx.claims
        gone = state.pool.bound_for_others(numbers) if claims is None else await claims.bound_for_others(numbers)
        work.tx.erase_packets(gone)
        state.pool.drop(gone)
        self.board.follow(work.tx, self.board.chains.only(state.roster.numbers))
        self._publish(work, entry)
        state.events.emit(Event.ROSTER_ADOPTED, version=state.roster.version, relays=len(state.roster.relays))

    def _publish(self, work: Work, entry: Entry) -> None:
        self.board.append(work.tx, self.open_interval(work.now), [entry])
        self._announcer.send(work, entry, self._state.peers)
