"""A network of a few relays in memory, without holds: what a postman needs to be tried on, made of `protocol` alone.

Every exchange is answered at once and recorded with what only its relays see: the layers of both fields.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from client_cli.community.joining import join
from client_cli.post.postman import Exchange, Postman
from client_cli.randomness import Randomness
from client_cli.vault.key_file import WordsCost
from client_cli.vault.vault import Vault
from protocol.board.log import NO_WORD, Entry, EntryKind, Seal, mark_entry, sign_seal
from protocol.board.log import Seen as SealSeen
from protocol.board.page import CHAIN_START, chain_hash, encode_page
from protocol.board.sheets import stretch
from protocol.community.constants import Constants
from protocol.community.descriptor import Descriptor, descriptor_hash, sign_descriptor
from protocol.community.roster import NO_PIN, NO_PREVIOUS, Roster, RosterRelay, roster_hash, sign_roster
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.people.key_card import Entry as CardEntry
from protocol.people.key_card import InviteCard, encode_card_text
from protocol.primitives import hybrid_box, sealed_box
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HYBRID_SECRET_BYTES, HybridKey, kem_hash, stand_in
from protocol.primitives.signing import verify_key_of
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Request, Response, Status, parse_request, seal_response, split_body
from protocol.routes.onion import Deposit, Discard, Fetch, Forward, ForwardFetch, answer_store, peel, wrap_reply
from protocol.seams import RelayId, SeededEntropy
from protocol.sizes import STRETCH_BYTES
from protocol.streams.pigeonhole import Hole, Take, hole_of

START = 1_800_000_000.0 // 86_400 * 86_400 + 3600.0
WORDS = "four small words here"
CHEAP_WORDS = WordsCost(ops=1, memory_kib=8)
CONSTANTS = Constants()


def seeded(label: str) -> SeededEntropy:
    """A random stream of its own for every label."""
    return SeededEntropy(label.encode().ljust(32, b"."))


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """What the relays of its route see of one field."""

    kind: str
    route: tuple[tuple[int, int], ...] = ()  # (relay, hold in ms) in the order of the way
    back_ms: int = 0
    hole: bytes = b""


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange: when, at which guard, and both fields."""

    at: float
    guard: RelayId
    request: Request
    packet: FieldSeen
    fetch: FieldSeen

    @property
    def shape(self) -> tuple[object, ...]:
        """Everything of it that must not depend on letters."""
        hidden = (FieldSeen(f.kind, f.route, f.back_ms) for f in (self.packet, self.fetch))
        return (self.at, self.guard, self.request.profile, *hidden)


@dataclass(slots=True)
class SmallRelay:
    """Keys, shelves, pigeonholes and board of one relay."""

    number: RelayId
    identity: bytes
    door: HybridKey
    day: HybridKey
    url: str
    slow_secret: bytes
    head: tuple[int, bytes] = (0, CHAIN_START)
    cells: dict[bytes, bytes] = field(default_factory=dict)
    fresh: list[Hole] = field(default_factory=list)
    shelves: dict[bytes, list[bytes | None]] = field(default_factory=dict)


