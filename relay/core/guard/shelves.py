"""Shelves: the numbered replies that wait for one client.

A client names its shelf with 16 bytes of its own choosing and may rename it with every exchange; we keep the hash of
the name beside an internal random number, to which replies and ways back refer, so that a reply under way finds a
renamed shelf. Invariant: the same request twice ends at the same shelf with the same numbers.
Spec: docs/protocol.md, Shelves.
"""

from collections.abc import Iterable
from dataclasses import replace

from protocol.primitives.kdf import derive
from protocol.seams import Entropy
from relay.core.state import random_id
from relay.store.records import ShelfRow

FIRST_NUMBER = 1


def shelf_mark(name: bytes) -> bytes:
    """What is stored (32 bytes) of a shelf's name (16 bytes): a hash, so that our disk opens no shelf."""
    return derive(b"sosik shelf", name)


class ShelfGroup:
    """The shelves that a group of exchanges asks for, resolved in memory; `changed` is to be stored."""

    def __init__(self, rows: Iterable[ShelfRow], count: int, today: int, entropy: Entropy) -> None:
        """`rows`: every stored shelf whose mark the group names; `count`: shelves there are."""
        self._by_name: dict[bytes, ShelfRow] = {}
        self.changed: dict[int, ShelfRow] = {}
        self.count = count
        self._today = today
        self._entropy = entropy
        for row in sorted(rows, key=lambda row: row.id):
            self._index(row)

    def find(self, shelf: bytes, following: bytes) -> ShelfRow | None:
        """Return the shelf a request means by (mark of shelf, mark of next shelf), None if it does not exist yet.

        A request that renames it may come again, for its response may have been lost: then `following` is its name.
        Under another one its former name counts no more: that is a copy of the client, which would go on beside it.
        """
        return self._by_name.get(shelf) or self._by_name.get(following)

    def use(self, shelf: bytes, following: bytes) -> ShelfRow:
        """Return that shelf, renamed to `following`, making it if there is none."""
        row = self.find(shelf, following)
        if row is None:
            self.count += 1
            row = ShelfRow(random_id(self._entropy), following, FIRST_NUMBER, self._today)
            return self._put(row)
        if row.name != following and following in self._by_name:
            return self._by_name[following]  # two shelves of one client; the name it will use from now on decides
        return self._put(replace(row, name=following, day=max(row.day, self._today)), before=row)

    def _put(self, row: ShelfRow, before: ShelfRow | None = None) -> ShelfRow:
        if row == before:
            return row
        if before is not None:
            self._by_name.pop(before.name, None)
        self._index(row)
        self.changed[row.id] = row
        return row

    def _index(self, row: ShelfRow) -> None:
        self._by_name[row.name] = row
