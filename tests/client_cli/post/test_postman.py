"""The postman on a small network: what goes out, what comes back, and what must never depend on letters."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path

import pytest

from client_cli.board.reader import position
from client_cli.errors import VaultBusy
from client_cli.inbox.reading import unread
from client_cli.inbox.receiving import OPENED_AT_ONCE, open_arrived, open_some
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import require_person
from client_cli.post.postman import NothingDue, Postman
from client_cli.post.slots import lookahead_s
from client_cli.randomness import Randomness
from client_cli.vault.settings import change_settings
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.board.log import Entry, EntryKind
from protocol.board.page import CHAIN_START
from protocol.community.descriptor import Descriptor, sign_descriptor
from protocol.primitives.days import day_of
from protocol.primitives.kem import KEM_PUBLIC_BYTES
from protocol.profile import Profile
from protocol.routes.schedule import window_w
from protocol.seams import RelayId
from protocol.sizes import REQUEST_BYTES, STRETCH_BYTES, SYNC_EXCHANGES
from protocol.streams.pigeonhole import Hole
from tests.kits.small_network import (
    CONSTANTS,
    START,
    WORDS,
    SmallNetwork,
    make_member,
    make_postman,
    run_slots,
    seal_due,
    seeded,
)

HOUR = 3600.0


class Pair:
    """Ara and Bora, who met, and their postmen."""

    def __init__(self, network: SmallNetwork, home: Path) -> None:
        self.network = network
        self.vaults = {name: make_member(network, home, name) for name in ("Ara", "Bora")}
        self.postmen = {name: make_postman(vault, name) for name, vault in self.vaults.items()}
        cards = {
            me: show_card(self.vaults[me], them, START, seeded(f"{me} card"))
            for me, them in (("Ara", "Bora"), ("Bora", "Ara"))
        }
        scan_card(self.vaults["Ara"], "Bora", cards["Bora"], START)
        scan_card(self.vaults["Bora"], "Ara", cards["Ara"], START)

    def write(self, me: str, them: str, text: str) -> None:
        write_letter(self.vaults[me], require_person(self.vaults[me], them), text, self.network.now)

    def read(self, me: str) -> list[str]:
        return [letter.text for letter in unread(self.vaults[me])]

    def run(self, until: float, names: tuple[str, ...] = ("Ara", "Bora")) -> None:
        """Make the exchanges of both in the order of their slots."""
        page_s = CONSTANTS.page_s
        next_page = (self.network.now // page_s + 1) * page_s
        while True:
            at, name = min((self.postmen[name].next_slot_at(), name) for name in names)
            while next_page <= min(at, until):
                self.network.cut_pages(next_page)
                next_page += page_s
            if at >= until:
                break
            postman = self.postmen[name]
            seal_due(postman, at)
            exchange = postman.begin(at)
            postman.finish(exchange.handle, self.network.answer(exchange, at), at)
        self.network.now = until

    def start(self) -> None:
        for postman in self.postmen.values():
            postman.start(self.network.now)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A home in memory where there is one: thousands of commits to a disk would take minutes."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home:
        yield Path(home)


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def pair(network: SmallNetwork, tmp_path: Path) -> Iterator[Pair]:
    made = Pair(network, tmp_path)
    yield made
    for vault in made.vaults.values():
        vault.close()


@pytest.fixture
def member(network: SmallNetwork, tmp_path: Path) -> Iterator[Vault]:
    with make_member(network, tmp_path, "solo") as vault:
        yield vault


def test_letters_of_several_cells_arrive_both_ways(pair: Pair) -> None:
    pair.start()
    pair.write("Ara", "Bora", "보고 싶어요. " * 600)
    pair.write("Bora", "Ara", "나도.")
    pair.run(START + 4 * HOUR)
    assert pair.read("Bora") == ["보고 싶어요. " * 600]
    assert pair.read("Ara") == ["나도."]
    assert [letter.status for letter in letters(pair.vaults["Ara"], pair.network.now)] == [LetterStatus.ARRIVED]


def test_invariant_1_what_is_seen_is_the_same_whether_anyone_writes(tmp_path: Path) -> None:
    shapes = []
    for writing in (False, True):
        network = SmallNetwork()
        pair = Pair(network, tmp_path / str(writing))
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


def test_before_the_roster_is_known_fields_are_random_and_the_ticket_admits(
    network: SmallNetwork, member: Vault
) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    first, *rest = network.seen
    assert first.packet.kind == first.fetch.kind == "unreadable"
    assert len(first.request.admission) == 96
    assert rest[0].request.admission == network.access
    assert rest[-1].packet.kind in {"deposit", "discard"}


def test_no_packet_is_ever_sent_twice_whatever_step_a_restart_follows(
    network: SmallNetwork, member: Vault, tmp_path: Path
) -> None:
    vault, run = member, 0
    packets: list[bytes] = []
    last = START

    def again() -> Postman:
        nonlocal vault, run
        vault.close()
        vault = Vault.open(tmp_path / "solo", WORDS)
        run += 1
        postman = make_postman(vault, f"run {run}")
        postman.start(last)
        return postman

    postman = again()
    for step in range(60):
        at = postman.next_slot_at()
        assert at > last or step == 0
        exchange = postman.begin(at)
        last = at
        if step % 4 == 1:
            postman = again()
            network.answer(exchange, at)
            continue
        answer = network.answer(exchange, at)
        if step % 4 == 2:
            postman = again()
            continue
        postman.finish(exchange.handle, answer, at)
        if step % 4 == 3:
            postman = again()
    vault.close()
    for seen in network.seen:
        packets += [seen.request.packet, seen.request.fetch]
    assert len(packets) == len(set(packets)) == 120


@pytest.mark.parametrize("profile", [Profile.STANDARD, Profile.GUARDED])
def test_no_sealing_falls_close_before_or_after_a_slot(network: SmallNetwork, tmp_path: Path, profile: Profile) -> None:
    """How long sealing takes depends on letters; the half of a look-ahead on either side hides it."""
    sealings, slots = [], []
    with make_member(network, tmp_path, "solo", profile) as member:
        postman = make_postman(member, "solo")
        postman.start(START)
        while (at := postman.next_slot_at()) < START + HOUR:
            if (seal_at := postman.prepare_at()) <= at:
                sealings.append(seal_at)
                postman.prepare(seal_at)
            exchange = postman.begin(at)
            slots.append(at)
            postman.finish(exchange.handle, network.answer(exchange, at), at)
    nearest = [min(abs(seal_at - at) for at in slots) for seal_at in sealings[:-1]]
    assert len(nearest) > 10
    assert min(nearest) > lookahead_s(CONSTANTS.slot_s(profile)) / 2 - 0.001
    assert len(sealings) < len(slots)  # close ones were sealed together


def test_slots_of_the_past_are_skipped_and_their_packets_lost(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    missed = postman.next_slot_at()
    with pytest.raises(NothingDue):
        postman.begin(missed + 60)
    postman.start(missed + 60)
    assert postman.next_slot_at() >= missed + 60


def test_a_clock_set_back_uses_no_slot_again(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    nearly = postman.next_slot_at()
    postman.start(START + HOUR / 2)
    assert postman.next_slot_at() == nearly  # less than an hour: waited for
    run_slots(network, postman, START + 5 * HOUR)
    used = {seen.request.packet for seen in network.seen}
    postman.start(START)
    assert START <= postman.next_slot_at() < START + HOUR
    run_slots(network, postman, START + HOUR)
    assert len({seen.request.packet for seen in network.seen}) > len(used)
    assert len({seen.request.packet for seen in network.seen}) == len(network.seen)


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
    network.append_key_block(START + 25 * HOUR)
    times = run_slots(network, postman, START + 28 * HOUR)
    back = next(seen.at for seen in network.seen if seen.guard == 0 and seen.at > START + 2 * HOUR)
    assert back >= START + HOUR + 24 * HOUR
    assert network.seen[-1].guard == 0
    assert len(times) > 24


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
    network.mute = True
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


def test_the_shelf_takes_a_new_name_every_day(network: SmallNetwork, member: Vault) -> None:
    change_settings(member, profile=Profile.METERED)
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + 26 * HOUR)
    renames = [seen for seen in network.seen if seen.request.shelf != seen.request.next_shelf]
    assert len(renames) == 1
    assert renames[0].at >= (START // 86_400 + 1) * 86_400
    assert network.seen[-1].request.shelf == renames[0].request.next_shelf


def test_while_locked_loops_go_on_and_what_comes_is_kept_unopened(pair: Pair) -> None:
    pair.start()
    pair.write("Ara", "Bora", "나중에 읽어요")
    bora = pair.vaults["Bora"]
    key = bora._box.key
    bora.drop_letters_key()
    pair.run(START + 4 * HOUR)
    with bora.transaction() as tx:
        assert tx.find("SELECT count(*) FROM arrived") == (1,)
        assert tx.find("SELECT count(*) FROM letters_in") == (0,)
    bora.accept_letters_key(key)
    assert open_arrived(bora) == 1
    assert pair.read("Bora") == ["나중에 읽어요"]


def test_what_came_while_locked_is_opened_a_few_at_a_time_so_that_no_slot_waits_for_it(pair: Pair) -> None:
    pair.start()
    for number in range(12):
        pair.write("Ara", "Bora", f"편지 {number}")
    bora = pair.vaults["Bora"]
    key = bora._box.key
    bora.drop_letters_key()
    pair.run(START + 12 * HOUR)
    with bora.transaction() as tx:
        ((waiting,),) = tx.all("SELECT count(*) FROM arrived")
    assert waiting >= 12
    bora.accept_letters_key(key)
    assert open_some(bora).taken == OPENED_AT_ONCE
    assert open_arrived(bora) == waiting - OPENED_AT_ONCE
    assert open_some(bora).taken == 0
    assert pair.read("Bora") == [f"편지 {number}" for number in range(12)]


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
        relay.fresh = [Hole(bytes([page, n % 256, n // 256] + [0] * 29)) for n in range(2600)]
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


@pytest.mark.parametrize("garbage", [b"", b"x", bytes(8192), bytes(16384)])
def test_garbage_for_an_answer_is_a_failed_exchange(network: SmallNetwork, member: Vault, garbage: bytes) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    exchange = postman.begin(postman.next_slot_at())
    postman.finish(exchange.handle, garbage, START)
    assert postman.counts.failed == 1


def test_a_relay_that_publishes_an_unusable_key_stops_nobody(network: SmallNetwork, member: Vault) -> None:
    relay = network.relays[2]
    body = sign_descriptor(
        Descriptor(
            relay.number,
            day_of(START) + 1,
            bytes(32),
            bytes(KEM_PUBLIC_BYTES),
            bytes(32),
            bytes(32),
            bytes(32),
            bytes(KEM_PUBLIC_BYTES),
            0,
            CHAIN_START,
        ),
        relay.identity,
    )
    network.append(START, [Entry(EntryKind.DESCRIPTOR, body)])
    postman = make_postman(member, "Ara")
    postman.start(START)
    run_slots(network, postman, START + 2 * HOUR)
    assert postman.counts.answered > 20


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
