"""`sosik-relay run` ends with one sentence and a documented code for whatever is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from relay.errors import ConfigProblem
from tests.kits.operators import add_an_unknown_key, call


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (add_an_unknown_key, 3, "unknown key log.colour"),
        (lambda relay: (relay / "relay.toml").unlink(), 3, "sosik-relay init"),
        (lambda relay: relay.chmod(0o755), 4, "chmod 700"),
        (lambda relay: (relay / "access.key").chmod(0o640), 4, "chmod 600"),
        (lambda relay: (relay / "roster").unlink(), 5, "no roster"),
        (lambda relay: (relay / "roster").write_bytes(b"x" * 200), 5, "not a valid roster"),
    ],
)
def test_run_ends_with_a_sentence_and_a_code(relay: Path, spoil, code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    spoil(relay)
    result = call("run", relay)
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_the_code_says_it_where_the_sentence_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "relay", "run", tmp_path], stderr=full, check=False)
    assert done.returncode == ConfigProblem.exit_code
