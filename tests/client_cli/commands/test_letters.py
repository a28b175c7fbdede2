"""`sosik letters`: where letters are, soon."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.kits.commandline import WORDS, CommandLine, invite, meet

LETTER = "딸아, 감자를 구워 먹던 날을 기억하지?\n보고 싶다.\n"


def test_letters_does_not_import_the_network(mother: CommandLine) -> None:
    code = (
        "import os, sys\n"
        "from client_cli.__main__ import run\n"
        "reading, writing = os.pipe()\n"
        f"os.write(writing, {WORDS!r}.encode()); os.close(writing)\n"
        f"run(['--home', {os.fspath(mother.home)!r}, '--words-fd', str(reading), 'letters'])\n"
        "sys.exit(' '.join(n for n in ('aiohttp', 'PIL', 'doubleratchet', 'qrcode') if n in sys.modules) or None)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_from_setup_to_a_waiting_letter(mother: CommandLine, daughter: CommandLine, tmp_path: Path) -> None:
    for person in (mother, daughter):
        assert "기다리는 집" in person.good("join", invite(person, tmp_path), "--yes")
    meet(mother, daughter, tmp_path)
    (tmp_path / "letter.txt").write_text(LETTER, "utf-8")
    assert "차례를 기다리는 중" in mother.good("write", "딸", tmp_path / "letter.txt")
    assert "차례를 기다리는 중" in mother.good("letters")
    assert "카드만 주고받음" in mother.good("people")
    assert "cards exchanged" in daughter.good("people")
    (letter,) = json.loads(mother.good("letters", "--json"))["letters"]
    assert (letter["person"], letter["status"], letter["parts_arrived"]) == ("딸", "waiting", 0)
    shown = {
        "name": "Mother",
        "label": "cards",
        "introduced_by": "",
        "asks": False,
        "state": "ready",
        "portrait": False,
    }
    assert json.loads(daughter.good("people", "--json")) == {"people": [shown], "requests": []}
    assert json.loads(daughter.good("read", "--json")) == {"letters": []}
