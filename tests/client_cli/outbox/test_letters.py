"""Letters on their way out: what their status says, limits, expiry, and that nothing which is kept alive is lost."""

from pathlib import Path

import pytest

from client_cli.errors import LetterEmpty, LetterTooLong, NotReady
from client_cli.inbox.receiving import Accepted
from client_cli.meeting.in_person import show_card
from client_cli.outbox import letters as outbox
from client_cli.outbox.letters import LetterStatus
from protocol.letters.letter import FRAGMENT_BYTES, MAX_LETTER_BYTES
from tests.kits.cell_letters import ACK_LATER, HOUR, state, texts, write
from tests.kits.homes import DAY, NOW, learn_day, pair


def test_letter_and_its_ack_go_there_and_back(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    assert write(mother, "딸", "잘 지내니?").status is LetterStatus.WAITING
    (cell,) = mother.deposits(NOW)
    assert state(mother).status is LetterStatus.ON_ITS_WAY
    assert daughter.accept(cell, NOW + HOUR) is Accepted.OPENED
    assert texts(daughter) == ["잘 지내니?"]
    assert daughter.deposits(NOW + HOUR) == [], "the ack waits for a random time"
    (ack,) = daughter.deposits(NOW + HOUR + ACK_LATER)
    assert mother.accept(ack, NOW + DAY) is Accepted.OPENED
    assert state(mother).status is LetterStatus.ARRIVED
    assert mother.deposits(NOW + DAY + ACK_LATER) == [], "an ack-only cell is not acked"
    with mother.vault.transaction() as tx:
        assert tx.all("SELECT sealed_body FROM letters_out") == [(None,)], "its text is erased"


def test_text_arrives_as_it_was_typed(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    typed = "\u1112\u1161\u11ab\u1100\u1173\u11af\r\n\t끝 \n"
    write(mother, "딸", typed)
    daughter.accept(mother.deposits(NOW)[0], NOW)
    assert texts(daughter) == [typed]


def test_parts_arrived_are_counted(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "a" * (2 * FRAGMENT_BYTES))
    cells = mother.deposits(NOW)
    daughter.accept(cells[0], NOW)
    mother.accept(daughter.deposits(NOW + DAY)[0], NOW + DAY)
    assert (state(mother).parts, state(mother).parts_arrived) == (3, 1)


def test_letter_expires_and_its_text_is_erased(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    written = write(mother, "딸", "늦은 편지")
    assert written.expires_on == NOW + 90 * DAY
    (cell,) = mother.deposits(NOW)
    over = NOW + 90 * DAY + 1
    assert mother.deposits(over) == []
    assert state(mother, over).status is LetterStatus.EXPIRED
    assert state(mother, over).next_try_at is None
    with mother.vault.transaction() as tx:
        assert tx.all("SELECT sealed_body FROM letters_out") == [(None,)]
        assert tx.all("SELECT * FROM in_flight") == []
    write(mother, "딸", "새 편지", over)
    for fresh in mother.deposits(over):
        daughter.accept(fresh, over)
    assert daughter.accept(cell, over) is None
    assert texts(daughter) == ["새 편지"], "the reader does not wait for what will not come"
    learn_day(mother.vault, over + 31 * DAY)
    assert [letter.status for letter in outbox.letters(mother.vault, over + 31 * DAY)] == [LetterStatus.ON_ITS_WAY]


def test_ack_of_a_letter_that_has_expired_tells_that_it_arrived(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "마지막 날에")
    mother.deposits(NOW)
    (cell,) = mother.deposits(NOW + 89 * DAY)
    over = NOW + 90 * DAY + 1
    assert mother.deposits(over) == []
    assert state(mother, over).status is LetterStatus.EXPIRED
    assert daughter.accept(cell, over) is Accepted.OPENED
    (ack,) = daughter.deposits(over + ACK_LATER)
    mother.accept(ack, over + DAY)
    assert state(mother, over + DAY).status is LetterStatus.ARRIVED


def test_three_silent_months_lose_nothing_that_was_kept_alive(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "첫째")
    now = NOW
    while now < NOW + 80 * DAY:
        cells = mother.deposits(now)
        now += 3 * DAY
    write(mother, "딸", "둘째", now)
    cells = mother.deposits(now)
    for cell in cells:
        daughter.accept(cell, now)
    assert texts(daughter) == ["첫째", "둘째"]
    mother.accept(daughter.deposits(now + DAY)[0], now + DAY)
    assert {letter.status for letter in outbox.letters(mother.vault, now + DAY)} == {LetterStatus.ARRIVED}


def test_letter_limits_are_told(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    for empty in ("", " \n ", "\x1b\x07\u202e"):
        with pytest.raises(LetterEmpty):
            write(mother, "딸", empty)
    with pytest.raises(LetterTooLong) as told:
        write(mother, "딸", "a" * (MAX_LETTER_BYTES + 7))
    assert "by 7 bytes" in str(told.value)
    assert write(mother, "딸", "a" * MAX_LETTER_BYTES).parts == 17
    show_card(mother.vault, "아들", NOW, mother.crypto)
    with pytest.raises(NotReady):
        write(mother, "아들", "아직")
