"""A guard that answers and keeps replies back is left, and what other relays do moves nobody for long."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from client_cli.post.postman import Postman
from client_cli.post.unanswered import Record, alike
from client_cli.vault.vault import Vault
from protocol.primitives.days import day_of
from protocol.seams import RelayId
from tests.kits.small_network import CONSTANTS, START, SmallNetwork, make_member, make_postman, seal_due

HOUR, DAY = 3600.0, 86_400.0
RETURN_H = 3
Swallows = Callable[[RelayId, RelayId, bool], bool]
LIMIT = 76


def live(network: SmallNetwork, postman: Postman, until: float) -> None:
    """Every slot until then, while pages are cut and keys published."""
    while (at := postman.next_slot_at()) < until:
        if day_of(at) > day_of(network.now):
            network.append_key_block(at)
        network.cut_pages_until(at)
        seal_due(postman, at)
        exchange = postman.begin(at)
        postman.finish(exchange.handle, network.answer(exchange, at), at)


def guards_after(network: SmallNetwork, member: Vault, swallows: Swallows, until: float) -> list[int]:
    """The guards in the order they were asked, each time they changed, of somebody whose relays swallow replies from
    an hour after the start."""
    postman = make_postman(member, "solo")
    postman.start(START)
    live(network, postman, START + HOUR)
    network.swallows = swallows
    live(network, postman, START + until)
    return turns(network)


def turns(network: SmallNetwork) -> list[int]:
    asked = [int(seen.guard) for seen in network.seen]
    return [guard for place, guard in enumerate(asked) if place == 0 or guard != asked[place - 1]]


def moved_at(network: SmallNetwork) -> list[float]:
    return [seen.at for before, seen in pairwise(network.seen) if before.guard != seen.guard]


def test_a_guard_that_answers_and_keeps_all_replies_back_is_left_within_the_hour(
    network: SmallNetwork, member: Vault
) -> None:
    assert guards_after(network, member, lambda guard, *_: guard == 0, 2 * HOUR) == [0, 1]


def test_an_honest_guard_is_not_left(network: SmallNetwork, member: Vault) -> None:
    assert guards_after(network, member, lambda *_: False, 4 * HOUR) == [0]


@pytest.mark.parametrize("store", [0, 1, 2])
def test_a_store_that_answers_nobody_moves_nobody(network: SmallNetwork, member: Vault, store: int) -> None:
    """It alone knows which fetches are for letters: if it moved us, it would tell everybody who gets any."""
    assert guards_after(network, member, lambda _, at, __: at == store, 4 * HOUR) == [0]


def test_whoever_makes_every_guard_look_bad_moves_us_once_around_and_the_first_one_is_kept(
    network: SmallNetwork, member: Vault
) -> None:
    assert guards_after(network, member, lambda *_: True, 4 * HOUR) == [0, 1, 0]


def test_we_stay_with_the_guard_that_keeps_less_back(network: SmallNetwork, member: Vault) -> None:
    dropped: list[int] = []

    def swallows(guard: RelayId, _: RelayId, __: bool) -> bool:
        dropped.append(guard)
        return guard == 0 or len(dropped) % 4 == 0

    assert guards_after(network, member, swallows, 6 * HOUR) == [0, 1]
    assert dropped.count(1) > 80


def test_a_guard_that_was_left_is_asked_again_later_and_left_sooner_or_kept_if_it_behaves(memory_path: Path) -> None:
    network = SmallNetwork(constants=msgspec.structs.replace(CONSTANTS, guard_return_ms=RETURN_H * 3_600_000))
    with make_member(network, memory_path, "solo") as member:
        postman = make_postman(member, "solo")
        postman.start(START)
        network.swallows = lambda guard, *_: guard == 0
        live(network, postman, START + 5.5 * HOUR)
        assert turns(network) == [0, 1, 0, 1]
        away, back, again = moved_at(network)
        assert back - away == pytest.approx(RETURN_H * HOUR, abs=600)
        assert again - back < away - START
        network.swallows = lambda *_: False
        live(network, postman, START + 9 * HOUR)
        assert turns(network) == [0, 1, 0, 1, 0]


def test_replies_that_are_owed_when_we_go_away_are_held_against_nobody(network: SmallNetwork, member: Vault) -> None:
    """Shelves expire: who comes back after a month finds none."""
    postman = make_postman(member, "solo")
    for day in range(6):
        at = START + day * DAY
        network.cut_pages_until(at)
        network.append_key_block(at)
        network.relays[0].shelves.clear()
        postman.start(at)
        live(network, postman, at + HOUR / 2)
    assert turns(network) == [0]


def test_the_first_of_those_that_lost_about_as_little_is_kept() -> None:
    one, two, three = RelayId(4), RelayId(2), RelayId(9)
    order = (one, two, three)
    assert alike({one: 1.0, two: 0.9, three: 0.6}, order) == one
    assert alike({one: 1.0, two: 0.3, three: 0.2}, order) == two
    assert alike({one: 1.0, two: 0.3, three: 0.0}, order) == three


def test_one_relay_alone_raises_no_alarm_and_two_do() -> None:
    record = Record({})
    relays = (RelayId(0), RelayId(1), RelayId(2))
    for _ in range(200):
        record = record.after(relays[2], relays, LIMIT, lost=True)
    assert not record.alarmed
    for _ in range(5):
        record = record.after(relays[1], relays, LIMIT, lost=True)
    assert record.alarmed
    assert record.lost > 0.9
    left = record.left(START, LIMIT)
    assert not left.alarmed
    assert (left.was_left(START + 99, 100.0), left.was_left(START + 100, 100.0), left.was_left(START - 1, 100.0)) == (
        True,
        False,
        False,
    )
