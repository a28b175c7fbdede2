"""Reading the whole board from a guard, through stretches. See docs/protocol.md, "Board log"."""

import dataclasses
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from protocol.board.chain import Finding, FindingKind
from protocol.board.log import Entry, EntryKind, Seal, mark_entry, sign_seal
from protocol.board.page import CHAIN_START, chain_hash, encode_page, parse_page
from protocol.board.reader import BoardReader, News
from protocol.board.sheets import stretch
from protocol.community.descriptor import Descriptor, parse_descriptor, sign_descriptor
from protocol.community.roster import NO_PREVIOUS, FirstRoster, Roster, roster_hash, sign_roster
from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.primitives.sealed_box import public_of
from protocol.routes.exchange import Cursor
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole
from tests.kits.communities import (
    COMMUNITY_KEY,
    COMMUNITY_SECRET,
    TODAY,
    day_kem,
    door_kem,
    identity_secret,
    make_relay,
    make_roster,
    signed,
)

FIRST = 1000
ROSTER = make_roster()
SECOND = structs.replace(ROSTER, version=2, previous=roster_hash(ROSTER), expires_day=TODAY + 100)
THIRD = structs.replace(SECOND, version=3, previous=roster_hash(SECOND))
DOORS = {relay.relay: relay.door for relay in ROSTER.relays[:2]}
NEWCOMER = FirstRoster(1, RelayId(0), DOORS, TODAY)
FALSE = derive(b"false")


def _hole(interval: int, relay: int) -> Hole:
    return Hole(derive(b"hole", bytes([relay]), interval.to_bytes(4, "big")))


def _descriptor(relay: int, head_interval: int, head_hash: bytes) -> bytes:
    key = public_of(bytes([relay + 1]) * 32)
    return sign_descriptor(
        Descriptor(
            RelayId(relay), TODAY, key, day_kem(relay), key, key, key, door_kem(relay), head_interval, head_hash
        ),
        identity_secret(relay),
    )


def _roster_entry(roster: Roster) -> Entry:
    return Entry(EntryKind.ROSTER, sign_roster(roster, COMMUNITY_SECRET))


class Log:
    """A guard's log of three honest relays: a page of each per interval, seals every 5th, key blocks every 12th."""

    def __init__(self, rosters: tuple[Roster, ...] = (ROSTER,)) -> None:
        self.rosters = rosters
        self.sheets: dict[int, bytes] = {}
        self.mark: Cursor | None = None
        self.heads = dict.fromkeys(range(3), CHAIN_START)
        self.descriptors = [
            Entry(EntryKind.DESCRIPTOR, _descriptor(relay, FIRST - 1, CHAIN_START)) for relay in range(3)
        ]
        self.seals: dict[int, Entry] = {}

    def close(self, interval: int, *extra: Entry) -> None:
        """Close one interval's sheet."""
        entries: list[Entry] = list(extra)
        if interval % 12 == FIRST % 12:
            lead = b"".join(entry.encode() for entry in entries)
            self.mark = Cursor(interval, len(lead))
            entries.append(mark_entry(interval))
            entries += [_roster_entry(roster) for roster in self.rosters]
            entries += [*self.descriptors, *self.seals.values()]
        for relay in self.heads:
            body = encode_page([_hole(interval, relay)], RelayId(relay), interval)
            self.heads[relay] = chain_hash(self.heads[relay], body)
            entries.append(Entry(EntryKind.PAGE, body))
            if interval % 5 == 3:
                seal = Seal(RelayId(relay), interval, self.heads[relay], ())
                self.seals[relay] = Entry(EntryKind.SEAL, sign_seal(seal, identity_secret(relay)))
                entries.append(self.seals[relay])
        self.sheets[interval] = b"".join(entry.encode() for entry in entries)


class Client:
    """A reader that is stored and read back after every stretch."""

    def __init__(self, log: Log, roster: Roster | FirstRoster = NEWCOMER) -> None:
        self.log = log
        self.roster: Roster | FirstRoster = roster
        self.reader = BoardReader()
        self.news = News()

    def read(self, size: int) -> bool:
        """Read one stretch; tell whether there was anything."""
        start, following, _, data = stretch(self.log.sheets, self.log.mark, self.reader.cursor, size)
        news, reader = self.reader.feed(start, following, data, self.roster, COMMUNITY_KEY)
        if news.rosters:
            self.roster = news.rosters[-1][1]
        for name in ("pages", "rosters", "descriptors", "seals", "marks", "findings"):
            getattr(self.news, name).extend(getattr(news, name))
        self.reader = BoardReader.decode(reader.encode())
        assert self.reader == reader
        return bool(data)

    def read_all(self, size: int) -> None:
        """Read to the end."""
        while self.read(size):
            pass


@pytest.fixture(scope="module")
def log() -> Log:
    found = Log()
    for interval in range(FIRST, FIRST + 30):
        found.close(interval)
    return found


