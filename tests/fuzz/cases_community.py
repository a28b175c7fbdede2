"""Targets of what a community and its relays sign: rosters, descriptors, tickets, and the board."""

from collections.abc import Iterable

import msgspec

from protocol.board.log import Entry, EntryKind, EntryReader, Seal, Seen, mark_entry, parse_seal, sign_seal
from protocol.board.page import encode_page
from protocol.board.reader import BoardReader
from protocol.community.access import unwrap_access, wrap_access
from protocol.community.descriptor import DESCRIPTOR_BYTES, parse_descriptor, sign_descriptor
from protocol.community.roster import FirstRoster, Roster, parse_roster, sign_roster
from protocol.community.tickets import TICKET_BYTES, Ticket, check_ticket
from protocol.primitives.kem import KEM_PUBLIC_BYTES
from protocol.primitives.signing import SIGNATURE_BYTES, sign
from protocol.routes.exchange import Cursor
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole
from tests.fuzz.cases_network import entropy
from tests.fuzz.seeds import arguments, vectors
from tests.fuzz.target import Case, Finding, Target, fitted, plain, same
from tests.fuzz.trees import mutate_tree
from tests.properties.parsers import COMMUNITY, GIVEN, PARSERS, ROSTER

_RELAYS = {secrets.number: secrets.identity_secret for secrets in COMMUNITY.relays}
_BODY = slice(None, -SIGNATURE_BYTES)


def signed_roster(body: bytes) -> bytes:
    """A roster of any body, signed by the community key."""
    return sign(COMMUNITY.community_secret, b"sosik roster", body) + body


def signed_descriptor(data: bytes) -> bytes:
    """A descriptor of any content, signed by the relay that it names, or by another."""
    body = fitted(data, DESCRIPTOR_BYTES - SIGNATURE_BYTES)
    return body + sign(_RELAYS.get(RelayId(body[0]), bytes(32)), b"sosik descriptor", body)


def signed_seal(body: bytes) -> bytes:
    """A seal of any content, likewise."""
    return body + sign(_RELAYS.get(RelayId(body[0] if body else 0), bytes(32)), b"sosik seal", body)


def _roster(body: bytes) -> object:
    return same(
        lambda data: parse_roster(data, ROSTER.community_key),
        lambda roster: sign_roster(roster, COMMUNITY.community_secret),
        signed_roster(body),
    )


def _descriptor(data: bytes) -> object:
    return same(
        lambda sent: parse_descriptor(sent, ROSTER),
        lambda found: sign_descriptor(found, _RELAYS[found.relay]),
        signed_descriptor(data),
    )


def _ticket(data: bytes) -> object:
    """serial 16 | relay u8 | relay u8 | expiry day u16 | padding: signed by the desk."""
    head = fitted(data, 20)
    signature = sign(COMMUNITY.desk_secret, b"sosik ticket", ROSTER.community_key + head)
    sent = fitted(head + signature + data[20:], TICKET_BYTES)
    same(PARSERS["community.tickets.parse_ticket"], Ticket.encode, sent)
    return check_ticket(sent, ROSTER, GIVEN["relay"], GIVEN["today"])


def _access(data: bytes) -> object:
    """The access box of a roster, opened with the secret before."""
    box = data or wrap_access(ROSTER.community_key, 1, bytes(32), bytes(32), entropy())
    return unwrap_access(
        msgspec.structs.replace(ROSTER, version=2, previous=b"p" * 32, access_epoch=1, access_box=fitted(box, 72)),
        bytes(32),
    )


def _seal(data: bytes) -> object:
    return same(
        lambda sent: parse_seal(sent, ROSTER), lambda found: sign_seal(found, _RELAYS[found.relay]), signed_seal(data)
    )


def _page(data: bytes) -> object:
    """relay u8 | interval u32 | count u8 | set: a page of as many tags, its set of the length that belongs to them."""
    count = data[5] if len(data) > 5 else 0
    body = fitted(data, 5) + count.to_bytes(2, "big") + fitted(data[6:], (22 * count + 7) // 8)
    page = PARSERS["board.page.parse_page"](body)
    if page.encode() != body:  # type: ignore[attr-defined]
        raise Finding("a page encodes to other bytes")
    return page.matches([Hole(bytes([n]) * 32) for n in range(8)])  # type: ignore[attr-defined]


def _pages() -> Iterable[bytes]:
    for args in arguments("page.parse"):
        page: bytes = args["page"]
        if len(page) > 7 and page[5] == 0:
            yield page[:5] + page[6:]
    for count in (1, 2, 9):
        page = encode_page([Hole(bytes([n]) * 32) for n in range(count)], RelayId(1), 5)
        yield page[:5] + page[6:]


def entries_of(data: bytes) -> bytes:
    """`kind u8 | length u16 | inside` repeated, as entries of a board log whose signed kinds are signed."""
    out, at = b"", 0
    while at + 3 <= len(data) and len(out) < 100_000:
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 3], "big")
        inside = data[at + 3 : at + 3 + length]
        at += 3 + length
        body = inside
        match kind:
            case EntryKind.SEAL:
                body = signed_seal(inside)
            case EntryKind.ROSTER:
                body = signed_roster(inside)
            case EntryKind.DESCRIPTOR:
                body = signed_descriptor(inside)
        out += bytes([kind]) + len(body).to_bytes(2, "big") + body
    return out


