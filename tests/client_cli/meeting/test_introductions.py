"""Introductions in the vault: for the right person, once, by a helper who may; requests wait to be accepted."""

from pathlib import Path

import msgspec
import pytest

from client_cli.desk.helper import Helper, HelperProblem, certify, load_helper, pass_on
from client_cli.errors import CardProblem, NameProblem
from client_cli.inbox import reading as inbox
from client_cli.inbox.receiving import Accepted
from client_cli.meeting import question
from client_cli.meeting.introductions import accept_introduction
from client_cli.meeting.own_cards import make_introduce_card
from client_cli.meeting.requests import accept, refuse
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import Label, State, find_person
from client_cli.streams import streams
from client_cli.streams.deposit import Deposit
from client_cli.streams.ratchets import get_conversation
from client_cli.vault.keys import Key
from protocol.letters.letter import LetterKind, parse_content, parse_letter
from protocol.people.certificate import revocation_of
from protocol.people.key_card import CardKind, encode_card_text, make_card
from protocol.primitives.days import day_of
from protocol.streams.cell import open_cell
from tests.kits.communities import make_roster, signed
from tests.kits.homes import DAY, NOW, Home, entropy, make_home, make_vault
from tests.kits.villages import SOURCE, keeper


@pytest.fixture
def helper(tmp_path: Path) -> Helper:
    certify(keeper(tmp_path / "community"), tmp_path / "helper", "온누리", 30, NOW, entropy(50))
    return load_helper(tmp_path / "helper", NOW)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Home, Home]:
    return make_home(tmp_path / "a", 1), make_home(tmp_path / "b", 2)


def cards(two: tuple[Home, Home]) -> tuple[str, str]:
    a, b = two
    return (
        make_introduce_card(a.vault, "동생", NOW, a.crypto),
        make_introduce_card(b.vault, "언니", NOW, b.crypto),
    )


def talk(two: tuple[Home, Home]) -> None:
    a, b = two
    outbox.write_letter(a.vault, a.person("동생"), "거기 있니?", NOW)
    (cell,) = a.deposits(NOW)
    assert b.accept(cell, NOW) is Accepted.OPENED
    assert [letter.text for letter in inbox.unread(b.vault)] == ["거기 있니?"]


def test_two_people_who_were_introduced_write_and_are_not_confirmed(two: tuple[Home, Home], helper: Helper) -> None:
    a, b = two
    of_a, of_b = cards(two)
    for home, name, text in (
        (a, "동생", pass_on(helper, of_b, of_a, NOW)),
        (b, "언니", pass_on(helper, of_a, of_b, NOW)),
    ):
        assert accept_introduction(home.vault, name, text, NOW, home.crypto).introducer == SOURCE
        person = home.person(name)
        assert (person.label, person.introducer, person.state) == (Label.NOT_CONFIRMED, SOURCE, State.READY)
    talk(two)


def test_introduction_for_somebody_else_or_used_twice_is_refused(two: tuple[Home, Home], helper: Helper) -> None:
    a, b = two
    of_a, of_b = cards(two)
    make_introduce_card(a.vault, "오빠", NOW, a.crypto)
    for_a = pass_on(helper, of_b, of_a, NOW)
    with pytest.raises(CardProblem, match="your card for 동생, not for 오빠"):
        accept_introduction(a.vault, "오빠", for_a, NOW, a.crypto)
    with pytest.raises(CardProblem, match="for 언니, not for 새사람"):
        accept_introduction(b.vault, "새사람", pass_on(helper, of_a, of_b, NOW), NOW, b.crypto)
    make_introduce_card(b.vault, "이모", NOW, b.crypto)
    third = make_card(CardKind.INTRODUCE, "", day_of(NOW) + 9, entropy(70)).card
    for_a_third = pass_on(helper, of_a, encode_card_text(third), NOW)
    with pytest.raises(CardProblem, match="not made for 이모"):
        accept_introduction(b.vault, "이모", for_a_third, NOW, b.crypto)
    accept_introduction(a.vault, "동생", for_a, NOW, a.crypto)
    with pytest.raises(CardProblem, match="used already - stop"):
        accept_introduction(a.vault, "동생", for_a, NOW, a.crypto)
    with pytest.raises(NameProblem):
        make_introduce_card(a.vault, "동생", NOW, a.crypto)


