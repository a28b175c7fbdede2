"""A guest of one relay that makes valid exchanges as fast as wanted: what the load of the benchmarks is made of.

It enters by an invitation, reads the key block, and then seals exchanges whose packets the relay accepts, each from
a shelf of one of `SHELVES` made-up clients. Only the packets' first layer is real: no other relay sees them within
a benchmark.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from protocol.board.reader import BoardReader
from protocol.community.descriptor import Descriptor
from protocol.community.roster import FirstRoster, Roster
from protocol.primitives.hybrid_box import HybridPublic
from protocol.primitives.sealed_box import keypair
from protocol.profile import Profile
from protocol.routes.exchange import LATEST_KEY_BLOCK, Cursor, PassKind, Request, Status, open_response, seal_request
from protocol.routes.onion import Route, seal_deposit, seal_discard, seal_fetch
from protocol.seams import Entropy, RelayId
from protocol.sizes import (
    CELL_BYTES,
    FETCH_FIELD_BYTES,
    HOLE_BYTES,
    PACKET_FIELD_BYTES,
    RESPONSE_KEY_BYTES,
    SHELF_BYTES,
    TAKE_BYTES,
)

SHELVES = 500
Ask = Callable[[bytes], Awaitable[bytes]]


class NotYet(Exception):
    """The relay's board does not hold what is needed yet."""


@dataclass(slots=True)
class Guest:
    """What one learns by entering: the roster, the access secret, the relay's descriptor."""

    relay: RelayId
    roster: Roster
    access: bytes = field(repr=False)
    descriptor: Descriptor
    """Of the earliest day that the board has."""
    links: dict[int, bytes]
    """Link keys by day."""
    cursor: Cursor
    shelves: list[bytes]

    @classmethod
    async def enter(
        cls, ask: Ask, relay: RelayId, door: HybridPublic, ticket: bytes, community_key: bytes, entropy: Entropy
    ) -> "Guest":
        """Make the first exchanges, to the end of the board. NotYet when it does not hold the relay's descriptors."""
        shelf = entropy(SHELF_BYTES)
        cursor, reader = LATEST_KEY_BLOCK, BoardReader()
        roster: Roster | FirstRoster = FirstRoster(1, relay, {relay: door.curve}, today=0)  # whatever the relay has
        own: list[Descriptor] = []
        while True:
            key = entropy(RESPONSE_KEY_BYTES)
            request = _first(ticket, shelf, key, cursor, entropy)
            response = open_response(key, await ask(seal_request(request, door, entropy)))
            if response.status is not Status.OK:
                raise NotYet
            news, reader = reader.feed(response.start, response.next, response.stretch, roster, community_key)
            roster = news.rosters[-1][1] if news.rosters else roster
            own += [descriptor for _, descriptor in news.descriptors if descriptor.relay == relay]
            cursor = response.next
            if cursor == response.end:
                break
        if isinstance(roster, FirstRoster) or not own:
            raise NotYet
        own.sort(key=lambda descriptor: descriptor.day)
        shelves = [entropy(SHELF_BYTES) for _ in range(SHELVES)]
        links = {descriptor.day: descriptor.link_key for descriptor in own}
        return cls(relay, roster, response.access, own[0], links, response.end, shelves)

    def exchange(self, number: int, now: float, entropy: Entropy) -> bytes:
        """Return a 6144-byte request of a standard client, its fields in the shares of the schedule."""
        key, guard = self.descriptor.day_key, HybridPublic(self.descriptor.day_key, self.descriptor.day_kem)
        others = [r.relay for r in self.roster.others(self.relay)]
        keys = {self.relay: key} | {other: keypair(entropy)[1] for other in others}
        middle, store = others[number % len(others)], others[(number + 1) % len(others)]
        route = Route(self.relay, middle, store, 3600.0, 3600.0, 3600.0)
        deposit = number % 10 < self.roster.constants.deposit_permille // 100
        packet = (
            seal_deposit(route, keys, entropy(HOLE_BYTES), entropy(CELL_BYTES), entropy)
            if deposit
            else seal_discard(key, PACKET_FIELD_BYTES, entropy)
        )
        fetch, _ = seal_fetch(route, keys, entropy(TAKE_BYTES), entropy)
        shelf = self.shelves[number % SHELVES]
        return seal_request(
            Request(
                profile=Profile.STANDARD,
                pass_kind=PassKind.ACCESS,
                admission=self.access,
                shelf=shelf,
                next_shelf=shelf,
                collect=number // SHELVES,
                durable=number // SHELVES,
                response_key=entropy(RESPONSE_KEY_BYTES),
                cursor=self.cursor,
                packet=packet,
                fetch=fetch,
            ),
            guard,
            entropy,
        )


def _first(ticket: bytes, shelf: bytes, key: bytes, cursor: Cursor, entropy: Entropy) -> Request:
    """What a newcomer asks for."""
    return Request(
        profile=Profile.STANDARD,
        pass_kind=PassKind.TICKET,
        admission=ticket,
        shelf=shelf,
        next_shelf=shelf,
        collect=0,
        durable=0,
        response_key=key,
        cursor=cursor,
        packet=seal_discard(None, PACKET_FIELD_BYTES, entropy),
        fetch=seal_discard(None, FETCH_FIELD_BYTES, entropy),
    )
