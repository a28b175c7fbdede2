"""Introductions that travel as letters: for the right person, once, decided by the person; helpers keep nothing."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.desk import by_letter
from client_cli.desk.helper import Helper
from client_cli.errors import CardProblem
from client_cli.inbox import reading as inbox
from client_cli.meeting import closing, handovers, question
from client_cli.meeting.requests import Request, accept, refuse, requests
from client_cli.outbox.letters import queue_step
from client_cli.people.contacts import Label, State
from protocol.letters.letter import LetterKind
from protocol.people.handover import MAX_WAITING, Handover, encode_handover
from protocol.people.introduction import introduce, seal_answer
from protocol.people.key_card import CardKind, make_card
from tests.kits.communities import TODAY
from tests.kits.homes import DAY, NOW, entropy
from tests.kits.villages import SOURCE, Village, rows, settled, talk


@pytest.fixture
def village(memory_path: Path) -> Iterator[Village]:
    with settled(memory_path) as made:
        yield made


def test_both_cards_travel_as_letters_and_each_side_accepts(village: Village) -> None:
    village.introduce()
    for home, name in ((village.a, "동생"), (village.b, "언니")):
        (request,) = requests(home.vault, NOW)
        assert request == Request(name, True, SOURCE, request.number, answered=False)
        assert home.person(name).state is State.MEETING
        assert inbox.unread(home.vault) == [], "no letter that a person reads"
        assert accept(home.vault, name, NOW, home.crypto).introducer == SOURCE
        person = home.person(name)
        assert (person.label, person.introducer, person.state) == (Label.NOT_CONFIRMED, SOURCE, State.READY)
        assert requests(home.vault, NOW) == []
    talk(village)


def test_one_way_the_answer_goes_back_through_the_helper_by_itself(village: Village) -> None:
    village.one_way()
    (offer,) = requests(village.b.vault, NOW)
    assert (offer.name, offer.named, offer.helper) == ("언니", False, SOURCE)
    assert by_letter.to_pass_on(village.helper.vault, NOW) == [], "shown no more"
    accept(village.b.vault, "큰언니", NOW, village.b.crypto, offer.number)
    village.carry(village.b, village.helper)
    assert rows(village.helper) == 0, "whose card it was is forgotten as soon as the answer has gone on"
    village.deliver()
    (answer,) = requests(village.a.vault, NOW)
    assert (answer.name, answer.answered, answer.helper) == ("동생", True, SOURCE)
    assert village.a.person("동생").state is State.MEETING, "nobody is a contact before being accepted"
    accept(village.a.vault, "동생", NOW, village.a.crypto)
    talk(village)


def test_a_statement_of_somebody_else_is_never_accepted(village: Village) -> None:
    forged = Helper(village.desk.roster, village.desk.certificate, b"x" * 32)
    village.desk = forged
    village.introduce()
    (request,) = requests(village.a.vault, NOW)
    assert request.helper == "도우미", "a name that nothing vouches for is not shown"
    with pytest.raises(CardProblem, match="does not come from a helper"):
        accept(village.a.vault, "동생", NOW, village.a.crypto)


def test_one_person_cannot_flood_another_with_handovers(village: Village) -> None:
    a = village.a
    to = a.person("도우미")
    with a.vault.transaction() as tx:
        for seed in range(MAX_WAITING + 3):
            card = make_card(CardKind.INTRODUCE, "", TODAY + 30, entropy(seed + 10)).card
            queue_step(tx, to, LetterKind.HANDOVER, encode_handover(Handover(str(seed), card)), NOW)
    village.carry(a, village.helper)
    assert rows(village.helper) == MAX_WAITING
    assert len(by_letter.to_pass_on(village.helper.vault, NOW)) == MAX_WAITING


def test_rubbish_and_what_is_for_nobody_here_is_passed_over(village: Village) -> None:
    helper = village.helper
    other = make_card(CardKind.INTRODUCE, "", TODAY + 30, entropy(80))
    wrong = introduce(
        other.card,
        make_card(CardKind.INTRODUCE, "", TODAY, entropy(81)).card,
        village.desk.certificate,
        village.desk.secret,
    )
    to = helper.person("가")
    with helper.vault.transaction() as tx:
        queue_step(tx, to, LetterKind.HANDOVER, b"\xff\xff", NOW)
    village.hand_over("가", wrong)
    village.deliver()
    assert rows(village.a) == 0


def test_bent_handovers_of_every_kind_raise_nothing(village: Village) -> None:
    """Invariant 5, behind the parser: what a contact sends is taken, shown and listed, or passed over."""
    a, b = (make_card(CardKind.INTRODUCE, "", TODAY + 30, entropy(seed)) for seed in (90, 91))
    one_way = introduce(a.card, None, village.desk.certificate, village.desk.secret)
    both = introduce(a.card, b.card, village.desk.certificate, village.desk.secret)
    whole = [
        encode_handover(Handover("언니", passed))
        for passed in (a.card, one_way, both, seal_answer(one_way, b, entropy(92)))
    ]
    chance = random.Random(7)
    number = village.a.person("도우미").number
    for _ in range(300):
        bent = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(3)):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        with village.a.vault.transaction() as tx:
            handovers.receive(tx, number, bytes(bent)[: chance.choice([len(bent), chance.randrange(len(bent))])], NOW)
    assert rows(village.a) <= 3
    for request in requests(village.a.vault, NOW):
        refuse(village.a.vault, request.name, NOW, request.number)
    assert requests(village.a.vault, NOW) == []


def test_old_cards_and_closed_people_leave_nothing(village: Village) -> None:
    village.give(village.a, "동생")
    village.give(village.b, "언니")
    closing.close_person(village.helper.vault, village.helper.person("나").number)
    assert [one.name for one in by_letter.to_pass_on(village.helper.vault, NOW)] == ["동생"]
    assert rows(village.helper) == 1
    assert by_letter.to_pass_on(village.helper.vault, NOW + 40 * DAY) == []
    assert rows(village.helper) == 1, "no relay has signed that day: the clock may be wrong"
    village.helper.deposit(NOW + 40 * DAY)
    assert by_letter.to_pass_on(village.helper.vault, NOW + 40 * DAY) == []
    assert rows(village.helper) == 0


def test_the_question_works_between_people_introduced_by_letter(village: Village) -> None:
    village.introduce()
    accept(village.a.vault, "동생", NOW, village.a.crypto)
    accept(village.b.vault, "언니", NOW, village.b.crypto)
    question.ask(village.a.vault, village.a.person("동생"), "무엇을 구워 먹었지?", "감자", NOW, village.a.crypto)
    village.carry(village.a, village.b)
    question.answer(village.b.vault, village.b.person("언니"), "감자", NOW, village.b.crypto)
    village.carry(village.b, village.a)
    village.carry(village.a, village.b)
    for home, name in ((village.a, "동생"), (village.b, "언니")):
        assert [told.outcome for told in question.news(home.vault, NOW)] == [question.Outcome.SAME]
        assert home.person(name).label is Label.ANSWERED
