"""Who waits to be accepted, in words: what is known of them, and what to type."""

from pathlib import Path

import pytest

from client_cli.errors import CardProblem
from client_cli.meeting.requests import Request
from client_cli.wording.requests import request_lines, request_sentence, tell_requests
from tests.kits.homes import NOW, make_vault


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request("언니", True, "김", 2, answered=True), ["answered your card", "언니", "김", "Not confirmed"]),
        (Request("언니", True, "김", 2, answered=False), ["has a card of 언니", "김", "Not confirmed"]),
        (Request("언니", False, "김", None, answered=False), ["as 언니", "김", "Not confirmed"]),
        (Request("", False, "김", None, answered=False), ["somebody", "김", "Not confirmed"]),
    ],
)
def test_each_kind_of_request_says_what_is_known(request_: Request, said: list[str]) -> None:
    assert all(words in request_sentence(request_) for words in said)
    lines = request_lines(request_)
    name = request_.name or "NAME"
    which = "" if request_.number is None else " --request 2"
    assert lines[1:] == [f"Accept: sosik card {name} --accept{which}", f"Refuse: sosik card {name} --refuse{which}"]


def test_what_cannot_be_accepted_says_why_and_can_only_be_refused() -> None:
    problem = CardProblem("That is over.")
    lines = request_lines(Request("Anna Lee", True, "김", 1, answered=False, problem=problem))
    assert lines == ["A card came from 김: That is over.", "Refuse: sosik card 'Anna Lee' --refuse --request 1"]


def test_where_nobody_waits_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with make_vault(tmp_path / "home") as vault:
        tell_requests(vault, NOW)
    assert capsys.readouterr().out == ""
