"""Slots: sealed ahead, handed out once, skipped when they are past, whatever the clock does."""

from pathlib import Path

import pytest

from client_cli.post.postman import NothingDue, Postman
from client_cli.post.slots import BACK_S, LATE_S, lookahead_s, pop_slot
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from tests.kits.postal_pair import HOUR
from tests.kits.small_network import (
    CONSTANTS,
    START,
    WORDS,
    SmallNetwork,
    make_member,
    make_postman,
    run_slots,
)


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
    network: SmallNetwork, member: Vault, memory_path: Path
) -> None:
    vault, run = member, 0
    packets: list[bytes] = []
    last = START

    def again() -> Postman:
        nonlocal vault, run
        vault.close()
        vault = Vault.open(memory_path / "solo", WORDS)
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
def test_no_sealing_falls_close_before_or_after_a_slot(
    network: SmallNetwork, memory_path: Path, profile: Profile
) -> None:
    """How long sealing takes depends on letters; the half of a look-ahead on either side hides it."""
    sealings, slots = [], []
    with make_member(network, memory_path, "solo", profile) as member:
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


def test_a_clock_that_was_ahead_before_any_slot_leaves_no_slot_waiting_for_its_time(
    network: SmallNetwork, member: Vault
) -> None:
    postman = make_postman(member, "solo")
    postman.start(START + 400 * 24 * HOUR)
    postman.start(START)
    assert START <= postman.next_slot_at() < START + HOUR


def test_packets_are_sealed_before_their_slots_after_a_clock_was_set_back(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START + 5 * HOUR)
    run_slots(network, postman, START + 6 * HOUR)
    postman.start(START)
    assert postman.prepare_at() < postman.next_slot_at()


def test_a_clock_set_back_uses_no_slot_again(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    run_slots(network, postman, START + HOUR)
    nearly = postman.next_slot_at()
    postman.start(START + HOUR - BACK_S / 2)
    assert postman.next_slot_at() == nearly  # less than a minute: waited for
    postman.start(START + HOUR / 2)
    assert START + HOUR / 2 <= postman.next_slot_at() < START + HOUR  # half an hour was waited for, too
    run_slots(network, postman, START + 5 * HOUR)
    used = {seen.request.packet for seen in network.seen}
    postman.start(START)
    assert START <= postman.next_slot_at() < START + HOUR
    run_slots(network, postman, START + HOUR)
    assert len({seen.request.packet for seen in network.seen}) > len(used)
    assert len({seen.request.packet for seen in network.seen}) == len(network.seen)


def test_a_sealed_packet_is_handed_out_once_and_a_missed_one_never(network: SmallNetwork, member: Vault) -> None:
    postman = make_postman(member, "solo")
    postman.start(START)
    postman.prepare(postman.next_slot_at())
    with member.transaction() as tx:
        (number,) = tx.all("SELECT slot FROM prepared ORDER BY slot")[0]
        assert (pop_slot(tx) or number).number == number
        assert tx.find("SELECT 1 FROM prepared WHERE slot = ?", (number,)) is None
    postman.start(START)
    missed = postman.next_slot_at()
    postman.prepare(missed)
    postman.start(missed + 60)
    with member.transaction() as tx:
        assert tx.all("SELECT at FROM prepared WHERE at < ?", (missed + 60 - LATE_S,)) == []
