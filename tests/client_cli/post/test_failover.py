"""Around a wall: the reserve, then the proxy, then word of a courier - and a schedule that never hears of it."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from client_cli.board.watch import troubles
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.network.proxy import Proxy, change_proxy
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import require_person
from client_cli.post.postman import Exchange, Postman
from client_cli.vault.vault import Vault
from protocol.board.log import parse_seal, sign_seal
from protocol.seams import RelayId
from tests.kits.small_network import (
    START,
    SmallNetwork,
    SmallRelay,
    make_member,
    make_postman,
    run_slots,
    seal_due,
    seeded,
)

HOUR = 3600.0
PROXY = Proxy("socks5://127.0.0.1:9050")


@dataclass
class Wall:
    """What an observer notes of a client behind a wall: time, relay, way and sizes of every exchange."""

    network: SmallNetwork
    closed: set[tuple[int, bool]] = field(default_factory=set)
    """Relays that do not answer, each directly (False) or through the proxy (True)."""
    trace: list[tuple[float, int, bool, int, int]] = field(default_factory=list)

    def answer(self, exchange: Exchange, at: float) -> bytes | None:
        self.trace.append((at, exchange.guard, exchange.proxied, len(exchange.body), exchange.response_bytes))
        if (exchange.guard, exchange.proxied) in self.closed:
            return None
        return self.network.answer(exchange, at)

    def run(self, postman: Postman, until: float) -> None:
        while (at := postman.next_slot_at()) < until:
            self.network.cut_pages_until(at)
            seal_due(postman, at)
            exchange = postman.begin(at)
            postman.finish(exchange.handle, self.answer(exchange, at), at)
        self.network.now = until

    @property
    def times(self) -> list[float]:
        return [at for at, *_ in self.trace]

    @property
    def ways(self) -> list[tuple[int, bool]]:
        """Relays and ways in the order they were taken, each time they changed."""
        taken = [(guard, proxied) for _, guard, proxied, _, _ in self.trace]
        return [way for place, way in enumerate(taken) if place == 0 or way != taken[place - 1]]


EVERYTHING = {(guard, proxied) for guard in (0, 1) for proxied in (False, True)}


def live(
    home: Path, name: str, closed: set[tuple[int, bool]], *, proxy: Proxy | None = PROXY, writes: bool = False
) -> Wall:
    """An hour of somebody, in the middle of which relays are closed."""
    folder = home / name
    folder.mkdir()
    network = SmallNetwork()
    wall = Wall(network)
    with make_member(network, folder, "Ara") as ara, make_member(network, folder, "Bora") as bora:
        meet(ara, bora)
        change_proxy(ara, proxy)
        postman = make_postman(ara, "Ara")
        postman.start(START)
        wall.run(postman, START + 0.2 * HOUR)
        if writes:
            write_letter(ara, require_person(ara, "Bora"), "편지 " * 2000, network.now)
        wall.closed = closed
        wall.run(postman, START + 0.85 * HOUR)
        wall.closed = set()
        wall.run(postman, START + HOUR)
    return wall


def meet(ara: Vault, bora: Vault) -> None:
    first = show_card(ara, "Bora", START, seeded("first card"))
    second = show_card(bora, "Ara", START, seeded("second card"))
    scan_card(ara, "Bora", second, START)
    scan_card(bora, "Ara", first, START)


def test_a_wall_moves_makes_and_skips_no_slot(memory_path: Path) -> None:
    free = live(memory_path, "free", set())
    for name, closed in (("first", {(0, False)}), ("direct", {(0, False), (1, False)}), ("all", EVERYTHING)):
        assert live(memory_path, name, closed).times == free.times


def test_the_trace_behind_a_wall_is_the_same_whether_anyone_writes(memory_path: Path) -> None:
    for name, closed in (("direct", {(0, False), (1, False)}), ("all", EVERYTHING)):
        quiet = live(memory_path, name, closed)
        assert live(memory_path, f"{name} writes", closed, writes=True).trace == quiet.trace


def test_the_reserve_is_tried_first_and_then_the_proxy(memory_path: Path) -> None:
    assert live(memory_path, "first", {(0, False)}).ways == [(0, False), (1, False)]
    ways = live(memory_path, "direct", {(0, False), (1, False)}).ways
    assert ways == [(0, False), (1, False), (0, True)]


def test_without_a_proxy_the_guards_are_tried_in_turn(memory_path: Path) -> None:
    ways = live(memory_path, "none", EVERYTHING, proxy=None).ways
    assert len(ways) > 2
    assert ways == [(place % 2, False) for place in range(len(ways))]


def test_with_always_nothing_ever_goes_directly(memory_path: Path) -> None:
    always = Proxy(PROXY.url, always=True)
    assert {proxied for _, proxied in live(memory_path, "always", {(0, True)}, proxy=always).ways} == {True}


def test_when_every_way_failed_it_says_so_until_one_works(memory_path: Path) -> None:
    network = SmallNetwork()
    wall = Wall(network, closed=set(EVERYTHING))
    with make_member(network, memory_path, "Ara") as ara:
        change_proxy(ara, PROXY)
        postman = make_postman(ara, "Ara")
        postman.start(START)
        said = []
        wall.run(postman, START + 0.2 * HOUR)
        said.append(postman.counts.blocked)  # the proxy has not been tried yet
        wall.run(postman, START + HOUR)
        said.append(postman.counts.blocked)
        wall.closed = set()
        wall.run(postman, START + 1.2 * HOUR)
        said.append(postman.counts.blocked)
        assert said == [False, True, False]


def test_an_onion_guard_is_reached_through_the_proxy_alone(memory_path: Path) -> None:
    network = SmallNetwork()
    network.relays[0].url = "https://abcdefghijklmnop.onion/0"
    with make_member(network, memory_path, "Ara") as ara:
        postman = make_postman(ara, "Ara")
        postman.start(START)
        exchange = postman.begin(postman.next_slot_at())
        assert exchange.guard == RelayId(0)
        assert exchange.proxied


class Liar(SmallNetwork):
    """Relay 2 names, of the keys of the others, what nobody signed."""

    ways: list[tuple[int, bool]]

    def answer(self, exchange: Exchange, now: float) -> bytes | None:
        self.ways.append((exchange.guard, exchange.proxied))
        return super().answer(exchange, now)

    def _seal(self, relay: SmallRelay) -> bytes:
        honest = super()._seal(relay)
        if relay.number != 2:
            return honest
        seal = parse_seal(honest, self.roster)
        junk = tuple(replace(seen, today=b"j" * 32, tomorrow=b"k" * 32) for seen in seal.others)
        return sign_seal(replace(seal, others=junk), relay.identity)


@pytest.mark.parametrize("guards", [(0, 2, 1), (0, 2)])
def test_a_relay_that_denies_the_keys_of_the_others_draws_nobody_to_itself(
    memory_path: Path, guards: tuple[int, ...]
) -> None:
    """With three relays it can stop letters, and is named; but no guard that another vouches for gives way to it."""
    network = Liar(guards=guards)
    network.ways = []
    with make_member(network, memory_path, "Ara") as vault:
        change_proxy(vault, PROXY)
        postman = make_postman(vault, "Ara")
        postman.start(START)
        run_slots(network, postman, START + 6 * HOUR)
        assert {guard for guard, _ in network.ways} == set(guards) - {2}
        assert (0, True) not in network.ways or 1 in guards, "alone, it is no round that failed"
        with vault.transaction() as tx:
            assert {(one.relay, one.by) for one in troubles(tx, network.now)} == {(0, (2,)), (1, (2,))}, "named"
