"""Letters between two vaults on the level of cells: whatever is lost, late or twice, each arrives once, in order, and
its status says only what the streams know."""

from pathlib import Path

import pytest

from client_cli.errors import KeyUnavailable, LetterEmpty, LetterTooLong, NotReady
from client_cli.inbox import reading as inbox
from client_cli.inbox import receiving
from client_cli.inbox.receiving import Accepted
from client_cli.meeting.in_person import show_card
from client_cli.outbox import letters as outbox
from client_cli.outbox.letters import LetterState, LetterStatus
from client_cli.streams import in_flight, streams
from client_cli.streams.deposit import Deposit
from client_cli.vault.vault import DATABASE_FILE, Vault
from protocol.letters.letter import FRAGMENT_BYTES, MAX_LETTER_BYTES
from protocol.primitives.sampling import randbelow
from protocol.seams import RelayId
from tests.kits.homes import CONSTANTS, DAY, EPOCH, NOW, WORDS, Home, entropy, learn_day, make_home, pair

HOUR = 3600.0
RETRY = CONSTANTS.retry_ms / 1000
LATER = 3 * RETRY * 1.01  # any first retry is due by then
ACK_LATER = 28 * CONSTANTS.ack_wait_ms / 1000  # any ack wait is over by then


def texts(home: Home) -> list[str]:
    return [letter.text for letter in inbox.unread(home.vault)]


def state(home: Home, now: float = NOW) -> LetterState:
    return outbox.letters(home.vault, now)[-1]


def write(home: Home, to: str, text: str, now: float = NOW) -> LetterState:
    return outbox.write_letter(home.vault, home.person(to), text, now)


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