def test_swapped_pictures_are_told_from_used_ones_and_both_can_still_be_taken(
    two: tuple[Home, Home], helper: Helper
) -> None:
    a, b = two
    of_a, of_b = cards(two)
    for_a, for_b = pass_on(helper, of_b, of_a, NOW), pass_on(helper, of_a, of_b, NOW)
    for home, name, theirs in ((a, "동생", for_b), (b, "언니", for_a)):
        with pytest.raises(CardProblem, match=f"for {name}, the other person"):
            accept_introduction(home.vault, name, theirs, NOW, home.crypto)
    for home, name, right in ((a, "동생", for_a), (b, "언니", for_b)):
        accept_introduction(home.vault, name, right, NOW, home.crypto)
    talk(two)
    with pytest.raises(CardProblem, match="other person"):
        accept_introduction(a.vault, "동생", for_b, NOW, a.crypto)


def test_a_card_that_is_too_old_is_refused(two: tuple[Home, Home], helper: Helper) -> None:
    a, b = two
    of_a = make_introduce_card(a.vault, "동생", NOW - 25 * DAY, a.crypto)
    of_b = make_introduce_card(b.vault, "언니", NOW, b.crypto)
    with pytest.raises(CardProblem, match="too old"):
        accept_introduction(b.vault, "언니", pass_on(helper, of_a, of_b, NOW), NOW + 6 * DAY, b.crypto)


def test_one_card_makes_no_two_people(two: tuple[Home, Home], helper: Helper) -> None:
    """Two who hold one card could read each other's letters."""
    a, b = two
    text = pass_on(helper, make_introduce_card(a.vault, "동생", NOW, a.crypto), None, NOW)
    accept_introduction(b.vault, "언니", text, NOW, b.crypto)
    with pytest.raises(CardProblem, match="used already"):
        accept_introduction(b.vault, "다른 사람", text, NOW, b.crypto)


def test_bare_card_is_not_taken_without_a_helper(two: tuple[Home, Home]) -> None:
    a, _ = two
    _, of_b = cards(two)
    with pytest.raises(CardProblem, match="through a helper"):
        accept_introduction(a.vault, "동생", of_b, NOW, a.crypto)


def test_expired_or_revoked_helper_is_refused(two: tuple[Home, Home], helper: Helper, tmp_path: Path) -> None:
    a, _ = two
    of_a, of_b = cards(two)
    text = pass_on(helper, of_b, of_a, NOW)
    with pytest.raises(CardProblem, match="expired"):
        accept_introduction(a.vault, "동생", text, NOW + 31 * DAY, a.crypto)
    revoked = msgspec.structs.replace(make_roster(), revoked=(revocation_of(helper.certificate),))
    with a.vault.transaction() as tx:
        tx.put(Key.ROSTER, signed(revoked).data)
    with pytest.raises(CardProblem, match="may not introduce"):
        accept_introduction(a.vault, "동생", text, NOW, a.crypto)
    (tmp_path / "helper" / "roster").write_bytes(signed(revoked).data)
    with pytest.raises(HelperProblem, match="not good any more"):
        load_helper(tmp_path / "helper", NOW)
    person = find_person(a.vault, "동생")
    assert person is not None
    assert person.state is State.MEETING


def test_helper_of_another_community_is_refused(two: tuple[Home, Home], helper: Helper) -> None:
    a, _ = two
    of_a, of_b = cards(two)
    forged = Helper(helper.roster, helper.certificate, b"x" * 32)
    with pytest.raises(CardProblem, match="does not come from a helper"):
        accept_introduction(a.vault, "동생", pass_on(forged, of_b, of_a, NOW), NOW, a.crypto)


def test_nobody_is_taken_before_the_roster_is_known(helper: Helper, two: tuple[Home, Home], tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "new", 9, joined=False)
    mine = make_introduce_card(vault, "동생", NOW, entropy(9))
    _, of_b = cards(two)
    with pytest.raises(CardProblem, match="not come yet"):
        accept_introduction(vault, "동생", pass_on(helper, of_b, mine, NOW), NOW, entropy(9))


def request(two: tuple[Home, Home], helper: Helper) -> str:
    """B was given A's card one way; what B hands back."""
    a, b = two
    of_a = make_introduce_card(a.vault, "동생", NOW, a.crypto)
    taken = accept_introduction(b.vault, "언니", pass_on(helper, of_a, None, NOW), NOW, b.crypto)
    assert taken.answer is not None
    return taken.answer


