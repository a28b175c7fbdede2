"""What a relay holds, all of it: every table and column with its meaning, how many rows, and the range of its times.

Invariant: a table or column that is not explained here is an error, so that nothing is ever held silently; and no
value is shown that the disk does not hold - secrets, names and bodies are counted, not printed.
Spec: docs/protocol.md, Relay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from relay.errors import StoreFailed
from relay.store.interface import Store


@dataclass(frozen=True, slots=True)
class TableNote:
    """What a table is for, and each of its columns. `shown`: integer columns whose least and greatest are printed."""

    purpose: str
    columns: Mapping[str, str]
    shown: tuple[str, ...] = ()


NOTES: Final[Mapping[str, TableNote]] = {
    "meta": TableNote(
        "of these tables themselves, in PostgreSQL: their version, and how often the rarely changing ones changed",
        {"name": "which", "value": "its value"},
    ),
    "state": TableNote(
        "counters of this relay: last page cut, last key block and its place, when erasing last ran, day of our newest "
        "link key that each relay has, the crowd it published, marks of a move, and of the roster that took this relay "
        "off",
        {"name": "which counter", "value": "its value"},
    ),
    "keys": TableNote(
        "rotating secret keys: day and link keys (3 days), slow keys (3 months)",
        {
            "kind": "1 day, 2 slow, 3 link",
            "period": "UTC day number, or month number for slow keys",
            "secret": "the X25519 secret, erased with its replay tags",
        },
        ("kind", "period"),
    ),
    "tags": TableNote(
        "hashes of boxes opened, so that a copy is not taken twice; erased with the key that opened them",
        {"kind": "kind of that key", "period": "period of that key", "tag": "16-byte hash of a sealed box"},
        ("period",),
    ),
    "packets": TableNote(
        "the pool: packets, replies and board pieces that wait for their time or for another relay",
        {
            "id": "random number",
            "due": "when it may leave, in milliseconds on the link-tick grid",
            "next": "number of the relay it goes to",
            "kind": "1 packet, 2 reply, 3 board piece",
            "ref": "the next relay's or our one-time reference for the reply",
            "body": "sealed to the next relay, or public board bytes",
            "holder": "in PostgreSQL: random number of the process that is handing it on",
        },
        ("due", "next", "kind"),
    ),
    "returns": TableNote(
        "ways back of fetches under way, a day at most",
        {
            "ref": "our one-time random reference",
            "sent_to": "number of the relay that may answer",
            "came_from": "number of the relay the answer goes to, if it is not for a shelf here",
            "their_ref": "that relay's one-time reference",
            "shelf": "internal number of the shelf the answer goes to, at a guard; links a fetch under way to a shelf",
            "back_ms": "how long to hold the answer, as its sender drew it",
            "reply_key": "key under which the answer is sealed once more",
            "quarter": "quarter of the UTC day in which it was made",
        },
        ("quarter",),
    ),
    "shelves": TableNote(
        "shelves of clients who use this relay as their guard",
        {
            "id": "random internal number, stays the same when the shelf is renamed",
            "name": "hash of the name the client gave it",
            "next_number": "number that the next reply gets",
            "day": "UTC day of last use",
        },
        ("day",),
    ),
    "replies": TableNote(
        "replies waiting on shelves; hits and misses look alike",
        {
            "id": "random number",
            "shelf": "internal number of the shelf",
            "number": "place on that shelf",
            "day": "UTC day it came",
            "body": "sealed three times; we hold one of the keys no longer",
        },
        ("day",),
    ),
    "tickets": TableNote(
        "spent one-use tickets of invitations",
        {
            "ticket": "hash of the ticket's serial number",
            "shelf": "internal number of the shelf it was first used with, while its answer may be asked for again",
            "day": "UTC day it was spent",
            "expires": "its last UTC day",
        },
        ("day", "expires"),
    ),
    "cells": TableNote(
        "pigeonholes filled here: letters and cover look alike, nobody's name is on them",
        {
            "id": "63 bits of the hole",
            "hole": "hash of the secret that opens it",
            "day": "UTC day it was filled",
            "cell": "4096 bytes, sealed end to end",
        },
        ("day",),
    ),
    "holes": TableNote(
        "pigeonholes filled since the last board page, until the next one lists them",
        {"interval": "page interval", "hole": "public name of a pigeonhole"},
        ("interval",),
    ),
    "sheets": TableNote(
        "the board: public, signed bytes that every client reads whole",
        {"interval": "page interval", "place": "order within it", "entry": "one entry, as everyone reads it"},
        ("interval",),
    ),
    "listed": TableNote(
        "which entries of other relays the board holds already",
        {
            "kind": "1 page, 2 seal, 3 roster, 4 descriptor",
            "relay": "number of the relay it is about",
            "period": "its interval, day or version",
            "digest": "hash of the entry",
            "day": "UTC day it came",
        },
        ("day",),
    ),
    "board_state": TableNote(
        "the chain of pages of every relay, as followed here",
        {"name": "which", "body": "relay numbers, intervals and public hashes"},
    ),
    "seals": TableNote(
        "newest seal of every relay",
        {"relay": "relay number", "interval": "page interval", "body": "public, signed bytes"},
        ("interval",),
    ),
    "pieces": TableNote(
        "board entries of other relays that have arrived in part",
        {
            "relay": "relay number",
            "entry": "hash of the entry",
            "part": "which part",
            "day": "UTC day it came",
            "body": "public bytes",
        },
        ("day",),
    ),
    "descriptors": TableNote(
        "public keys of every relay",
        {"relay": "relay number", "day": "UTC day number", "body": "public, signed bytes"},
        ("day",),
    ),
    "rosters": TableNote(
        "the community's rosters, one after the other",
        {"version": "its version", "body": "signed bytes that every member has"},
        ("version",),
    ),
    "access": TableNote(
        "the community's last two access secrets, the same for every member",
        {"epoch": "its number", "secret": "32 bytes"},
        ("epoch",),
    ),
    "links": TableNote(
        "the last batch heard from each process of each relay",
        {
            "relay": "relay number",
            "boot": "random number of that process's start",
            "seq": "number of its newest batch",
            "seen": "which of the batches just before were heard",
            "day": "UTC day it was heard",
        },
        ("day",),
    ),
}

POSTGRES_ONLY: Final = frozenset({("meta", "name"), ("meta", "value"), ("packets", "holder")})
"""(table, column) of what only the store that several processes share has."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table as it is now."""

    name: str
    columns: tuple[str, ...]
    note: TableNote
    rows: int
    ranges: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a relay holds."""

    tables: tuple[TableReport, ...]

    def lines(self) -> list[str]:
        """The report as text, for an operator or an auditor."""
        out: list[str] = []
        for table in self.tables:
            out.append(f"{table.name}: {table.rows} rows - {table.note.purpose}")
            for column in table.columns:
                meaning = table.note.columns[column]
                held = table.ranges.get(column)
                span = "" if held is None else f" [{held[0]} .. {held[1]}]"
                out.append(f"    {column}: {meaning}{span}")
        return out

    def to_json(self) -> dict[str, object]:
        """The report for programs: table -> rows, purpose, columns, ranges."""
        return {
            table.name: {
                "rows": table.rows,
                "purpose": table.note.purpose,
                "columns": {column: table.note.columns[column] for column in table.columns},
                "ranges": {column: list(span) for column, span in table.ranges.items()},
            }
            for table in self.tables
        }


async def inspect(store: Store) -> Report:
    """Look at every table of a store. StoreFailed: it holds a table or column that is not explained."""
    found = await store.tables()
    for table, columns in found.items():
        note = NOTES.get(table)
        if note is None or not set(columns) <= set(note.columns):
            raise StoreFailed(
                f"the relay's database has something unexplained in {table}; nothing was changed; "
                "it was made by another version of this program, or by someone else"
            )
    reports = []
    for table, columns in found.items():
        note = NOTES[table]
        rows, spans = await store.ranges(table, note.shown)
        ranges = {column: span for column, span in zip(note.shown, spans, strict=True) if span is not None}
        reports.append(TableReport(table, tuple(columns), note, rows, ranges))
    return Report(tuple(reports))
