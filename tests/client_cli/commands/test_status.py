"""`sosik status`: what is known, and what is not."""

import json
from pathlib import Path

from tests.kits.commandline import CommandLine, invite


def test_status_says_what_is_not_known_and_how_little_few_relays_hide(mother: CommandLine, tmp_path: Path) -> None:
    assert "아직 공동체에 들어가지 않았습니다" in mother.good("status")
    mother.good("join", invite(mother, tmp_path), "--yes")
    assert "기다리는 집" in mother.good("status")
    found = json.loads(mother.good("status", "--json"))
    assert (found["joined"], found["relays"], found["online"], found["profile"]) == (True, 0, False, "standard")
    assert found["mb_per_month"] > 0