class SmallNetwork:
    """See the module. `down`: relays whose exchanges fail; `deaf`: those that take exchanges whose answers are lost;
    `says`: what all of them answer, OK alone with anything in it.
    """

    def __init__(self, relays: int = 3, guards: tuple[int, ...] = (0, 1), constants: Constants = CONSTANTS) -> None:
        self.entropy = seeded("network")
        self.now = self.cut_to = START
        self.community_secret, self.desk_secret, self.access = (self.entropy(32) for _ in range(3))
        self.relays = [
            SmallRelay(
                RelayId(n),
                self.entropy(32),
                HybridKey.of(self.entropy(HYBRID_SECRET_BYTES)),
                HybridKey.of(self.entropy(HYBRID_SECRET_BYTES)),
                f"https://relay{n}.test/{n}",
                slow_secret=seeded(f"slow {n}")(32),
            )
            for n in range(relays)
        ]
        self.roster = Roster(
            community_key=verify_key_of(self.community_secret),
            name="small",
            version=1,
            issued_day=day_of(START),
            expires_day=day_of(START) + 365,
            constants=constants,
            relays=tuple(
                RosterRelay(
                    r.number,
                    r.url,
                    verify_key_of(r.identity),
                    r.door.curve.public,
                    kem_hash(r.door.kem.public),
                    NO_PIN,
                )
                for r in self.relays
            ),
            next_number=relays,
            guards=guards,
            desk_keys=(verify_key_of(self.desk_secret),),
            access_epoch=0,
            access_box=b"",
            previous=NO_PREVIOUS,
        )
        self.sheets: dict[int, bytes] = {}
        self._signed: dict[tuple[int, int], bytes] = {}
        self.mark: Cursor | None = None
        self.down: set[RelayId] = set()
        self.deaf: set[RelayId] = set()
        self.says = Status.OK
        self.swallows: Callable[[RelayId, RelayId, bool], bool] = lambda *_: False
        """Whether the reply to a fetch through this guard at this store, a hit or not, never reaches the shelf."""
        self.seen: list[Seen] = []
        self.sent: list[bytes] = []
        self.slow_layers = 0
        """Layers that were sealed to a slow key."""
        self.tags: set[bytes] = set()
        self.append_key_block(START - constants.page_s)

    def invitation(self, label: str) -> str:
        """The text of an invite card with the first two relays."""
        entries = self.relays[:2]
        ticket = make_ticket(
            self.desk_secret,
            self.roster.community_key,
            (entries[0].number, entries[-1].number),
            day_of(START) + 30,
            seeded(label),
        )
        places = tuple(CardEntry(r.number, r.url, r.door.curve.public, NO_PIN) for r in entries)
        pace_ms = self.roster.constants.standard_slot_ms
        return encode_card_text(
            InviteCard(
                self.roster.community_key,
                "small",
                day_of(START) + 30,
                pace_ms,
                self.roster.version,
                places,
                ticket.encode(),
            )
        )

    def append(self, now: float, entries: list[Entry]) -> None:
        """Put entries into the sheet of the interval of `now`, the same at every relay."""
        interval = self.roster.constants.interval_of(now)
        self.sheets[interval] = self.sheets.get(interval, b"") + b"".join(entry.encode() for entry in entries)

    def append_key_block(self, now: float) -> None:
        """Mark, roster, descriptors with keys of the day and the next, seals in which all agree on them."""
        interval = self.roster.constants.interval_of(now)
        for relay in self.relays:
            relay.head = (max(relay.head[0], interval - 1), relay.head[1])
        self.mark = Cursor(interval, len(self.sheets.get(interval, b"")))
        days = (day_of(now), day_of(now) + 1)
        descriptors = [self.descriptor(relay, day) for relay in self.relays for day in days]
        self.append(
            now,
            [
                mark_entry(interval),
                Entry(EntryKind.ROSTER, sign_roster(self.roster, self.community_secret)),
                *(Entry(EntryKind.DESCRIPTOR, body) for body in descriptors),
                *(Entry(EntryKind.SEAL, self._seal(r)) for r in self.relays),
            ],
        )

    def descriptor(self, relay: SmallRelay, day: int) -> bytes:
        """The one descriptor of a relay and day."""
        if (relay.number, day) not in self._signed:
            slow_key = sealed_box.public_of(relay.slow_secret)
            found = Descriptor(
                relay=relay.number,
                day=day,
                day_key=relay.day.curve.public,
                day_kem=relay.day.kem.public,
                slow_key=slow_key,
                next_slow_key=slow_key,
                link_key=bytes([1] * 32),
                door_kem=relay.door.kem.public,
                head_interval=relay.head[0],
                head_hash=relay.head[1],
            )
            self._signed[relay.number, day] = sign_descriptor(found, relay.identity)
        return self._signed[relay.number, day]

    def _seal(self, relay: SmallRelay) -> bytes:
        """A seal of this relay that names what is on the board: two descriptors of each relay."""
        day = day_of(self.roster.constants.interval_start(relay.head[0]))
        seen = tuple(
            SealSeen(other.number, *other.head, *(self._word(other, at) for at in (day, day + 1)))
            for other in self.relays
            if other is not relay
        )
        seal = Seal(relay.number, *relay.head, seen, self.roster.version, roster_hash(self.roster))
        return sign_seal(seal, relay.identity)

    def _word(self, relay: SmallRelay, day: int) -> bytes:
        found = self._signed.get((relay.number, day))
        return NO_WORD if found is None else descriptor_hash(found)

    def cut_pages(self, now: float) -> None:
        """Every relay lists what it stored since the last time, in the interval before `now`, and seals when an hour
        is over."""
        interval = self.roster.constants.interval_of(now) - 1
        pages = [Entry(EntryKind.PAGE, encode_page(r.fresh, r.number, interval)) for r in self.relays]
        for relay, page in zip(self.relays, pages, strict=True):
            relay.head = (interval, chain_hash(relay.head[1], page.body))
        self.append(now - self.roster.constants.page_s, pages)
        for relay in self.relays:
            relay.fresh.clear()
        if (interval + 1) % self.roster.constants.pages_per_seal == 0:
            self.append(now - self.roster.constants.page_s, [Entry(EntryKind.SEAL, self._seal(r)) for r in self.relays])

    def cut_pages_until(self, now: float) -> None:
        """As relays do while time goes on: a page for every interval."""
        while self.cut_to + self.roster.constants.page_s <= now:
            self.cut_to += self.roster.constants.page_s
            self.cut_pages(self.cut_to)

    def answer(self, exchange: Exchange, now: float) -> bytes | None:
        """What comes back for a posted exchange; None: nothing."""
        self.now = now
        self.sent.append(exchange.body)
        (guard,) = (relay for relay in self.relays if relay.url == exchange.url)
        if guard.number in self.down:
            return None
        self.reading: tuple[Cursor, Cursor] | None = None
        answers = [self._one(guard, body, now) for body in split_body(exchange.body)]
        return None if guard.number in self.deaf else b"".join(answers)

    def _one(self, guard: SmallRelay, body: bytes, now: float) -> bytes:
        request = parse_request(self._open(guard, body))
        if self.says is not Status.OK:
            nowhere = Cursor(0, 0)
            refusal = Response(self.says, bytes(32), 0, None, 0, nowhere, nowhere, nowhere, b"")
            return seal_response(refusal, request.response_key, request.profile, self.entropy)
        shelf = self._shelf(guard, request)
        packet = self._deliver(guard, request.packet, [])
        fetch = self._deliver(guard, request.fetch, shelf)
        self.seen.append(Seen(now, guard.number, request, packet, fetch))
        for number in range(min(request.durable - 1, len(shelf))):
            shelf[number] = None
        waiting = [n for n, reply in enumerate(shelf, 1) if n >= request.collect and reply is not None]
        reply = None
        if waiting:
            held = shelf[waiting[0] - 1]
            assert held is not None
            reply = (waiting[0], held)
        # In one body a request with the cursor of the one before goes on where that one's stretch ended.
        cursor = request.cursor if self.reading is None or self.reading[0] != request.cursor else self.reading[1]
        start, following, end, data = stretch(self.sheets, self.mark, cursor, STRETCH_BYTES[request.profile])
        self.reading = (request.cursor, following)
        response = Response(Status.OK, self.access, 0, reply, len(shelf) + 1, start, following, end, data)
        return seal_response(response, request.response_key, request.profile, self.entropy)

    def _open(self, guard: SmallRelay, body: bytes) -> bytes:
        newcomer = HybridKey(guard.door.curve, stand_in(guard.door.curve.public))
        for key in (guard.day, guard.door, newcomer):
            with suppress(ProtocolError):
                return hybrid_box.open_box(key, body)
        raise AssertionError("an exchange opens with no key")

    def _shelf(self, guard: SmallRelay, request: Request) -> list[bytes | None]:
        shelf = guard.shelves.pop(request.shelf, None)
        if shelf is None:
            shelf = guard.shelves.pop(request.next_shelf, [])
        guard.shelves[request.next_shelf] = shelf
        return shelf

    def _deliver(self, entry: SmallRelay, box: bytes, shelf: list[bytes | None]) -> FieldSeen:
        """Follow a field to its end at once; a reply goes to `shelf`. A box is acted on once."""
        if box in self.tags:
            return FieldSeen("replay")
        self.tags.add(box)
        relay, route, keys, back_ms = entry, [], [], 0
        while True:
            try:
                opened = sealed_box.find_open([relay.day.curve, relay.slow_secret], box)
                if opened is None:
                    return FieldSeen("unreadable")
                layer = peel(opened[1])
                self.slow_layers += opened[0]
            except ProtocolError:
                return FieldSeen("unreadable")
            match layer:
                case Discard():
                    return FieldSeen("discard")
                case Forward() | ForwardFetch():
                    route.append((int(relay.number), layer.hold_ms))
                    if isinstance(layer, ForwardFetch):
                        keys.append(layer.reply_key)
                        back_ms = max(back_ms, layer.back_ms)
                    relay, box = self.relays[layer.next], layer.inner
                case Deposit():
                    relay.cells[layer.hole] = layer.cell
                    relay.fresh.append(Hole(layer.hole))
                    return FieldSeen("deposit", (*route, (int(relay.number), 0)), 0, layer.hole)
                case Fetch():
                    hole = hole_of(Take(layer.take))
                    reply = answer_store(layer.reply_key, relay.cells.get(hole), self.entropy)
                    for key in reversed(keys):
                        reply = wrap_reply(key, reply, self.entropy)
                    if not self.swallows(entry.number, relay.number, hole in relay.cells):
                        shelf.append(reply)
                    return FieldSeen("fetch", (*route, (int(relay.number), 0)), back_ms, hole)