@given(st.integers(50, 5000))
@settings(max_examples=20)
def test_newcomer_learns_roster_descriptors_and_pages_from_the_latest_key_block(log: Log, size: int) -> None:
    client = Client(log)
    client.read_all(size)
    assert client.roster == ROSTER
    assert client.news.marks == [FIRST + 24]
    assert [descriptor.relay for _, descriptor in client.news.descriptors] == [0, 1, 2]
    assert all(parse_descriptor(data, ROSTER) == found for data, found in client.news.descriptors)
    assert [(page.relay, page.interval) for page in client.news.pages] == [
        (relay, interval) for interval in range(FIRST + 24, FIRST + 30) for relay in range(3)
    ]
    for page in client.news.pages:
        wanted = _hole(page.interval, page.relay)
        assert page.matches([_hole(1, 1), wanted]) == [wanted]
    assert client.news.findings == []
    assert {relay: client.reader.chains.head(RelayId(relay)) for relay in range(3)} == {
        relay: (FIRST + 29, head) for relay, head in log.heads.items()
    }


def test_reader_goes_on_when_the_log_grows() -> None:
    log, client = Log(), None
    for interval in range(FIRST, FIRST + 30):
        log.close(interval)
        client = client or Client(log)
        client.read_all(300)
    assert client is not None
    assert len(client.news.pages) == 90
    assert client.news.marks == [FIRST, FIRST + 12, FIRST + 24]
    assert [roster for _, roster in client.news.rosters] == [ROSTER]
    assert client.news.findings == []


def test_reader_may_begin_at_any_sheet(log: Log) -> None:
    client = Client(log, ROSTER)
    client.reader = client.reader.at(Cursor(FIRST + 5, 0))
    client.read_all(1000)
    assert client.news.pages[0].interval == FIRST + 5
    assert len(client.news.pages) == 25 * 3
    assert client.news.findings == []
    assert client.reader.at(client.reader.cursor) is client.reader


def test_rosters_in_succession_are_adopted_in_order_once() -> None:
    log = Log((ROSTER, SECOND, THIRD))
    for interval in range(FIRST, FIRST + 25):
        log.close(interval)
    for known in (NEWCOMER, ROSTER, SECOND, THIRD):
        client = Client(log, known)
        client.reader = client.reader.at(Cursor(FIRST, 0))
        client.read_all(2000)
        expected = [ROSTER, SECOND, THIRD][0 if known is NEWCOMER else known.version :]
        assert [roster for _, roster in client.news.rosters] == expected
        assert all(signed(roster).data == data for data, roster in client.news.rosters)
        assert client.news.findings == []


def test_a_newcomer_begins_with_no_roster_older_than_the_invitation() -> None:
    log = Log((ROSTER, SECOND, THIRD))
    log.close(FIRST)
    for version, expected in ((1, [1, 2, 3]), (2, [2, 3]), (3, [3]), (4, [])):
        client = Client(log, dataclasses.replace(NEWCOMER, version=version))
        client.read_all(2000)
        assert [roster.version for _, roster in client.news.rosters] == expected
        assert client.news.findings == [], "what came before is there for others"


@pytest.mark.parametrize(
    "asks",
    [
        dataclasses.replace(NEWCOMER, today=ROSTER.expires_day + 1),
        dataclasses.replace(NEWCOMER, doors=DOORS | {RelayId(3): FALSE}),
        dataclasses.replace(NEWCOMER, doors=DOORS | {RelayId(1): FALSE}),
    ],
    ids=["expired", "without a relay", "another door"],
)
def test_a_newcomer_begins_with_no_roster_that_lacks_a_relay_of_the_invitation_or_has_expired(
    asks: FirstRoster,
) -> None:
    findings, news = _findings(roster=asks)
    assert findings == [Finding(FindingKind.REFUSED)]
    assert news.rosters == []
    assert _findings(roster=dataclasses.replace(NEWCOMER, today=ROSTER.expires_day))[0] == []


def test_of_a_later_roster_a_newcomer_asks_for_the_relay_that_shows_it_alone() -> None:
    """The other one may have been taken off since the invitation was printed."""
    for doors, relay, taken in (
        (DOORS | {RelayId(3): FALSE}, 0, True),
        (DOORS | {RelayId(3): FALSE}, 3, False),
        (DOORS | {RelayId(0): FALSE}, 0, False),
        (DOORS, 2, False),  # not of the invitation
    ):
        log = Log((SECOND,))
        log.close(FIRST)
        client = Client(log, dataclasses.replace(NEWCOMER, doors=doors, relay=RelayId(relay)))
        client.read_all(5000)
        assert [roster for _, roster in client.news.rosters] == ([SECOND] if taken else [])


def _findings(*entries: Entry, roster: Roster | FirstRoster = ROSTER) -> tuple[list[Finding], News]:
    log = Log()
    log.close(FIRST, *entries)
    client = Client(log, roster)
    client.reader = client.reader.at(Cursor(FIRST, 0))
    client.read_all(10_000)
    return client.news.findings, client.news


