"""Many rows at once: what a store answers for a thousand keys is what it would answer for each of them alone.

A statement serves many keys, but not any number of them: the counts here lie beyond what fits into one.
"""

from protocol.routes.frames import NO_REF, FrameKind
from protocol.seams import RelayId
from relay.store.interface import Store
from relay.store.records import (
    CellRow,
    KeyKind,
    KeyRow,
    PacketRow,
    ReplyRow,
    ReturnRow,
    ShelfRow,
    TagRow,
    TicketRow,
    cell_id,
)

MANY = 1027


def name(number: int, size: int = 32) -> bytes:
    """Some bytes for a number, no two alike, and whose order is not that of the numbers."""
    return (number * 0x9E3779B1 % 2**32).to_bytes(4, "big").rjust(size, b"n")


async def keys(store: Store) -> None:
    """Tags: those that were there, those that are new, and none twice."""
    tags = [TagRow(KeyKind.DAY if n % 3 else KeyKind.SLOW, 7, name(n)) for n in range(MANY)]
    async with store.transaction() as tx:
        tx.add_keys([KeyRow(KeyKind.DAY, 7, b"day"), KeyRow(KeyKind.SLOW, 7, b"slow")])
        assert await tx.claim_tags([]) == await tx.seen_tags([]) == set()
        assert await tx.claim_tags(tags[::2]) == set(tags[::2])
    async with store.transaction() as tx:
        assert await tx.seen_tags(tags) == set(tags[::2])
        assert await tx.seen_tags([TagRow(KeyKind.DAY, 8, tag.tag) for tag in tags]) == set()
        assert await tx.claim_tags(tags) == set(tags[1::2])
        assert await tx.claim_tags(tags) == set()
        tx.erase_keys([(KeyKind.DAY, 7)])
        assert await tx.seen_tags(tags) == {tag for tag in tags if tag.kind is KeyKind.SLOW}


async def pool(store: Store) -> None:
    """Packets in the order in which they were asked for, ways back by reference; what is not there is left out."""
    packets = [PacketRow(n << 40, n % 9, RelayId(n % 3), FrameKind.PACKET, NO_REF, name(n)) for n in range(MANY)]
    ways = [ReturnRow(name(n, 16), RelayId(1), None, None, n, n, name(n), 5) for n in range(MANY)]
    async with store.transaction() as tx:
        tx.add_packets(packets)
        tx.add_returns(ways)
    async with store.transaction() as tx:
        asked = [5, *(row.id for row in reversed(packets)), 6]
        assert await tx.packets(asked) == packets[::-1]
        assert await tx.packets([]) == []
        assert await tx.returns([b"x" * 16, *(way.ref for way in ways)]) == {way.ref: way for way in ways}
        tx.erase_packets([row.id for row in packets[1:]])
        tx.erase_returns([way.ref for way in ways[1:]])
        assert await tx.packets(asked) == packets[:1]
        assert await tx.returns([way.ref for way in ways]) == {ways[0].ref: ways[0]}


async def shelves(store: Store) -> None:
    """Shelves by their names, once each; for every shelf the reply that comes next; spent tickets."""
    rows = [ShelfRow(n + 1, name(n), 3, 9) for n in range(MANY)]
    replies = [ReplyRow(10 * n + i, n + 1, i, 9, name(n) + bytes([i])) for n in range(0, MANY, 2) for i in (1, 3)]
    tickets = [TicketRow(name(n), n, 9, 20) for n in range(MANY)]
    async with store.transaction() as tx:
        tx.put_shelves(rows)
        tx.add_replies(replies)
        tx.put_tickets(tickets)
    async with store.transaction() as tx:
        named = await tx.shelves_named([b"x" * 32, *[row.name for row in rows]])
        assert sorted(row.id for row in named) == [row.id for row in rows]
        assert set(named) == set(rows)
        found = await tx.shelves([row.id for row in rows] + [MANY + 7])
        assert sorted(found, key=lambda row: row.id) == rows
        wanted = [(row.id, number) for row in rows for number in (0, 2, 4)]
        expected = [
            None if row.id % 2 == 0 or number == 4 else (number + 1, row.name + bytes([number + 1]))
            for row in rows
            for number in (0, 2, 4)
        ]
        assert await tx.replies(wanted) == expected
        assert await tx.replies(wanted[::-1]) == expected[::-1]
        assert await tx.reply_counts([row.id for row in rows]) == {row.id: 2 * (row.id % 2) for row in rows}
        spent = await tx.tickets([b"x" * 32, *(row.ticket for row in tickets)])
        assert sorted(spent, key=lambda row: row.ticket) == sorted(tickets, key=lambda row: row.ticket)


async def board(store: Store) -> None:
    """Cells: the first one stays; sheets: whole, in order, and empty where there is none."""
    cells = [CellRow(cell_id(hole := name(n)[::-1]), hole, 9, hole * 2) for n in range(MANY)]
    others = [CellRow(row.id, row.hole, 10, b"other") for row in cells]
    async with store.transaction() as tx:
        assert await tx.claim_cells([]) == set()
        assert await tx.claim_cells(cells[::2]) == {row.id for row in cells[::2]}
        assert await tx.claim_cells(others) == {row.id for row in cells[1::2]}
        for interval in range(MANY):
            tx.append_sheet(interval, [b"%d," % interval, b"a"])
        tx.append_sheet(3, [b"b"])
    async with store.transaction() as tx:
        found = await tx.cells([b"x" * 32, *(row.hole for row in cells)])
        assert found == {row.hole: b"other" if n % 2 else row.cell for n, row in enumerate(cells)}
        sheets = await tx.sheets(range(MANY + 1))
        assert sheets == {n: b"%d,a" % n + (b"b" if n == 3 else b"") for n in range(MANY)} | {MANY: b""}


async def expiry(store: Store) -> None:
    """As many rows as were allowed, only those whose time is over, and with a shelf its replies."""
    hole = [name(n)[::-1] for n in range(MANY)]
    async with store.transaction() as tx:
        await tx.claim_cells([CellRow(cell_id(hole[n]), hole[n], n % 2, b"cell") for n in range(MANY)])
        tx.put_shelves([ShelfRow(n, name(n), 1, n % 2) for n in range(MANY)])
        tx.add_replies([ReplyRow(n, n, 1, n % 2, b"body") for n in range(MANY)])
        tx.add_returns([ReturnRow(name(n, 16), RelayId(1), None, None, n, 0, b"key", n % 2) for n in range(MANY)])
    old = (MANY + 1) // 2
    async with store.transaction() as tx:
        assert await tx.expire_cells(1, old - 1) == old - 1
        assert await tx.expire_cells(1, MANY) == 1
        assert await tx.expire_cells(1, MANY) == 0
        assert set(await tx.cells(hole)) == set(hole[1::2])
        assert await tx.expire_returns(1, 10) == 10
        assert await tx.expire_returns(1, MANY) == old - 10
        assert await tx.expire_replies(1, 10) == 10
        assert await tx.expire_shelves(1, 20) == 20
        assert await tx.expire_shelves(1, MANY) == old - 20
        assert await tx.shelf_count() == MANY - old
        assert sum((await tx.reply_counts(range(MANY))).values()) == MANY - old
        assert await tx.expire_replies(1, MANY) == 0
