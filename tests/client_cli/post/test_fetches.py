"""Fetches: how many answers are outstanding, which take is presented and how often."""

from itertools import pairwise

import pytest

from client_cli.post.fetches import Asked, FetchAnswer, find_answer, note_asked, note_carried, note_turn, pop_lost
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.routes.onion import ReplyKeys, Route, wrap_reply
from protocol.routes.schedule import window_w
from protocol.seams import RelayId
from protocol.sizes import MIDDLE_REPLY_BYTES, REPLY_KEY_BYTES, SHELF_REPLY_BYTES, STORE_REPLY_BYTES
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import (
    CONSTANTS,
    START,
    SmallNetwork,
    make_postman,
    run_slots,
    seeded,
)


def test_no_more_than_w_answers_are_outstanding_and_the_rest_is_discarded(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    count = len(network.seen)
    network.deaf = {RelayId(0), RelayId(1)}
    run_slots(network, postman, START + HOUR + 40 * 60)
    asked = [seen.fetch.kind for seen in network.seen[count:]]
    window = window_w(CONSTANTS, Profile.STANDARD)
    # Some answers of the hour before may still be outstanding, and giving up lets a few more go out.
    assert asked[:3] == ["fetch"] * 3
    assert "discard" in asked[: window + 1]


def test_answers_that_an_empty_shelf_shows_to_be_lost_leave_room_for_others(
    network: SmallNetwork, member: Vault
) -> None:
    """While a relay is gone for good most fetches are lost: the window must not stay shut for long after each."""
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    network.swallows = lambda *_: True
    run_slots(network, postman, START + 2 * HOUR)
    count = len(network.seen)
    run_slots(network, postman, START + 5 * HOUR)
    asked = [seen.fetch.kind for seen in network.seen[count:]]
    assert asked.count("fetch") > 0.7 * len(asked)


def test_each_take_is_presented_once_an_hour(pair: Pair) -> None:
    pair.start()
    pair.write("Ara", "Bora", "소식 " * 3000)
    for hour in range(1, 6):
        pair.network.deaf = {RelayId(0), RelayId(1)} if hour == 3 else set()
        pair.run(START + hour * HOUR)
    presented: dict[bytes, list[float]] = {}
    for seen in pair.network.seen:
        if seen.fetch.kind == "fetch":
            held_s = sum(hold_ms for _, hold_ms in seen.fetch.route) / 1000
            presented.setdefault(seen.fetch.hole, []).append(seen.at + held_s)
    assert all(later - early >= HOUR for times in presented.values() for early, later in pairwise(sorted(times)))
    assert any(len(times) > 1 for times in presented.values())


def test_after_a_gap_in_the_board_letters_are_asked_for_directly(pair: Pair) -> None:
    pair.start()
    pair.run(START + HOUR)
    pair.write("Ara", "Bora", "긴 침묵 뒤에")
    pair.run(START + 4 * HOUR, names=("Ara",))
    later = START + 40 * HOUR
    pair.network.sheets.clear()  # too old for the guard to have it still
    pair.network.append_key_block(later - CONSTANTS.page_s)
    pair.network.now = later
    pair.postmen["Bora"].start(later)
    pair.run(later + 3 * HOUR, names=("Bora",))
    assert pair.read("Bora") == ["긴 침묵 뒤에"]


def test_a_reply_that_twice_a_window_of_others_have_overtaken_is_lost(member: Vault) -> None:
    """A guard that always has one in store never shows an empty shelf."""
    guard, store = RelayId(0), RelayId(2)
    route = Route(guard, RelayId(1), store, 0.0, 0.0, 0.0)
    profile, patience = Profile.STANDARD, 2 * window_w(CONSTANTS, Profile.STANDARD)
    with member.transaction() as tx:
        note_asked(tx, Asked(bytes(32), None), ReplyKeys(b"", b"", b""), route, START, CONSTANTS, profile)
        note_carried(tx, START, guard)
        note_turn(tx, START + 59, CONSTANTS, profile, brought=True)  # not due before a minute has passed
        lost = []
        for turn in range(patience + 1):
            note_turn(tx, START + 60 + turn, CONSTANTS, profile, brought=True)
            lost.append(pop_lost(tx, guard, CONSTANTS, profile))
        assert lost == [[]] * (patience - 1) + [[store], []]


@pytest.mark.parametrize("size", [STORE_REPLY_BYTES, MIDDLE_REPLY_BYTES])
def test_a_reply_that_a_relay_replaced_ends_its_fetch_and_what_opens_with_no_key_ends_none(
    member: Vault, size: int
) -> None:
    entropy = seeded("altered")
    keys = ReplyKeys(*(entropy(REPLY_KEY_BYTES) for _ in range(3)))
    route = Route(RelayId(0), RelayId(1), RelayId(2), 0.0, 0.0, 0.0)
    with member.transaction() as tx:
        note_asked(tx, Asked(bytes(32), None), keys, route, START, CONSTANTS, Profile.STANDARD)
        note_carried(tx, START, RelayId(0))
        assert find_answer(tx, entropy(SHELF_REPLY_BYTES)) is None
        body = entropy(size)
        for key in (keys.middle, keys.entry)[size == MIDDLE_REPLY_BYTES :]:
            body = wrap_reply(key, body, entropy)
        replaced = FetchAnswer(None, None, altered=True, store=RelayId(2), carrier=RelayId(0))
        assert [find_answer(tx, body), find_answer(tx, body)] == [replaced, None]