def test_roster_after_a_missing_one_is_adopted_and_named() -> None:
    findings, news = _findings(_roster_entry(THIRD))
    assert findings == [Finding(FindingKind.ROSTER_LEAP)]
    assert news.rosters[-1][1] == THIRD


def test_two_rosters_of_one_version_are_a_fork_and_the_first_stays() -> None:
    findings, news = _findings(_roster_entry(structs.replace(ROSTER, name="other")))
    assert findings == [Finding(FindingKind.ROSTER_FORKED)]
    assert news.rosters == []


@pytest.mark.parametrize(
    ("version", "digest", "forked"),
    [
        (ROSTER.version, roster_hash(ROSTER), False),
        (ROSTER.version, roster_hash(SECOND), True),
        (SECOND.version, roster_hash(SECOND), False),  # ahead of us
        (0, NO_PREVIOUS, False),
    ],
)
def test_a_seal_that_names_another_roster_of_our_version_is_a_fork(version: int, digest: bytes, forked: bool) -> None:
    seal = Seal(RelayId(1), FIRST - 1, CHAIN_START, (), version, digest)
    findings, news = _findings(Entry(EntryKind.SEAL, sign_seal(seal, identity_secret(1))))
    assert findings == ([Finding(FindingKind.ROSTER_FORKED, by=(RelayId(1),))] if forked else [])
    assert seal in [found for _, found in news.seals], "its word on keys counts as ever"


@pytest.mark.parametrize(
    "entry",
    [
        Entry(EntryKind.ROSTER, b"junk"),
        Entry(EntryKind.ROSTER, bytes(200)),
        _roster_entry(structs.replace(SECOND, previous=b"\x01" * 32)),
        _roster_entry(structs.replace(THIRD, relays=(structs.replace(make_relay(0), identity=bytes(32)),))),
        Entry(EntryKind.DESCRIPTOR, bytes(203)),
        Entry(EntryKind.SEAL, bytes(102)),
        Entry(EntryKind.PAGE, b""),
        Entry(EntryKind.PAGE, encode_page([_hole(1, 1)], RelayId(9), FIRST)),
        Entry(EntryKind.MARK, b""),
        Entry(EntryKind.SEAL, sign_seal(Seal(RelayId(0), FIRST, bytes(32), ()), identity_secret(1))),
    ],
)
def test_lie_of_a_guard_is_named_and_stops_no_letters(entry: Entry) -> None:
    findings, news = _findings(entry)
    assert findings == [Finding(FindingKind.REFUSED)]
    assert [page.relay for page in news.pages] == [0, 1, 2]
    assert len(news.descriptors) == 3
    assert news.rosters == []


def test_page_left_out_by_the_guard_is_named() -> None:
    log = Log()
    for interval in range(FIRST, FIRST + 12):
        log.close(interval)
    whole = log.sheets[FIRST + 5]
    log.sheets[FIRST + 5] = whole[: len(whole) // 3]
    client = Client(log, ROSTER)
    client.read_all(500)
    assert [(finding.kind, finding.relay) for finding in client.news.findings] == [
        (FindingKind.GAP, RelayId(1)),
        (FindingKind.GAP, RelayId(2)),
    ]


def test_before_a_roster_is_known_pages_are_passed_on_unproven() -> None:
    page = encode_page([_hole(1, 1)], RelayId(9), FIRST)
    log = Log(())
    log.close(FIRST, Entry(EntryKind.PAGE, page))
    client = Client(log)
    client.reader = client.reader.at(Cursor(FIRST, 0))
    client.read_all(1000)
    assert client.news.pages[0] == parse_page(page)
    assert client.news.descriptors == []
    assert client.news.findings == []


def test_broken_framing_leaves_the_reader_as_it_was(log: Log) -> None:
    client = Client(log, ROSTER)
    client.read(500)
    before = client.reader
    with pytest.raises(ProtocolError):
        before.feed(before.cursor, Cursor(FIRST, 9), b"\xff" * 70_000, ROSTER, COMMUNITY_KEY)
    with pytest.raises(ProtocolError):
        before.feed(Cursor(3, 3), Cursor(3, 9), b"\x01\0\0", ROSTER, COMMUNITY_KEY)
    assert client.reader is before
    fresh = before.at(Cursor(0, 0))
    assert (fresh.cursor, fresh.entries.partial, fresh.chains.by_relay) == (Cursor(0, 0), b"", {})


@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
def test_arbitrary_stretches_cause_news_or_a_protocol_error(parts: list[bytes], known: bool) -> None:
    reader = BoardReader()
    for number, part in zip(count(), parts, strict=False):
        try:
            _, reader = reader.feed(
                reader.cursor, Cursor(1, number), part, ROSTER if known else NEWCOMER, COMMUNITY_KEY
            )
        except ProtocolError:
            reader = reader.at(Cursor(0, 0))


@given(st.binary(max_size=60))
def test_arbitrary_stored_bytes_are_a_reader_or_a_protocol_error(data: bytes) -> None:
    try:
        BoardReader.decode(data)
    except ProtocolError:
        return
