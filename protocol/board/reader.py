"""Reading a guard's board log as a client: stretches in, pages, rosters and descriptors out.

Invariant: what only a relay could have done wrong is a Finding beside the news, never an error, so that a lie of a
guard costs a check but no letters; malformed framing is a ProtocolError that leaves the reader unchanged.
Spec: docs/protocol.md, Board log.
Decisions 16, 113.
"""

import struct
from dataclasses import dataclass, field
from typing import Final, Self

from protocol.board.chain import Chains, Finding, FindingKind
from protocol.board.log import Entry, EntryKind, EntryReader, Seal, parse_mark, parse_seal
from protocol.board.page import Page, parse_page
from protocol.community.descriptor import Descriptor, parse_descriptor
from protocol.community.roster import FirstRoster, Roster, check_later, check_succession, parse_roster, roster_hash
from protocol.errors import ProtocolError
from protocol.routes.exchange import Cursor

_STATE: Final = struct.Struct(">BIII")
_STATE_VERSION: Final = 1


@dataclass(slots=True)
class News:
    """What a stretch brought, in the order it came.

    `rosters`: adopted ones, each with its bytes, the newest last. `descriptors`: verified ones with their bytes; a
    caller checks their days. `seals`: verified ones with their bytes. `marks`: intervals of the key blocks that began.
    """

    pages: list[Page] = field(default_factory=list)
    rosters: list[tuple[bytes, Roster]] = field(default_factory=list)
    descriptors: list[tuple[bytes, Descriptor]] = field(default_factory=list)
    seals: list[tuple[bytes, Seal]] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BoardReader:
    """Where a client is on its guard's board. `cursor` is what the next request asks for."""

    entries: EntryReader = field(default_factory=EntryReader)
    chains: Chains = field(default_factory=Chains)

    @property
    def cursor(self) -> Cursor:
        """Return where the next stretch should begin; (0, 0) is the latest key block."""
        return self.entries.cursor

    def at(self, cursor: Cursor) -> "BoardReader":
        """Return a reader that begins anew at `cursor`: the start of a sheet, or (0, 0) for the latest key block."""
        return self if cursor == self.cursor else BoardReader(EntryReader(cursor))

    def feed(
        self, start: Cursor, following: Cursor, data: bytes, roster: Roster | FirstRoster, community_key: bytes
    ) -> tuple[News, "BoardReader"]:
        """Take the stretch `data` from `start`; return its news and the reader at `following`.

        `roster` is the one in force; at first contact what the first roster has to be, and what comes before that
        cannot be checked. Raises ProtocolError for broken framing; `at` (0, 0) begins anew.
        """
        entries, reader = self.entries.feed(start, following, data)
        news = News()
        chains = self.chains if start == self.cursor else Chains()
        for entry in entries:
            try:
                roster, chains = _accept(entry, roster, community_key, chains, news)
            except ProtocolError:
                news.findings.append(Finding(FindingKind.REFUSED))
        return news, BoardReader(reader, chains)

    def encode(self) -> bytes:
        """Return version u8 | cursor interval u32 | cursor offset u32 | partial length u32 | partial | chains."""
        cursor, partial = self.entries.cursor, self.entries.partial
        head = _STATE.pack(_STATE_VERSION, cursor.interval, cursor.offset, len(partial))
        return head + partial + self.chains.encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. Raises ProtocolError."""
        if len(data) < _STATE.size:
            raise ProtocolError("a stored board reader is too short")
        version, interval, offset, length = _STATE.unpack_from(data)
        partial = data[_STATE.size : _STATE.size + length]
        if version != _STATE_VERSION or len(partial) != length:
            raise ProtocolError("a stored board reader does not parse")
        return cls(EntryReader(Cursor(interval, offset), partial), Chains.decode(data[_STATE.size + length :]))


def _accept(
    entry: Entry, roster: Roster | FirstRoster, community_key: bytes, chains: Chains, news: News
) -> tuple[Roster | FirstRoster, Chains]:
    """Add one entry to the news; return roster and chains after it. Raises ProtocolError: not to be believed."""
    findings: list[Finding] = []
    match entry.kind:
        case EntryKind.PAGE:
            page = parse_page(entry.body)
            if isinstance(roster, Roster):
                roster.relay(page.relay)
                findings, chains = chains.page(page.relay, page.interval, entry.body)
            news.pages.append(page)
        case EntryKind.SEAL:
            if isinstance(roster, Roster):
                seal = parse_seal(entry.body, roster)
                news.seals.append((entry.body, seal))
                findings, chains = chains.seal(seal)
                if seal.roster_version == roster.version and seal.roster_hash != roster_hash(roster):
                    findings.append(Finding(FindingKind.ROSTER_FORKED, by=(seal.relay,)))
        case EntryKind.ROSTER:
            findings, roster = _adopt(entry.body, roster, community_key, news)
            chains = chains.only(roster.numbers) if isinstance(roster, Roster) else chains
        case EntryKind.DESCRIPTOR:
            if isinstance(roster, Roster):
                found = parse_descriptor(entry.body, roster)
                news.descriptors.append((entry.body, found))
                chains = chains.anchor(found.relay, found.head_interval, found.head_hash)
        case EntryKind.MARK:
            news.marks.append(parse_mark(entry.body))
    news.findings.extend(findings)
    return roster, chains


def _adopt(
    body: bytes, current: Roster | FirstRoster, community_key: bytes, news: News
) -> tuple[list[Finding], Roster | FirstRoster]:
    """Adopt a first roster or one newer than the current one. Raises ProtocolError: it does not verify, cannot be the
    first or cannot follow."""
    new = parse_roster(body, community_key)
    findings = []
    if isinstance(current, FirstRoster):
        if new.version < current.version:
            return [], current  # key blocks repeat the succession
        current.check(new)
    else:
        if new.version == current.version and roster_hash(new) != roster_hash(current):
            return [Finding(FindingKind.ROSTER_FORKED)], current
        if new.version <= current.version:
            return [], current  # every key block repeats it
        if new.version == current.version + 1:
            check_succession(new, current)
        else:
            # Better a leap than a client that is stuck: the community signed it, and the numbers still hold.
            check_later(new, current)
            findings.append(Finding(FindingKind.ROSTER_LEAP))
    news.rosters.append((body, new))
    return findings, new
