"""A store as plain dictionaries: what `relay.store.interface.Transaction` means, without a database.

`OPERATIONS` are strategies for steps; a step does the same to a transaction and to a model, and returns what both say.
"""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Self

from protocol.seams import RelayId
from relay.store.interface import Transaction
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
)

ALL = 100
"""More rows than there are: which ones a smaller limit leaves is not promised."""
SMALL = range(4)


def name(number: int, size: int = 32) -> bytes:
    """A hash's worth of bytes for a small number."""
    return bytes([number]) * size


TAGS = [
    TagRow(kind, period, name(tag, 16)) for kind in (KeyKind.DAY, KeyKind.LINK) for period in (0, 1) for tag in SMALL
]
PLACES = [(RelayId(relay), name(process, 8)) for relay in (1, 2) for process in SMALL]


@dataclass
class Model:
    """One dictionary for each table."""

    state: dict[str, int] = field(default_factory=dict)
    keys: dict[tuple[KeyKind, int], KeyRow] = field(default_factory=dict)
    tags: set[TagRow] = field(default_factory=set)
    access: dict[int, bytes] = field(default_factory=dict)
    packets: dict[int, PacketRow] = field(default_factory=dict)
    returns: dict[bytes, ReturnRow] = field(default_factory=dict)
    shelves: dict[int, ShelfRow] = field(default_factory=dict)
    replies: dict[tuple[int, int], ReplyRow] = field(default_factory=dict)
    tickets: dict[bytes, TicketRow] = field(default_factory=dict)
    cells: dict[int, CellRow] = field(default_factory=dict)
    holes: set[tuple[int, bytes]] = field(default_factory=set)
    sheets: dict[int, bytes] = field(default_factory=dict)
    listed: dict[tuple[int, int, int, bytes], ListedRow] = field(default_factory=dict)
    chains: bytes | None = None
    seals: dict[RelayId, SealRow] = field(default_factory=dict)
    pieces: dict[tuple[RelayId, bytes, int], PieceRow] = field(default_factory=dict)
    descriptors: dict[tuple[RelayId, int], DescriptorRow] = field(default_factory=dict)
    rosters: dict[int, bytes] = field(default_factory=dict)
    links: dict[tuple[RelayId, bytes], LinkRow] = field(default_factory=dict)

    def copy(self) -> Self:
        """A model of its own."""
        return deepcopy(self)

    def dump(self) -> dict[str, Any]:
        """Everything, as `read_all` reads it from a store."""
        return {
            "state": self.state,
            "keys": [self.keys[key] for key in sorted(self.keys)],
            "tags": self.tags,
            "access": self.access,
            "pool": sorted((row.due_ms, row.id, row.next, row.kind) for row in self.packets.values()),
            "packets": [self.packets[number] for number in sorted(self.packets)],
            "returns": self.returns,
            "shelves": [self.shelves[number] for number in sorted(self.shelves)],
            "named": {row.id for row in self.shelves.values()},
            "replies": {place: row.body for place, row in self.replies.items()},
            "counts": {shelf: len([1 for at, _ in self.replies if at == shelf]) for shelf in SMALL},
            "tickets": self.tickets,
            "cells": {row.hole: row.cell for row in self.cells.values()},
            "holes": {at: sorted(h for i, h in self.holes if i == at) for at in {i for i, _ in self.holes}},
            "sheets": {at: data for at, data in self.sheets.items() if data},
            "listed": {key[:3]: {k[3] for k in self.listed if k[:3] == key[:3]} for key in self.listed},
            "chains": self.chains,
            "seals": [self.seals[relay] for relay in sorted(self.seals)],
            "pieces": [self.pieces[key] for key in sorted(self.pieces)],
            "descriptors": [self.descriptors[key] for key in sorted(self.descriptors)],
            "rosters": sorted(self.rosters.items()),
            "links": self.links,
        }


async def read_all(tx: Transaction) -> dict[str, Any]:
    """Everything a store holds of the small world of this model, through its own reads."""
    replies = {}
    for shelf in SMALL:
        number = 0
        while (found := (await tx.replies([(shelf, number)]))[0]) is not None:
            replies[shelf, found[0]] = found[1]
            number = found[0] + 1
    links = [(place, await tx.link(*place)) for place in PLACES]
    listed = {key: await tx.listed(*key) for key in [(k, r, p) for k in (1, 2) for r in (1, 2) for p in SMALL]}
    lengths, shelves = await tx.sheet_lengths(), await tx.shelves(list(SMALL))
    sheets = await tx.sheets(list(SMALL))
    assert {at: len(data) for at, data in sheets.items() if data} == lengths
    assert await tx.shelf_count() == len(shelves)
    holes = {interval: await tx.holes(interval) for interval in await tx.hole_intervals()}
    assert {at: len(found) for at, found in holes.items()} == await tx.hole_intervals()
    return {
        "state": await tx.state(),
        "keys": await tx.keys(),
        "tags": await tx.seen_tags(TAGS),
        "access": await tx.access(),
        "pool": await tx.pool(),
        "packets": await tx.packets(list(SMALL)),
        "returns": await tx.returns([name(n, 16) for n in SMALL]),
        "shelves": shelves,
        "named": {row.id for row in await tx.shelves_named([row.name for row in shelves])},
        "replies": replies,
        "counts": await tx.reply_counts(list(SMALL)),
        "tickets": {row.ticket: row for row in await tx.tickets([name(n, 16) for n in SMALL])},
        "cells": await tx.cells([name(n) for n in SMALL]),
        "holes": holes,
        "sheets": {at: data for at, data in sheets.items() if data},
        "listed": {key: found for key, found in listed.items() if found},
        "chains": await tx.chains(),
        "seals": await tx.seals(),
        "pieces": [row for relay in (1, 2) for row in await tx.pieces(RelayId(relay))],
        "descriptors": await tx.descriptors(),
        "rosters": await tx.rosters(),
        "links": {place: row for place, row in links if row is not None},
    }


@dataclass(frozen=True)
class Step:
    """One operation: on a store, on a model, and what it was, for the report of a failure."""

    what: str
    store: Callable[[Transaction], Awaitable[Any]]
    model: Callable[[Model], Any]

    def __repr__(self) -> str:
        return self.what
