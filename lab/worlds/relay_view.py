"""What the relays of a simulated world know beside sizes and times: everything they read of what passes through them
but bytes drawn at random.

For each exchange the guard knows profile, pass, shelf numbers and board cursor; for each packet every relay knows its
kind, where it came from and goes, and its holds; the storing relay knows whether a pigeonhole or a take came before.
Invariant 1 says that these, too, are the same whatever people do.
Decision 77.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from lab.worlds.world import World
from protocol.routes.onion import Deposit, Discard, Fetch, Forward, ForwardFetch
from relay.core.routing import OpenedPacket, ReplyFrame
from relay.core.state import Work
from relay.store.records import TagRow


class Known(NamedTuple):
    """One thing a relay knows."""

    at: float
    relay: str
    what: tuple[str | int, ...]


def watch_relays(world: World) -> list[Known]:
    """Listen at every relay that runs now (not at one that is started again); the list grows while the world runs."""
    known: list[Known] = []
    for relay in world.relays.values():
        _Watch(relay.name, world.community.roster.constants.ask_again_ms / 1000, known).put_on(relay.service)
    return known


class _Watch:
    """Listens at one relay by standing in front of its exchange server and its router."""

    def __init__(self, name: str, again_s: float, known: list[Known]) -> None:
        self._name = name
        self._again_s = again_s
        self._known = known
        self._tags: set[TagRow] = set()
        self._filled: set[bytes] = set()
        self._presented: dict[bytes, float] = {}

    def put_on(self, service: Any) -> None:  # Any: parts of the relay that are nobody else's business
        server, router = service._exchange_server, service._router
        settle, accept, bring_back = server._settle, router.accept, router.bring_back

        def settle_seen(work: Work, call: Any, *rest: Any) -> Any:
            status = settle(work, call, *rest)
            self._exchange(work, call.request, status)
            return status

        async def accept_seen(work: Work, packets: Sequence[OpenedPacket], interval: int) -> None:
            for packet in packets:
                self._packet(work, packet)
            await accept(work, packets, interval)

        async def bring_back_seen(work: Work, replies: Sequence[ReplyFrame]) -> None:
            for reply in replies:
                self._note(work, "reply", reply.sender)
            await bring_back(work, replies)

        server._settle, router.accept, router.bring_back = settle_seen, accept_seen, bring_back_seen

    def _note(self, work: Work, *what: str | int) -> None:
        self._known.append(Known(work.now, self._name, what))

    def _exchange(self, work: Work, request: Any, status: Any) -> None:
        if request is None:
            self._note(work, "unreadable")
            return
        kinds = (request.profile.name, request.pass_kind.name, status.name)
        cursor = request.cursor
        self._note(work, "exchange", *kinds, request.collect, request.durable, cursor.interval, cursor.offset)

    def _packet(self, work: Work, packet: OpenedPacket) -> None:
        if packet.tag in self._tags:
            self._note(work, "replay")
            return
        self._tags.add(packet.tag)
        source = "shelf" if packet.origin.shelf is not None else int(packet.origin.relay)
        match packet.layer:
            case Discard():
                self._note(work, "discard", source)
            case Forward() as layer:
                self._note(work, "forward", source, layer.next, layer.hold_ms)
            case ForwardFetch() as layer:
                self._note(work, "forward fetch", source, layer.next, layer.hold_ms, layer.back_ms)
            case Deposit() as layer:
                self._note(work, "deposit", source, "again" if layer.hole in self._filled else "new")
                self._filled.add(layer.hole)
            case Fetch() as layer:
                before = self._presented.get(layer.take, float("-inf"))
                self._note(work, "fetch", source, "again" if work.now < before + self._again_s else "new")
                self._presented[layer.take] = work.now
