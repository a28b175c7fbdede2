"""`sosik-relay doctor` finds a whole relay well, and names what is wrong with another one."""

import json
from pathlib import Path

import pytest

from tests.kits.operators import add_an_unknown_key, call, well


def test_doctor_finds_a_whole_relay_well(relay: Path) -> None:
    assert "TROUBLE" not in well("doctor", relay)
    findings = json.loads(well("doctor", relay, "--json"))
    assert {finding["code"] for finding in findings} == {0}
    assert len(findings) == 6


def _wrong_certificate(relay: Path) -> None:
    well("init", relay.parent / "other")
    (relay / "tls.crt").write_bytes((relay.parent / "other" / "tls.crt").read_bytes())


def _broken_store(relay: Path) -> None:
    (relay / "relay.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    (relay / "relay.db").chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (add_an_unknown_key, 3, "unknown key log.colour"),
        (lambda relay: (relay / "identity.key").chmod(0o644), 4, "chmod 600"),
        (lambda relay: (relay / "door.key").unlink(), 4, "door.key"),
        (_wrong_certificate, 4, "not the certificate the roster pins"),
        (lambda relay: (relay / "roster").unlink(), 5, "no roster"),
        (_broken_store, 9, "damaged"),
    ],
)
def test_doctor_names_the_trouble(relay: Path, spoil, code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    spoil(relay)
    result = call("doctor", relay)
    assert (result.exit_code, words in result.output) == (code, True), result.output
