"""Bundles on a small network: what a courier carries, and taking in answers in any order and state."""

import zlib
from pathlib import Path

import pytest

from client_cli.courier.packing import pack, post_box
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.outbox.letters import LetterStatus, letters
from client_cli.randomness import Randomness
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from protocol.primitives.hybrid_box import HybridKey
from protocol.sizes import REQUEST_BYTES
from tests.kits.couriers import HOUR, Person, post, trip
from tests.kits.small_network import START, SmallNetwork, make_postman, run_slots, seeded


def test_letters_travel_both_ways_by_bundles_alone(network: SmallNetwork, pair: tuple[Person, Person]) -> None:
    ara, bora = pair
    ara.write("Bora", "보고 싶어요.")
    bora.write("Ara", "나도.")
    for _ in range(8):
        for person in pair:
            found = person.unpack(trip(network, person.pack()))
            assert (found.strange, found.again) == (0, 0)
    assert ara.got == ["나도."]
    assert bora.got == ["보고 싶어요."]
    assert [letter.status for letter in letters(ara.vault, network.now)] == [LetterStatus.ARRIVED]


def test_layers_are_sealed_to_slow_keys_and_exchanges_to_the_door_key(
    network: SmallNetwork, pair: tuple[Person, Person]
) -> None:
    bundle = pair[0].pack()
    for relay in network.relays:
        relay.day = HybridKey.of(bytes([9] * 96))  # as long after every day key of the packing is gone
    network.slow_layers = 0
    network.seen.clear()
    post(network, list(bundle.blocks))
    assert {seen.fetch.kind for seen in network.seen} == {"fetch", "discard"}
    assert "deposit" in {seen.packet.kind for seen in network.seen}
    assert network.slow_layers
    assert [seen.fetch.kind for seen in network.seen] == ["fetch", "discard"] * 8
    assert {seen.packet.kind for seen in network.seen[1::2]} == {"discard"}


def test_a_bundle_leaves_the_schedule_the_shelf_and_the_fetches_of_online_alone(
    network: SmallNetwork, memory_path: Path
) -> None:
    def shapes(carry: bool) -> list[tuple[object, ...]]:
        small = SmallNetwork()
        person = Person(small, memory_path / str(carry), "Ara")
        postman = make_postman(person.vault, "online")
        postman.start(START)
        run_slots(small, postman, START + HOUR)
        if carry:
            person.pack(16)
        seen = len(small.seen)
        run_slots(small, postman, START + 3 * HOUR)
        person.vault.close()
        return [exchange.shape for exchange in small.seen[seen:]]

    (memory_path / "True").mkdir()
    (memory_path / "False").mkdir()
    assert shapes(True) == shapes(False)


def test_routes_of_a_bundle_are_the_same_whether_anyone_writes(memory_path: Path) -> None:
    def shapes(text: str) -> list[tuple[object, ...]]:
        small = SmallNetwork()
        home = memory_path / (text or "nothing")
        home.mkdir()
        one, other = Person(small, home, "Ara"), Person(small, home, "Bora")
        first = show_card(one.vault, "Bora", START, seeded("one card"))
        second = show_card(other.vault, "Ara", START, seeded("other card"))
        scan_card(one.vault, "Bora", second, START)
        scan_card(other.vault, "Ara", first, START)
        one.enrol()
        if text:
            one.write("Bora", text * 900)
        seen = len(small.seen)
        post(small, list(one.pack(16).blocks))
        one.vault.close()
        other.vault.close()
        return [exchange.shape for exchange in small.seen[seen:]]

    assert shapes("") == shapes("편지")


def test_a_bundle_is_nothing_but_blocks_of_one_size_that_look_random(pair: tuple[Person, Person]) -> None:
    bundles = [person.pack() for person in pair]
    blocks = [block for bundle in bundles for block in bundle.blocks]
    assert {len(block) for block in blocks} == {REQUEST_BYTES}
    assert len({block[:8] for block in blocks}) == len(blocks)
    data = b"".join(blocks)
    assert len(zlib.compress(data, 9)) > len(data)
    counts = [data.count(bytes([value])) for value in range(256)]
    mean = len(data) / 256
    # 255 degrees of freedom: 400 is passed once in ten million. The top bit of a public key, one byte a block, is zero.
    assert sum((count - mean) ** 2 / mean for count in counts) < 400


def test_the_first_bundle_of_a_newcomer_brings_the_roster_and_the_access_secret(
    network: SmallNetwork, memory_path: Path
) -> None:
    person = Person(network, memory_path, "new")
    person.unpack(trip(network, person.pack(2)))
    with person.vault.transaction() as tx:
        assert post_box(tx)[0] == network.roster.guard_order[0]
        assert tx.get(Key.ROSTER) is not None
        assert tx.get(Key.ACCESS_SECRET) is not None
    postman = make_postman(person.vault, "new online")  # the ticket was spent on the shelf that online goes on with
    postman.start(network.now)
    run_slots(network, postman, network.now + HOUR)
    assert postman.counts.failed == 0
    person.vault.close()


def rows(vault: Vault) -> int:
    with vault.transaction() as tx:
        return len(tx.all("SELECT 1 FROM bundle_exchanges"))


def test_packing_is_one_transaction(network: SmallNetwork, pair: tuple[Person, Person]) -> None:
    ara = pair[0]

    def failing(size: int) -> bytes:
        raise OSError("no randomness")

    with pytest.raises(OSError, match="no randomness"):
        pack(ara.vault, 2, network.now, Randomness(seeded("content"), failing))
    assert rows(ara.vault) == 0
