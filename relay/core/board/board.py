"""The board as this relay serves it: append-only sheets, one for each page interval, read by cursor.

Invariant: bytes once readable never change or move; entries are appended to the newest sheet only, so a clock that is
set back cannot write into an older one. Everybody's cursor is answered the same way, whoever asks.
Spec: docs/protocol.md, Board log.
Decisions 7, 21.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from protocol.board.chain import Chains
from protocol.board.log import Entry, EntryKind
from protocol.board.sheets import SheetIndex, Stretch, join_slices
from protocol.routes.exchange import Cursor
from relay.store.interface import Transaction

# Clients at the end of the board read the same few sheets; one that catches up reads old ones once.
CACHED_BYTES = 8_000_000


class Board:
    """Lengths of all sheets, the latest key block, and the bytes of the sheets read lately."""

    def __init__(self, lengths: dict[int, int], mark: Cursor | None, chains: Chains) -> None:
        self._lengths = lengths
        self._mark = mark
        self._index: SheetIndex | None = None
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._cached_bytes = 0
        self.chains = chains
        """Every relay's chain of pages as followed here, our own included."""

    @classmethod
    async def load(cls, tx: Transaction, known: "Board | None" = None) -> "Board":
        """Read it from the store; `known` is what was read before, whose sheets that have not grown are kept."""
        state = await tx.state()
        mark = None
        if "key_block_interval" in state:
            mark = Cursor(state["key_block_interval"], state["key_block_offset"])
        stored = await tx.chains()
        chains = Chains() if stored is None else Chains.decode(stored)
        board = cls(await tx.sheet_lengths(), mark, chains)
        for interval, sheet in known._cache.items() if known is not None else ():
            if board._lengths.get(interval) == len(sheet):
                board._keep(interval, sheet)
        return board

    @property
    def mark(self) -> Cursor | None:
        """Where the latest key block begins."""
        return self._mark

    def append(self, tx: Transaction, interval: int, entries: Sequence[Entry]) -> Cursor:
        """Append to the sheet of `interval`, or to the newest one if that is later; where the entries begin."""
        interval = max(interval, max(self._lengths, default=interval))
        start = Cursor(interval, self._lengths.get(interval, 0))
        data = [entry.encode() for entry in entries]
        tx.append_sheet(interval, data)
        self._lengths[interval] = start.offset + sum(map(len, data))
        self._index = None
        if interval in self._cache:
            self._keep(interval, self._cache[interval] + b"".join(data))
        return start

    def append_key_block(self, tx: Transaction, interval: int, entries: Sequence[Entry]) -> None:
        """Append a key block, where readers without a cursor begin from now on."""
        self._mark = self.append(tx, interval, entries)
        self._index = None
        tx.set_state({"key_block_interval": self._mark.interval, "key_block_offset": self._mark.offset})

    def follow(self, tx: Transaction, chains: Chains) -> None:
        """Keep what was followed of the chains of pages."""
        if chains is not self.chains:
            self.chains = chains
            tx.put_chains(chains.encode())

    def take_back(self, tx: Transaction, since_interval: int) -> None:
        """Erase the sheets of an interval and later ones; the key block is to be appended anew."""
        tx.erase_sheets(since_interval)
        self._lengths = {interval: length for interval, length in self._lengths.items() if interval < since_interval}
        self._mark = self._index = None
        self._cache.clear()
        self._cached_bytes = 0

    def forget(self, before_interval: int) -> None:
        """Drop the sheets before an interval, which the store has erased."""
        for interval in [interval for interval in self._lengths if interval < before_interval]:
            del self._lengths[interval]
            self._cached_bytes -= len(self._cache.pop(interval, b""))
        self._index = None

    async def read(self, tx: Transaction, wanted: Sequence[tuple[Cursor, int]]) -> list[tuple[Stretch, bytes]]:
        """For each (cursor, size): the stretch from there on, and its bytes."""
        if self._index is None:
            self._index = SheetIndex.of(self._lengths, self._mark)
        found = [self._index.stretch(cursor, size) for cursor, size in wanted]
        needed = sorted({part.interval for stretch in found for part in stretch.slices})
        sheets = {interval: self._cache[interval] for interval in needed if interval in self._cache}
        for interval, sheet in (await tx.sheets([i for i in needed if i not in sheets])).items():
            sheets[interval] = sheet
            self._keep(interval, sheet)
        return [(stretch, join_slices(stretch.slices, sheets)) for stretch in found]

    def _keep(self, interval: int, sheet: bytes) -> None:
        self._cached_bytes += len(sheet) - len(self._cache.pop(interval, b""))
        self._cache[interval] = sheet
        while self._cached_bytes > CACHED_BYTES and len(self._cache) > 1:
            _, gone = self._cache.popitem(last=False)
            self._cached_bytes -= len(gone)


def key_block(
    mark: Entry, rosters: Iterable[bytes], descriptors: Iterable[bytes], seals: Iterable[bytes]
) -> list[Entry]:
    """The entries from which a newcomer learns everything: mark, rosters in succession, descriptors, seals."""
    return [
        mark,
        *(Entry(EntryKind.ROSTER, body) for body in rosters),
        *(Entry(EntryKind.DESCRIPTOR, body) for body in descriptors),
        *(Entry(EntryKind.SEAL, body) for body in seals),
    ]
