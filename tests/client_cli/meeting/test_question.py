"""A question only we know between two vaults: labels, tries, what is kept, and what is shown."""

from pathlib import Path

import msgspec
import pytest

from client_cli.errors import NotReady
from client_cli.inbox import reading as inbox
from client_cli.meeting import question as asking
from client_cli.meeting.closing import close_person
from client_cli.meeting.question import UNFINISHED_S, Outcome, QuestionProblem
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import Label, get_record, put_record
from protocol.letters.letter import LetterKind
from protocol.people import question as steps
from tests.kits.homes import DAY, NOW, Home, pair

QUESTION = "밭에서 무엇을 구워 먹었지?"


def unconfirmed(tmp_path: Path) -> tuple[Home, Home]:
    """Mother and daughter as after an introduction: not confirmed."""
    mother, daughter = pair(tmp_path)
    for home in (mother, daughter):
        with home.vault.transaction() as tx:
            put_record(tx, 1, msgspec.structs.replace(get_record(tx, 1), label=Label.NOT_CONFIRMED))
    return mother, daughter


def carry(sender: Home, reader: Home, now: float = NOW) -> None:
    """Everything that is due travels."""
    for cell in sender.deposits(now):
        reader.accept(cell, now)


def exchange(mother: Home, daughter: Home, right: str, given: str) -> None:
    asking.ask(mother.vault, mother.person("딸"), QUESTION, right, NOW, mother.crypto)
    carry(mother, daughter)
    assert asking.question_state(daughter.vault, daughter.person("어머니")).to_answer == QUESTION
    asking.answer(daughter.vault, daughter.person("어머니"), given, NOW, daughter.crypto)
    carry(daughter, mother)
    carry(mother, daughter)


def labels(mother: Home, daughter: Home) -> tuple[Label, Label]:
    return mother.person("딸").label, daughter.person("어머니").label


