"""Requests: accepted or refused under a name, each once, and refused for what a helper may no longer do."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from client_cli.desk import by_letter
from client_cli.desk.helper import pass_on
from client_cli.errors import CardProblem, NameProblem
from client_cli.meeting.handovers import give
from client_cli.meeting.requests import accept, refuse, requests
from client_cli.people import contacts
from client_cli.people.contacts import State
from client_cli.vault.keys import Key
from protocol.people.certificate import revocation_of
from protocol.people.introduction import encode_text, parse_text
from protocol.people.key_card import CardKind, encode_card_text, make_card
from tests.kits.communities import TODAY, make_roster, signed
from tests.kits.homes import DAY, NOW, entropy, make_home, meet
from tests.kits.villages import SOURCE, Village, settled


@pytest.fixture
def village(memory_path: Path) -> Iterator[Village]:
    with settled(memory_path) as made:
        yield made


def test_a_request_is_refused_and_nobody_is_told(village: Village) -> None:
    village.introduce()
    refuse(village.a.vault, "동생", NOW)
    assert village.a.person("동생").state is State.CLOSED
    assert requests(village.a.vault, NOW) == []
    with pytest.raises(CardProblem, match="Nobody waits"):
        accept(village.a.vault, "동생", NOW, village.a.crypto)
    village.one_way()
    offer = [one for one in requests(village.b.vault, NOW) if not one.named]
    refuse(village.b.vault, "", NOW, offer[0].number)
    assert [one.named for one in requests(village.b.vault, NOW)] == [True]


def test_a_card_is_used_once(village: Village) -> None:
    """A second introduction for a card that is used says so; a second use by letter is no way around."""
    village.introduce()
    accept(village.a.vault, "동생", NOW, village.a.crypto)
    stranger = make_home(village.a.vault.home.parent / "stranger", 9)
    meet(stranger, "도우미", village.helper, "다")
    give(stranger.vault, stranger.person("도우미"), "언니", NOW, stranger.crypto)
    village.carry(stranger, village.helper)
    (second,) = by_letter.to_pass_on(village.helper.vault, NOW)
    number = village.a.person("동생").number
    with village.a.vault.transaction() as tx:
        own = contacts.get_record(tx, number).own_card
    assert own is not None
    # What a careless helper does: the same card once more, from a copy of it.
    given = by_letter.by_letter(village.helper.vault, second.number, NOW)
    again = pass_on(village.desk, given.text, encode_text(own), NOW)
    village.hand_over("가", parse_text(again))
    village.deliver()
    with pytest.raises(CardProblem, match="used already - stop"):
        accept(village.a.vault, "동생", NOW, village.a.crypto)
    assert village.a.person("동생").introducer == SOURCE
    refuse(village.a.vault, "동생", NOW)
    assert village.a.person("동생").state is State.READY, "what cannot be accepted changes nothing when it is refused"


def test_revoked_and_expired_helpers_are_refused_when_the_request_is_accepted(village: Village) -> None:
    village.introduce()
    village.one_way()
    revoked = msgspec.structs.replace(make_roster(), revoked=(revocation_of(village.desk.certificate),))
    with village.a.vault.transaction() as tx:
        tx.put(Key.ROSTER, signed(revoked).data)
    (request,) = requests(village.a.vault, NOW)
    assert request.problem is not None
    with pytest.raises(CardProblem, match="may not introduce"):
        accept(village.a.vault, "동생", NOW, village.a.crypto)
    refuse(village.a.vault, "동생", NOW)
    assert village.a.person("동생").state is State.MEETING, "the card is still good, for another helper"
    for number in [one.number for one in requests(village.b.vault, NOW)]:
        with pytest.raises(CardProblem):
            accept(village.b.vault, "언니", NOW + 31 * DAY, village.b.crypto, number)


def test_a_name_that_is_taken_is_refused_and_the_request_stays(village: Village) -> None:
    village.one_way(called="도우미")
    (offer,) = requests(village.b.vault, NOW)
    with pytest.raises(NameProblem):
        accept(village.b.vault, "도우미", NOW, village.b.crypto)
    assert requests(village.b.vault, NOW) == [offer]


def test_two_who_wait_under_one_name_are_told_apart_by_number(village: Village) -> None:
    village.one_way()
    card = make_card(CardKind.INTRODUCE, "", TODAY + 30, entropy(70)).card
    village.hand_over("나", parse_text(pass_on(village.desk, encode_card_text(card), None, NOW)), "언니")
    village.deliver()
    first, second = requests(village.b.vault, NOW)
    with pytest.raises(CardProblem, match="say which"):
        accept(village.b.vault, "언니", NOW, village.b.crypto)
    accept(village.b.vault, "언니", NOW, village.b.crypto, second.number)
    assert requests(village.b.vault, NOW) == [first]
