"""What has become of cells: lost ones are sent again in new ones, waits are drawn, a late ack still counts."""

from pathlib import Path

from client_cli.inbox.receiving import Accepted
from client_cli.outbox.letters import LetterStatus
from client_cli.streams import in_flight
from protocol.routes.onion import Route
from protocol.seams import RelayId
from tests.kits.cell_letters import ACK_LATER, HOUR, LATER, RETRY, state, texts, write
from tests.kits.homes import DAY, EPOCH, NOW, entropy, pair


def test_lost_cell_is_sent_again_in_a_new_one_and_a_late_twin_is_taken_once(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "한 번만")
    (lost,) = mother.deposits(NOW)
    assert mother.deposits(NOW + 0.9 * RETRY) == [], "nothing is sent again before its time"
    (again,) = mother.deposits(NOW + LATER)
    assert again.hole != lost.hole
    assert again.cell != lost.cell
    assert state(mother).status is LetterStatus.SENT_AGAIN
    assert daughter.accept(lost, NOW + LATER) is Accepted.OPENED
    assert daughter.accept(again, NOW + LATER) is Accepted.OPENED
    assert daughter.accept(again, NOW + LATER) is None, "each pigeonhole is taken once"
    assert texts(daughter) == ["한 번만"]


def test_ack_of_the_first_cell_counts_after_it_was_sent_again(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "편지")
    (first,) = mother.deposits(NOW)
    daughter.accept(first, NOW)
    (ack,) = daughter.deposits(NOW + HOUR + ACK_LATER)
    mother.deposits(NOW + LATER)
    mother.accept(ack, NOW + LATER)
    assert state(mother).status is LetterStatus.ARRIVED
    with mother.vault.transaction() as tx:
        assert tx.all("SELECT * FROM in_flight WHERE contact != 0") == []


def test_what_a_later_cell_has_overtaken_is_sent_again_at_once(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    for minutes, text in ((0, "처음"), (5, "곧"), (RETRY / 2 / 60 + 10, "나중")):
        write(mother, "딸", text, NOW + 60 * minutes)
    (lost, also_lost), later = mother.deposits(NOW + 360), NOW + RETRY / 2 + 700
    (came,) = mother.deposits(later)
    daughter.accept(came, later)
    assert mother.deposits(later + 60) == []
    (ack,) = daughter.deposits(later + ACK_LATER)
    heard = NOW + 0.9 * RETRY
    mother.accept(ack, heard)
    again = mother.deposits(heard)
    assert len(again) == 2, "both that left before"
    for cell in again:
        daughter.accept(cell, later + ACK_LATER)
    assert texts(daughter) == ["처음", "곧", "나중"]
    assert {cell.hole for cell in again}.isdisjoint({lost.hole, also_lost.hole})


def test_what_left_shortly_before_the_one_that_came_is_not_sent_again(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "처음")
    (lost,) = mother.deposits(NOW)
    later = NOW + 0.4 * RETRY
    write(mother, "딸", "나중", later)
    (came,) = mother.deposits(later)
    daughter.accept(came, later)
    (ack,) = daughter.deposits(later + ACK_LATER)
    mother.accept(ack, NOW + 0.9 * RETRY)
    assert mother.deposits(NOW + 0.95 * RETRY) == []
    (again,) = mother.deposits(NOW + 1.01 * RETRY)
    assert again.hole != lost.hole


def test_waits_are_those_of_a_first_try_for_somebody_who_was_heard(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "처음")
    for days in (0, 2, 5, 9):
        assert len(mother.deposits(NOW + days * DAY)) == 1
    assert mother.deposits(NOW + 9 * DAY + 2 * RETRY) == [], "nobody has been heard for nine days"
    write(daughter, "어머니", "여기 있어요", NOW + 9 * DAY)
    mother.accept(daughter.deposits(NOW + 9 * DAY + 2 * RETRY)[0], NOW + 9 * DAY + 2 * RETRY)
    daughter.accept(mother.deposits(NOW + 9 * DAY + 2 * RETRY)[0], NOW + 9 * DAY + 3 * RETRY)
    assert texts(daughter) == ["처음"]


def test_retry_waits_grow_are_random_and_bounded() -> None:
    draw = entropy(9)
    for tries in range(1, 12):
        waits = {in_flight.retry_wait_s(tries, RETRY, draw) for _ in range(20)}
        assert min(waits) >= min(RETRY * 1.5 ** (tries - 1), 3 * DAY)
        assert max(waits) <= min(3 * RETRY * 1.5 ** (tries - 1), 3 * DAY)
        assert len(waits) > 1 or tries > 6


def test_erased_epoch_makes_its_parts_due_again(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "오래 걸린 편지")
    mother.deposits(NOW)
    with mother.vault.transaction() as tx:
        tx.execute("UPDATE parts SET next_try = ?", (NOW + 80 * DAY,))
    later = NOW + 4 * EPOCH
    (again,) = mother.deposits(later)
    assert daughter.accept(again, later) is Accepted.OPENED
    assert texts(daughter) == ["오래 걸린 편지"]


def test_what_lay_at_a_relay_that_fell_silent_is_sent_again_at_once(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    sent = {}
    for number in range(6):
        write(mother, "딸", f"{number}")
        sent[number] = mother.deposit(NOW + number, RelayId(number % 3))
        route = Route(RelayId(0), RelayId(number // 3), RelayId(number % 3), 1.0, 1.0, 0.0)
        with mother.vault.transaction() as tx:
            in_flight.note_route(tx, route, NOW + number)
    assert mother.deposits(NOW + HOUR) == []
    with mother.vault.transaction() as tx:
        in_flight.fell_silent(tx, RelayId(1), NOW, NOW + HOUR)
    again = mother.deposits(NOW + HOUR)
    for cell in again:
        assert daughter.accept(cell, NOW + HOUR) is Accepted.OPENED
    with mother.vault.transaction() as tx:
        twice = [letter for (letter,) in tx.all("SELECT letter FROM parts WHERE tries = 2 ORDER BY letter")]
    assert twice == [2, 4, 5, 6], "stored there: 2 and 5; 4, 5 and 6 were to pass through it"


def test_what_had_passed_a_relay_before_it_fell_silent_is_not_sent_again(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    write(mother, "딸", "편지")
    mother.deposit(NOW, RelayId(0))
    with mother.vault.transaction() as tx:
        in_flight.note_route(tx, Route(RelayId(0), RelayId(1), RelayId(0), 1.0, 1.0, 0.0), NOW)
        in_flight.fell_silent(tx, RelayId(1), NOW + HOUR, NOW + 2 * HOUR)
    assert mother.deposits(NOW + 2 * HOUR) == []
