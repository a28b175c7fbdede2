"""Meeting in person: in any order, with any pause, each card once and for one person."""

import re
from pathlib import Path

import pytest

from client_cli.errors import CardProblem, NameProblem, SosikError
from client_cli.inbox import reading as inbox
from client_cli.inbox.receiving import Accepted
from client_cli.meeting.closing import close_person
from client_cli.meeting.in_person import MeetingProgress, progress, scan_card, show_card
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import Label, State, people
from client_cli.streams.fresh_start import mark_put_back
from protocol.people.key_card import (
    CardKind,
    MeetCard,
    encode_card_text,
    make_card,
    parse_card_text,
)
from tests.kits.communities import TODAY
from tests.kits.homes import DAY, NOW, Home, entropy, learn_roster, make_home, make_vault, pair


def two(tmp_path: Path) -> tuple[Home, Home]:
    return make_home(tmp_path / "a", 1), make_home(tmp_path / "b", 2)


def converse(one: Home, other: Home, name_of_other: str, name_of_one: str, now: float = NOW) -> None:
    outbox.write_letter(one.vault, one.person(name_of_other), "거기 있니?", now)
    outbox.write_letter(other.vault, other.person(name_of_one), "네", now)
    for sender, reader in ((one, other), (other, one)):
        cell = sender.deposit(now)
        assert cell is not None
        assert reader.accept(cell, now) is Accepted.OPENED
    assert [letter.text for letter in inbox.unread(one.vault)] == ["네"]
    assert [letter.text for letter in inbox.unread(other.vault)] == ["거기 있니?"]


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_meeting_works_in_any_order_and_over_any_interruption(tmp_path: Path, order: int) -> None:
    a, b = two(tmp_path)
    of_a = show_card(a.vault, "B", NOW, a.crypto)
    a.reopen()
    if order in (0, 1):
        of_b = show_card(b.vault, "A", NOW + DAY, b.crypto)
        b.reopen()
        assert scan_card(b.vault, "A", of_a, NOW + DAY) is MeetingProgress.DONE
    else:
        assert scan_card(b.vault, "A", of_a, NOW + DAY) is MeetingProgress.SCANNED
        assert progress(b.vault, "A") is MeetingProgress.SCANNED
        b.reopen()
        of_b = show_card(b.vault, "A", NOW + DAY, b.crypto)
    assert progress(b.vault, "A") is MeetingProgress.DONE
    assert progress(a.vault, "B") is MeetingProgress.SHOWN
    later = NOW + (20 * DAY if order in (1, 3) else DAY)
    assert show_card(a.vault, "B", later, a.crypto) == of_a, "the card stays the same until the meeting is done"
    a.reopen()
    assert scan_card(a.vault, "B", of_b, later) is MeetingProgress.DONE
    for home, name in ((a, "B"), (b, "A")):
        (person,) = people(home.vault)
        assert (person.name, person.label, person.state) == (name, Label.CARDS, State.READY)
    converse(a, b, "B", "A", later)


