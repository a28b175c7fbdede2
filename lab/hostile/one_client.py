"""A guard that treats one client at a time: each is told other keys of this relay, so that what opens a layer names it.

Where the guard is also a packet's last relay, the key that opens the layer tells who left or asked for the cell,
whatever the holds in between. Invariant: it uses only its own signature, its disk and what its clients ask for;
`notebook` holds what it read off, which needs no guess, and what it
suspects from. Spec: docs/threats.md, A guard that treats one client at a time.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Self

from lab.hostile.guard import GUARD, Scene, Trick
from lab.hostile.relay import HostileRelay
from lab.hostile.suspicions import Notebook
from lab.worlds.wire import SimulatedRelay
from protocol.board.log import NO_WORD, Entry, EntryKind, Seal, parse_seal, sign_seal
from protocol.community.descriptor import parse_descriptor, sign_descriptor
from protocol.errors import ProtocolError
from protocol.primitives.sealed_box import OpeningKey, box_tag, find_open, public_of
from protocol.routes.exchange import Cursor, open_response
from protocol.routes.onion import Deposit, Fetch, peel
from protocol.seams import Entropy
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import SealedBatch
from relay.core.mix.keys import KeyRing, Opened
from relay.store.records import KeyKind, TagRow

VICTIM: Final = 0
"""The client that is treated apart: the first one that came."""
HONEST: Final = "honest"
"""No trick: what it suspects is what a passive relay does."""
EACH: Final = "other keys for each"
HELD_PAGES: Final = 5
"""Page intervals, less than an hour: shorter than any key or seal takes to be missed."""
ALL_BUT_ONE: Final = "all but one muted by its own words"
"""Played on everybody else: what comes through is the victim's."""


class NamingRing(KeyRing):
    """The keys of a relay, and behind them those that only one client was told of."""

    def __init__(self, ring: KeyRing, guard: "OneClientGuard") -> None:
        vars(self).update(vars(ring))
        self._guard = guard

    def open_packet(self, box: bytes) -> Opened | None:
        """As an honest relay would; what only a client's own key opens names the client."""
        opened = super().open_packet(box)
        if opened is not None:
            self._guard.store(opened.plaintext)
            return opened
        keys = self._guard.private
        found = find_open([OpeningKey.of(secret) for secret, _ in keys], box)
        if found is None:
            return None
        self._guard.note(keys[found[0]][1], found[1])
        self._guard.store(found[1])
        period = max(row.period for row in self.rows if row.kind is KeyKind.DAY)
        return Opened(TagRow(KeyKind.DAY, period, box_tag(box)), found[1])


class OneClientGuard(HostileRelay):
    """A guard with a descriptor of its own for every client."""

    one: Trick
    spared: bool
    clients: dict[bytes, int]
    private: list[tuple[bytes, int]]
    notebook: Notebook
    opened: int
    """Layers of whatever kind that opened with a key of one client."""
    _now: float
    _secrets: dict[tuple[int, int, str], bytes]

    @classmethod
    def turn(cls, relay: SimulatedRelay, entropy: Entropy, *, guard: str = EACH, links: str = "") -> Self:
        """Let a running relay play a trick of ONE_CLIENT from now on, or be honest and curious."""
        hostile = super().turn(relay, entropy, links=links)
        hostile.one, hostile.spared = _TRICKS[guard], guard == ALL_BUT_ONE
        hostile.clients, hostile.private, hostile._secrets = {}, [], {}
        hostile.notebook, hostile.opened, hostile._now = Notebook(), 0, 0.0
        hostile.trick = hostile.tell_apart
        hostile._watch()
        return hostile

    def client_of(self, shelf: bytes, next_shelf: bytes) -> int:
        """A client's number: its shelf names it from one exchange to the next."""
        number = self.clients.setdefault(shelf, len(set(self.clients.values())))
        self.clients[next_shelf] = number
        return number

    def tell_apart(self, scene: Scene) -> bytes:
        """What the trick says to the victim, or to all but it, or to each; else the truth."""
        client = self.client_of(scene.request.shelf, scene.request.next_shelf)
        told = self.one is _keys_of_its_own or (client == VICTIM) is not self.spared
        answer = self.one(scene) if told else scene.honest
        with suppress(ProtocolError):
            shown = open_response(scene.request.response_key, answer).next.interval
            self.notebook.shown.append((self._now, client, shown))
        return answer

    def keys_of_its_own(self, scene: Scene) -> bytes:
        """The board, with a descriptor of ours that nobody else is given."""
        client = self.client_of(scene.request.shelf, scene.request.next_shelf)
        return scene.rewrite(lambda entry: self._descriptor_for(client, entry))

    def note(self, client: int, plaintext: bytes) -> None:
        """A layer opened with the key of one client."""
        self.opened += 1
        match peel(plaintext):
            case Deposit(hole=hole):
                self.notebook.writers[hole].add(client)
            case Fetch(take=take):
                self.notebook.readers[bytes(hole_of(Take(take)))].add(client)
            case _:
                pass

    def store(self, plaintext: bytes) -> None:
        """A layer that was ours to open: what it is for, and when it came."""
        match peel(plaintext):
            case Deposit(hole=hole):
                self.notebook.left.setdefault(bytes(hole), self._now)
            case Fetch(take=take):
                self.notebook.asked.setdefault(bytes(hole_of(Take(take))), self._now)
            case _:
                pass

    async def link(self, body: bytes, now: float) -> bytes:
        """Take a batch, and note when what is in it came."""
        self._now = now
        return await super().link(body, now)

    async def exchanges(self, bodies: Sequence[bytes], now: float) -> list[bytes]:
        """Serve them with whatever keys there are."""
        self._now = now
        self._watch()
        return await super().exchanges(bodies, now)

    async def run_due(self, now: float) -> list[SealedBatch]:
        """The same after keys have rotated."""
        self._now = now
        shipments = await super().run_due(now)
        self._watch()
        return shipments

    def _watch(self) -> None:
        if not isinstance(self._state.ring, NamingRing):
            self._state.ring = NamingRing(self._state.ring, self)

    def _secret(self, client: int, period: int, kind: str) -> bytes:
        key = (client, period, kind)
        if key not in self._secrets:
            self._secrets[key] = self.lies(32)
            self.private.append((self._secrets[key], client))
        return self._secrets[key]

    def _descriptor_for(self, client: int, entry: Entry) -> bytes:
        if entry.kind is not EntryKind.DESCRIPTOR:
            return entry.body
        try:
            found = parse_descriptor(entry.body, self.roster)
        except ProtocolError:
            return entry.body
        if found.relay != self.own_number:
            return entry.body
        changes: dict[str, Any] = {
            "day_key": public_of(self._secret(client, found.day, "day")),
            "slow_key": public_of(self._secret(client, found.day, "slow")),
        }
        return sign_descriptor(replace(found, **changes), self.identity_secret)


