"""What scripts read: every name in it stays what it is, in every language."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from client_cli import i18n
from client_cli.board.watch import Trouble, TroubleKind
from client_cli.community.joining import join
from client_cli.inbox.letters import ReceivedLetter
from client_cli.inbox.partial import Coming
from client_cli.meeting.requests import Request
from client_cli.outbox.letters import LetterState, LetterStatus
from client_cli.people.contacts import Label, Person, State
from client_cli.status import facts
from client_cli.status.data_use import monthly_mb
from client_cli.streams.loop_watch import Alarm
from client_cli.wording import json_records
from protocol.profile import Profile
from protocol.seams import RelayId
from tests.kits.communities import invitation
from tests.kits.homes import CONSTANTS, NOW, make_vault

MOTHER = Person(1, "어머니", Label.NOT_CONFIRMED, State.PAUSED, "김")
ALARM = Alarm(RelayId(0), (RelayId(2),), 57, 9, NOW)
QUIET = r"""{
  "online": false,
  "locked": false,
  "profile": "standard",
  "mb_per_month": %s,
  "joined": true,
  "invitation_refused": false,
  "access_refused": false,
  "community": "\ud55c \ub9c8\uc744",
  "relays": 3,
  "silent_relays": [],
  "guard": null,
  "board_behind": 0,
  "loops_sent": 0,
  "loops_returned": 0,
  "held_back": null,
  "board_troubles": [],
  "clock_ahead_seconds": null,
  "crowd": null,
  "letters": {},
  "roster_expires": "2026-05-17",
  "roster_expired": false,
  "people": 0,
  "ends_soon": 0,
  "requests": 0,
  "coming": 0,
  "lock_after_minutes": null,
  "put_back": {
    "asking": 0,
    "since": null,
    "replaced": [],
    "begun": []
  }
}"""


@pytest.fixture
def quiet(tmp_path: Path) -> facts.Status:
    with make_vault(tmp_path / "home") as vault:
        join(vault, invitation(), NOW)
        return facts.status(vault, NOW)


def test_how_things_stand_has_the_same_names_in_the_same_order_as_ever(quiet: facts.Status) -> None:
    costs = round(monthly_mb(Profile.STANDARD, CONSTANTS), 1)  # follows from sizes and slots
    assert json.dumps(json_records.status_record(quiet), indent=2) == QUIET % costs


def test_what_is_wrong_is_told_in_numbers(quiet: facts.Status) -> None:
    found = replace(
        quiet,
        warnings=replace(
            quiet.warnings,
            alarm=ALARM,
            troubles=(Trouble(TroubleKind.FORKED, RelayId(1), 2, NOW),),
            clock_ahead_s=-90.6,
        ),
        letters=replace(quiet.letters, where={LetterStatus.ARRIVED: 3}),
    )
    record = json_records.status_record(found)
    assert record["held_back"] == {"guard": 0, "stores": [2], "judged": 57, "overdue": 9, "since": int(NOW)}
    assert record["board_troubles"] == [{"kind": "forked", "relay": 1, "others": [], "times": 2, "last": int(NOW)}]
    assert (record["clock_ahead_seconds"], record["letters"]) == (-91, {"arrived": 3})


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_record_is_translated(language: str) -> None:
    mine = LetterState(3, MOTHER, NOW + 0.9, LetterStatus.SENT_AGAIN, 2, 1, NOW + 10.9, None)
    new = ReceivedLetter(4, MOTHER, "감자", 20_000, 19_999, True, False)
    i18n.use(language)
    try:
        assert json_records.person_record(MOTHER, asks=True, portrait=False) == {
            "name": "어머니",
            "label": "not_confirmed",
            "introduced_by": "김",
            "asks": True,
            "state": "paused",
            "portrait": False,
        }
        assert json_records.letter_record(mine) == {
            "number": 3,
            "person": "어머니",
            "status": "sent_again",
            "parts": 2,
            "parts_arrived": 1,
            "written": int(NOW),
            "expires": int(NOW) + 10,
            "ends_soon": False,
            "next_try": None,
        }
        assert json_records.new_record(new) == {
            "number": 4,
            "person": "어머니",
            "arrived": "2024-10-04",
            "kind": "text",
            "stays": True,
            "late": False,
        }
        assert json_records.read_record(replace(new, text="", picture=b"x")) == {
            "number": 4,
            "person": "어머니",
            "label": "not_confirmed",
            "written": "2024-10-03",
            "arrived": "2024-10-04",
            "kind": "picture",
            "text": "",
            "late": False,
        }
    finally:
        i18n.use(i18n.DEFAULT_LANGUAGE)


def test_a_letter_not_read_yet_does_not_say_what_it_says() -> None:
    assert "감자" not in json.dumps(
        json_records.new_record(ReceivedLetter(4, MOTHER, "감자", 20_000, 19_999, False, False)), ensure_ascii=False
    )


def test_parts_and_requests_have_kinds() -> None:
    assert json_records.coming_record(Coming(MOTHER, 1, 3)) == {"person": "어머니", "here": 1, "parts": 3}
    assert json_records.alarm_record(None) is None
    kinds = [
        json_records.request_record(Request("언니", named, "김", None, answered))["kind"]
        for named, answered in ((True, True), (True, False), (False, False))
    ]
    assert kinds == ["answer", "introduction", "one way"]