def test_card_can_be_shown_again_until_the_other_side_was_heard(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    assert isinstance(parse_card_text(show_card(mother.vault, "딸", NOW, mother.crypto)), MeetCard)
    with mother.vault.transaction() as tx:
        for secret in tx.all("SELECT sealed_person FROM contacts"):
            assert len(tx.box.open("contacts", 1, "sealed_person", secret[0])) < 400, "the card's secrets are gone"
    converse(mother, daughter, "딸", "어머니")
    for home, name in ((mother, "딸"), (daughter, "어머니")):
        with pytest.raises(CardProblem, match="have met already"):
            show_card(home.vault, name, NOW, home.crypto)


def test_own_used_and_foreign_cards_are_refused_and_change_nothing(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    of_a, of_b = show_card(a.vault, "B", NOW, a.crypto), show_card(b.vault, "A", NOW, b.crypto)
    with pytest.raises(CardProblem, match="your own card"):
        scan_card(a.vault, "B", of_a, NOW)
    with pytest.raises(CardProblem, match="your own card"):
        scan_card(a.vault, "다른 이", of_a, NOW)
    assert [person.name for person in people(a.vault)] == ["B"]
    assert scan_card(a.vault, "B", of_b, NOW) is MeetingProgress.DONE
    for name in ("B", "다른 이"):
        with pytest.raises(CardProblem, match="scanned already, for B"):
            scan_card(a.vault, name, of_b, NOW)
    stranger = encode_card_text(make_card(CardKind.MEET, "", TODAY + 30, entropy(50)).card)
    with pytest.raises(NameProblem, match="have met already"):
        scan_card(a.vault, "b", stranger, NOW)
    assert len(people(a.vault)) == 1


def test_second_card_for_a_pending_person_is_refused(tmp_path: Path) -> None:
    a, _ = two(tmp_path)
    cards = [encode_card_text(make_card(CardKind.MEET, "", TODAY + 30, entropy(n)).card) for n in (50, 51)]
    assert scan_card(a.vault, "B", cards[0], NOW) is MeetingProgress.SCANNED
    with pytest.raises(CardProblem, match="another card"):
        scan_card(a.vault, "B", cards[1], NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "SOSIK1:.",
        encode_card_text(make_card(CardKind.INTRODUCE, "", TODAY + 30, entropy(50)).card),
        encode_card_text(make_card(CardKind.MEET, "", TODAY - 1, entropy(50)).card),
        encode_card_text(make_card(CardKind.MEET, "", TODAY + 30, entropy(50)).card)[:-2] + ".",
    ],
)
def test_what_is_no_usable_card_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    a, _ = two(tmp_path)
    with pytest.raises(CardProblem) as told:
        scan_card(a.vault, "B", text, NOW)
    assert "nothing was changed" in str(told.value)
    assert people(a.vault) == []


def test_card_from_the_far_future_is_refused(tmp_path: Path) -> None:
    a, _ = two(tmp_path)
    show_card(a.vault, "B", NOW + 5000 * DAY, a.crypto)
    far = encode_card_text(make_card(CardKind.MEET, "", TODAY + 5000, entropy(50)).card)
    with pytest.raises(CardProblem, match="check the clock"):
        scan_card(a.vault, "B", far, NOW)
    assert progress(a.vault, "B") is MeetingProgress.SHOWN


def test_expired_pending_card_is_replaced(tmp_path: Path) -> None:
    a, b = two(tmp_path)
    old = show_card(a.vault, "B", NOW, a.crypto)
    later = NOW + 31 * DAY
    fresh = show_card(a.vault, "B", later, a.crypto)
    assert fresh != old
    with pytest.raises(CardProblem, match="too old"):
        scan_card(b.vault, "A", old, later)
    assert scan_card(b.vault, "A", fresh, later) is MeetingProgress.SCANNED


def test_closed_contact_hears_nothing_and_the_name_is_free_for_a_new_meeting(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    outbox.write_letter(daughter.vault, daughter.person("어머니"), "옛 전화에서", NOW)
    cell = daughter.deposit(NOW)
    assert cell is not None
    close_person(mother.vault, mother.person("딸").number)
    assert mother.person("딸").state is State.CLOSED
    assert mother.accept(cell, NOW) is None
    with mother.vault.transaction() as tx:
        assert tx.all("SELECT * FROM expected WHERE stream IN (SELECT id FROM streams WHERE contact != 0)") == []
    new = make_home(tmp_path / "new", 4)
    shown = show_card(mother.vault, "딸", NOW, mother.crypto)
    assert scan_card(new.vault, "어머니", shown, NOW) is MeetingProgress.SCANNED
    answer = show_card(new.vault, "어머니", NOW, new.crypto)
    assert scan_card(mother.vault, "딸", answer, NOW) is MeetingProgress.DONE
    converse(mother, new, "딸", "어머니")


def test_people_who_met_before_joining_write_as_soon_as_the_roster_is_known(tmp_path: Path) -> None:
    a = Home(make_vault(tmp_path / "a", 1, joined=False), entropy(101), entropy(201))
    b = Home(make_vault(tmp_path / "b", 2, joined=False), entropy(102), entropy(202))
    of_a, of_b = show_card(a.vault, "B", NOW, a.crypto), show_card(b.vault, "A", NOW, b.crypto)
    scan_card(a.vault, "B", of_b, NOW)
    scan_card(b.vault, "A", of_a, NOW)
    outbox.write_letter(a.vault, a.person("B"), "먼저 쓴 편지", NOW)
    assert a.deposit(NOW) is None
    learn_roster(a.vault)
    a.vault.drop_letters_key()
    assert a.deposit(NOW + 9 * DAY) is None, "locked, but the streams can begin"
    a.reopen()
    learn_roster(b.vault)
    cell = a.deposit(NOW + 9 * DAY)
    assert cell is not None
    assert b.accept(cell, NOW + 10 * DAY) is Accepted.OPENED


def test_every_error_is_one_sentence_with_what_is_kept() -> None:
    pending = [SosikError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.__module__ == "client_cli.errors":
            # A full stop, or what to type.
            assert re.search(r"(\.|sosik [a-z]+|socks5://[0-9.:]+)$", kind.sentence), kind.sentence
            assert kind.sentence.count(". ") == 0


def test_a_card_from_before_the_vault_was_put_back_is_used_no_more(tmp_path: Path) -> None:
    """Another run may have met by it, and would have the same chains."""
    a, b = two(tmp_path)
    of_a, of_b = show_card(a.vault, "B", NOW, a.crypto), show_card(b.vault, "A", NOW, b.crypto)
    with a.vault.transaction() as tx:
        mark_put_back(tx, NOW)
    assert scan_card(a.vault, "B", of_b, NOW) is MeetingProgress.SCANNED
    new = show_card(a.vault, "B", NOW, a.crypto)
    assert new != of_a
    assert progress(a.vault, "B") is MeetingProgress.DONE
    assert scan_card(b.vault, "A", new, NOW) is MeetingProgress.DONE
    for home in (a, b):
        home.keep_house(NOW)
    converse(a, b, "B", "A")
