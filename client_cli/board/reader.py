"""Following the board: descriptors, rosters and the pages that list our pigeonholes.

Invariant: everyone reads everything, from where they stopped; where reading goes on depends on the board's size and
on losses, not on what was found. What a page lists only makes a pigeonhole worth asking for. Spec: docs/protocol.md,
Board log.
Decisions 18, 36, 43.
"""

from typing import Final

from client_cli.board.broken_pages import note_pages
from client_cli.board.watch import note_clock, note_findings
from client_cli.community.membership import put_roster, require_joined
from client_cli.community.relays import disputed, keep_descriptor, keep_seal, load_network
from client_cli.community.silence import note_seals
from client_cli.streams import expected
from client_cli.streams.loop_watch import interrupted
from client_cli.streams.streams import roll
from client_cli.vault import tallies
from client_cli.vault.keys import Key, board_of
from client_cli.vault.tallies import Tally
from client_cli.vault.transaction import Tx
from protocol.board.chain import Finding, FindingKind
from protocol.board.page import Page
from protocol.board.reader import BoardReader, News
from protocol.community.access import unwrap_access
from protocol.community.constants import Constants
from protocol.community.roster import FirstRoster, Roster
from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.routes.exchange import LATEST_KEY_BLOCK, Cursor, Response
from protocol.seams import RelayId

__all__ = [
    "BEHIND_STRETCHES",
    "begin_reading",
    "keep_access",
    "position",
    "read_aside",
    "read_board",
    "stretches_behind",
]

BEHIND_STRETCHES: Final = 8
"""Further behind than this, a reader goes to the latest key block and asks directly for what it may have missed."""
CAUGHT_UP_STRETCHES: Final = 2


def begin_reading(tx: Tx, guard: RelayId) -> None:
    """Start at the latest key block of a guard, so that the position does not tell who came from another one."""
    tx.put(board_of(guard), BoardReader().encode())


def _load(tx: Tx, guard: RelayId) -> BoardReader:
    held = tx.get(board_of(guard))
    return BoardReader() if held is None else BoardReader.decode(held)


def position(tx: Tx, guard: RelayId) -> Cursor:
    """Where the next stretch of a guard's board should begin."""
    return _load(tx, guard).cursor


def read_board(tx: Tx, guard: RelayId, asked: Cursor, response: Response, size: int, now: float) -> None:
    """Take in the stretch of a response to a request that asked for `asked`; `size` is the most a stretch holds.

    Overlapping exchanges may bring a stretch twice: one that neither continues nor answers the present position is
    left out.
    """
    reader = _load(tx, guard)
    if response.start != reader.cursor and asked != reader.cursor:
        return
    jumped = response.start != reader.cursor
    try:
        news, reader = _fed(tx, reader, guard, response, now)
    except ProtocolError:
        begin_reading(tx, guard)
        tallies.add(tx, Tally.BOARD_MALFORMED)
        return
    if jumped:
        _note_gap(tx, response.start, now)
    _accept_news(tx, news, guard, now)
    note_clock(tx, reader.chains, response, now)
    behind = stretches_behind(response, size)
    constants = load_network(tx).constants
    if behind > BEHIND_STRETCHES and _key_block_ahead(response, constants):
        reader = BoardReader()
    if behind > CAUGHT_UP_STRETCHES:
        interrupted(tx)  # what pages list is learned late
    tx.put(Key.BOARD_BEHIND, behind.to_bytes(4, "big"))
    tx.put(board_of(guard), reader.encode())
    # A guard that names an interval of the far future must not hide every later gap.
    read_to = min(response.next.interval, constants.interval_of(now) + 1)
    if response.stretch and read_to > _read_to(tx):
        tx.put(Key.BOARD_READ_TO, read_to.to_bytes(4, "big"))


def read_aside(
    tx: Tx, reader: BoardReader, guard: RelayId, asked: Cursor, response: Response, now: float
) -> BoardReader:
    """Take in a stretch that need not go on where reading stands (bundles), without moving that; the reader after it.

    It begins where `reader` is, at the start of a sheet or at a key block: elsewhere entries are cut, and it is left.
    """
    inside = asked.interval == LATEST_KEY_BLOCK.interval and asked != LATEST_KEY_BLOCK
    whole = response.start.offset == 0 or (asked != response.start and not inside)
    if response.start != reader.cursor:
        if not whole:
            return reader
        reader = BoardReader()
    try:
        news, reader = _fed(tx, reader, guard, response, now)
    except ProtocolError:
        tallies.add(tx, Tally.BOARD_MALFORMED)
        return BoardReader()
    _accept_news(tx, news, guard, now)
    return reader


