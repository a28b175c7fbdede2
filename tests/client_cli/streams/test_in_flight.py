"""What has become of cells: lost ones are sent again in new ones, waits are drawn, a late ack still counts."""

from pathlib import Path

from client_cli.inbox.receiving import Accepted
from client_cli.outbox.letters import LetterStatus
from client_cli.streams import in_flight
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
