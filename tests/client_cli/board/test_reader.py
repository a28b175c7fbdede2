"""Reading a guard's board: what a lying guard can make a client believe about how far it has read."""

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from client_cli.board.reader import position, read_aside, read_board
from client_cli.board.watch import clock_ahead_s
from client_cli.community.membership import find_roster
from client_cli.community.relays import descriptors, live_keys, load_network
from client_cli.vault import tallies
from client_cli.vault.keys import Key
from client_cli.vault.tallies import Tally
from client_cli.vault.vault import Vault
from protocol.board.log import Entry, EntryKind, mark_entry
from protocol.board.reader import BoardReader
from protocol.community.descriptor import parse_descriptor, sign_descriptor
from protocol.community.roster import roster_hash
from protocol.primitives.days import DAY_S, day_of
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status
from protocol.seams import RelayId
from protocol.sizes import ACCESS_BYTES, STRETCH_BYTES
from tests.kits.small_network import CONSTANTS, START, SmallNetwork, make_member, make_postman, run_slots, seal_due

SIZE = STRETCH_BYTES[Profile.STANDARD]
HOUR = 3600.0


def test_an_interval_of_the_far_future_hides_no_later_gap(memory_path: Path) -> None:
    network = SmallNetwork()
    with make_member(network, memory_path, "Ara") as vault:
        postman = make_postman(vault, "Ara")
        postman.start(START)
        run_slots(network, postman, START + HOUR)
        guard = RelayId(0)
        with vault.transaction() as tx:
            reading = position(tx, guard)
            far = Cursor(2**32 - 1, 0)
            entry = mark_entry(reading.interval).encode()
            lie = Response(Status.OK, bytes(ACCESS_BYTES), 0, None, 1, reading, far, far, entry)
            read_board(tx, guard, reading, lie, SIZE, START + HOUR)
            held = tx.get(Key.BOARD_READ_TO)
    assert held is not None
    assert int.from_bytes(held, "big") == CONSTANTS.interval_of(START + HOUR) + 1


def dated(network: SmallNetwork, days: int) -> Entry:
    """A descriptor that relay 0 signed for a day so many days from START, otherwise as that of today."""
    descriptor = network.descriptor(network.relays[0], day_of(START))
    moved = replace(parse_descriptor(descriptor, network.roster), day=day_of(START) + days)
    return Entry(EntryKind.DESCRIPTOR, sign_descriptor(moved, network.relays[0].identity))


def test_a_descriptor_of_a_day_to_come_is_counted_and_passed_over(network: SmallNetwork, member: Vault) -> None:
    network.append(START - CONSTANTS.page_s, [dated(network, 5)])
    postman = make_postman(member, "Ara")
    postman.start(START)
    run_slots(network, postman, START + HOUR / 2)
    assert postman.counts.answered == postman.counts.exchanges > 5
    with member.transaction() as tx:
        roster = load_network(tx).roster
        assert roster is not None
        assert tallies.count(tx, Tally.BOARD_FINDINGS) == 1
        assert {known.day - day_of(START) for known in descriptors(tx, roster)} == {0, 1}
        assert set(live_keys(tx, roster, START)) == {0, 1, 2}


def test_a_bundle_with_a_descriptor_of_a_day_to_come_is_read(network: SmallNetwork, member: Vault) -> None:
    network.append(START - CONSTANTS.page_s, [dated(network, 5)])
    first, data = next(iter(network.sheets.items()))
    start, end = Cursor(first, 0), Cursor(first, len(data))
    whole = Response(Status.OK, bytes(ACCESS_BYTES), 0, None, 1, start, end, end, data)
    with member.transaction() as tx:
        assert read_aside(tx, BoardReader().at(start), RelayId(0), start, whole, START).cursor == end
        roster = load_network(tx).roster
        assert roster is not None
        assert set(live_keys(tx, roster, START)) == {0, 1, 2}


def test_a_clock_that_is_days_slow_stops_no_exchange_and_is_told(network: SmallNetwork, member: Vault) -> None:
    late = START - 3 * DAY_S
    postman = make_postman(member, "Ara")
    postman.start(late)
    for _ in range(9):
        at = postman.next_slot_at()
        seal_due(postman, at)
        exchange = postman.begin(at)
        postman.finish(exchange.handle, network.answer(exchange, at), at)
    assert postman.counts.answered == 9
    assert postman.under_way == 0
    with member.transaction() as tx:
        ahead_s = clock_ahead_s(tx)
        assert ahead_s is not None
        assert ahead_s < -2 * DAY_S


@pytest.mark.parametrize("version", [1, 2], ids=["another of the same version", "an earlier one"])
def test_a_newcomer_is_not_taken_back_to_a_roster_from_before_the_invitation(memory_path: Path, version: int) -> None:
    """The first relay was alone once, and whoever it showed that roster to would send everything through it alone."""
    alone, network = SmallNetwork(1, guards=(0,)), SmallNetwork(3)
    assert alone.relays[0].identity == network.relays[0].identity
    if version > 1:
        network.roster = structs.replace(network.roster, version=version, previous=roster_hash(alone.roster))
    network.append_key_block(START)
    with make_member(network, memory_path, "Ara") as vault:
        postman = make_postman(vault, "Ara")
        postman.start(START)
        seen: set[tuple[RelayId, ...] | None] = set()
        while (at := postman.next_slot_at()) < START + 3 * HOUR:
            network.cut_pages_until(at)
            seal_due(postman, at)
            exchange = postman.begin(at)
            asked = alone if exchange.guard == RelayId(0) else network
            postman.finish(exchange.handle, asked.answer(exchange, at), at)
            with vault.transaction() as tx:
                roster = find_roster(tx)
            seen.add(None if roster is None else roster.numbers)
    assert seen == {None, network.roster.numbers}, "the other relay of the invitation showed the present one"


def test_once_the_roster_has_expired_the_relays_of_the_invitation_are_asked_as_well(memory_path: Path) -> None:
    """The roster names one guard, and that one keeps the next roster to itself."""
    network, late = SmallNetwork(3, guards=(0,)), START + 22 * HOUR
    network.roster = structs.replace(network.roster, expires_day=day_of(START))
    network.append_key_block(late)
    with make_member(network, memory_path, "Ara") as vault:
        postman = make_postman(vault, "Ara")
        postman.start(late)
        run_slots(network, postman, late + HOUR)
        present = SmallNetwork(3, guards=(0,))
        present.roster = structs.replace(
            network.roster, version=2, previous=roster_hash(network.roster), expires_day=day_of(START) + 100
        )
        present.append_key_block(late)
        asked: list[int] = []
        while (at := postman.next_slot_at()) < late + 4.5 * HOUR:
            seal_due(postman, at)
            exchange = postman.begin(at)
            shown = network if exchange.guard == RelayId(0) else present
            asked += [int(exchange.guard)] if exchange.guard not in asked[-1:] else []
            postman.finish(exchange.handle, shown.answer(exchange, at), at)
        with vault.transaction() as tx:
            roster = find_roster(tx)
    assert asked == [0, 1, 0], "until it was shown the next one"
    assert roster == present.roster
