"""Pictures of the main screens of the letter box: `python -m lab.report.screens`.

Starts the real program in a pseudo-terminal of 80 by 24, and draws the cells of that terminal with the font that is
shipped, once with the colours of a dark terminal and once with those of a light one. Writes docs/screens/.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw, ImageFont
from wcwidth import wcwidth

from client_cli.community.joining import join
from client_cli.community.membership import put_roster
from client_cli.content.pictures import make_picture
from client_cli.desk.helper import Helper, pass_on
from client_cli.inbox.receiving import keep_letters
from client_cli.meeting import handovers
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.meeting.own_cards import make_introduce_card
from client_cli.meeting.spoken_words import say_same
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import Person, require_person
from client_cli.people.portraits import set_portrait
from client_cli.seams import SystemClock, system_entropy
from client_cli.vault.key_file import WordsCost
from client_cli.vault.vault import Vault
from lab.processes.processes import client_command, environment
from lab.processes.terminals import Terminal
from lab.worlds.community import make_community
from protocol.community.constants import Constants
from protocol.community.roster import sign_roster
from protocol.letters.letter import Letter, LetterKind, encode_letter
from protocol.people.certificate import make_certificate
from protocol.people.handover import Handover, encode_handover
from protocol.people.introduction import parse_text
from protocol.primitives.days import day_of
from protocol.primitives.signing import verify_key_of
from protocol.profile import Profile

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "screens"
FONT = ROOT / "client_cli" / "fonts" / "sheet.ttf"
WORDS = "감자 옥수수 맷돌 외양간"
CELL = (10, 22)
SIZE = 18
THEMES = {  # ground, text, faint text
    "dark": ((24, 24, 28), (222, 222, 216), (140, 140, 136)),
    "light": ((252, 252, 248), (32, 32, 36), (120, 120, 120)),
}
TEXTS = {
    "ko": (
        "어머니",
        "외삼촌",
        "딸아, 감자를 구워 먹던 날을 기억하지?\n올해는 마당의 살구가 많이 열렸다. 네가 있었으면 얼마나 좋을까.\n\n"
        "몸 조심하고, 밥 잘 챙겨 먹어라.",
        "살구 사진도 보내 주세요",
    ),
    "en": (
        "Mother",
        "Uncle Ho",
        "My dear, do you remember the day we roasted potatoes in the field?\n"
        "The apricot tree bore well this year. If only you had been here.\n\nTake care of yourself, and eat.",
        "Send me a picture of the apricots",
    ),
}

INTRODUCED = {"ko": ("고향 소식", "온누리", "조카"), "en": ("News from home", "Onnuri", "My niece")}


def face(path: Path) -> Path:
    """A portrait, as somebody would draw it from memory."""
    drawn = Image.new("RGB", (200, 220), (236, 228, 210))
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((38, 12, 162, 160), fill=(52, 46, 44))  # hair
    pen.ellipse((80, -6, 124, 34), fill=(52, 46, 44))
    pen.ellipse((54, 40, 146, 168), fill=(228, 192, 160))  # face
    pen.arc((66, 76, 92, 96), 200, 340, fill=(60, 44, 40), width=4)
    pen.arc((108, 76, 134, 96), 200, 340, fill=(60, 44, 40), width=4)
    for left in (74, 116):
        pen.ellipse((left, 90, left + 10, 100), fill=(40, 30, 30))
    pen.line((100, 98, 96, 122, 104, 122), fill=(180, 136, 110), width=4)
    pen.arc((82, 122, 118, 146), 20, 160, fill=(170, 80, 76), width=5)
    pen.polygon([(20, 220), (70, 160), (100, 196), (130, 160), (180, 220)], fill=(120, 150, 190))  # jacket
    pen.polygon([(82, 166), (100, 196), (118, 166)], fill=(250, 250, 245))
    drawn.save(path)
    return path


def receive(vault: Vault, person: Person, text: str, number: int) -> None:
    """Put a letter into a vault as if its cells had come."""
    now = SystemClock().now()
    with vault.transaction() as tx:
        keep_letters(
            tx, person.number, [(number, encode_letter(Letter(LetterKind.TEXT, text.encode(), day_of(now))))], now
        )


def furnish(home: Path, language: str) -> None:
    """A letter box with two people, a portrait, a letter that waits and one on its way."""
    mother, uncle, letter, answer = TEXTS[language]
    now = SystemClock().now()
    quick = WordsCost(ops=1, memory_kib=8)

    def make(path: Path) -> Vault:
        return Vault.create(
            path, WORDS, system_entropy, language=language, profile=Profile.STANDARD, now=now, cost=quick
        )

    with make(home) as vault, make(home.with_name("other")) as other:
        for name in (mother, uncle):
            card = show_card(other, name, now, system_entropy)
            scan_card(other, name, show_card(vault, name, now, system_entropy), now)
            scan_card(vault, name, card, now)
            say_same(vault, require_person(vault, name))
        set_portrait(vault, require_person(vault, mother), make_picture(face(home.parent / "face.png")).body)
        receive(vault, require_person(vault, mother), letter, 1)
        receive(vault, require_person(vault, mother), letter, 2)
        write_letter(vault, require_person(vault, mother), answer, now)
        be_introduced(vault, other, language, require_person(vault, uncle))


def be_introduced(vault: Vault, other: Vault, language: str, through: Person) -> None:
    """Join a community, and get the card of somebody from a helper of it, in a letter of `through`."""
    community_name, helper_name, name = INTRODUCED[language]
    now = SystemClock().now()
    made = make_community(system_entropy, relays=3, guards=[0, 1], constants=Constants(), now=now)
    roster = msgspec.structs.replace(made.roster, name=community_name)
    community = replace(made, roster=roster, roster_bytes=sign_roster(roster, made.community_secret))
    join(vault, community.invitation(system_entropy, day_of(now) + 30), now)
    secret = system_entropy(32)
    certificate = make_certificate(
        community.community_secret, verify_key_of(secret), helper_name, day_of(now) + 30, system_entropy
    )
    mine = make_introduce_card(vault, name, now, system_entropy)
    theirs = make_introduce_card(other, name, now, system_entropy)
    passed = parse_text(pass_on(Helper(roster, certificate, secret), theirs, mine, now))
    with vault.transaction() as tx:
        put_roster(tx, community.roster_bytes)
        handovers.receive(tx, through.number, encode_handover(Handover("", passed)), now)


@contextmanager
def letter_box(home: Path, *options: str, **more: str) -> Iterator[Terminal]:
    """The real program on a terminal, the words handed over."""
    reading, writing = os.pipe()
    os.write(writing, WORDS.encode() + b"\n")
    os.close(writing)
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environ = {**environment(**colours, **more), "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    if "NO_COLOR" not in more:
        del environ["NO_COLOR"]
    command = client_command("--home", home, "--words-fd", str(reading), *options)
    try:
        with Terminal(command, environ, pass_fds=(reading,)) as terminal:
            yield terminal
    finally:
        os.close(reading)


def draw(terminal: Terminal, theme: str, path: Path) -> None:
    """The cells of a terminal as a PNG."""
    ground, text, faint = THEMES[theme]
    wide, high = CELL
    screen = terminal.screen
    image = Image.new("RGB", (screen.columns * wide + 2 * wide, screen.lines * high + high), ground)
    pen = ImageDraw.Draw(image)

    def colour(name: str, usual: tuple[int, int, int]) -> tuple[int, int, int]:
        if len(name) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in name):
            return int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16)
        return faint if name.startswith("bright") else usual

    for row in range(screen.lines):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            if not cell.data:
                continue
            front, back = colour(cell.fg, text), colour(cell.bg, ground)
            if cell.reverse:
                front, back = back, front
            left, top = wide + column * wide, high // 2 + row * high
            span = max(wcwidth(cell.data[0]), 1) * wide
            pen.rectangle((left, top, left + span - 1, top + high - 1), fill=back)
            if cell.data == "▀":
                pen.rectangle((left, top, left + span - 1, top + high // 2 - 1), fill=front)
            elif "\u2581" <= cell.data <= "\u2588":
                part = (ord(cell.data) - 0x2580) * high // 8
                pen.rectangle((left, top + high - part, left + span - 1, top + high - 1), fill=front)
            elif "\u2500" <= cell.data <= "\u257f":
                _line(pen, cell.data, (left, top), front)
            elif cell.data.strip():
                _glyph(pen, cell.data, (left, top), span, front, bold=cell.bold)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(64).save(path, optimize=True)


def _glyph(
    pen: ImageDraw.ImageDraw,
    glyph: str,
    corner: tuple[int, int],
    span: int,
    colour: tuple[int, int, int],
    *,
    bold: bool,
) -> None:
    """A character in the middle of its cell, narrower where the font is wider than the cell."""
    left, top = corner
    font = ImageFont.truetype(str(FONT), SIZE)
    wide = round(font.getlength(glyph))
    mask = Image.new("L", (max(wide, span) + 1, CELL[1]))
    for shift in (0, 1) if bold else (0,):
        at = (max(span - wide, 0) / 2 + shift, SIZE)
        ImageDraw.Draw(mask).text(at, glyph, fill=255, font=font, anchor="ls")
    pen.bitmap((left, top), mask.resize((span + 1, CELL[1])), fill=colour)


def _line(pen: ImageDraw.ImageDraw, drawn: str, corner: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """A line of a frame, drawn from edge to edge of its cell."""
    wide, high = CELL
    left, top = corner
    middle, centre = left + wide // 2, top + high // 2
    ends = {"─": "lr", "│": "tb", "╭": "rb", "╮": "lb", "╰": "rt", "╯": "lt"}.get(drawn, "lr")
    for end in ends:
        to = {"l": (left, centre), "r": (left + wide, centre), "t": (middle, top), "b": (middle, top + high)}[end]
        pen.line((middle, centre, *to), fill=colour)


def main() -> int:
    """Draw every screen in both languages on both grounds."""
    with tempfile.TemporaryDirectory() as folder:
        for key, language in (("1", "ko"), ("3", "en")):
            home = Path(folder) / language / "home"
            home.parent.mkdir()
            furnish(home, language)
            mother = TEXTS[language][0]
            back, keep, large = {"ko": ("모두", "여기 간직", "줄 간격 보통"), "en": ("everybody", "keep", "usual")}[
                language
            ]
            space = {"ko": "스페이스", "en": "Space"}[language]
            with letter_box(home) as terminal:
                steps = [
                    ("language", "", "Language"),
                    ("request", key, {"ko": "거절하기", "en": "refuse"}[language]),
                    ("person", "0", back),
                    ("letter", "2", keep),
                    ("answer", "3", {"ko": "엔터", "en": "Enter"}[language]),
                ]
                for name, press, shown in steps:
                    if press:
                        terminal.press(press)
                    terminal.wait_for(shown)
                    _both(terminal, f"{name}-{language}")
                terminal.press("\x1b")
                terminal.wait_for(keep)
                terminal.press("1")  # kept: it stands in the thread
                terminal.wait_for(keep)
                terminal.press("0")
                terminal.wait_for({"ko": "한 번만", "en": "asked once"}[language])
                _both(terminal, f"leaving-{language}")
                terminal.press("2")
                terminal.wait_for(back)
                terminal.press("1")
                terminal.wait_for("│")
                _both(terminal, f"thread-{language}")
                terminal.press("0")
                terminal.wait_for(back)
                terminal.press("0")
                terminal.wait_for("2  ")
                _both(terminal, f"people-{language}")
                terminal.press("?")
                terminal.wait_for("Esc")
                _both(terminal, f"help-{language}")
                terminal.press("0")
                terminal.wait_for(mother)
                terminal.press("7")
                terminal.wait_for("MB")
                _both(terminal, f"standing-{language}")
                terminal.press("0")
                terminal.wait_for(mother)
                terminal.press("9")
                terminal.wait_for(space)
                _both(terminal, f"large-{language}")
                terminal.press(" ")
                terminal.wait_for(large)
                _both(terminal, f"large-choices-{language}")
    return 0


def _both(terminal: Terminal, name: str) -> None:
    for theme in THEMES:
        draw(terminal, theme, OUT / f"{name}-{theme}.png")


if __name__ == "__main__":
    sys.exit(main())