def test_one_way_request_waits_until_it_is_accepted(two: tuple[Home, Home], helper: Helper) -> None:
    a, _ = two
    answer = request(two, helper)
    taken = accept_introduction(a.vault, "동생", answer, NOW, a.crypto)
    assert taken.request
    assert a.person("동생").state is State.MEETING
    assert accept(a.vault, "동생", NOW, a.crypto).introducer == SOURCE
    assert (a.person("동생").label, a.person("동생").introducer) == (Label.NOT_CONFIRMED, SOURCE)
    talk(two)
    with pytest.raises(CardProblem, match="used already"):
        accept_introduction(a.vault, "동생", answer, NOW, a.crypto)


def test_refused_request_leaves_nothing(two: tuple[Home, Home], helper: Helper) -> None:
    a, _ = two
    accept_introduction(a.vault, "동생", request(two, helper), NOW, a.crypto)
    refuse(a.vault, "동생", NOW)
    assert a.person("동생").state is State.CLOSED
    with pytest.raises(CardProblem):
        accept(a.vault, "동생", NOW, a.crypto)


def test_nobody_else_can_take_a_request(two: tuple[Home, Home], helper: Helper) -> None:
    _, b = two
    answer = request(two, helper)
    make_introduce_card(b.vault, "남", NOW, b.crypto)
    with pytest.raises(CardProblem):
        accept_introduction(b.vault, "남", answer, NOW, b.crypto)


def body_in(reader: Home, deposit: Deposit) -> bytes:
    """What the letter in a cell says, opened with the reader's own keys and not taken: what a dishonest helper does."""
    reader.keep_house(NOW)
    with reader.vault.transaction() as tx:
        row = tx.find("SELECT epoch, idx FROM expected WHERE hole = ?", (deposit.hole,))
        receive = streams.find_receive(tx, 1)
        assert row is not None
        assert receive is not None
        key = receive.key_of(*row)
        assert key is not None
        fragment = parse_content(
            get_conversation(tx, 1).open(open_cell(key, deposit.cell), reader.crypto, receive.where(row[0]))
        ).fragment
        assert fragment is not None
        return parse_letter(fragment.data).body


def hand_on(sender: Home, here: Home, there: Home, there_name: str, reader: Home) -> None:
    """From a victim through both homes of the one in the middle to the other victim, every step unchanged."""
    bodies = [body_in(here, deposit) for deposit in sender.deposits(NOW)]
    assert bodies
    person = there.person(there_name)
    with there.vault.transaction() as tx:
        for body in bodies:
            outbox.queue_step(tx, person, LetterKind.QUESTION, body, NOW)
    for deposit in there.deposits(NOW):
        assert reader.accept(deposit, NOW) is Accepted.OPENED


def test_swapped_cards_fail_on_both_sides_though_everything_is_relayed(
    two: tuple[Home, Home], helper: Helper, tmp_path: Path
) -> None:
    elder, younger = two
    left, right = make_home(tmp_path / "left", 3), make_home(tmp_path / "right", 4)
    for honest, name, middle in ((elder, "동생", left), (younger, "언니", right)):
        theirs = make_introduce_card(honest.vault, name, NOW, honest.crypto)
        false = make_introduce_card(middle.vault, "victim", NOW, middle.crypto)
        accept_introduction(honest.vault, name, pass_on(helper, false, theirs, NOW), NOW, honest.crypto)
        accept_introduction(middle.vault, "victim", pass_on(helper, theirs, false, NOW), NOW, middle.crypto)
    question.ask(elder.vault, elder.person("동생"), "무엇을 구워 먹었지?", "감자", NOW, elder.crypto)
    hand_on(elder, left, right, "victim", younger)
    question.answer(younger.vault, younger.person("언니"), "감자", NOW, younger.crypto)
    hand_on(younger, right, left, "victim", elder)
    hand_on(elder, left, right, "victim", younger)
    for home, name in ((elder, "동생"), (younger, "언니")):
        assert [told.outcome for told in question.news(home.vault, NOW)] == [question.Outcome.DIFFERENT]
        assert home.person(name).label is Label.NOT_CONFIRMED
