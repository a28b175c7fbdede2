"""Options of many commands: the home, and opening words that are never an option."""

import os
import subprocess
import sys

from tests.kits.commandline import WORDS, CommandLine


def test_home_may_come_from_the_environment(mother: CommandLine) -> None:
    reading, writing = os.pipe()
    os.write(writing, mother.words.encode())
    os.close(writing)
    ended = subprocess.run(
        [sys.executable, "-m", "client_cli", "people", "--words-fd", str(reading)],
        env={**os.environ, "SOSIK_HOME": os.fspath(mother.home)},
        pass_fds=[reading],
        capture_output=True,
        check=False,
    )
    os.close(reading)
    assert ended.returncode == 0


def test_opening_words_are_no_option(mother: CommandLine) -> None:
    assert mother.bare("--home", mother.home, "people", "--words", WORDS).code == 2


def test_without_words_and_terminal_nothing_is_asked(mother: CommandLine) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "client_cli", "--home", os.fspath(mother.home), "people"],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "--words-fd" in ended.stderr