def _fed(tx: Tx, reader: BoardReader, guard: RelayId, response: Response, now: float) -> tuple[News, BoardReader]:
    """Feed a stretch that `guard` showed. Raises ProtocolError."""
    network = load_network(tx)
    roster: Roster | FirstRoster | None = network.roster
    if roster is None:
        invite = network.invite
        doors = {entry.relay: entry.door for entry in invite.entries}
        roster = FirstRoster(invite.roster_version, guard, doors, day_of(now))
    return reader.feed(response.start, response.next, response.stretch, roster, require_joined(tx))


def stretches_behind(response: Response, size: int) -> int:
    """How many more stretches reach the end of the board; estimated from the one that was read when sheets lie
    between."""
    if response.next >= response.end or response.start == LATEST_KEY_BLOCK:
        return 0
    if response.next.interval == response.end.interval:
        return -(-(response.end.offset - response.next.offset) // size)
    read = max(response.next.interval - response.start.interval, 1)
    ahead = response.end.interval - response.next.interval
    return min(-(-ahead * len(response.stretch) // (read * size)), 0xFFFFFFFF)


def _key_block_ahead(response: Response, constants: Constants) -> bool:
    """Whether a key block began after the place we are at: else there is nothing to go forward to."""
    every = constants.pages_per_key_block
    return response.end.interval // every * every > response.next.interval


def _read_to(tx: Tx) -> int:
    held = tx.get(Key.BOARD_READ_TO)
    return 0 if held is None else int.from_bytes(held, "big")


def _note_gap(tx: Tx, start: Cursor, now: float) -> None:
    """Reading goes on at `start`, not where it stopped: if pages lie between, what they listed is asked for blindly."""
    before = _read_to(tx)
    if before and start.interval > before:
        interrupted(tx)
        expected.enable_blind(tx, now + load_network(tx).constants.retention_s)


def _accept_news(tx: Tx, news: News, guard: RelayId, now: float) -> None:
    for data, roster in news.rosters:
        put_roster(tx, data)
        _follow_access(tx, roster)
    roster_now = load_network(tx).roster
    if roster_now is not None:
        for data, descriptor in news.descriptors:
            if roster_now.find_relay(descriptor.relay) is not None:
                try:
                    keep_descriptor(tx, data, roster_now, now, guard)
                except ProtocolError:  # of a day to come: by the relay's lie, or by our own slow clock
                    news.findings.append(Finding(FindingKind.REFUSED, descriptor.relay))
        for data, seal in news.seals:
            if roster_now.find_relay(seal.relay) is not None:
                keep_seal(tx, data, seal, roster_now.constants, now, guard)
        note_pages(tx, (seal for _, seal in news.seals), news.findings, roster_now.constants)
        if news.seals:
            note_seals(tx, roster_now, now)
        if news.descriptors or news.seals:
            for relay, others in disputed(tx, roster_now, now).items():
                news.findings.append(Finding(FindingKind.KEYS_DIFFER, relay, by=tuple(others)))
        if news.rosters or news.descriptors:
            # After a long absence these are the first to confirm the clock; the pages may list our pigeonholes.
            roll(tx, now)
    _match(tx, news.pages, now)
    tallies.add(tx, Tally.BOARD_FINDINGS, len(news.findings))
    note_findings(tx, news.findings, now)


def _match(tx: Tx, pages: list[Page], now: float) -> None:
    """Mark what the pages list of the pigeonholes we watch. A sender with another roster may have used another relay
    than ours says, so each page is tried with all of them."""
    if not any(page.values for page in pages):
        return
    watched = expected.unlisted(tx)
    for page in pages:
        listed = page.matches(watched)
        if listed:
            expected.note_listed(tx, listed, page.relay, now)
            gone = set(listed)
            watched = [hole for hole in watched if hole not in gone]


def keep_access(tx: Tx, epoch: int, secret: bytes, *, by_ticket: bool = False) -> None:
    """Keep the access secret of a good response: the first one, one that a ticket brought, or one the newest roster
    names and we could not open."""
    held = tx.get(Key.ACCESS_SECRET)
    if held is not None and not by_ticket:
        roster = load_network(tx).roster
        if roster is None or not int.from_bytes(held[:2], "big") < epoch == roster.access_epoch:
            return
    tx.put(Key.ACCESS_SECRET, epoch.to_bytes(2, "big") + secret)


def _follow_access(tx: Tx, roster: Roster) -> None:
    held = tx.get(Key.ACCESS_SECRET)
    if held is None or int.from_bytes(held[:2], "big") + 1 != roster.access_epoch:
        return
    try:
        secret = unwrap_access(roster, held[2:])
    except ProtocolError:
        tallies.add(tx, Tally.BOARD_FINDINGS)
        return
    tx.put(Key.ACCESS_SECRET, roster.access_epoch.to_bytes(2, "big") + secret)
