"""A guard that answers and keeps replies back is left, and what other relays do moves nobody for long."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from client_cli.community.relays import Network, load_network
from client_cli.post.postman import Postman
from client_cli.post.unanswered import Record, alike, limits_of, successor
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from protocol.primitives.days import day_of
from protocol.seams import RelayId
from protocol.streams.loss_detector import Cusum
from tests.kits.communities import COMMUNITY_KEY, make_roster, signed
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
    assert guards_after(network, member, lambda *_: False, 3 * HOUR) == [0]


@pytest.mark.parametrize("store", [0, 1, 2])
def test_a_store_that_answers_nobody_moves_nobody(network: SmallNetwork, member: Vault, store: int) -> None:
    """It alone knows which fetches are for letters: if it moved us, it would tell everybody who gets any."""
    assert guards_after(network, member, lambda _, at, __: at == store, 3 * HOUR) == [0]


def test_whoever_makes_every_guard_look_bad_moves_us_once_around_and_the_first_one_is_kept(
    network: SmallNetwork, member: Vault
) -> None:
    assert guards_after(network, member, lambda *_: True, 3.5 * HOUR) == [0, 1, 0]


def test_of_three_the_reserve_cannot_draw_a_client_to_itself(network: SmallNetwork, member: Vault) -> None:
    """It is the store of a third of the fetches, and the middle of another."""
    assert guards_after(network, member, lambda guard, store, _: guard == 0 and store != 0, 4 * HOUR) == [0]


def test_we_stay_with_the_guard_that_keeps_less_back(network: SmallNetwork, member: Vault) -> None:
    dropped: list[int] = []

    def swallows(guard: RelayId, _: RelayId, __: bool) -> bool:
        dropped.append(guard)
        return guard == 0 or len(dropped) % 4 == 0

    assert guards_after(network, member, swallows, 4 * HOUR) == [0, 1]
    assert dropped.count(1) > 50


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
        live(network, postman, START + 8 * HOUR)
        assert turns(network) == [0, 1, 0, 1, 0]


def test_an_answer_of_the_guard_before_that_comes_late_makes_nobody_owe_anything(
    network: SmallNetwork, member: Vault
) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    live(network, postman, START + HOUR)
    network.swallows = lambda *_: True
    at = postman.next_slot_at()
    seal_due(postman, at)
    slow = postman.begin(at)
    answer = network.answer(slow, at)
    network.down, later = {RelayId(0)}, at
    while network.seen[-1].guard == 0:
        later += 60
        live(network, postman, later)
    postman.finish(slow.handle, answer, later)
    assert owed(member) <= 1, "of the exchange with the new one"


def load(member: Vault) -> Network:
    with member.transaction() as tx:
        tx.put(Key.ROSTER, signed(make_roster(3, guards=(0, 1))).data)
        tx.put(Key.COMMUNITY_KEY, COMMUNITY_KEY)
        return load_network(tx)


def owed(member: Vault) -> int:
    with member.transaction() as tx:
        row = tx.find("SELECT count(*) FROM outstanding WHERE carrier IS NOT NULL")
    assert row is not None
    return int(row[0])


def test_replies_that_are_owed_when_the_program_stops_or_the_guard_changes_are_held_against_nobody(
    network: SmallNetwork, member: Vault
) -> None:
    """Shelves expire, and what lies at another guard is not taken down."""
    postman = make_postman(member, "solo")
    postman.start(START)
    network.swallows = lambda *_: True
    live(network, postman, START + HOUR / 3)
    assert owed(member) > 3
    postman.start(START + DAY)
    assert owed(member) == 0
    live(network, postman, START + DAY + HOUR / 3)
    assert owed(member) > 3
    network.down = {RelayId(0)}
    later = START + DAY + HOUR / 3
    while network.seen[-1].guard == 0:
        later += 60
        live(network, postman, later)
    assert owed(member) <= 1, "of the exchange that was just made"


def test_back_at_a_guard_that_was_left_since_the_other_is_down_we_leave_it_again(
    network: SmallNetwork, member: Vault
) -> None:
    """Whoever blocks the reserve for a while keeps nobody at a hostile guard."""
    postman = make_postman(member, "solo")
    postman.start(START)
    network.swallows = lambda guard, *_: guard == 0
    live(network, postman, START + HOUR)
    network.down = {RelayId(1)}
    live(network, postman, START + 1.3 * HOUR)
    network.down = set()
    live(network, postman, START + 3 * HOUR)
    assert turns(network) == [0, 1, 0, 1]


def test_what_an_exchange_under_way_may_bring_is_not_missing(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    live(network, postman, START + HOUR)
    at = postman.next_slot_at()
    seal_due(postman, at)
    slow = postman.begin(at)
    answer = network.answer(slow, at)
    network.swallows = lambda *_: True
    live(network, postman, START + 3 * HOUR)
    assert turns(network) == [0]
    postman.finish(slow.handle, answer, network.now)
    live(network, postman, START + 3.5 * HOUR)
    assert turns(network) == [0, 1]


def test_once_all_were_left_nobody_is_left_again_before_the_time(member: Vault) -> None:
    network = load(member)
    assert network.roster is not None
    order = (RelayId(0), RelayId(1))
    return_s = network.constants.guard_return_ms / 1000
    alarmed = Cusum(LIMIT, 20, 20, alarmed=True)
    bad, some = Record({RelayId(1): alarmed, RelayId(2): alarmed}), Record({}, share=0.2)
    with member.transaction() as tx:
        for present, other, goes in (
            (None, None, 1),  # never left
            (START, None, 1),  # we came back because the other one was down
            (None, START, 1),  # to the one that lost less
            (START, START, None),
            (START - return_s, START, 1),
        ):
            records = {
                order[0]: msgspec.structs.replace(bad, left_at=present),
                order[1]: msgspec.structs.replace(some, left_at=other),
            }
            tx.put(Key.GUARD_REPLIES, msgspec.msgpack.encode(records))
            assert successor(tx, network, order[0], order, START) == goes


def test_the_first_of_those_that_lost_about_as_little_is_kept() -> None:
    one, two, three = RelayId(4), RelayId(2), RelayId(9)
    order = (one, two, three)
    assert alike({one: 1.0, two: 0.9, three: 0.6}, order) == one
    assert alike({one: 1.0, two: 0.3, three: 0.2}, order) == two
    assert alike({one: 1.0, two: 0.3, three: 0.0}, order) == three


@pytest.mark.parametrize(("relays", "guards"), [(2, (0, 1)), (3, (0, 1, 2))])
def test_a_hostile_guard_is_left_where_the_reserve_has_a_part_in_everything(
    memory_path: Path, relays: int, guards: tuple[int, ...]
) -> None:
    network = SmallNetwork(relays, guards)
    with make_member(network, memory_path, "solo") as member:
        assert guards_after(network, member, lambda guard, *_: guard == 0, 2 * HOUR) == [0, 1]


def test_half_the_limit_is_for_guards_that_have_to_be_a_middle() -> None:
    one, two = RelayId(0), RelayId(1)
    of_three = limits_of(make_roster(3, guards=(0, 1)), (one, two), one, LIMIT)
    assert of_three == {one: LIMIT, two: LIMIT // 2, RelayId(2): LIMIT}
    of_five = limits_of(make_roster(5, guards=(0, 1)), (one, two), one, LIMIT)
    assert set(of_five.values()) == {LIMIT}


def test_one_relay_alone_raises_no_alarm_and_two_do() -> None:
    record = Record({})
    relays = (RelayId(0), RelayId(1), RelayId(2))
    limits = dict.fromkeys(relays, LIMIT)
    for _ in range(200):
        record = record.after({relays[2]}, limits, lost=True)
    assert not record.alarmed
    for _ in range(5):
        record = record.after({relays[1]}, limits, lost=True)
    assert record.alarmed
    assert record.lost > 0.9
    left = record.left(START, limits)
    assert {score.score for score in left.scores.values()} == {LIMIT // 2}, "it is left sooner the next time"
    assert (left.was_left(START + 99, 100.0), left.was_left(START + 100, 100.0), left.was_left(START - 1, 100.0)) == (
        True,
        False,
        False,
    )
