"""Help pages: an example in each, 80 columns in every language, and nothing heavy is loaded for them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from client_cli import cli as commands
from tests.kits.commandline import CommandLine


def test_every_command_has_help_with_an_example_that_fits_80_columns(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cli = CommandLine(capsys, tmp_path)
    for name in [*commands.COMMANDS, None]:
        ran = cli.bare(*([] if name is None else [name] if name != "desk" else ["desk", "invite"]), "--help")
        assert ran.code == 0
        assert "sosik " + (name or "write") in ran.out
        assert all(len(line) <= 80 for line in ran.out.splitlines())
        if name is not None:
            assert "Example" in ran.out


@pytest.mark.parametrize("language", ["ko", "zh"])
def test_translated_help_fits_80_columns(language: str) -> None:
    from client_cli.terminal.layout import columns

    environment = {**os.environ, "LANG": f"{language}.UTF-8", "LC_ALL": "", "LANGUAGE": ""}
    for name in ("--help", "meet", "leave"):
        arguments = [name] if name == "--help" else [name, "--help"]
        out = subprocess.run(
            [sys.executable, "-m", "client_cli", *arguments], env=environment, capture_output=True, check=True
        ).stdout.decode()
        assert not out.isascii()
        assert "Show this message" not in out
        assert all(columns(line) <= 80 for line in out.splitlines())


def test_help_imports_nothing_heavy() -> None:
    heavy = [
        "rich",
        "textual",
        "aiohttp",
        "PIL",
        "nacl",
        "sqlcipher3",
        "msgspec",
        "asyncio",
        "qrcode",
        "zxingcpp",
        "wcwidth",
    ]
    code = (
        "import sys; sys.argv = ['sosik', '--help']\n"
        "from client_cli.__main__ import run\n"
        "run(['--help'])\n"
        f"sys.exit(' '.join(name for name in {heavy!r} if name in sys.modules) or None)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


FILES = {"png", "pdf", "docs", "family", "ko", "md", "address", "helper", "cert"}  # parts of their names
# Not words of English that somebody would have to read.
TECHNICAL = {"JSON", "URL", "SOCKS", "SOSIK", "HOME", "Sosik", "Ctrl-C", *FILES}
EVERY_HELP = """
import json
from client_cli import i18n
i18n.use({language!r})
i18n.use_for_click()
from client_cli.cli import COMMANDS, sosik
root = sosik.context_class(sosik, info_name="sosik")
pages = {{}}
for name in COMMANDS:
    command = sosik.get_command(root, name)
    under = command.context_class(command, info_name=name, parent=root)
    for path, one in [((name,), command), *(((name, n), c) for n, c in getattr(command, "commands", {{}}).items())]:
        context = under if len(path) == 1 else one.context_class(one, info_name=path[-1], parent=under)
        typed = [*path, *(word for p in one.params for word in p.opts), *getattr(one, "commands", ())]
        typed += [choice for p in one.params for choice in getattr(p.type, "choices", ())]
        pages[" ".join(path)] = (one.get_help(context), " ".join(typed))
pages[""] = (sosik.get_help(root), " ".join([*COMMANDS, *(word for p in sosik.params for word in p.opts)]))
print(json.dumps(pages))
"""


def every_help(language: str) -> dict[str, tuple[str, str]]:
    """Each page of help in a process that begins in this language, with the words of its command line."""
    code = EVERY_HELP.format(language=language)
    environment = {**os.environ, "LANGUAGE": language}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout
    pages: dict[str, tuple[str, str]] = json.loads(printed)
    return pages


@pytest.mark.parametrize("language", ["ko", "zh"])
def test_no_word_of_english_is_left_in_a_translated_help(language: str) -> None:
    word = re.compile(r"[A-Za-z][A-Za-z'-]+")
    pages = every_help(language)
    assert len(pages) > len(commands.COMMANDS)
    left = {}
    for name, (page, typed) in pages.items():
        known = {*word.findall(typed), *TECHNICAL, "sosik", "help"}
        prose = [line for line in page.splitlines() if not line.strip().startswith("sosik ")]  # but for examples
        described = re.sub(r"sosik (?:[a-z]+ ?)+|--[a-z-]+|none", " ", " ".join(" ".join(prose).split()))
        left[name] = {one for one in word.findall(described) if one not in known and one.lstrip("-") not in known}
    assert {name: words for name, words in left.items() if words} == {}
