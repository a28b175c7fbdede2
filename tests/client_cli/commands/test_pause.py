"""`sosik pause` and `sosik resume`: one person's letters wait, and go on; nothing else changes."""

import json
from pathlib import Path

import pytest

from tests.kits.commandline import CommandLine
from tests.kits.homes import WORDS, pair


def test_letters_of_one_person_wait_and_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mother, _ = pair(tmp_path)
    sosik = CommandLine(capsys, mother.vault.home, WORDS)

    def state() -> str:
        (person,) = json.loads(sosik.good("people", "--json"))["people"]
        return str(person["state"])

    assert "딸" in sosik.good("pause", "딸")
    assert state() == "paused"
    assert "딸" in sosik.good("resume", "딸")
    assert state() == "ready"


def test_who_is_not_known_cannot_be_paused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mother, _ = pair(tmp_path)
    sosik = CommandLine(capsys, mother.vault.home, WORDS)
    assert [sosik(verb, "누구").code for verb in ("pause", "resume")] == [1, 1]
