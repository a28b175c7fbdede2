"""The words of a meeting: a man in the middle and a false community show, and only "the same" makes *met in person*."""

from pathlib import Path

import msgspec
import pytest

from client_cli.errors import NotJoined, NotReady
from client_cli.i18n import LANGUAGES
from client_cli.meeting.in_person import MeetingProgress, scan_card, show_card
from client_cli.meeting.spoken_words import can_compare, say_different, say_same, spoken_words
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import Label, State, get_record, put_record
from client_cli.vault.keys import Key
from tests.kits.homes import NOW, Home, make_home, pair


def messenger(tmp_path: Path) -> tuple[Home, Home, Home]:
    """A and B, whose pictures both pass through one messenger, who gives each of them a card of his own instead."""
    a, b, middle = (make_home(tmp_path / name, seed) for seed, name in enumerate("abm", 1))
    of_a, of_b = show_card(a.vault, "B", NOW, a.crypto), show_card(b.vault, "A", NOW, b.crypto)
    assert scan_card(a.vault, "B", show_card(middle.vault, "to A", NOW, middle.crypto), NOW) is MeetingProgress.DONE
    assert scan_card(b.vault, "A", show_card(middle.vault, "to B", NOW, middle.crypto), NOW) is MeetingProgress.DONE
    scan_card(middle.vault, "to A", of_a, NOW)
    scan_card(middle.vault, "to B", of_b, NOW)
    return a, b, middle


def test_a_man_in_the_middle_is_not_met_in_person(tmp_path: Path) -> None:
    a, b, _ = messenger(tmp_path)
    assert a.person("B").label is not Label.MET
    assert b.person("A").label is not Label.MET


def test_the_words_of_a_man_in_the_middle_differ_and_saying_so_ends_the_contact(tmp_path: Path) -> None:
    a, b, _ = messenger(tmp_path)
    of_a, of_b = spoken_words(a.vault, a.person("B")), spoken_words(b.vault, b.person("A"))
    for language in LANGUAGES:
        assert of_a.in_language(language) != of_b.in_language(language)
    say_different(a.vault, a.person("B"))
    closed = a.person("B")
    assert closed.state is State.CLOSED
    with a.vault.transaction() as tx:
        assert tx.all("SELECT sealed_conversation FROM contacts") == [(None,)]
        assert tx.all("SELECT * FROM streams WHERE contact != 0") == []
        assert get_record(tx, closed.number).binding is None
    for do in (spoken_words, say_same, say_different):
        with pytest.raises(NotReady, match="closed"):
            do(a.vault, a.person("B"))
    with pytest.raises(NotReady):
        outbox.write_letter(a.vault, a.person("B"), "거기 있니?", NOW)


def test_two_who_met_see_the_same_words_and_only_who_says_so_has_met_somebody(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    mine, hers = (
        spoken_words(mother.vault, mother.person("딸")),
        spoken_words(daughter.vault, daughter.person("어머니")),
    )
    assert {language: len(mine.in_language(language)) for language in LANGUAGES} == {"ko": 6, "zh": 8, "en": 6}
    for language in LANGUAGES:
        assert mine.in_language(language) == hers.in_language(language)
    assert say_same(mother.vault, mother.person("딸")).label is Label.MET
    mother.reopen()
    assert mother.person("딸").label is Label.MET
    assert daughter.person("어머니").label is Label.CARDS
    assert not can_compare(mother.person("딸"))
    assert can_compare(daughter.person("어머니"))
    with pytest.raises(NotReady, match="already"):
        say_different(mother.vault, mother.person("딸"))


def test_a_false_community_shows_in_the_words(tmp_path: Path) -> None:
    """Somebody gave the daughter an invitation to a community of his own, where all relays are his."""
    mother, daughter = pair(tmp_path)
    with daughter.vault.transaction() as tx:
        tx.put(Key.COMMUNITY_KEY, bytes(range(32)))
    mine, hers = (
        spoken_words(mother.vault, mother.person("딸")),
        spoken_words(daughter.vault, daughter.person("어머니")),
    )
    assert mine.numbers != hers.numbers


def test_words_wait_until_a_community_is_joined(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    with mother.vault.transaction() as tx:
        tx.delete(Key.COMMUNITY_KEY)
    with pytest.raises(NotJoined):
        spoken_words(mother.vault, mother.person("딸"))


def test_there_is_nothing_to_compare_before_both_cards_are_there(tmp_path: Path) -> None:
    a = make_home(tmp_path / "a", 1)
    show_card(a.vault, "B", NOW, a.crypto)
    for do in (spoken_words, say_same, say_different):
        with pytest.raises(NotReady):
            do(a.vault, a.person("B"))
    assert a.person("B").label is Label.NOT_CONFIRMED


def test_whoever_a_helper_introduced_keeps_that_label(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    number = mother.person("딸").number
    with mother.vault.transaction() as tx:
        record = msgspec.structs.replace(get_record(tx, number), label=Label.NOT_CONFIRMED, introducer="온누리 (마을)")
        put_record(tx, number, record)
    for do in (spoken_words, say_same, say_different):
        with pytest.raises(NotReady, match="introduced"):
            do(mother.vault, mother.person("딸"))
    assert mother.person("딸").label is Label.NOT_CONFIRMED


def test_a_label_of_before_the_words_means_cards_alone(tmp_path: Path) -> None:
    """What vaults of before hold is read as the lower label, and stays it until somebody says "the same"."""
    mother, _ = pair(tmp_path)
    number = mother.person("딸").number
    with mother.vault.transaction() as tx:
        fields = msgspec.msgpack.decode(msgspec.msgpack.encode(get_record(tx, number)))
        fields[1] = "met in person"
        sealed = tx.box.seal("contacts", number, "sealed_person", msgspec.msgpack.encode(fields))
        tx.execute("UPDATE contacts SET sealed_person = ? WHERE number = ?", (sealed, number))
    mother.reopen()
    assert mother.person("딸").label is Label.CARDS
    assert say_same(mother.vault, mother.person("딸")).label is Label.MET
