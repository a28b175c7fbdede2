"""The lab's launcher stands in front of functions that are there: one that was moved or renamed is noticed at once."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.faults.launcher import put


@pytest.mark.parametrize("module", ["relay", "relay+", "client_cli", "client_cli+"])
def test_every_program_starts_with_its_functions_wrapped(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lab.faults.launcher", str(tmp_path), module, "--help"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout or "usage" in done.stdout


def test_what_is_not_there_is_not_replaced() -> None:
    owner = SimpleNamespace(there=1)
    put(owner, there=2)
    assert owner.there == 2
    with pytest.raises(AttributeError):
        put(owner, moved=3)
    assert not hasattr(owner, "moved")
