"""What is kept of guards: which one is used, and the shelf at each."""

from itertools import pairwise

from client_cli.board.broken_pages import broken_pages, note_pages
from client_cli.post.guard_choice import Guard
from client_cli.post.guard_state import keep_guard
from client_cli.streams.fresh_start import find_put_back
from client_cli.vault.settings import change_settings
from client_cli.vault.vault import Vault
from protocol.board.chain import Finding, FindingKind
from protocol.board.log import Seal
from protocol.profile import Profile
from protocol.seams import RelayId
from tests.kits.postal_pair import HOUR
from tests.kits.small_network import (
    CONSTANTS,
    START,
    SmallNetwork,
    make_postman,
    run_slots,
    seal_due,
    seeded,
)


def test_three_failures_change_the_guard_and_a_day_brings_the_first_back(network: SmallNetwork, member: Vault) -> None:
    change_settings(member, profile=Profile.METERED)
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    before = network.seen[-1].request
    network.down = {RelayId(0)}
    run_slots(network, postman, START + 2 * HOUR)
    first = next(seen for seen in network.seen if seen.guard == 1)
    assert not {first.request.shelf, first.request.next_shelf} & {before.shelf, before.next_shelf}
    assert (first.request.cursor.interval, first.request.cursor.offset) == (0, 0)
    assert first.request.durable == first.request.collect == 1
    network.down = set()
    times = run_slots(network, postman, START + 22 * HOUR)
    network.append_key_block(START + 22 * HOUR)
    times += run_slots(network, postman, START + 28 * HOUR)
    back = next(seen.at for seen in network.seen if seen.guard == 0 and seen.at > START + 2 * HOUR)
    assert back >= START + HOUR + 24 * HOUR
    assert network.seen[-1].guard == 0
    assert len(times) > 24


def test_the_shelf_takes_a_new_name_with_every_exchange_that_is_made_alone(
    network: SmallNetwork, member: Vault
) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    names = [(seen.request.shelf, seen.request.next_shelf) for seen in network.seen]
    assert len({shelf for shelf, _ in names}) == len(names) > 20
    assert all(following == shelf for (_, following), (shelf, _) in pairwise(names))


def test_an_exchange_beside_another_one_names_the_same_shelf(network: SmallNetwork, member: Vault) -> None:
    """Whichever comes first, the other one finds it, too."""
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    exchanges = []
    for _ in range(3):
        at = postman.next_slot_at()
        seal_due(postman, at)
        exchanges.append((postman.begin(at), at))
    seen = len(network.seen)
    for exchange, at in reversed(exchanges):
        postman.finish(exchange.handle, network.answer(exchange, at), at)
    named = {(one.request.shelf, one.request.next_shelf) for one in network.seen[seen:]}
    assert len(named) == 1
    with member.transaction() as tx:
        assert find_put_back(tx) is None


def test_what_pages_of_one_guard_showed_is_not_held_against_the_next(member: Vault) -> None:
    with member.transaction() as tx:
        one, other = Guard(RelayId(0)), Guard(RelayId(1))
        for hour in range(2):
            interval = hour * CONSTANTS.pages_per_seal
            seals = [Seal(RelayId(2), interval, bytes(32), ())]
            note_pages(tx, seals, [Finding(FindingKind.GAP, RelayId(2), interval)], CONSTANTS)
        keep_guard(tx, one, Guard(RelayId(0), 1), seeded("guard"))
        assert broken_pages(tx, CONSTANTS) == {2}
        keep_guard(tx, one, other, seeded("guard"))
        assert broken_pages(tx, CONSTANTS) == set()
