"""How the tests are run: stories that a plain run leaves out could start, and tests of one file share a process."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CANNOT_START = """
import pytest

@pytest.fixture(scope="module")
async def world():
    return 1

@pytest.mark.long
async def test_of_the_world(world):
    assert world == 1
"""
TELLS_ITS_PROCESS = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(12))
def test_of_a_file(number):
    (pathlib.Path(__file__).parent / f"{os.getpid()} {pathlib.Path(__file__).stem}").touch()
"""


def pytest_run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What `python -m pytest` says with the settings of this project."""
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT)


def set_up(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Set up every story without playing it: pytest finds all fixtures and asks for each in its scope."""
    return pytest_run("-m", "long", "--setup-plan", *arguments)


@pytest.mark.timeout(900)
def test_every_story_could_start() -> None:
    done = set_up()
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stdout.count("(fixtures used: ") > 50


def test_a_story_that_could_not_start_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(CANNOT_START)
    done = set_up(f"--rootdir={tmp_path}", tmp_path)
    assert done.returncode == 1
    assert "ScopeMismatch" in done.stdout


def test_tests_of_one_file_run_in_one_process(tmp_path: Path) -> None:
    together = re.search(r"^PYTEST +:= .* -m pytest (--dist .*) -n$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert together is not None
    for name in ("test_one.py", "test_two.py", "test_three.py"):
        (tmp_path / name).write_text(TELLS_ITS_PROCESS)
    done = pytest_run(*together[1].split(), "-n", "3", f"--rootdir={tmp_path}", tmp_path)
    assert done.returncode == 0, done.stdout
    told = [path.name.split() for path in tmp_path.iterdir() if path.suffix == ""]
    ran = sorted(name for number, name in told if number.isdigit())
    assert ran == ["test_one", "test_three", "test_two"]
