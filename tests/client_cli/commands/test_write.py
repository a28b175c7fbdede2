"""`sosik write`: from a file, from standard input, typed."""

import os
from pathlib import Path

import pytest

from client_cli import i18n
from tests.kits.commandline import WORDS, CommandLine, meet
from tests.kits.typist import Typist


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_letter_is_typed_up_to_a_full_stop(mother: CommandLine, daughter: CommandLine, tmp_path: Path) -> None:
    meet(mother, daughter, tmp_path)
    typist = Typist("--home", os.fspath(mother.home), "write", "딸")
    typist.type("Opening words: ", WORDS + "\n")
    typist.type("편지를 쓰세요", "보고 싶다\n")
    typist.type("보고 싶다", ".\n")
    assert typist.end() == 0
    assert "차례를 기다리는 중" in typist.shown.decode()
    assert {path.name for path in mother.home.iterdir()} <= {"keys", "vault.db", "vault.db-wal", "vault.db-shm"}
    i18n.use("en")