def make_member(network: SmallNetwork, home: Path, name: str, profile: Profile = Profile.STANDARD) -> Vault:
    """A vault that has joined."""
    vault = Vault.create(
        home / name, WORDS, seeded(f"{name} vault"), language="en", profile=profile, now=START, cost=CHEAP_WORDS
    )
    join(vault, network.invitation(name), START)
    return vault


def make_postman(vault: Vault, name: str) -> Postman:
    """The postman of a member, with random streams of its own."""
    return Postman(vault, Randomness(seeded(f"{name} content"), seeded(f"{name} crypto")))


def seal_due(postman: Postman, at: float) -> None:
    """Seal what is due before the slot at `at`, when it is due."""
    if (seal_at := postman.prepare_at()) <= at:
        postman.prepare(seal_at)


def run_slots(network: SmallNetwork, postman: Postman, until: float) -> list[float]:
    """Make all exchanges before `until`; the times of their slots. A page is cut whenever an interval is over."""
    times = []
    page_s = network.roster.constants.page_s
    next_page = (network.now // page_s + 1) * page_s
    while (at := postman.next_slot_at()) < until:
        while next_page <= at:
            network.cut_pages(next_page)
            next_page += page_s
        seal_due(postman, at)
        exchange = postman.begin(at)
        times.append(at)
        postman.finish(exchange.handle, network.answer(exchange, at), at)
    network.now = until
    return times
