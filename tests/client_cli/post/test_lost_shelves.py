"""A guard that does not know our shelf is believed each time, and left at the second one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.post.guard_state import find_guard
from client_cli.post.lost_shelves import AGAIN_S, asked_last, lost_again, note_lost
from client_cli.vault.settings import change_settings
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.routes.exchange import Request
from protocol.seams import RelayId
from tests.kits.homes import NOW, make_vault
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import START, SmallNetwork, SmallRelay, make_postman

ORDER = (RelayId(0), RelayId(1), RelayId(2))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with make_vault(tmp_path) as vault:
        yield vault


def test_the_second_loss_within_a_month_counts_for_a_month(vault: Vault) -> None:
    with vault.transaction() as tx:
        note_lost(tx, ORDER[0], NOW)
        assert not lost_again(tx, ORDER[0], NOW)
        assert asked_last(tx, ORDER, NOW) == ORDER
        second = NOW + AGAIN_S - 1
        note_lost(tx, ORDER[0], second)
        assert lost_again(tx, ORDER[0], second)
        assert not lost_again(tx, ORDER[0], second + 1), "a state is no news"
        assert not lost_again(tx, ORDER[1], second)
        assert asked_last(tx, ORDER, second + AGAIN_S - 1) == (*ORDER[1:], ORDER[0])
        assert asked_last(tx, ORDER, second + AGAIN_S) == ORDER


def test_two_losses_more_than_a_month_apart_are_two_first_ones(vault: Vault) -> None:
    with vault.transaction() as tx:
        for at in (NOW, NOW + AGAIN_S):
            note_lost(tx, ORDER[0], at)
            assert not lost_again(tx, ORDER[0], at)


def test_where_all_lose_shelves_the_order_stays(vault: Vault) -> None:
    with vault.transaction() as tx:
        for guard in ORDER * 2:
            note_lost(tx, guard, NOW)
        assert asked_last(tx, ORDER, NOW) == ORDER


class Forgetful(SmallNetwork):
    """Its first guard tells whoever `starts` that it does not know their shelf, and does all else as it should."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: set[bytes] = set()

    def _shelf(self, guard: SmallRelay, request: Request) -> list[bytes | None]:
        shelf = super()._shelf(guard, request)
        if guard.number == 0 and request.shelf in self.starts and request.durable > 1:
            kept: list[bytes | None] = [reply for reply in shelf if reply is not None]
            shelf = guard.shelves[request.next_shelf] = kept[: request.durable - 2]
        self.starts.discard(request.shelf)
        return shelf


def test_letters_arrive_although_the_guard_knows_no_shelf_at_any_start(memory_path: Path) -> None:
    """Two who start every two hours: each time the guard is believed makes the cards before worth nothing."""
    network = Forgetful()
    pair = Pair(network, memory_path)
    for vault in pair.vaults.values():
        change_settings(vault, profile=Profile.METERED)
    pair.start()
    pair.run(START + 2 * HOUR)
    pair.write("Ara", "Bora", "in spite of it")
    for hour in range(4, 22, 2):
        network.starts = set(network.relays[0].shelves)
        for name, vault in pair.vaults.items():
            pair.postmen[name] = make_postman(vault, f"{name} {hour}")
        pair.start()
        pair.run(START + hour * HOUR)
    assert pair.read("Bora") == ["in spite of it"]
    for vault in pair.vaults.values():
        with vault.transaction() as tx:
            guard = find_guard(tx)
        assert guard is not None
        assert guard.relay == RelayId(1)
        vault.close()