def test_same_answer_confirms_both_sides_and_no_label_rises_before_it_is_told(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    exchange(mother, daughter, "감자", " 감 자! ")
    assert labels(mother, daughter) == (Label.NOT_CONFIRMED, Label.NOT_CONFIRMED)
    for home in (mother, daughter):
        assert [told.outcome for told in asking.news(home.vault, NOW)] == [Outcome.SAME]
        assert asking.news(home.vault, NOW) == []
    assert labels(mother, daughter) == (Label.ANSWERED, Label.ANSWERED)


def test_other_answer_is_told_on_both_sides_and_confirms_nobody(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    exchange(mother, daughter, "감자", "옥수수")
    for home in (mother, daughter):
        assert [told.outcome for told in asking.news(home.vault, NOW)] == [Outcome.DIFFERENT]
    assert labels(mother, daughter) == (Label.NOT_CONFIRMED, Label.NOT_CONFIRMED)


def test_a_late_question_does_not_take_the_place_of_another_one(tmp_path: Path) -> None:
    _, daughter = unconfirmed(tmp_path)
    person = daughter.person("어머니")
    first, second = (steps.encode_message(steps.Ask(bytes([n]) * 16, bytes(32), f"{n}?")) for n in (1, 2))
    with daughter.vault.transaction() as tx:
        asking.receive_late(tx, person.number, second, NOW)
        asking.receive_late(tx, person.number, first, NOW)
        asking.receive_late(tx, person.number, b"no step", NOW)
    assert asking.question_state(daughter.vault, person).to_answer == "2?"


def test_three_tries_and_no_more_in_both_directions(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    for _ in range(2):
        exchange(mother, daughter, "감자", "옥수수")
    asking.ask(daughter.vault, daughter.person("어머니"), QUESTION, "감자", NOW, daughter.crypto)
    carry(daughter, mother)
    asking.answer(mother.vault, mother.person("딸"), "옥수수", NOW, mother.crypto)
    for home, name in ((mother, "딸"), (daughter, "어머니")):
        home.reopen()
        assert asking.question_state(home.vault, home.person(name)).tries_left == 0
        with pytest.raises(QuestionProblem):
            asking.ask(home.vault, home.person(name), QUESTION, "감자", NOW, home.crypto)
        with pytest.raises(QuestionProblem):
            asking.answer(home.vault, home.person(name), "감자", NOW, home.crypto)


def test_try_counts_though_nothing_has_left_yet(tmp_path: Path) -> None:
    mother, _ = unconfirmed(tmp_path)
    asking.ask(mother.vault, mother.person("딸"), QUESTION, "감자", NOW, mother.crypto)
    mother.reopen()
    assert asking.question_state(mother.vault, mother.person("딸")).tries_left == 2


def test_typing_nothing_costs_no_try(tmp_path: Path) -> None:
    mother, _ = unconfirmed(tmp_path)
    for question, answer in ((QUESTION, "?!"), ("", "감자"), ("가" * 500, "감자")):
        with pytest.raises(QuestionProblem):
            asking.ask(mother.vault, mother.person("딸"), question, answer, NOW, mother.crypto)
    assert asking.question_state(mother.vault, mother.person("딸")).tries_left == 3


def test_answer_is_never_kept(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    answer = "아무도 모르는 개울가 감자"
    asking.ask(mother.vault, mother.person("딸"), QUESTION, answer, NOW, mother.crypto)
    carry(mother, daughter)
    asking.answer(daughter.vault, daughter.person("어머니"), answer, NOW, daughter.crypto)
    for home in (mother, daughter):
        with home.vault.transaction() as tx:
            kept = [tx.box.open("questions", n, "sealed_state", s) for n, s in tx.all("SELECT * FROM questions")]
            kept += [
                tx.box.open("letters_out", n, "sealed_body", s)
                for n, s in tx.all("SELECT number, sealed_body FROM letters_out WHERE sealed_body IS NOT NULL")
            ]
        assert kept
        for form in (answer, answer.replace(" ", "")):
            assert all(form.encode() not in value for value in kept)


def test_steps_are_in_no_list_of_letters(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    exchange(mother, daughter, "감자", "감자")
    for home in (mother, daughter):
        assert outbox.letters(home.vault, NOW) == []
        assert inbox.unread(home.vault) == []


def test_letters_go_on_around_a_question_in_order(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    outbox.write_letter(mother.vault, mother.person("딸"), "먼저", NOW)
    asking.ask(mother.vault, mother.person("딸"), QUESTION, "감자", NOW, mother.crypto)
    outbox.write_letter(mother.vault, mother.person("딸"), "나중", NOW)
    carry(mother, daughter)
    assert [letter.text for letter in inbox.unread(daughter.vault)] == ["먼저", "나중"]


def test_steps_of_a_peer_that_fit_nothing_change_nothing(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    for body in (b"\x02" + bytes(80), b"\x03" + bytes(48), b"\x04" + bytes(16), b"junk", b"\x01" + bytes(48)):
        person = daughter.person("어머니")
        with daughter.vault.transaction() as tx:
            outbox.queue_step(tx, person, LetterKind.QUESTION, body, NOW)
    carry(daughter, mother)
    state = asking.question_state(mother.vault, mother.person("딸"))
    assert (state.asked, state.to_answer, state.tries_left) == (None, None, 3)
    assert asking.news(mother.vault, NOW) == []


def test_answer_with_a_share_that_is_no_point_ends_the_exchange_as_different(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    asking.ask(mother.vault, mother.person("딸"), QUESTION, "감자", NOW, mother.crypto)
    carry(mother, daughter)
    person = daughter.person("어머니")
    with daughter.vault.transaction() as tx:
        state = msgspec.msgpack.decode(
            tx.box.open("questions", 1, "sealed_state", tx.all("SELECT sealed_state FROM questions")[0][0])
        )
        outbox.queue_step(tx, person, LetterKind.QUESTION, b"\x02" + state[2][0] + b"\xff" * 64, NOW)
    carry(daughter, mother)
    assert [told.outcome for told in asking.news(mother.vault, NOW)] == [Outcome.DIFFERENT]


def test_closing_erases_what_a_question_left(tmp_path: Path) -> None:
    mother, _ = unconfirmed(tmp_path)
    person = mother.person("딸")
    asking.ask(mother.vault, person, QUESTION, "감자", NOW, mother.crypto)
    close_person(mother.vault, person.number)
    with mother.vault.transaction() as tx:
        assert tx.all("SELECT * FROM questions") == []
    with pytest.raises(NotReady):
        asking.ask(mother.vault, person, QUESTION, "감자", NOW, mother.crypto)


def test_question_is_not_answered_when_nobody_asked(tmp_path: Path) -> None:
    mother, _ = unconfirmed(tmp_path)
    with pytest.raises(QuestionProblem):
        asking.answer(mother.vault, mother.person("딸"), "감자", NOW, mother.crypto)


def guess_and_drop(thief: Home, victim: Home, guess: str, given: str, now: float) -> Outcome:
    """The thief has the mother's keys, asks as often as it likes, learns whether one guess was right, and says no more.
    QuestionProblem: the victim answers no more.
    """
    with thief.vault.transaction() as tx:
        tx.execute("DELETE FROM questions")  # it counts no tries of its own
    asking.ask(thief.vault, thief.person("딸"), QUESTION, guess, now, thief.crypto)
    carry(thief, victim, now)
    asking.answer(victim.vault, victim.person("어머니"), given, now, victim.crypto)
    carry(victim, thief, now)
    (learned,) = asking.news(thief.vault, now)
    with thief.vault.transaction() as tx:
        tx.execute("DELETE FROM letters_out")
        tx.execute("DELETE FROM parts")
    return learned.outcome


def test_a_question_left_unfinished_counts_and_is_told(tmp_path: Path) -> None:
    thief, victim = unconfirmed(tmp_path)
    told = []
    for turn, guess in enumerate(("옥수수", "고구마", "감자")):
        now = NOW + turn * DAY / 24
        right = guess_and_drop(thief, victim, guess, "감자", now)
        assert right is (Outcome.SAME if guess == "감자" else Outcome.DIFFERENT), "it tests one guess each time"
        told += [one.outcome for one in asking.news(victim.vault, now)]
    with pytest.raises(QuestionProblem):
        guess_and_drop(thief, victim, "밤", "감자", NOW + DAY)
    told += [one.outcome for one in asking.news(victim.vault, NOW + UNFINISHED_S + DAY)]
    assert told == [Outcome.UNFINISHED] * 3
    assert asking.news(victim.vault, NOW + 9 * DAY) == [], "each is told once"
    assert victim.person("어머니").label is Label.NOT_CONFIRMED


def test_an_end_that_comes_after_it_was_told_as_missing_still_counts(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    asking.ask(mother.vault, mother.person("딸"), QUESTION, "감자", NOW, mother.crypto)
    carry(mother, daughter)
    asking.answer(daughter.vault, daughter.person("어머니"), "감자", NOW, daughter.crypto)
    carry(daughter, mother)
    assert asking.news(daughter.vault, NOW + UNFINISHED_S - 1) == []
    assert [told.outcome for told in asking.news(daughter.vault, NOW + UNFINISHED_S)] == [Outcome.UNFINISHED]
    assert daughter.person("어머니").label is Label.NOT_CONFIRMED
    carry(mother, daughter)
    assert [told.outcome for told in asking.news(daughter.vault, NOW + 3 * DAY)] == [Outcome.SAME]
    assert daughter.person("어머니").label is Label.ANSWERED
    assert asking.question_state(daughter.vault, daughter.person("어머니")).tries_left == 2


def test_an_end_is_missed_in_time_although_the_clock_was_ahead_and_not_at_once(tmp_path: Path) -> None:
    mother, daughter = unconfirmed(tmp_path)
    asking.ask(mother.vault, mother.person("딸"), QUESTION, "감자", NOW, mother.crypto)
    carry(mother, daughter)
    asking.answer(daughter.vault, daughter.person("어머니"), "감자", NOW + 9 * DAY, daughter.crypto)
    assert asking.news(daughter.vault, NOW) == []
    assert asking.news(daughter.vault, NOW + UNFINISHED_S - 1) == []
    assert [told.outcome for told in asking.news(daughter.vault, NOW + UNFINISHED_S)] == [Outcome.UNFINISHED]


def test_a_state_of_before_unfinished_questions_were_told_is_told_once_too(tmp_path: Path) -> None:
    thief, victim = unconfirmed(tmp_path)
    guess_and_drop(thief, victim, "옥수수", "감자", NOW)
    with victim.vault.transaction() as tx:
        kept = msgspec.msgpack.decode(
            tx.box.open("questions", 1, "sealed_state", tx.all("SELECT sealed_state FROM questions")[0][0])
        )
        old = tx.box.seal("questions", 1, "sealed_state", msgspec.msgpack.encode(kept[:5]))
        tx.execute("UPDATE questions SET sealed_state = ?", (old,))
    victim.reopen()
    assert [told.outcome for told in asking.news(victim.vault, NOW)] == [Outcome.UNFINISHED]
    assert asking.news(victim.vault, NOW + 9 * DAY) == []
