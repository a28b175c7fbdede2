"""What other relays publish: pieces joined to entries, checked, and put on our board once.

A relay speaks only for itself: its pages, seals and descriptors are taken from it alone; rosters are the community's
and come from anyone. Invariant: an entry is judged and listed in the transaction that acknowledges its last piece, and
what one peer can make us keep is bounded.
Spec: docs/protocol.md, Board log; Links.
Decision 62.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.board.chain import FindingKind
from protocol.board.log import Entry, EntryKind, parse_entry, parse_seal
from protocol.board.page import parse_page
from protocol.board.pieces import MAX_UNFINISHED, PIECE_ID_BYTES, EntryJoiner
from protocol.community.descriptor import CLOCK_DAYS, Descriptor, check_day, contradicts, parse_descriptor
from protocol.community.roster import Roster, check_later, check_succession, parse_roster
from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.primitives.kdf import derive
from protocol.seams import RelayId
from relay.core.board.pace import future_pages
from relay.core.board.publisher import Publisher
from relay.core.descriptors import Descriptors
from relay.core.links.membership import OFF_ROSTER
from relay.core.state import RelayState, Work
from relay.events import Event
from relay.store.records import ListedRow, PieceRow, SealRow

# One page, one seal an interval; a second, different one is listed so that everyone sees the contradiction.
LISTED_PER_PERIOD = 2
PIECE_ID = slice(2, 2 + PIECE_ID_BYTES)  # part u8, parts u8, id


@dataclass(frozen=True, slots=True)
class _Judged:
    """An entry that may be listed: what it is about, and how many different ones there may be."""

    entry: Entry
    relay: RelayId
    period: int
    allowed: int


class Gossip:
    """Takes the board pieces of other relays."""

    def __init__(self, state: RelayState, publisher: Publisher, descriptors: Descriptors) -> None:
        self._state = state
        self._publisher = publisher
        self._descriptors = descriptors

    async def receive(self, work: Work, sender: RelayId, pieces: Sequence[bytes]) -> None:
        """Take the pieces of one batch. What is malformed is dropped and reported, never an error."""
        for body in pieces:
            try:
                entry = await self._join(work, sender, body)
                if entry is not None:
                    await self._list(work, sender, parse_entry(entry))
            except ProtocolError:
                self._state.events.emit(Event.DESCRIPTOR_REFUSED, peer=sender, reason="malformed")

    async def _join(self, work: Work, sender: RelayId, body: bytes) -> bytes | None:
        joiner = EntryJoiner()
        whole = joiner.add(body)
        if whole is not None:
            return whole
        stored = await work.tx.pieces(sender)
        name = body[PIECE_ID]
        for row in stored:
            if row.entry == name and row.part != body[0]:
                whole = joiner.add(row.body)
        if whole is not None:
            work.tx.erase_pieces(sender, name)
            return whole
        unfinished = sorted({row.entry for row in stored})
        if name not in unfinished and len(unfinished) >= MAX_UNFINISHED:
            work.tx.erase_pieces(sender, unfinished[0])
        work.tx.add_piece(PieceRow(sender, name, body[0], day_of(work.now), body))
        return None

    async def _list(self, work: Work, sender: RelayId, entry: Entry) -> None:
        judged = self._judge(work, sender, entry)
        digest = derive(b"sosik listed", entry.body, size=16)
        listed = await work.tx.listed(entry.kind, judged.relay, judged.period)
        if digest in listed or len(listed) >= judged.allowed:
            return
        if entry.kind is EntryKind.ROSTER:
            await self.adopt(work, entry)
        else:
            self._follow(work, entry)
            self._publisher.board.append(work.tx, self._publisher.open_interval(work.now), [entry])
        work.tx.add_listed(ListedRow(entry.kind, judged.relay, judged.period, digest, day_of(work.now)))

    def _judge(self, work: Work, sender: RelayId, entry: Entry) -> _Judged:
        roster = self._state.roster
        match entry.kind:
            case EntryKind.PAGE:
                page = parse_page(entry.body)
                judged = _Judged(entry, page.relay, page.interval, LISTED_PER_PERIOD)
                self._check_interval(work, page.interval)
            case EntryKind.SEAL:
                seal = parse_seal(entry.body, roster)
                judged = _Judged(entry, seal.relay, seal.interval, LISTED_PER_PERIOD)
                self._check_interval(work, seal.interval)
            case EntryKind.DESCRIPTOR:
                descriptor = parse_descriptor(entry.body, roster)
                judged = _Judged(entry, descriptor.relay, descriptor.day, self._allowed(work, descriptor))
            case EntryKind.ROSTER:
                found = parse_roster(entry.body, roster.community_key)
                # Everyone passes a new one on to everyone: what is known already is no news.
                allowed = LISTED_PER_PERIOD if found.version > roster.version else 0
                return _Judged(entry, sender, found.version, allowed)
            case EntryKind.MARK:
                raise ProtocolError("a mark is a relay's own")
        if judged.relay != sender:
            raise ProtocolError("a relay speaks for another one")
        return judged

    def _check_interval(self, work: Work, interval: int) -> None:
        constants = self._state.constants
        oldest = constants.interval_of(work.now) - constants.retention_ms // constants.page_ms
        if not oldest <= interval <= constants.interval_of(work.clock) + future_pages(self._state):
            raise ProtocolError("a page is out of time")

    def _allowed(self, work: Work, descriptor: Descriptor) -> int:
        """1 for the first descriptor of a day, which is the one that our seals will name; else 0."""
        known = self._descriptors.of(descriptor.relay)
        if descriptor in known:
            return 0
        check_day(descriptor, work.clock)
        if descriptor.day < day_of(work.now) - CLOCK_DAYS:
            raise ProtocolError("a descriptor of a day that is over")
        if any(contradicts(descriptor, old) for old in known):
            self._state.events.emit(Event.EQUIVOCATION_SEEN, peer=descriptor.relay)
            return 0
        return 1

    def _follow(self, work: Work, entry: Entry) -> None:
        board = self._publisher.board
        match entry.kind:
            case EntryKind.PAGE:
                page = parse_page(entry.body)
                findings, chains = board.chains.page(page.relay, page.interval, entry.body)
            case EntryKind.SEAL:
                seal = parse_seal(entry.body, self._state.roster)
                findings, chains = board.chains.seal(seal)
                work.tx.put_seal(SealRow(seal.relay, seal.interval, entry.body))
            case EntryKind.DESCRIPTOR:
                descriptor = parse_descriptor(entry.body, self._state.roster)
                self._descriptors.keep(work, descriptor, entry.body)
                findings = []
                chains = board.chains.anchor(descriptor.relay, descriptor.head_interval, descriptor.head_hash)
            case _:
                return
        board.follow(work.tx, chains)
        for finding in findings:
            if finding.kind in (FindingKind.FORKED, FindingKind.DISAGREED) and finding.relay is not None:
                self._state.events.emit(Event.EQUIVOCATION_SEEN, peer=finding.relay)

    async def adopt(self, work: Work, entry: Entry) -> None:
        """Follow a roster. ProtocolError: the community did not sign it, or it cannot be the next one."""
        state = self._state
        new: Roster = parse_roster(entry.body, state.roster.community_key)
        if new.find_relay(state.number) is None:
            check_later(new, state.roster)
            work.tx.add_roster(new.version, entry.body)
            work.tx.set_state({OFF_ROSTER: new.version})
            state.is_off_roster = True
            state.events.emit(Event.TAKEN_OFF_ROSTER, version=new.version)
            return
        check_succession(new, state.roster)
        access = state.access.follow(new)
        work.tx.add_roster(new.version, entry.body)
        work.tx.add_access(access.epoch, access.current, access.epoch - 1)
        state.roster, state.roster_bytes, state.access = new, entry.body, access
        await self._publisher.publish_roster(work, entry)
