"""Steps on a store and on its model (tests/contracts/model.py) as Hypothesis draws them: pool, shelves and cells."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from protocol.routes.frames import NO_REF, FrameKind
from protocol.seams import RelayId
from relay.store.interface import Transaction
from relay.store.records import CellRow, KeyKind, KeyRow, PacketRow, ReplyRow, ReturnRow, ShelfRow, TicketRow, cell_id
from tests.contracts.model import ALL, TAGS, Model, name
from tests.contracts.stepping import Done, bodies, expired, says, small, told, writes
from tests.contracts.steps_board import BOARD_STEPS


def _packet(number: int, due: int, body: bytes) -> Done:
    row = PacketRow(number, due, RelayId(due % 2 + 1), FrameKind.PACKET, NO_REF, body)

    async def done(tx: Transaction, there: Model) -> None:
        if number not in there.packets:  # ids are random and never given twice
            tx.add_packets([row])
            there.packets[number] = row

    return told(f"add {row}", done)


def _clamp(latest: int) -> Done:
    def model(there: Model) -> None:
        last_piece = max((row.due_ms for row in there.packets.values() if row.kind is FrameKind.PIECE), default=0)
        for number, row in there.packets.items():
            earlier = max(0, last_piece - latest) if row.kind is FrameKind.PIECE else 0
            there.packets[number] = replace(row, due_ms=min(row.due_ms - earlier, latest))

    return writes(f"clamp to {latest}", lambda tx: tx.clamp_packets(latest), model)


def _erase_packet(number: int) -> Done:
    return writes(
        f"erase packet {number}", lambda tx: tx.erase_packets([number]), lambda m: m.packets.pop(number, None)
    )


def _tags(tags: list[Any]) -> Done:
    def model(there: Model) -> set[Any]:
        new = set(tags) - there.tags
        there.tags |= new
        return new

    return says(f"claim {tags}", lambda tx: tx.claim_tags(tags), model)


def _key(kind: KeyKind, period: int, erase: bool) -> Done:
    row = KeyRow(kind, period, name(period))

    async def done(tx: Transaction, there: Model) -> None:
        if erase:
            tx.erase_keys([(kind, period)])
            there.keys.pop((kind, period), None)
            there.tags = {tag for tag in there.tags if (tag.kind, tag.period) != (kind, period)}
        elif (kind, period) not in there.keys:
            tx.add_keys([row])
            there.keys[kind, period] = row

    return told(f"key {kind} {period}, erase: {erase}", done)


def _way_back(number: int, shelf: int | None, quarter: int) -> Done:
    there_from = None if shelf is not None else RelayId(1)
    row = ReturnRow(
        name(number, 16),
        RelayId(2),
        there_from,
        None if there_from is None else name(9, 16),
        shelf,
        5,
        name(8),
        quarter,
    )

    async def done(tx: Transaction, there: Model) -> None:
        if row.ref not in there.returns:
            tx.add_returns([row])
            there.returns[row.ref] = row

    return told(f"way back {number}", done)


def _erase_way_back(number: int) -> Done:
    ref = name(number, 16)
    return writes(f"erase way back {number}", lambda tx: tx.erase_returns([ref]), lambda m: m.returns.pop(ref, None))


def _expire_ways_back(before: int) -> Done:
    return says(
        f"expire ways back before {before}",
        lambda tx: tx.expire_returns(before, ALL),
        lambda m: expired(m.returns, [ref for ref, row in m.returns.items() if row.quarter < before]),
    )


def _shelf(number: int, shown: int, next_number: int, day: int) -> Done:
    row = ShelfRow(number, name(32 + 8 * number + shown), next_number, day)
    return writes(f"put {row}", lambda tx: tx.put_shelves([row]), lambda m: m.shelves.update({number: row}))


def _expire_shelves(before: int) -> Done:
    def model(there: Model) -> int:
        gone = [number for number, row in there.shelves.items() if row.day < before]
        expired(there.replies, [place for place in there.replies if place[0] in gone])
        return expired(there.shelves, gone)

    return says(f"expire shelves before {before}", lambda tx: tx.expire_shelves(before, ALL), model)


def _reply(shelf: int, number: int, day: int, body: bytes) -> Done:
    row = ReplyRow(shelf * 16 + number, shelf, number, day, body)

    async def done(tx: Transaction, there: Model) -> None:
        if (shelf, number) not in there.replies:
            tx.add_replies([row])
            there.replies[shelf, number] = row

    return told(f"add reply {shelf} {number}", done)


def _collect(shelf: int, number: int) -> Done:
    def model(there: Model) -> list[tuple[int, bytes] | None]:
        waiting = sorted(n for at, n in there.replies if at == shelf and n >= number)
        return [(waiting[0], there.replies[shelf, waiting[0]].body) if waiting else None]

    return says(f"reply of {shelf} from {number}", lambda tx: tx.replies([(shelf, number)]), model)


def _durable(shelf: int, number: int) -> Done:
    return writes(
        f"erase replies of {shelf} below {number}",
        lambda tx: tx.erase_replies_below([(shelf, number)]),
        lambda m: expired(m.replies, [place for place in m.replies if place[0] == shelf and place[1] < number]),
    )


def _expire_replies(before: int) -> Done:
    return says(
        f"expire replies before {before}",
        lambda tx: tx.expire_replies(before, ALL),
        lambda m: expired(m.replies, [place for place, row in m.replies.items() if row.day < before]),
    )


def _ticket(number: int, shelf: int, day: int) -> Done:
    row = TicketRow(name(number, 16), shelf, day, day + 2)
    return writes(f"put {row}", lambda tx: tx.put_tickets([row]), lambda m: m.tickets.update({row.ticket: row}))


def _expire_tickets(today: int, unbind: int) -> Done:
    def model(there: Model) -> int:
        bound = there.tickets
        there.tickets = {at: replace(row, shelf=None) if row.day < unbind else row for at, row in bound.items()}
        return expired(there.tickets, [ticket for ticket, row in there.tickets.items() if row.expires < today])

    return says(f"expire tickets {today} {unbind}", lambda tx: tx.expire_tickets(today, unbind), model)


def _cells(numbers: list[int], day: int, body: bytes) -> Done:
    rows = [CellRow(cell_id(name(number)), name(number), day, body + bytes([number])) for number in numbers]

    def model(there: Model) -> set[int]:
        free = {row.id for row in rows} - set(there.cells)
        there.cells |= {row.id: row for row in rows if row.id in free}
        return free

    return says(f"claim cells {numbers}", lambda tx: tx.claim_cells(rows), model)


def _expire_cells(before: int) -> Done:
    return says(
        f"expire cells before {before}",
        lambda tx: tx.expire_cells(before, ALL),
        lambda m: expired(m.cells, [number for number, row in m.cells.items() if row.day < before]),
    )


STEPS: st.SearchStrategy[Done] = st.one_of(
    BOARD_STEPS,
    st.builds(_packet, small, small, bodies),
    st.builds(_clamp, small),
    st.builds(_erase_packet, small),
    st.builds(_tags, st.lists(st.sampled_from(TAGS), max_size=4, unique=True)),
    st.builds(_key, st.sampled_from([KeyKind.DAY, KeyKind.LINK]), st.integers(0, 1), st.booleans()),
    st.builds(_way_back, small, st.none() | small, small),
    st.builds(_erase_way_back, small),
    st.builds(_expire_ways_back, small),
    st.builds(_shelf, small, small, small, small),
    st.builds(_expire_shelves, small),
    st.builds(_reply, small, small, small, bodies),
    st.builds(_collect, small, small),
    st.builds(_durable, small, small),
    st.builds(_expire_replies, small),
    st.builds(_ticket, small, small, small),
    st.builds(_expire_tickets, st.integers(0, 6), small),
    st.builds(_cells, st.lists(small, max_size=3, unique=True), small, bodies),
    st.builds(_expire_cells, small),
)
