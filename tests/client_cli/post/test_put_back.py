"""A folder that was put back from a copy: the program goes on, and nothing of the old state is used a second time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from client_cli.people.contacts import Standing, standing_of
from client_cli.streams.fresh_start import find_put_back
from client_cli.vault.settings import change_settings
from client_cli.vault.tallies import Tally, count
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.routes.exchange import Request
from protocol.seams import RelayId
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import START, WORDS, SmallNetwork, SmallRelay, make_member, make_postman, run_slots


@pytest.fixture
def pair(network: SmallNetwork, memory_path: Path) -> Iterator[Pair]:
    """Two who are seldom online, so that days pass quickly."""
    with seldom_online(network, memory_path) as made:
        yield made


@contextmanager
def seldom_online(network: SmallNetwork, home: Path) -> Iterator[Pair]:
    made = Pair(network, home)
    for vault in made.vaults.values():
        change_settings(vault, profile=Profile.METERED)
    yield made
    for vault in made.vaults.values():
        vault.close()


def copy_of(pair: Pair, name: str, to: Path) -> None:
    """What a person does: stop, copy the folder, start again."""
    home = pair.vaults[name].home
    pair.vaults[name].close()
    shutil.copytree(home, to)
    open_again(pair, name, home, "after the copy")


def put_back(pair: Pair, name: str, copy: Path) -> None:
    """Stop, put the copy where the folder was, start again."""
    home = pair.vaults[name].home
    pair.vaults[name].close()
    shutil.rmtree(home)
    shutil.copytree(copy, home)
    open_again(pair, name, home, "put back")


def open_again(pair: Pair, name: str, home: Path, run: str) -> None:
    pair.vaults[name] = Vault.open(home, WORDS)
    pair.postmen[name] = make_postman(pair.vaults[name], f"{name} {run}")
    pair.postmen[name].start(pair.network.now)


def test_letters_go_on_by_themselves(pair: Pair, memory_path: Path) -> None:
    """The copy is older than letters both ways; both people write before and after."""
    pair.start()
    pair.write("Ara", "Bora", "before the copy")
    pair.run(START + 6 * HOUR)
    copy_of(pair, "Ara", memory_path / "copy")
    pair.write("Ara", "Bora", "after the copy")
    pair.write("Bora", "Ara", "read before the folder was put back")
    pair.run(START + 15 * HOUR)
    assert pair.read("Ara") == ["read before the folder was put back"]
    put_back(pair, "Ara", memory_path / "copy")
    pair.write("Ara", "Bora", "with the number of another")
    pair.write("Bora", "Ara", "written meanwhile")
    pair.run(pair.postmen["Ara"].next_slot_at() + 1.0)
    with pair.vaults["Ara"].transaction() as tx:
        assert find_put_back(tx) is not None, "noticed by the first exchange"
    pair.run(START + 40 * HOUR)
    with pair.vaults["Ara"].transaction() as tx:
        assert find_put_back(tx) is not None
        assert standing_of(tx, 1) is Standing.SOUND
    with pair.vaults["Bora"].transaction() as tx:
        assert find_put_back(tx) is None
        assert standing_of(tx, 1) is Standing.SOUND
    assert pair.read("Bora") == ["before the copy", "after the copy", "with the number of another"]
    assert pair.read("Ara") == ["read before the folder was put back", "written meanwhile"]  # relays still have it
    holes = [seen.packet.hole for seen in pair.network.seen if seen.packet.kind == "deposit"]
    assert len(holes) == len(set(holes)) > 40


class Covering(SmallNetwork):
    """Its guards say that they know every shelf."""

    def _shelf(self, guard: SmallRelay, request: Request) -> list[bytes | None]:
        shelf = super()._shelf(guard, request)
        shelf += [None] * (request.durable - 1 - len(shelf))
        return shelf


class Forgetting(SmallNetwork):
    """Its guards say of every shelf, as long as `lies`, that they do not know it."""

    lies = False

    def _shelf(self, guard: SmallRelay, request: Request) -> list[bytes | None]:
        if self.lies:
            guard.shelves.clear()
        return super()._shelf(guard, request)


def test_a_guard_that_says_so_again_and_again_is_believed_once_a_day(memory_path: Path) -> None:
    """Each fresh start makes the card before it worth nothing: a guard could use up all places for them."""
    network = Forgetting()
    with seldom_online(network, memory_path) as pair:
        pair.start()
        pair.run(START + 4.3 * HOUR)
        network.lies = True
        pair.run(START + 6.3 * HOUR)
        first = noticed_at(pair, "Ara")
        for hour in (10.3, 16.3, 22.3, 28.3):
            network.append_key_block(network.now)
            pair.run(START + hour * HOUR)
            if hour == 10.3:
                assert noticed_at(pair, "Ara") == first
                network.lies = False
                pair.write("Ara", "Bora", "they met again")
        assert pair.read("Bora") == ["they met again"]


def noticed_at(pair: Pair, name: str) -> float:
    with pair.vaults[name].transaction() as tx:
        put_back = find_put_back(tx)
    assert put_back is not None
    return put_back.since


@pytest.mark.long
def test_a_loop_of_another_run_tells_where_the_guard_does_not(memory_path: Path) -> None:
    """It comes home from an index that the old state never used; nothing ends the program, and letters go on."""
    with seldom_online(Covering(), memory_path) as pair:
        pair.start()
        pair.run(START + 4 * HOUR)
        copy_of(pair, "Ara", memory_path / "copy")
        pair.run(START + 10 * HOUR)
        put_back(pair, "Ara", memory_path / "copy")
        noticed = None
        while noticed is None:
            pair.run(pair.network.now + HOUR / 2)
            with pair.vaults["Ara"].transaction() as tx:
                noticed = find_put_back(tx)
        assert pair.network.now < START + 18 * HOUR
        pair.write("Ara", "Bora", "after it was noticed")
        pair.run(START + 36 * HOUR)
        with pair.vaults["Ara"].transaction() as tx:
            assert find_put_back(tx) == noticed  # once: the other loops of that run are nothing to us
            assert count(tx, Tally.REPLIES_REFUSED) == 0
        assert pair.read("Bora") == ["after it was noticed"]


def test_nothing_is_used_before_the_guard_has_answered(network: SmallNetwork, member: Vault) -> None:
    """Deposits go out as ever, at the same sizes and times, and carry cover."""
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    again = make_postman(member, "solo again")
    again.start(network.now)
    network.deaf = {RelayId(0), RelayId(1)}
    with member.transaction() as tx:
        before = count(tx, Tally.LOOPS_SENT)
    seen = len(network.seen)
    run_slots(network, again, START + 2 * HOUR)
    with member.transaction() as tx:
        assert count(tx, Tally.LOOPS_SENT) == before
    assert "deposit" in {one.packet.kind for one in network.seen[seen:]}
    network.deaf = set()
    run_slots(network, again, START + 3 * HOUR)
    with member.transaction() as tx:
        assert count(tx, Tally.LOOPS_SENT) > before
        assert find_put_back(tx) is None


def test_a_guard_that_we_come_to_anew_settles_nothing(network: SmallNetwork, memory_path: Path) -> None:
    """It knows of no other run: nothing is used until the loops of one would have come home, and one does."""
    with make_member(network, memory_path, "solo") as member:
        postman = make_postman(member, "solo")
        postman.start(START)
        run_slots(network, postman, START + HOUR)
    shutil.copytree(memory_path / "solo", memory_path / "copy")
    with Vault.open(memory_path / "solo", WORDS) as member:
        postman = make_postman(member, "solo goes on")
        postman.start(network.now)
        run_slots(network, postman, START + 2 * HOUR)
    network.down = {RelayId(0)}
    with Vault.open(memory_path / "copy", WORDS) as copy, copy.transaction() as tx:
        before = count(tx, Tally.LOOPS_SENT)
    with Vault.open(memory_path / "copy", WORDS) as copy:
        postman = make_postman(copy, "copy")
        postman.start(network.now)
        run_slots(network, postman, START + 3 * HOUR)
        with copy.transaction() as tx:
            assert count(tx, Tally.LOOPS_SENT) == before
        run_slots(network, postman, START + 5 * HOUR)
        with copy.transaction() as tx:
            assert find_put_back(tx) is not None


def test_a_copy_that_never_ran_on_is_not_taken_for_one(pair: Pair, memory_path: Path) -> None:
    """Nothing was used since: nothing has to begin anew."""
    pair.start()
    pair.write("Ara", "Bora", "before")
    pair.run(START + 3 * HOUR)
    copy_of(pair, "Ara", memory_path / "copy")
    put_back(pair, "Ara", memory_path / "copy")
    pair.write("Ara", "Bora", "after")
    pair.run(START + 12 * HOUR)
    with pair.vaults["Ara"].transaction() as tx:
        assert find_put_back(tx) is None
    assert pair.read("Bora") == ["before", "after"]


@pytest.mark.long
def test_two_devices_with_one_folder_are_both_told(pair: Pair, memory_path: Path) -> None:
    """The second is noticed at its first exchange, and letters go on with it; the first one is told by who answers."""
    pair.start()
    pair.write("Ara", "Bora", "from both")
    pair.run(START + 6 * HOUR)
    copy_of(pair, "Ara", memory_path / "copy")
    pair.run(START + 9 * HOUR)
    pair.vaults["other"] = Vault.open(memory_path / "copy", WORDS)
    pair.postmen["other"] = make_postman(pair.vaults["other"], "other device")
    pair.postmen["other"].start(pair.network.now)
    pair.run(START + 30 * HOUR, ("Ara", "other", "Bora"))
    with pair.vaults["other"].transaction() as tx:
        assert find_put_back(tx) is not None
        assert standing_of(tx, 1) is Standing.SOUND
    with pair.vaults["Ara"].transaction() as tx:
        assert standing_of(tx, 1) is Standing.REPLACED
    pair.write("Bora", "Ara", "to whoever goes on")
    pair.run(START + 42 * HOUR, ("Ara", "other", "Bora"))
    assert pair.read("other") == ["to whoever goes on"]
    assert pair.read("Ara") == []
