"""How things stand, told from a status alone: for people in every language, and for scripts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path

import msgspec
import pytest

from client_cli import i18n
from client_cli.board.watch import Trouble, TroubleKind
from client_cli.community.joining import join
from client_cli.community.silence import Silence
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.people import thread_page
from client_cli.outbox.letters import LetterStatus
from client_cli.people.contacts import FreshStart
from client_cli.status.facts import Status, status
from client_cli.streams.loop_watch import Alarm, Health, Watch
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from client_cli.wording.status import Sentence, held_back, sentences
from client_cli.wording.times import utc_day
from protocol.seams import RelayId
from protocol.streams.loss_detector import Cusum
from tests.kits.commandline import CommandLine
from tests.kits.communities import invitation
from tests.kits.homes import NOW, WORDS, make_vault, pair
from tests.kits.letterboxes import visit_of

ALARM = Alarm(RelayId(0), (RelayId(2),), 57, 9, NOW)
TROUBLES = tuple(Trouble(kind, RelayId(1), 2, NOW) for kind in TroubleKind)


def changed(found: Status, changes: Mapping[str, object]) -> Status:
    """The same with other values, each put into the group that has it."""
    groups = {}
    for group in fields(found):
        facts = getattr(found, group.name)
        own = {name: value for name, value in changes.items() if hasattr(facts, name)}
        groups[group.name] = replace(facts, **own)
    return replace(found, **groups)


@pytest.fixture
def calm(tmp_path: Path) -> Status:
    """Everything is well, and forty people are about."""
    with make_vault(tmp_path / "home") as vault:
        join(vault, invitation(), NOW)
        return changed(status(vault, NOW), {"online_running": True, "crowd": 40})


def test_a_post_box_that_is_gone_around_is_told_and_two_that_are_left_count_as_two(calm: Status) -> None:
    silent = changed(calm, {"silent": (Silence(RelayId(2), NOW),)})
    around, two = warnings(silent)
    assert "post box 2 since 2026-02-16" in around
    assert two.startswith("There are two post boxes only")
    five = changed(silent, {"relays": 5})
    assert warnings(five) == [around]


@pytest.fixture(params=list(i18n.LANGUAGES))
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.use(request.param)
    yield request.param
    i18n.use(i18n.DEFAULT_LANGUAGE)


def warnings(found: Status) -> list[str]:
    return [sentence.text for sentence in sentences(found) if sentence.warning]


def test_where_all_is_well_nobody_is_warned(calm: Status) -> None:
    assert warnings(calm) == []


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"alarm": ALARM}, ["2", "57", "9"]),
        ({"alarm": replace(ALARM, stores=())}, ["0", "57", "9"]),
        ({"troubles": TROUBLES[:1]}, ["1"]),
        ({"troubles": TROUBLES[1:2]}, ["1"]),
        ({"troubles": TROUBLES[2:3]}, ["1"]),
        ({"troubles": TROUBLES[3:]}, []),
        ({"clock_ahead_s": 5 * 3600.0}, ["5"]),
        ({"clock_ahead_s": -5 * 3600.0}, ["5"]),
        ({"crowd": 10}, ["20"]),
        ({"asking": 3, "since": NOW}, ["3", "close"]),
        ({"replaced": (("하나", FreshStart(20_000, ours=True)),)}, ["하나", "--take-over"]),
        ({"begun": (("하나", FreshStart(20_000, ours=False)),)}, ["하나"]),
        ({"begun": (("하나", FreshStart(20_000, ours=True, gone=7)),)}, ["하나", "7"]),
        ({"begun": (("하나", FreshStart(20_000, ours=True, since=19_990, gone=7)),)}, [utc_day(19_990), "7"]),
    ],
)
def test_each_thing_that_is_wrong_is_one_warning(calm: Status, changes: dict[str, object], told: list[str]) -> None:
    (warning,) = warnings(changed(calm, changes))
    assert all(value in warning for value in told)
    assert "{" not in warning


def test_letters_are_told_by_where_they_are(calm: Status) -> None:
    found = changed(calm, {"where": {LetterStatus.WAITING: 2, LetterStatus.SENT_AGAIN: 1}})
    text = "Your letters: 2 waiting, 0 on their way, 1 sent again, 0 arrived, 0 expired."
    assert Sentence(text) in list(sentences(found))
    assert not any("Your letters" in sentence.text for sentence in sentences(calm))


def test_an_alarm_says_the_same_under_letters(calm: Status) -> None:
    (sentence,) = held_back(ALARM)
    assert sentence in list(sentences(changed(calm, {"alarm": ALARM})))
    assert list(held_back(None)) == []


def raise_alarm(vault: Vault) -> None:
    """As loops would that did not come back."""
    missing = Health(Cusum(60, 57, 9, alarmed=True), NOW)
    with vault.transaction() as tx:
        tx.put(Key.LOOP_WATCH, msgspec.msgpack.encode(Watch(0, NOW, missing, {2: missing})))


def test_letters_and_the_letter_box_tell_of_an_alarm(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    raise_alarm(mother.vault)
    raise_alarm(daughter.vault)
    person = daughter.person("어머니").number
    shown = thread_page(person, visit_of(daughter.vault.home, daughter.vault))
    (sentence,) = held_back(ALARM)
    assert Words(sentence.text, Style.STRONG) in shown.blocks
    mother.vault.close()
    sosik = CommandLine(capsys, mother.vault.home, WORDS)
    assert "2번 우편함에서 편지가 막히고 있습니다" in sosik("letters").err  # the vault speaks Korean
    assert json.loads(sosik.good("letters", "--json"))["held_back"]["stores"] == [2]
    assert json.loads(sosik.good("status", "--json"))["held_back"]["overdue"] == 9
