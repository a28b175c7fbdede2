"""Unpacking: answers come in any order, in part and any number of times, and what one brings is taken in once."""

import random
from pathlib import Path

from client_cli.meeting.in_person import scan_card, show_card
from client_cli.vault import tallies
from tests.kits.couriers import HOUR, Person, post, trip
from tests.kits.small_network import START, SmallNetwork, seeded


def test_answers_in_any_order_twice_and_damaged_bring_every_letter_once(
    network: SmallNetwork, pair: tuple[Person, Person]
) -> None:
    ara, bora = pair
    bora.write("Ara", "첫째")
    bora.write("Ara", "둘째")
    for _ in range(3):
        bora.unpack(trip(network, bora.pack(16)))
    ara.unpack(trip(network, ara.pack()))  # reads where they lie
    chance = random.Random(7)
    bundles = [ara.pack(), ara.pack()]
    answers = [answer for bundle in reversed(bundles) for answer in trip(network, bundle)]
    answers += trip(network, bundles[0])
    answers += [answers[0], bytes(8192), chance.randbytes(8192)]
    chance.shuffle(answers)
    half = len(answers) // 2
    first, second = ara.unpack(answers[:half]), ara.unpack(answers[half:])
    again = ara.unpack(answers)
    assert first.strange + second.strange == again.strange == 2
    assert first.fresh + second.fresh == 4 * 8
    assert (again.fresh, again.again) == (0, 4 * 8)
    assert ara.got == ["첫째", "둘째"]


def test_what_is_missing_is_named_by_its_place_in_the_file(network: SmallNetwork, pair: tuple[Person, Person]) -> None:
    ara = pair[0]
    bundle = ara.pack(4)
    cut = bundle.blocks[:5]
    sent = post(network, list(cut[0::2]))
    collected = post(network, list(cut[1::2]))
    (missing,) = ara.unpack(sent + collected).missing
    assert (missing.bundle, missing.sent, missing.collected) == (bundle.number, (7,), (6, 8))
    (missing,) = ara.unpack(trip(network, bundle)).missing
    assert (missing.sent, missing.collected, missing.replies) == ((), (), 0)


def test_collecting_too_early_loses_nothing(network: SmallNetwork, pair: tuple[Person, Person]) -> None:
    ara = pair[0]
    bundle = ara.pack(4)
    early = post(network, list(bundle.blocks[1::2]))
    (missing,) = ara.unpack(early).missing
    assert (missing.sent, missing.collected, missing.replies) == ((1, 3, 5, 7), (), 4)
    (missing,) = ara.unpack(trip(network, bundle)).missing
    assert (missing.sent, missing.replies) == ((), 0)


def test_keys_of_a_bundle_are_forgotten_after_two_months(network: SmallNetwork, pair: tuple[Person, Person]) -> None:
    ara = pair[0]
    answers = trip(network, ara.pack(2))
    network.now += 61 * 24 * HOUR
    ara.pack(1)
    assert ara.unpack(answers).strange == len(answers)


def test_who_is_never_online_learns_every_key_and_writes(network: SmallNetwork, memory_path: Path) -> None:
    """A key block is longer than a stretch, and a packet needs all of it."""
    ara, bora = Person(network, memory_path, "Ara"), Person(network, memory_path, "Bora")
    scan_card(ara.vault, "Bora", show_card(bora.vault, "Ara", START, seeded("one card")), START)
    scan_card(bora.vault, "Ara", show_card(ara.vault, "Bora", START, seeded("other card")), START)
    for person in (ara, bora):
        person.unpack(trip(network, person.pack(1)))
    ara.write("Bora", "배달로만 보낸 편지")
    for _ in range(4):
        for person in (ara, bora):
            person.unpack(trip(network, person.pack(8)))
    assert bora.got == ["배달로만 보낸 편지"]
    with ara.vault.transaction() as tx:
        assert tallies.count(tx, tallies.Tally.BOARD_MALFORMED) == 0


def test_a_stretch_inside_a_key_block_whose_beginning_was_lost_is_left(
    network: SmallNetwork, pair: tuple[Person, Person]
) -> None:
    ara = pair[0]
    bundle = ara.pack(8)
    post(network, list(bundle.blocks[0::2]))
    network.now += 3 * HOUR
    ara.unpack(post(network, list(bundle.blocks[3:11:2])))
    with ara.vault.transaction() as tx:
        assert tallies.count(tx, tallies.Tally.BOARD_MALFORMED) == 0
