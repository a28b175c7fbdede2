"""`sosik-relay roster` makes, signs and shows a community's roster."""

import json
from pathlib import Path

from tests.kits.operators import call, well


def test_roster_is_shown_in_words_and_for_scripts(relay: Path) -> None:
    words = well("roster", "show", relay)
    assert "우리: roster version 1" in words
    assert "relay 0, guard: https://127.0.0.1:8443/" in words
    shown = json.loads(well("roster", "show", relay / "roster", "--json"))
    assert (shown["name"], shown["guards"], len(shown["relays"])) == ("우리", [0], 1)
    assert shown["constants"]["answer_ms"] == 250


def test_constants_come_from_a_file_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    constants = tmp_path / "constants.toml"
    constants.write_text("standard_slot_ms = 110000\ncolour = 1\n")
    result = call("roster", "new", tmp_path / "family", "--name", "n", "--constants", constants)
    assert (result.exit_code, "colour" in result.output) == (3, True)
    constants.write_text("standard_slot_ms = 110000\n")
    well("roster", "new", tmp_path / "family", "--name", "n", "--constants", constants)
    well("init", tmp_path / "relay")
    well("roster", "add", tmp_path / "family", tmp_path / "relay" / "relay.card")
    well("roster", "sign", tmp_path / "family")
    assert "constants that differ: standard_slot_ms = 110000" in well("roster", "show", tmp_path / "family")


def test_new_access_needs_no_more_than_an_option(relay: Path) -> None:
    assert "version 2" in well("roster", "sign", relay.parent / "family", "--new-access")
