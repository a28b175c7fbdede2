"""The people of a vault: clean names that belong to one person each."""

from pathlib import Path

import pytest

from client_cli.errors import KeyUnavailable, NameProblem, NoSuchPerson, NotReady
from client_cli.meeting.closing import close_person
from client_cli.meeting.in_person import show_card
from client_cli.people.contacts import (
    Label,
    PersonRecord,
    State,
    acks_left,
    add_contact,
    find_person,
    next_letter_number,
    pause_person,
    people,
    resume_person,
    want_ack,
)
from tests.kits.homes import NOW, Home, make_home, pair


def two(tmp_path: Path) -> tuple[Home, Home]:
    return make_home(tmp_path / "a", 1), make_home(tmp_path / "b", 2)


def test_names_are_clean_and_belong_to_one_person(tmp_path: Path) -> None:
    a, _ = two(tmp_path)
    show_card(a.vault, "  큰\u202e 언니\x1b ", NOW, a.crypto)
    assert [person.name for person in people(a.vault)] == ["큰 언니"]
    show_card(a.vault, "큰 언니", NOW, a.crypto)
    assert len(people(a.vault)) == 1
    assert find_person(a.vault, "누구") is None
    with pytest.raises(NoSuchPerson, match="누구"):
        a.person("누구")
    for name in ("", " \u200e ", "가" * 33):
        with pytest.raises(NameProblem):
            show_card(a.vault, name, NOW, a.crypto)
    a.vault.drop_letters_key()
    with pytest.raises(KeyUnavailable):
        people(a.vault)


def test_letters_are_numbered_for_each_person_apart(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    with mother.vault.transaction() as tx:
        other = add_contact(tx, PersonRecord("아들", Label.NOT_CONFIRMED), State.MEETING)
        assert [next_letter_number(tx, one) for one in (1, 1, other, 1)] == [1, 2, 1, 3]


def test_the_earliest_ack_that_is_wanted_counts_until_one_has_left(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)

    def due() -> list[tuple[float | None]]:
        return [(row[0],) for row in tx.all("SELECT ack_due FROM contacts")]

    with mother.vault.transaction() as tx:
        for wanted in (NOW + 60, NOW + 30, NOW + 90):
            want_ack(tx, 1, wanted)
        assert due() == [(NOW + 30,)]
        acks_left(tx, 1)
        assert due() == [(None,)]


def test_a_pause_is_begun_and_ended_only_where_letters_can_be_written(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    pause_person(mother.vault, mother.person("딸"))
    assert mother.person("딸").state is State.PAUSED
    pause_person(mother.vault, mother.person("딸"))
    resume_person(mother.vault, mother.person("딸"))
    assert mother.person("딸").state is State.READY
    close_person(mother.vault, mother.person("딸").number)
    for refused in (pause_person, resume_person):
        with pytest.raises(NotReady):
            refused(mother.vault, mother.person("딸"))
    assert mother.person("딸").state is State.CLOSED
