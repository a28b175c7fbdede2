"""`sosik setup`, typed on a terminal."""

import os
from pathlib import Path

import pytest

from tests.kits.commandline import WORDS
from tests.kits.typist import Typist


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_setup_asks_for_language_profile_and_words_twice(tmp_path: Path) -> None:
    typist = Typist("--home", os.fspath(tmp_path / "home"), "setup")
    typist.type("> ", "1\n")
    typist.type("> ", "2\n")
    typist.type("> ", "3\n")
    typist.type("> ", "2\n")
    typist.type("여는 말: ", "짧다\n")
    typist.type("여는 말: ", "하나 둘 셋 넷 다섯\n")
    typist.type("여는 말: ", WORDS + "\n")
    typist.type("한 번 더: ", "다른 말입니다 정말로\n")
    typist.type("여는 말: ", WORDS + "\n")
    typist.type("한 번 더: ", WORDS + "\n")
    assert typist.end() == 0
    assert WORDS.encode() not in typist.shown
    assert "다 되었습니다" in typist.shown.decode()