def _keys_of_its_own(scene: Scene) -> bytes:
    assert isinstance(scene.relay, OneClientGuard)
    return scene.relay.keys_of_its_own(scene)


def _own_words(word: Callable[[Scene, bytes], bytes]) -> Trick:
    """Sign its own seals anew, with other words on the descriptors of the others."""

    def alter(scene: Scene, entry: Entry) -> bytes:
        relay = scene.relay
        if entry.kind is not EntryKind.SEAL or entry.body[0] != relay.own_number:
            return entry.body
        seal: Seal = parse_seal(entry.body, relay.roster)
        said = [
            replace(seen, today=word(scene, seen.today), tomorrow=word(scene, seen.tomorrow)) for seen in seal.others
        ]
        return sign_seal(replace(seal, others=tuple(said)), relay.identity_secret)

    return lambda scene: scene.rewrite(lambda entry: alter(scene, entry))


_SILENT: Final = _own_words(lambda scene, word: NO_WORD)


def _without(kind: EntryKind, *, of_others: bool) -> Trick:
    """Leave out the entries of a kind, all or those of the other relays; both begin with the number of theirs."""

    def alter(scene: Scene, entry: Entry) -> bytes:
        gone = entry.kind is kind and not (of_others and entry.body[0] == scene.relay.own_number)
        return bytes(len(entry.body)) if gone else entry.body

    return lambda scene: scene.rewrite(lambda entry: alter(scene, entry))


def _held_back(scene: Scene) -> bytes:
    """The board as it was HELD_PAGES before, whole and in order."""
    told = scene.response
    last, start = told.end.interval - HELD_PAGES, told.start
    if start.interval > last:
        return scene.say(stretch=b"", next=start, end=start)
    if told.next.interval <= last:
        return scene.honest
    shown = {interval: sheet for interval, sheet in scene.sheets.items() if sheet and interval <= last}
    stretch = told.stretch[: max(sum(map(len, shown.values())) - start.offset, 0)]
    end = Cursor(max(shown), len(shown[max(shown)])) if stretch else start
    return scene.say(stretch=stretch, next=end, end=end)


ONE_CLIENT: dict[str, Trick] = {
    EACH: _keys_of_its_own,
    "other keys for one": lambda scene: _keys_of_its_own(scene),
    "descriptors of others left out": _without(EntryKind.DESCRIPTOR, of_others=True),
    "own descriptors left out": lambda scene: scene.rewrite(
        lambda entry: (
            bytes(len(entry.body))
            if entry.kind is EntryKind.DESCRIPTOR and entry.body[0] == scene.relay.own_number
            else entry.body
        )
    ),
    "seals of others left out": _without(EntryKind.SEAL, of_others=True),
    "seals left out": _without(EntryKind.SEAL, of_others=False),
    "muted by its own words": _SILENT,
    "muted by false words of its own": _own_words(lambda scene, word: scene.relay.lies(len(word))),
    ALL_BUT_ONE: _SILENT,
    "pages left out": GUARD["pages hidden"],
    "rosters left out": GUARD["rosters spoiled"],
    "marks left out": _without(EntryKind.MARK, of_others=False),
    "the board stands still": lambda scene: scene.say(stretch=b"", next=scene.response.start, end=scene.response.start),
    "an open sheet that ends early": _held_back,
    "a cursor far ahead": GUARD["board far ahead"],
    "numbers too high": GUARD["numbers too high"],
    "numbers too low": GUARD["numbers too low"],
    "replies in another order": GUARD["replies of others"],
    "replies swallowed": GUARD["replies swallowed"],
    "refusals": GUARD["refusals"],
    "a false access secret": GUARD["false access secret"],
    "silence": GUARD["silence"],
}
"""What a guard may do to one client while the others see it honest, by name; the first one to each of them."""
_TRICKS: Final = {**ONE_CLIENT, HONEST: GUARD["honest"]}