def test_text_arrives_as_it_was_typed(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    typed = "\u1112\u1161\u11ab\u1100\u1173\u11af\r\n\t끝 \n"
    write(mother, "딸", typed)
    daughter.accept(mother.deposits(NOW)[0], NOW)
    assert texts(daughter) == [typed]


def test_both_may_write_first(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "먼저")
    write(daughter, "어머니", "제가 먼저")
    to_daughter, to_mother = mother.deposits(NOW), daughter.deposits(NOW)
    daughter.accept(to_daughter[0], NOW + HOUR)
    mother.accept(to_mother[0], NOW + HOUR)
    assert texts(daughter) == ["먼저"]
    assert texts(mother) == ["제가 먼저"]


def test_letter_of_many_cells_arrives_whole_in_any_order_and_order_of_letters_is_kept(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    long = "가나다라 " * 3000
    written = write(mother, "딸", long)
    assert written.parts > 5
    write(mother, "딸", "둘째 편지")
    cells = mother.deposits(NOW)
    assert len(cells) == written.parts + 1
    for cell in reversed(cells[1:]):
        assert daughter.accept(cell, NOW + HOUR) is Accepted.OPENED
    assert texts(daughter) == []
    daughter.accept(cells[0], NOW + HOUR)
    assert texts(daughter) == [long, "둘째 편지"]
    (ack,) = daughter.deposits(NOW + DAY)
    mother.accept(ack, NOW + DAY)
    assert {letter.status for letter in outbox.letters(mother.vault, NOW + DAY)} == {LetterStatus.ARRIVED}


def test_parts_arrived_are_counted(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "a" * (2 * FRAGMENT_BYTES))
    cells = mother.deposits(NOW)
    daughter.accept(cells[0], NOW)
    mother.accept(daughter.deposits(NOW + DAY)[0], NOW + DAY)
    assert (state(mother).parts, state(mother).parts_arrived) == (3, 1)


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


def test_duplicate_content_is_acked_again(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "편지")
    daughter.accept(mother.deposits(NOW)[0], NOW)
    daughter.deposits(NOW + HOUR + ACK_LATER)  # this ack is lost
    (again,) = mother.deposits(NOW + LATER)
    daughter.accept(again, NOW + LATER)
    (ack,) = daughter.deposits(NOW + LATER + ACK_LATER)
    mother.accept(ack, NOW + LATER + ACK_LATER)
    assert state(mother).status is LetterStatus.ARRIVED


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


def test_cell_of_a_relay_that_cheats_leaves_the_pigeonhole_expected(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "편지")
    (cell,) = mother.deposits(NOW)
    spoiled = Deposit(cell.hole, bytes(len(cell.cell)))
    assert daughter.accept(spoiled, NOW) is Accepted.SPOILED
    assert daughter.accept(Deposit(cell.hole, b"short"), NOW) is Accepted.SPOILED
    assert daughter.accept(cell, NOW) is Accepted.OPENED


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


def test_a_clock_that_no_relay_confirms_costs_no_letter_and_no_relationship(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "올해 편지")
    wrong = NOW + 365 * DAY
    for home in (mother, daughter):
        with home.vault.transaction() as tx:
            streams.roll(tx, wrong)
    assert state(mother, wrong).status is LetterStatus.WAITING
    (cell,) = mother.deposits(NOW)
    daughter.accept(cell, NOW)
    assert texts(daughter) == ["올해 편지"]
    (ack,) = daughter.deposits(NOW + DAY)
    mother.accept(ack, NOW + DAY)
    assert state(mother, NOW + DAY).status is LetterStatus.ARRIVED


def test_locked_vault_keeps_cells_unopened_and_sends_none(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "하나")
    write(mother, "딸", "둘")
    cells = mother.deposits(NOW)
    daughter.vault.drop_letters_key()
    assert [daughter.accept(cell, NOW + HOUR) for cell in cells] == [Accepted.UNOPENED] * 2
    assert daughter.accept(cells[0], NOW + HOUR) is None
    assert daughter.deposits(NOW + DAY) == []
    with pytest.raises(KeyUnavailable):
        inbox.unread(daughter.vault)
    with pytest.raises(KeyUnavailable):
        outbox.letters(daughter.vault, NOW)
    daughter.reopen()
    assert texts(daughter) == ["하나", "둘"]
    (ack,) = daughter.deposits(NOW + HOUR + ACK_LATER)
    mother.accept(ack, NOW + DAY)
    assert state(mother).status is LetterStatus.ARRIVED


def test_cell_that_waited_unopened_past_its_epoch_is_still_read_once(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "기다린 편지")
    (cell,) = mother.deposits(NOW)
    daughter.vault.drop_letters_key()
    daughter.accept(cell, NOW)
    later = NOW + 5 * EPOCH
    with daughter.vault.transaction() as tx:
        streams.roll(tx, later)
    daughter.reopen()
    (again,) = mother.deposits(later)
    assert daughter.accept(again, later) is Accepted.OPENED
    assert receiving.open_arrived(daughter.vault) == 1
    assert texts(daughter) == ["기다린 편지"]


def test_read_letters_vanish_unless_kept(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    for text in ("하나", "둘", "셋"):
        write(mother, "딸", text)
    for cell in mother.deposits(NOW):
        daughter.accept(cell, NOW)
    one, two, three = inbox.unread(daughter.vault)
    inbox.mark_read(daughter.vault, [one.number, three.number], keep=False)
    inbox.mark_read(daughter.vault, [two.number], keep=True)
    assert inbox.unread(daughter.vault) == []
    assert [letter.text for letter in inbox.kept(daughter.vault, daughter.person("어머니"))] == ["둘"]
    daughter.reopen()
    assert [letter.text for letter in inbox.kept(daughter.vault)] == ["둘"]
    with daughter.vault.transaction() as tx:
        assert tx.find("SELECT count(*) FROM letters_in") == (1,)


def test_nothing_readable_is_in_the_raw_files_and_erased_rows_are_not_in_their_pages(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    text = "secret-word-of-the-letter " * 40
    write(mother, "딸", text)
    for cell in mother.deposits(NOW):
        daughter.accept(cell, NOW)
    with daughter.vault.transaction() as tx:
        ((number, sealed),) = tx.all("SELECT number, sealed_body FROM letters_in")
    inbox.mark_read(daughter.vault, [number], keep=False)
    # The pages themselves, decrypted: what the opening words would show to somebody who has the file.
    plain = tmp_path / "plain.db"
    daughter.vault._connection.execute("ATTACH DATABASE ? AS plain KEY ''", (str(plain),))
    daughter.vault._connection.execute("SELECT sqlcipher_export('plain')")
    pages = plain.read_bytes()
    home = daughter.vault.home
    log = home / (DATABASE_FILE + "-wal")
    assert sealed[:64] not in pages
    assert not log.exists() or log.stat().st_size == 0
    raw = b"".join(path.read_bytes() for path in home.iterdir())
    for trace in (b"secret-word", "어머니".encode(), "딸".encode(), b"contacts", sealed[:64], b"SQLite"):
        assert trace not in raw
    assert b"secret-word" not in pages
    assert "어머니".encode() not in pages


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


def test_letters_survive_loss_reordering_and_death_at_every_step(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    fate = entropy(77)
    expected: dict[str, list[str]] = {"딸": [], "어머니": []}
    flying: list[tuple[Home, Deposit]] = []
    got: dict[str, list[str]] = {"딸": [], "어머니": []}
    now = NOW
    for step in range(360):
        now += 1.5 * HOUR
        writer, reader, name = (mother, daughter, "딸") if step % 2 else (daughter, mother, "어머니")
        if step < 40 and step % 5 < 2:
            text = f"{step}번 편지 " * (1 + randbelow(fate, 700))
            write(writer, name, text, now)
            expected[name].append(text)
        cell = writer.deposit(now)
        if cell is not None and randbelow(fate, 10) >= 3:
            flying.append((reader, cell))
        if flying and randbelow(fate, 10) >= 2:
            to, receiving = flying.pop(randbelow(fate, len(flying)))
            to.accept(receiving, now)
        if step % 20 == 0:
            writer.reopen()
        for home, whose in ((daughter, "딸"), (mother, "어머니")):
            letters = inbox.unread(home.vault)
            got[whose] += [letter.text for letter in letters]
            inbox.mark_read(home.vault, [letter.number for letter in letters], keep=False)
    assert got == expected


def test_another_process_reads_while_this_one_works(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    with Vault.open(daughter.vault.home, WORDS) as beside:
        write(mother, "딸", "편지")
        daughter.accept(mother.deposits(NOW)[0], NOW)
        (letter,) = inbox.unread(beside)
        inbox.mark_read(beside, [letter.number], keep=False)
        assert texts(daughter) == []
        outbox.write_letter(beside, daughter.person("어머니"), "답장", NOW)
        mother.accept(daughter.deposits(NOW)[0], NOW)
    assert texts(mother) == ["답장"]


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


def test_strangers_home_takes_nothing(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    stranger = make_home(tmp_path / "stranger", 3)
    write(mother, "딸", "편지")
    (cell,) = mother.deposits(NOW)
    assert stranger.accept(cell, NOW) is None
