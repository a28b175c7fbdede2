"""The postman on a small network: what goes out, what comes back, and what must never depend on letters."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from client_cli.board.reader import position
from client_cli.errors import VaultBusy
from client_cli.outbox.letters import LetterStatus, letters
from client_cli.post.postman import Postman
from client_cli.randomness import Randomness
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.sizes import REQUEST_BYTES, STRETCH_BYTES, SYNC_EXCHANGES
from protocol.streams.pigeonhole import Hole
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import (
    CONSTANTS,
    START,
    SmallNetwork,
    make_postman,
    seeded,
)


def test_letters_of_several_cells_arrive_both_ways(pair: Pair) -> None:
    pair.start()
    pair.write("Ara", "Bora", "보고 싶어요. " * 600)
    pair.write("Bora", "Ara", "나도.")
    pair.run(START + 4 * HOUR)
    assert pair.read("Bora") == ["보고 싶어요. " * 600]
    assert pair.read("Ara") == ["나도."]
    assert [letter.status for letter in letters(pair.vaults["Ara"], pair.network.now)] == [LetterStatus.ARRIVED]


def test_invariant_1_what_is_seen_is_the_same_whether_anyone_writes(memory_path: Path) -> None:
    shapes = []
    for writing in (False, True):
        network = SmallNetwork()
        pair = Pair(network, memory_path / str(writing))
        pair.start()
        for hour in range(1, 6):
            if writing:
                pair.write("Ara", "Bora", "소식 " * 700)
                pair.write("Bora", "Ara", f"{hour}")
            network.down = {RelayId(0)} if hour == 3 else set()
            network.deaf = {RelayId(1)} if hour == 4 else set()
            pair.run(START + hour * HOUR)
        assert bool(pair.read("Bora")) == writing
        shapes.append([seen.shape for seen in network.seen])
        for vault in pair.vaults.values():
            vault.close()
    assert shapes[0] == shapes[1]
    kinds = {(seen.packet.kind, seen.fetch.kind) for seen in network.seen}
    assert ("deposit", "fetch") in kinds
    assert {guard for _, guard, *_ in shapes[0]} == {0, 1}


def test_sync_is_eight_exchanges_and_collects_what_the_last_one_asked_for(pair: Pair) -> None:
    network = pair.network

    def sync(name: str, now: float) -> None:
        network.cut_pages(now)
        exchange = pair.postmen[name].begin_sync(now)
        assert len(exchange.body) == SYNC_EXCHANGES * REQUEST_BYTES
        assert exchange.response_bytes == 8 * 8192
        pair.postmen[name].finish_sync(exchange.handle, network.answer(exchange, now), now)

    pair.write("Ara", "Bora", "잠깐만 연결")
    for hour in range(8):
        sync("Ara", START + hour * HOUR)
        sync("Bora", START + hour * HOUR + 600)
    assert pair.read("Bora") == ["잠깐만 연결"]
    per_body = [network.seen[at : at + 8] for at in range(0, len(network.seen), 8)]
    assert all(len({seen.request.collect for seen in body}) == 8 for body in per_body)


def test_sync_reads_eight_stretches_of_the_board(network: SmallNetwork, member: Vault) -> None:
    relay = network.relays[2]
    for page in range(3):
        relay.fresh = [Hole(bytes([page, n % 256, n // 256] + [0] * 29)) for n in range(1300)]
        network.cut_pages(START + page * CONSTANTS.page_s)
    postman = make_postman(member, "solo")
    exchange = postman.begin_sync(START)
    postman.finish_sync(exchange.handle, network.answer(exchange, START), START)
    with member.transaction() as tx:
        cursor = position(tx, RelayId(0))
    length = sum(len(sheet) for sheet in network.sheets.values())
    assert length > 6 * STRETCH_BYTES[Profile.STANDARD]
    assert (cursor.interval, cursor.offset) == (max(network.sheets), len(network.sheets[max(network.sheets)]))


def test_a_failed_sync_goes_to_the_next_relay(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    network.down = {RelayId(0)}
    exchange = postman.begin_sync(START)
    assert exchange.guard == 0
    postman.finish_sync(exchange.handle, None, START)
    assert postman.begin_sync(START + 1).guard == 1


def test_an_answer_that_finds_the_vault_busy_can_be_taken_in_again(network: SmallNetwork, member: Vault) -> None:
    class SometimesBusy:
        busy = False

        def transaction(self) -> AbstractContextManager[Tx]:
            if self.busy:
                self.busy = False
                raise VaultBusy
            return member.transaction()

    vault = SometimesBusy()
    postman = Postman(vault, Randomness(seeded("content"), seeded("crypto")))
    postman.start(START)
    at = postman.next_slot_at()
    exchange = postman.begin(at)
    answer = network.answer(exchange, at)
    vault.busy = True
    with pytest.raises(VaultBusy):
        postman.finish(exchange.handle, answer, at)
    postman.finish(exchange.handle, answer, at)
    assert (postman.counts.answered, postman.under_way) == (1, 0)
