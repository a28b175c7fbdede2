"""What every store promises (relay/store.py). A new store joins as a parameter of the fixture `stores`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.routes.frames import NO_REF, FrameKind
from protocol.seams import RelayId
from relay.seams import system_entropy
from relay.store.address import parse_address
from relay.store.interface import Store
from relay.store.postgres.store import PostgresStore
from relay.store.records import (
    CellRow,
    DescriptorRow,
    KeyKind,
    KeyRow,
    LinkRow,
    ListedRow,
    PacketRow,
    PieceRow,
    ReplyRow,
    ReturnRow,
    SealRow,
    ShelfRow,
    TagRow,
    TicketRow,
    cell_id,
)
from relay.store.sqlite.store import SqliteStore
from tests.conftest import on_postgres

Reopen = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=on_postgres)])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Reopen]:
    """Opens the store under test; every call closes the one before, as a restart would."""
    opened: list[Store] = []
    if request.param == "postgres":
        address = parse_address(request.getfixturevalue("postgres").new_database())

    async def reopen() -> Store:
        while opened:
            await opened.pop().close()
        if request.param == "postgres":
            opened.append(await PostgresStore.open(address, system_entropy))
        else:
            opened.append(await SqliteStore.open(tmp_path / "relay.db"))
        return opened[-1]

    yield reopen
    for store in opened:
        await store.close()


def packet(number: int, due_ms: int = 5) -> PacketRow:
    return PacketRow(number, due_ms, RelayId(1), FrameKind.PACKET, NO_REF, b"body")


def hole(byte: int) -> bytes:
    return bytes([byte]) * 32


async def test_what_is_committed_is_there_after_a_restart(stores: Reopen) -> None:
    store = await stores()
    async with store.transaction() as tx:
        tx.add_packets([packet(1, 9), packet(2, 3)])
        tx.set_state({"cut": 12})
        tx.put_chains(b"chains")
    async with (await stores()).transaction() as tx:
        assert await tx.pool() == [(3, 2, 1, 1), (9, 1, 1, 1)]
        assert await tx.state() == {"cut": 12}
        assert await tx.chains() == b"chains"


async def test_failed_transaction_leaves_no_trace(stores: Reopen) -> None:
    store = await stores()

    async def fail() -> None:
        async with store.transaction() as tx:
            tx.add_packets([packet(1)])
            assert len(await tx.pool()) == 1
            tx.add_packets([packet(2)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.transaction() as tx:
        assert await tx.pool() == []


async def test_cancelled_transaction_leaves_no_trace_and_blocks_nobody(stores: Reopen) -> None:
    store = await stores()
    inside = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as tx:
            tx.add_packets([packet(1)])
            await tx.pool()
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.transaction() as tx:
        assert await tx.pool() == []


async def test_transactions_take_turns(stores: Reopen) -> None:
    store = await stores()
    order: list[str] = []

    async def one(name: str) -> None:
        async with store.transaction() as tx:
            order.append(f"{name} begins")
            await tx.pool()
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(one("a"), one("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]


async def test_reads_see_the_writes_before_them(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        tx.add_packets([packet(1), packet(2), packet(3)])
        tx.erase_packets([2])
        tx.clamp_packets(4)
        assert [row.id for row in await tx.packets([3, 2, 1])] == [3, 1]
        assert {row.due_ms for row in await tx.packets([1, 3])} == {4}


async def test_board_pieces_that_are_brought_forward_keep_their_order(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        rows = [replace(packet(n), due_ms=due, kind=FrameKind.PIECE) for n, due in ((3, 100), (2, 200), (1, 300))]
        tx.add_packets([*rows, replace(packet(4), due_ms=250), replace(packet(5), due_ms=40)])
        tx.clamp_packets(230)
        assert [(number, due) for due, number, _, _ in await tx.pool()] == [
            (3, 30),
            (5, 40),
            (2, 130),
            (1, 230),
            (4, 230),
        ]
        tx.clamp_packets(230)
        assert len({due for due, _, _, kind in await tx.pool() if kind == FrameKind.PIECE}) == 3


async def test_sheets_and_descriptors_are_erased_from_a_time_on(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        for at in (1, 2, 3):
            tx.append_sheet(at, [b"entry"])
            for relay in (RelayId(0), RelayId(1)):
                tx.put_descriptor(DescriptorRow(relay, at, b"body"), 0)
        tx.erase_sheets(2)
        tx.erase_descriptors(RelayId(1), 2)
        assert list(await tx.sheet_lengths()) == [1]
        assert [(row.relay, row.day) for row in await tx.descriptors()] == [(0, 1), (0, 2), (0, 3), (1, 1)]


async def test_key_and_its_tags_are_erased_together(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        tx.add_keys([KeyRow(KeyKind.DAY, 1, b"a" * 32), KeyRow(KeyKind.DAY, 2, b"b" * 32)])
        tags = [TagRow(KeyKind.DAY, 1, b"x" * 16), TagRow(KeyKind.DAY, 2, b"y" * 16)]
        assert await tx.claim_tags(tags) == set(tags)
        assert await tx.claim_tags([*tags, TagRow(KeyKind.DAY, 2, b"z" * 16)]) == {TagRow(KeyKind.DAY, 2, b"z" * 16)}
        assert await tx.seen_tags([*tags, TagRow(KeyKind.SLOW, 1, b"x" * 16)]) == set(tags)
        tx.erase_keys([(KeyKind.DAY, 1)])
        assert [row.period for row in await tx.keys()] == [2]
        assert await tx.seen_tags(tags) == {tags[1]}


async def test_first_cell_in_a_hole_stays(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        number = cell_id(hole(1))
        assert await tx.claim_cells([CellRow(number, hole(1), 5, b"first")]) == {number}
        assert await tx.claim_cells([CellRow(number, hole(1), 6, b"second"), CellRow(7, hole(7), 6, b"other")]) == {7}
        assert await tx.cells([hole(1), hole(2)]) == {hole(1): b"first"}


async def test_shelves_are_found_by_their_name(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        row = ShelfRow(7, hole(1), 4, 10)
        tx.put_shelves([row])
        assert await tx.shelves_named([hole(1), hole(2), hole(3)]) == [row]
        tx.put_shelves([ShelfRow(7, hole(3), 5, 11)])
        assert await tx.shelves_named([hole(1), hole(2)]) == []
        assert [found.next_number for found in await tx.shelves([7, 8])] == [5]
        assert await tx.shelf_count() == 1
        assert [await tx.shelves_used_since(day) for day in (10, 11, 12)] == [1, 1, 0]


async def test_replies_are_given_lowest_first_and_erased_below_a_floor(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        tx.add_replies([ReplyRow(100 - n, 7, n, 3, bytes([n])) for n in (1, 2, 3)])
        assert await tx.replies([(7, 0), (7, 3), (7, 4), (8, 0)]) == [(1, b"\1"), (3, b"\3"), None, None]
        tx.erase_replies_below([(7, 3)])
        assert await tx.replies([(7, 0)]) == [(3, b"\3")]
        assert await tx.reply_counts([7, 8]) == {7: 1, 8: 0}


async def test_ways_back_are_kept_until_erased(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        there = ReturnRow(b"r" * 16, RelayId(2), RelayId(1), b"t" * 16, None, 5, b"k" * 32, 9)
        shelf = ReturnRow(b"s" * 16, RelayId(2), None, None, 77, 0, b"k" * 32, 10)
        tx.add_returns([there, shelf])
        assert await tx.returns([b"r" * 16, b"s" * 16, b"u" * 16]) == {there.ref: there, shelf.ref: shelf}
        tx.erase_returns([there.ref])
        assert await tx.expire_returns(11, 10) == 1


async def test_spent_tickets_are_unbound_and_then_forgotten(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        row = TicketRow(b"t" * 16, 7, 10, 20)
        tx.put_tickets([row])
        assert await tx.tickets([row.ticket]) == [row]
        assert await tx.expire_tickets(20, 11) == 0
        assert [found.shelf for found in await tx.tickets([row.ticket])] == [None]
        assert await tx.expire_tickets(21, 11) == 1


async def test_sheets_keep_the_order_of_their_entries(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        tx.append_sheet(5, [b"one", b"two"])
        tx.append_sheet(5, [b"three"])
        tx.append_sheet(6, [b"four"])
        assert await tx.sheets([4, 5, 6]) == {4: b"", 5: b"onetwothree", 6: b"four"}
        assert await tx.sheet_lengths() == {5: 11, 6: 4}
        assert await tx.expire_board(6, 0) == 3
        assert await tx.sheet_lengths() == {6: 4}


async def test_holes_come_in_ascending_order_once(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        tx.add_holes([(5, hole(2)), (5, hole(1)), (5, hole(2)), (6, hole(3))])
        assert await tx.holes(5) == [hole(1), hole(2)]
        assert await tx.hole_intervals() == {5: 2, 6: 1}
        tx.erase_holes(5)
        assert await tx.hole_intervals() == {6: 1}


async def test_board_notes_of_other_relays_are_kept(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        tx.add_listed(ListedRow(1, 2, 3, b"d" * 16, 9))
        tx.add_listed(ListedRow(1, 2, 3, b"d" * 16, 9))
        assert await tx.listed(1, 2, 3) == {b"d" * 16}
        seals = [SealRow(RelayId(1), 5, b"one"), SealRow(RelayId(2), 4, b"two")]
        for seal in reversed(seals):
            tx.put_seal(seal)
        assert await tx.seals() == seals
        piece = PieceRow(RelayId(1), b"e" * 8, 0, 9, b"part")
        tx.add_piece(piece)
        assert await tx.pieces(RelayId(1)) == [piece]
        tx.erase_pieces(RelayId(1), b"e" * 8)
        assert await tx.pieces(RelayId(1)) == []
        for day in (1, 2, 3):
            tx.put_descriptor(DescriptorRow(RelayId(1), day, bytes([day])), day - 1)
        assert [row.day for row in await tx.descriptors()] == [2, 3]
        tx.add_roster(2, b"second")
        tx.add_roster(1, b"first")
        assert await tx.rosters() == [(1, b"first"), (2, b"second")]
        for epoch in (0, 1, 2):
            tx.add_access(epoch, bytes([epoch]) * 32, epoch - 1)
        assert sorted(await tx.access()) == [1, 2]


async def test_each_process_of_a_relay_is_heard_by_itself(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        heard = [LinkRow(RelayId(1), bytes([process]) * 8, 3, (1 << 62) - 1, 10 + process) for process in range(4)]
        for row in heard:
            tx.put_link(row)
        tx.put_link(LinkRow(RelayId(2), bytes(8), 9, 1, 10))
        assert [await tx.link(RelayId(1), row.process) for row in heard] == heard
        assert await tx.link(RelayId(3), bytes(8)) is None
        tx.thin_links(RelayId(1), 2)
        assert [await tx.link(RelayId(1), row.process) for row in heard] == [None, None, *heard[2:]]
        assert await tx.expire_links(11) == 1
        assert await tx.link(RelayId(2), bytes(8)) is None


async def test_expiry_erases_whole_days_in_chunks(stores: Reopen) -> None:
    async with (await stores()).transaction() as tx:
        await tx.claim_cells([CellRow(n, bytes([n]) * 32, 10 + n % 2, b"cell") for n in range(10)])
        tx.put_shelves([ShelfRow(1, hole(1), 2, 10), ShelfRow(2, hole(2), 2, 12)])
        tx.add_replies([ReplyRow(1, 1, 1, 12, b"a"), ReplyRow(2, 2, 1, 10, b"b"), ReplyRow(3, 2, 2, 12, b"c")])
        assert [await tx.expire_cells(11, 3) for _ in range(3)] == [3, 2, 0]
        assert await tx.expire_replies(11, 9) == 1
        assert await tx.expire_shelves(11, 9) == 1
        assert await tx.reply_counts([1, 2]) == {1: 0, 2: 1}


async def test_ranges_count_rows_and_span_columns(stores: Reopen) -> None:
    store = await stores()
    async with store.transaction() as tx:
        tx.add_packets([packet(1, 7), packet(2, 9)])
    assert await store.ranges("packets", ["due"]) == (2, [(7, 9)])
    assert await store.ranges("cells", ["day"]) == (0, [None])
    assert "packets" in await store.tables()
    await store.checkpoint()


async def test_a_row_that_is_not_taken_is_no_failure_of_the_store(stores: Reopen) -> None:
    """Whoever made the row is at fault: others may be taken beside it, and nothing of this transaction was."""
    store = await stores()
    async with store.transaction() as tx:
        tx.add_packets([packet(1)])
    with pytest.raises(ValueError, match="does not take"):
        async with store.transaction() as tx:
            tx.add_packets([packet(2), packet(1)])
    async with store.transaction() as tx:
        tx.add_packets([packet(3)])
    async with store.transaction() as tx:
        assert sorted(entry[1] for entry in await tx.pool()) == [1, 3]
