"""What is kept of guards: which one is used, and the shelf at each."""

from client_cli.vault.settings import change_settings
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.seams import RelayId
from tests.kits.postal_pair import HOUR
from tests.kits.small_network import (
    START,
    SmallNetwork,
    make_postman,
    run_slots,
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
    assert first.request.shelf == first.request.next_shelf != before.shelf
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


def test_the_shelf_takes_a_new_name_every_day(network: SmallNetwork, member: Vault) -> None:
    change_settings(member, profile=Profile.METERED)
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + 26 * HOUR)
    renames = [seen for seen in network.seen if seen.request.shelf != seen.request.next_shelf]
    assert len(renames) == 1
    assert renames[0].at >= (START // 86_400 + 1) * 86_400
    assert network.seen[-1].request.shelf == renames[0].request.next_shelf
