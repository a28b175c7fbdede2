"""Help pages: an example in each, 80 columns in every language, and nothing heavy is loaded for them."""

import os
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
