"""One exchange: sealing its request at the moment it leaves, and taking in its response.

Invariant: the request's size, its guard and its fields are given; shelf numbers and cursor are read when it is
sealed, so that overlapping exchanges ask for different replies. A response of whatever kind changes the vault only
inside the caller's transaction. Spec: docs/protocol.md, Exchange; Shelves.
Decision 82.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from client_cli.board.reader import keep_access, position, read_board
from client_cli.community.membership import constants
from client_cli.community.relays import Network, exchange_keys, exchange_pass, is_outside
from client_cli.inbox.receiving import BROKEN_RULES, accept_cell
from client_cli.post.fetches import FetchAnswer, find_answer, note_carried, note_turn
from client_cli.post.guard_state import find_guard, keep_shelf, load_shelf
from client_cli.post.lost_shelves import note_lost
from client_cli.post.shelf import FIRST_REPLY, answered, is_gone, number_to_collect, renamed
from client_cli.post.slots import Fields
from client_cli.randomness import Randomness
from client_cli.streams.expected import drop, find_place
from client_cli.streams.fresh_start import find_put_back, mark_put_back
from client_cli.vault import tallies
from client_cli.vault.keys import Key, MetaKey, ticket_tried_at
from client_cli.vault.settings import get_settings
from client_cli.vault.tallies import Tally
from client_cli.vault.transaction import Tx
from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.primitives.waits import Wait
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, PassKind, Request, Response, Status, open_response, seal_request
from protocol.seams import Entropy, RelayId
from protocol.sizes import RESPONSE_BYTES, RESPONSE_KEY_BYTES, STRETCH_BYTES

__all__ = [
    "ExchangeInFlight",
    "Opened",
    "accept_answer",
    "accept_response",
    "note_refusal",
    "open_exchange",
    "seal_exchange",
]


@dataclass(frozen=True, slots=True)
class ExchangeInFlight:
    """What must be remembered of a request until its response. Never on disk: a restart forgets exchanges under way."""

    guard: RelayId
    profile: Profile
    response_key: bytes = field(repr=False)
    next_shelf: bytes
    asked: int
    durable: int
    cursor: Cursor
    left_at: float
    by_ticket: bool = False
    outside: bool = False
    """An invitation alone vouches for the guard."""
    slot_at: float | None = None
    """The slot of the schedule it was made in; None: it was made by hand."""
    settled: bool = False
    """It was known then that no other run had gone on from a copy of this vault."""


def seal_exchange(
    tx: Tx,
    network: Network,
    guard: RelayId,
    profile: Profile,
    fields: Fields,
    asked_for: Collection[int],
    crypto: Entropy,
    now: float,
    slot_at: float | None = None,
    *,
    settled: bool = False,
) -> tuple[bytes, ExchangeInFlight]:
    """Seal a request of 6144 bytes to `guard`. `asked_for`: reply numbers that exchanges under way collect; `slot_at`:
    the slot of the schedule, None when it is made by hand."""
    if network.find_address(guard) is None:
        raise LookupError("a guard that is in no roster")
    shelf = load_shelf(tx, guard, crypto)
    if not asked_for:  # one under way that comes late must still find its shelf
        shelf = renamed(shelf, crypto)
    keep_shelf(tx, guard, shelf)
    kind, admission = exchange_pass(tx, network, guard, day_of(now))
    flight = ExchangeInFlight(
        guard=guard,
        profile=profile,
        response_key=crypto(RESPONSE_KEY_BYTES),
        next_shelf=shelf.next_name,
        asked=number_to_collect(shelf, asked_for),
        durable=shelf.durable,
        cursor=position(tx, guard),
        left_at=now,
        by_ticket=kind is PassKind.TICKET,
        outside=is_outside(network, guard),
        slot_at=slot_at,
        settled=settled,
    )
    request = Request(
        profile=profile,
        pass_kind=kind,
        admission=admission,
        shelf=shelf.name,
        next_shelf=shelf.next_name,
        collect=flight.asked,
        durable=flight.durable,
        response_key=flight.response_key,
        cursor=flight.cursor,
        packet=fields.packet,
        fetch=fields.fetch,
    )
    return seal_request(request, exchange_keys(tx, network, guard, now), crypto), flight


@dataclass(frozen=True, slots=True)
class Opened:
    """What came for one exchange. `status` is None when nothing did that opens; `response` is there when it is good."""

    status: Status | None = None
    response: Response | None = None


def open_exchange(flights: Sequence[ExchangeInFlight], body: bytes | None) -> list[Opened]:
    """Open the responses to one posted body, each once."""
    size = RESPONSE_BYTES[flights[0].profile]
    if body is None or len(body) != size * len(flights):
        return [Opened()] * len(flights)
    return [_open(flight, body[at * size : (at + 1) * size]) for at, flight in enumerate(flights)]


def _open(flight: ExchangeInFlight, body: bytes) -> Opened:
    try:
        response = open_response(flight.response_key, body)
    except ProtocolError:
        return Opened()
    return Opened(response.status, response if response.status is Status.OK else None)


def note_refusal(tx: Tx, flight: ExchangeInFlight, status: Status | None) -> None:
    """Remember that a relay refused our ticket (somebody used this invitation there before) or our access secret (we
    were away for too long, or were given a false one): Spec: docs/protocol.md, Admission. Only said to the person; the
    schedule goes on as it would."""
    if status is Status.REFUSED:
        mark: MetaKey = Key.ACCESS_REFUSED
        if flight.by_ticket:
            # Beside a secret that was refused too, a refused ticket tells nothing of who used the invitation.
            held = tx.get(Key.ACCESS_SECRET) is not None
            mark = ticket_tried_at(flight.guard) if held else Key.INVITATION_REFUSED
        tx.put(mark, b"")
    elif status is not None and tx.get(Key.ACCESS_REFUSED) is not None:
        tx.delete(Key.ACCESS_REFUSED)


def accept_response(
    tx: Tx, flight: ExchangeInFlight, response: Response, randomness: Randomness, now: float
) -> FetchAnswer | None:
    """Take in a good response: access secret, shelf, the cell on it, the stretch of the board. Returns what its reply
    answered."""
    if not flight.outside:
        keep_access(tx, response.access_epoch, response.access, by_ticket=flight.by_ticket)
    present = find_guard(tx)
    if flight.slot_at is not None and present is not None and present.relay == flight.guard:
        note_carried(tx, flight.slot_at, flight.guard)
    shelf = load_shelf(tx, flight.guard, randomness.crypto)
    gone = is_gone(shelf, flight.next_shelf, flight.durable, response.shelf_end)
    if gone and not (flight.settled and _asks_already(tx, now)):
        known_at = tx.get(Key.SHELF_KNOWN_AT)
        mark_put_back(tx, now, 0.0 if known_at is None else float(known_at))
    if gone:
        note_lost(tx, flight.guard, now)
    if flight.durable > FIRST_REPLY:
        tx.put(Key.SHELF_KNOWN_AT, repr(now).encode())
    number = None if response.reply is None else response.reply[0]
    shelf = answered(shelf, flight.next_shelf, flight.asked, flight.durable, number, response.shelf_end)
    keep_shelf(tx, flight.guard, shelf)
    answer = None if response.reply is None else _accept_reply(tx, response.reply[1], randomness, now)
    # While a lower number is under way with another exchange, what is missing here may come with that.
    if answer is not None or shelf.durable >= flight.asked:
        note_turn(tx, flight.left_at, constants(tx), get_settings(tx).profile, brought=answer is not None)
    read_board(tx, flight.guard, flight.cursor, response, STRETCH_BYTES[flight.profile], now)
    return answer


def _asks_already(tx: Tx, now: float) -> bool:
    """Whether everybody was asked anew lately. A guard that said day and night that our shelf is gone would make each
    card worth nothing before it is answered, and use up all places for them."""
    put_back = find_put_back(tx)
    return put_back is not None and not Wait(put_back.since, constants(tx).guard_return_ms / 1000).is_over(now)


def _accept_reply(tx: Tx, body: bytes, randomness: Randomness, now: float) -> FetchAnswer | None:
    """Hand the cell that a reply brought to the inbox; one that nobody expects any more is dropped. None: it answers no
    fetch of ours."""
    answer = find_answer(tx, body)
    if answer is not None:
        accept_answer(tx, answer, randomness, now)
    return answer


def accept_answer(tx: Tx, answer: FetchAnswer, randomness: Randomness, now: float) -> None:
    """Hand the cell of an answer to the inbox, if it is still expected. One that breaks a rule there is counted and
    changes nothing else: raised out of here it would end the program, and be on the shelf again at every start."""
    if answer.hole is None or answer.cell is None:
        return
    place = find_place(tx, answer.hole)
    if place is None:
        return
    try:
        with tx.attempt():
            accept_cell(tx, place, answer.cell, now, randomness)
    except BROKEN_RULES:
        drop(tx, place)
        tallies.add(tx, Tally.REPLIES_REFUSED)