def _log(data: bytes) -> object:
    """how u8 | cut u16 | entries: read by a client that has a roster, or none yet, in two stretches cut anywhere."""
    how, cut = data[0] if data else 0, int.from_bytes(data[1:3], "big")
    log = entries_of(data[3:])
    cut = min(cut, len(log))
    roster: Roster | FirstRoster = (
        ROSTER
        if how & 1
        else FirstRoster(1, ROSTER.relays[0].relay, {ROSTER.relays[0].relay: ROSTER.relays[0].door}, ROSTER.issued_day)
    )
    start, middle, end = Cursor(5, how & 2), Cursor(6, cut), Cursor(7, 9)
    reader = BoardReader(EntryReader(start))
    news, reader = reader.feed(start, middle, log[:cut], roster, ROSTER.community_key)
    roster = news.rosters[-1][1] if news.rosters else roster
    again = BoardReader.decode(reader.encode())
    if again.encode() != reader.encode():
        raise Finding("a reader that was kept is another one")
    _, reader = again.feed(middle, end, log[cut:], roster, ROSTER.community_key)
    if len(reader.entries.partial) > 1 << 16:
        raise Finding("a reader holds more than one entry")
    return reader


def _logs() -> Iterable[bytes]:
    log = _kept_log()
    for how in range(4):
        yield bytes([how]) + b"\0\x40" + log


def _kept_log() -> bytes:
    parts = [
        (EntryKind.MARK, mark_entry(5).body),
        (EntryKind.ROSTER, COMMUNITY.roster_bytes[SIGNATURE_BYTES:]),
        (EntryKind.DESCRIPTOR, _DESCRIPTOR),
        (EntryKind.PAGE, encode_page([Hole(bytes(32))], RelayId(0), 5)),
        (EntryKind.PAGE, encode_page([], RelayId(0), 6)),
        (EntryKind.SEAL, _SEAL),
    ]
    return b"".join(bytes([kind]) + len(inside).to_bytes(2, "big") + inside for kind, inside in parts)


_KEY = bytes([9]) + bytes(31)
_KEM = bytes(KEM_PUBLIC_BYTES)
_DESCRIPTOR = b"\1\x50\0" + _KEY + _KEM + 3 * _KEY + _KEM + (5).to_bytes(4, "big") + bytes(32)


_SEAL = sign_seal(Seal(RelayId(0), 6, bytes(32), (Seen(RelayId(1), 5, bytes(32)),), 1, bytes(32)), _RELAYS[RelayId(0)])[
    :-SIGNATURE_BYTES
]


def _bodies(operation: str, name: str, cut: slice) -> Iterable[bytes]:
    return vectors(operation, name, cut)()


COMMUNITY_TARGET = Target(
    "community",
    (
        Case(
            "community.roster.parse_roster",
            _roster,
            lambda: [COMMUNITY.roster_bytes[SIGNATURE_BYTES:]],
            mutate=mutate_tree,
        ),
        Case(
            "community.descriptor.parse_descriptor",
            _descriptor,
            lambda: [_DESCRIPTOR, *_bodies("descriptor.parse", "descriptor", _BODY)],
        ),
        Case(
            "community.tickets.check_ticket",
            _ticket,
            lambda: [bytes(16) + b"\0\1\xff\0", *_bodies("ticket.check", "ticket", slice(20))],
        ),
        plain("community.tickets.parse_ticket", Ticket.encode, vectors("ticket.check", "ticket", slice(None))),
        Case("community.access.unwrap_access", _access, lambda: [b"", b"box"]),
        plain("community.roster.parse_roster", seeds=lambda: [COMMUNITY.roster_bytes]),
        # The same without the tree: a fuzzer that changes bytes makes forms of msgpack that an encoder never does.
        Case("community.roster.parse_roster", _roster, lambda: [COMMUNITY.roster_bytes[SIGNATURE_BYTES:]]),
    ),
)
BOARD = Target(
    "board",
    (
        Case("board.page.parse_page", _page, _pages),
        plain("board.page.parse_page", lambda page: page.encode(), vectors("page.parse", "page", slice(None))),
        Case("board.log.parse_seal", _seal, lambda: [_SEAL, *_bodies("seal.parse", "seal", _BODY)]),
        plain("board.log.parse_entry", Entry.encode, lambda: [mark_entry(5).encode()]),
        plain("board.log.parse_mark", lambda interval: mark_entry(interval).body, lambda: [bytes(4)]),
        Case("board_reader.BoardReader.feed", _log, _logs),
    ),
)
