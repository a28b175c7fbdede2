"""Story 8: 1 (한국어), the portrait appears, 2 (read), 3 (one-line answer): at most six keys, no English.

Real relays, real programs; the grandmother sits at a terminal of 80 by 24. Her grandson has set the computer up: the
opening words are handed over, and `sosik online` runs. What is typed as a text is not counted as keys.
"""

import os
import re
from pathlib import Path

import pytest

from lab.processes.processes import Member, Network, client_command, environment, wait_until
from lab.processes.terminals import Terminal

pytestmark = pytest.mark.long

KEYS = 6
LETTER = "할머니, 저 지수예요. 올해도 감자가 잘 됐어요. 보고 싶어요."
ANSWER = "지수야, 할미도 보고 싶다"
LATIN = re.compile(r"[A-Za-z]")


def _setup(member: Member, network: Network, folder: Path) -> Member:
    member.run("setup", "--language", "ko", "--profile", "standard")
    member.run("join", network.invite(folder / f"invite-{member.home.name}.png"), "--yes")
    return member


def _portrait(path: Path) -> Path:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (120, 140), "white")
    ImageDraw.Draw(image).ellipse((20, 20, 100, 120), fill=(220, 180, 150))
    image.save(path)
    return path


def _sit_down(member: Member) -> Terminal:
    reading, writing = os.pipe()
    os.write(writing, member.words.encode() + b"\n")
    os.close(writing)
    environ = environment(TERM="xterm-256color")  # the locale names no language that we have
    del environ["NO_COLOR"]  # her window shows colours, so the portrait is drawn in them
    try:
        command = client_command("--home", member.home, "--words-fd", str(reading))
        return Terminal(command, environ, pass_fds=(reading,))
    finally:
        os.close(reading)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_grandmother_reads_and_answers_with_at_most_six_keys_and_no_english(memory_path: Path) -> None:
    network = Network.make(memory_path / "network")
    grandmother = Member(memory_path / "grandmother", "감자 옥수수 맷돌 외양간")
    child = Member(memory_path / "child", "빨간 우산 종이 비행기")
    try:
        network.start()
        for member in (grandmother, child):
            _setup(member, network, memory_path)
        grandmother.run("meet", "지수", "--show", memory_path / "one.png")
        child.run("meet", "할머니", "--scan", memory_path / "one.png", "--show", memory_path / "two.png")
        grandmother.run("meet", "지수", "--scan", memory_path / "two.png")
        grandmother.run("portrait", "지수", _portrait(memory_path / "face.png"))
        child.run("write", "할머니", text=LETTER)
        for member in (grandmother, child):
            member.go_online()
        wait_until("the letter is there", lambda: grandmother.json("letters")["unread"] == 1, 90)

        screens = []
        with _sit_down(grandmother) as terminal:
            terminal.wait_for("한국어")
            terminal.press("1")
            terminal.wait_for("읽기")
            assert "▀" in terminal.text  # the portrait
            assert "지수" in terminal.text
            screens.append(terminal.text)
            terminal.press("2")
            terminal.wait_for("감자가 잘 됐어요")
            screens.append(terminal.text)
            terminal.press("3")
            terminal.wait_for("한 줄")
            terminal.type(ANSWER)
            terminal.wait_for(ANSWER)
            screens.append(terminal.text)
            terminal.press("\r")
            terminal.wait_for("차례를 기다리는 중")
            screens.append(terminal.text)
            assert terminal.presses <= KEYS
        assert [LATIN.findall(screen) for screen in screens] == [[]] * len(screens), "\n".join(screens)

        wait_until("her answer is there", lambda: child.json("letters")["unread"] == 1, 90)
        assert child.json("read")["letters"][0]["text"] == ANSWER
    finally:
        for member in (grandmother, child):
            if member.process is not None:
                member.go_offline()
        network.stop()
