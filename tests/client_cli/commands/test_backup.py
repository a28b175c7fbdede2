"""`sosik backup`: one file of its owner's alone, under words that are judged like any."""

from pathlib import Path

import pytest

from client_cli.errors import ExitCode
from tests.client_cli.commands.test_words import descriptor
from tests.kits.commandline import CommandLine, Ran

NEW = "강가 저녁 다리 등불"


def backup(person: CommandLine, out: Path, *options: str, words: str = NEW) -> Ran:
    with descriptor(words) as given:
        return person("backup", out, "--new-words-fd", given, *options)


def test_people_and_everything_are_the_same_size_while_little_is_kept(mother: CommandLine, tmp_path: Path) -> None:
    assert backup(mother, tmp_path / "people").code == 0
    assert backup(mother, tmp_path / "all", "--letters").code == 0
    files = [(tmp_path / name).stat() for name in ("people", "all")]
    assert files[0].st_size == files[1].st_size
    assert [file.st_mode & 0o777 for file in files] == [0o600, 0o600]


@pytest.mark.parametrize("weak", ["감자", "password password password"])
def test_weak_words_are_refused_and_nothing_is_written(mother: CommandLine, tmp_path: Path, weak: str) -> None:
    assert backup(mother, tmp_path / "people", words=weak).code == ExitCode.REFUSED
    assert not (tmp_path / "people").exists()


def test_a_folder_that_is_not_there_is_told(mother: CommandLine, tmp_path: Path) -> None:
    assert backup(mother, tmp_path / "nowhere" / "people").code == ExitCode.NOT_WRITTEN
