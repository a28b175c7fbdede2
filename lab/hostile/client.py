"""A member who means harm: holds what every member holds, and sends what the schedule never would.

Invariant: an attack uses nothing that a member does not hold - the access secret, the keys on the board, a ticket that
was used. What each achieves is measured by lab.hostile and said in docs/threats.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from lab.worlds.world import World
from protocol.primitives.hybrid_box import curve_only
from protocol.profile import Profile
from protocol.routes.exchange import LATEST_KEY_BLOCK, PassKind, Request, seal_request
from protocol.routes.onion import Route, seal_deposit, seal_discard, seal_fetch
from protocol.seams import Entropy, RelayId
from protocol.sizes import CELL_BYTES, FETCH_FIELD_BYTES, PACKET_FIELD_BYTES, PASS_BYTES, REQUEST_BYTES

NAME: Final = "stranger"


@dataclass(slots=True)
class HostileClient:
    """Sends to one relay. `answers`: the length of every answer that came."""

    world: World
    guard: RelayId
    entropy: Entropy
    shelf: bytes = b""
    kept: bytes = b""
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelf = self.entropy(16)
        self.kept = self.request()

    def attack(self, how: str, per_s: float, start: float, seconds: float) -> None:
        """Send an attack's requests evenly, so many a second."""
        for number in range(round(per_s * seconds)):
            self.world.engine.at(start + number / per_s, NAME, partial(self._send, how))

    async def _send(self, how: str, now: float) -> None:
        self.world.wire.post(NAME, self.guard, ATTACKS[how](self), self._answered)

    def _answered(self, answer: bytes | None, now: float) -> None:
        if answer is not None:
            self.answers.append(len(answer))

    def request(
        self,
        *,
        shelf: bytes | None = None,
        kind: PassKind = PassKind.ACCESS,
        admission: bytes | None = None,
        packet: bytes | None = None,
        fetch: bytes | None = None,
    ) -> bytes:
        """A sealed request with these parts; the rest as a client that has nothing to say."""
        secret = self.world.community.access_secret
        shelf = self.shelf if shelf is None else shelf
        asked = Request(
            Profile.STANDARD,
            kind,
            secret if admission is None else admission,
            shelf,
            shelf,
            1,
            1,
            self.entropy(32),
            LATEST_KEY_BLOCK,
            seal_discard(None, PACKET_FIELD_BYTES, self.entropy) if packet is None else packet,
            seal_discard(None, FETCH_FIELD_BYTES, self.entropy) if fetch is None else fetch,
        )
        return seal_request(asked, curve_only(self.world.community.roster.relay(self.guard).door), self.entropy)

    def route(self) -> tuple[Route, dict[RelayId, bytes]]:
        """The longest holds that are taken, through the other relays; and their keys."""
        relays = self.world.relays
        keys = {n: found.day_key for n, relay in relays.items() if (found := relay.service.descriptor) is not None}
        middle, store = [number for number in relays if number != self.guard][:2]
        return Route(self.guard, middle, store, 4e6, 4e6, 4e6), keys


def _deposit(client: HostileClient) -> bytes:
    route, keys = client.route()
    quick = Route(route.entry, route.middle, route.store, 0.0, 0.0, 0.0)
    lies = client.entropy
    return client.request(packet=seal_deposit(quick, keys, lies(32), lies(CELL_BYTES), lies))


def _parked(client: HostileClient) -> bytes:
    route, keys = client.route()
    lies = client.entropy
    fetch, _ = seal_fetch(route, keys, lies(32), lies)
    return client.request(packet=seal_deposit(route, keys, lies(32), lies(CELL_BYTES), lies), fetch=fetch)


ATTACKS: Final[dict[str, Callable[[HostileClient], bytes]]] = {
    "flood of deposits": _deposit,
    "packets parked": _parked,
    "thousands of shelves": lambda client: client.request(shelf=client.entropy(16)),
    "one request again and again": lambda client: client.kept,
    "wrong secrets": lambda client: client.request(admission=client.entropy(32)),
    "false tickets": lambda client: client.request(kind=PassKind.TICKET, admission=client.entropy(PASS_BYTES)),
    "garbage of the right size": lambda client: client.entropy(REQUEST_BYTES),
}
"""What somebody who knows a relay's path may send, by name; the next request of each attack."""
