"""What the stories of several weeks have in common: a cheap network, and looking at what relays and vaults hold.

Slots of more than an hour and pages of an hour make a simulated day cost half a second; everything else is as in a real
network. Nothing here is looked at through the program that is tested: relays' databases are read from their files.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from client_cli.community.membership import constants, find_roster, relays
from client_cli.outbox.letters import LetterState, letters
from client_cli.people.contacts import require_person
from client_cli.post.postman import Exchange, Postman
from client_cli.randomness import Randomness
from client_cli.streams import streams
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Transactions
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.seams import RelayId
from protocol.streams.pigeonhole import calendar_of, epoch_of
from protocol.streams.stream import retained_epochs
from relay.store.records import KeyKind

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86_400.0
MINUTE_MS = 60_000
START = 1_800_000_000.0  # 2027-01-15, a Friday, 08:00 UTC

SLOW_NETWORK = Constants(
    mean_hold_ms=10 * MINUTE_MS,
    reply_hold_ms=10 * MINUTE_MS,
    page_ms=60 * MINUTE_MS,
    key_block_ms=6 * 60 * MINUTE_MS,
    link_tick_ms=MINUTE_MS,
    metered_slot_ms=75 * MINUTE_MS,
    standard_slot_ms=75 * MINUTE_MS,
    guarded_slot_ms=20 * MINUTE_MS,
)


@dataclass(frozen=True, slots=True)
class RelayHolds:
    """What lies in one relay's database: secrets of rotating keys by kind and period, and how many replay tags belong
    to each; cells by day; packets by next relay, and when the first was due.
    """

    keys: Mapping[tuple[KeyKind, int], bytes]
    tags: Mapping[tuple[KeyKind, int], int]
    cells: Mapping[int, int]
    packets: Mapping[RelayId, int]
    oldest_due_s: float

    @classmethod
    def read(cls, path: Path) -> "RelayHolds":
        """Read the file of a relay's store."""
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            keys = database.execute("SELECT kind, period, secret FROM keys").fetchall()
            tags = database.execute("SELECT kind, period, count(*) FROM tags GROUP BY kind, period").fetchall()
            cells = database.execute("SELECT day, count(*) FROM cells GROUP BY day").fetchall()
            packets = database.execute("SELECT next, count(*) FROM packets GROUP BY next").fetchall()
            (oldest,) = database.execute("SELECT min(due) FROM packets").fetchone()
        return cls(
            {(KeyKind(kind), period): secret for kind, period, secret in keys},
            {(KeyKind(kind), period): count for kind, period, count in tags},
            dict(cells),
            {RelayId(number): count for number, count in packets},
            float("inf") if oldest is None else oldest / 1000,
        )

    def periods(self, kind: KeyKind) -> set[int]:
        """Return the days or months of the keys of a kind."""
        return {period for found, period in self.keys if found is kind}


def raw_bytes(database: Path) -> bytes:
    """Return everything that a relay's database has on its disk, journals and free pages included."""
    return b"".join(path.read_bytes() for path in sorted(database.parent.glob(f"{database.name}*")))


def filled_holes(database: Path) -> set[bytes]:
    """Return the holes of all cells that a relay holds."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as found:
        return {bytes(hole) for (hole,) in found.execute("SELECT hole FROM cells")}


def shelves_at(database: Path) -> int:
    """Return how many shelves a guard keeps."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as found:
        (count,) = found.execute("SELECT count(*) FROM shelves").fetchone()
        return int(count)


@dataclass(frozen=True, slots=True)
class StreamView:
    """Both ends that one member keeps for a person: the epochs of the calendar they know, and what is in flight, by
    epochs numbered with their generation."""

    sending: int
    in_flight: tuple[tuple[int, int], ...]
    watched: frozenset[int]
    received: frozenset[int]

    @classmethod
    def of(cls, world: World, name: str, person: str) -> "StreamView":
        """Look into a member's vault."""
        vault = world.clients[name].vault
        contact = require_person(vault, person).number
        with vault.transaction() as tx:
            send, receive = streams.find_send(tx, contact), streams.find_receive(tx, contact)
            if send is None or receive is None:
                raise LookupError("the streams have not begun")
            return cls(
                send.epoch,
                tuple(send.in_flight()),
                frozenset(calendar_of(place.epoch) for place in receive.watch()),
                frozenset(calendar_of(ack.epoch) for ack in receive.acks().epochs),
            )


class NotingPostman(Postman):
    """A postman that notes every slot it hands out: its number in the schedule and its sealed fields."""

    def __init__(self, vault: Transactions, randomness: Randomness) -> None:
        super().__init__(vault, randomness)
        self.handed_out: list[tuple[int, bytes, bytes]] = []

    def begin(self, now: float) -> Exchange:
        """As `Postman.begin`."""
        with self._vault.transaction() as tx:
            row = tx.find("SELECT slot, packet, fetch FROM prepared ORDER BY slot LIMIT 1")
        exchange = super().begin(now)
        if row is not None:
            self.handed_out.append((row[0], bytes(row[1]), bytes(row[2])))
        return exchange


def letters_of(world: World, name: str) -> list[LetterState]:
    """Every letter of a member that its vault still tells about."""
    return letters(world.clients[name].vault, world.time_of(name))


def texts(world: World, name: str, sender: str) -> list[str]:
    """What a member received from one person, in the order it is shown."""
    return [text for who, text in world.received(name) if who == sender]


def expected_holes(world: World, name: str, sender: str) -> set[bytes]:
    """Return the pigeonholes in which a member would look for cells of one person now, were it awake."""
    vault = world.clients[name].vault
    contact = require_person(vault, sender).number
    with vault.transaction() as tx:
        receive, fixed = streams.find_receive(tx, contact), constants(tx)
        if receive is None:
            return set()
        epoch = epoch_of(world.time_of(name), fixed.epoch_s)
        receive.roll(epoch, relays(tx), retained_epochs(fixed.retention_s, fixed.epoch_s))
        return {place.hole for place in receive.watch()}


def roster_followed(world: World, name: str) -> tuple[int, int]:
    """Version of the roster that a member follows, and the epoch of its access secret."""
    with world.clients[name].vault.transaction() as tx:
        roster, secret = find_roster(tx), tx.get(Key.ACCESS_SECRET)
    if roster is None or secret is None:
        raise LookupError("the member is not enrolled yet")
    return roster.version, int.from_bytes(secret[:2], "big")
