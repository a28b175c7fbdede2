"""What a deposit slot carries: whose turn it is, at which store, and how acks leave."""

from pathlib import Path

from client_cli.inbox.receiving import Accepted
from client_cli.outbox.letters import LetterStatus
from protocol.seams import RelayId
from tests.kits.cell_letters import ACK_LATER, HOUR, state, texts, write
from tests.kits.homes import DAY, NOW, pair


def test_answer_carries_the_ack_and_no_ack_only_cell_follows(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "잘 지내니?")
    daughter.accept(mother.deposits(NOW)[0], NOW + HOUR)
    write(daughter, "어머니", "네, 잘 지내요.", NOW + HOUR)
    (answer,) = daughter.deposits(NOW + HOUR)
    mother.accept(answer, NOW + 2 * HOUR)
    assert state(mother).status is LetterStatus.ARRIVED
    assert texts(mother) == ["네, 잘 지내요."]
    assert daughter.deposits(NOW + HOUR + ACK_LATER) == []


def test_both_may_write_first(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "먼저")
    write(daughter, "어머니", "제가 먼저")
    to_daughter, to_mother = mother.deposits(NOW), daughter.deposits(NOW)
    daughter.accept(to_daughter[0], NOW + HOUR)
    mother.accept(to_mother[0], NOW + HOUR)
    assert texts(daughter) == ["먼저"]
    assert texts(mother) == ["제가 먼저"]


def test_deposit_belongs_to_the_slots_store(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    for number in range(9):
        write(mother, "딸", f"편지 {number}")
    for _ in range(3):
        for store in (RelayId(0), RelayId(1), RelayId(2)):
            cell = mother.deposit(NOW, store)
            assert cell is not None
            with daughter.vault.transaction() as tx:
                assert tx.find("SELECT relay FROM expected WHERE hole = ?", (cell.hole,)) == (store,)
            daughter.accept(cell, NOW)
    assert texts(daughter) == [f"편지 {number}" for number in range(9)]


def test_a_window_of_unanswered_cells_is_not_passed(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    for _ in range(5):
        write(mother, "딸", "가" * 20_000)
    sent = mother.deposits(NOW)
    assert 48 <= len(sent) <= 64
    for cell in sent:
        assert daughter.accept(cell, NOW) is Accepted.OPENED
    assert mother.deposits(NOW) == []
    mother.accept(daughter.deposits(NOW + HOUR + ACK_LATER)[0], NOW + DAY)
    rest = mother.deposits(NOW + DAY)
    assert len(sent) + len(rest) == 5 * 16
    for cell in rest:
        assert daughter.accept(cell, NOW + DAY) is Accepted.OPENED
    assert texts(daughter) == ["가" * 20_000] * 5


def test_ack_only_cells_do_not_hold_the_window(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    for number in range(80):
        now = NOW + number * HOUR
        write(mother, "딸", f"{number}", now)
        daughter.accept(mother.deposits(now)[-1], now)
        ack = daughter.deposits(now + HOUR)
        if ack and number % 3 == 0:
            mother.accept(ack[-1], now + HOUR)
    assert texts(daughter) == [str(number) for number in range(80)]
