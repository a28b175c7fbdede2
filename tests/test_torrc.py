"""The lines for tor that the guides tell people to write are lines tor accepts."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
# Debian keeps it where only root looks.
TOR = shutil.which("tor", path=os.environ.get("PATH", "") + ":/usr/sbin")
_BLOCK = re.compile(r"^```torrc\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The grammar of the options that are used, from the manual page of tor.
_PORT = r"(?:[1-9]\d{0,4})"
_LINES = {
    "SocksPort": re.compile(rf"127\.0\.0\.1:{_PORT}"),
    "HiddenServiceDir": re.compile(r"/[\w/.-]+"),
    "HiddenServicePort": re.compile(rf"{_PORT} 127\.0\.0\.1:{_PORT}"),
}


def documented() -> list[tuple[str, str]]:
    """Every block of torrc lines in the guides, with the page it is on."""
    return [
        (page.name, block) for page in sorted(DOCS.glob("*.md")) for block in _BLOCK.findall(page.read_text("utf-8"))
    ]


def test_people_and_operators_are_told_lines_for_tor() -> None:
    assert {page for page, _ in documented()} == {"family.md", "operators.md"}


@pytest.mark.parametrize(("page", "block"), documented())
def test_documented_lines_for_tor_are_well_formed(page: str, block: str) -> None:
    options = []
    for line in block.splitlines():
        option, _, value = line.partition(" ")
        assert _LINES[option].fullmatch(value), f"{page}: {line}"
        options.append(option)
    if "HiddenServicePort" in options:  # tor wants the folder first
        assert options.index("HiddenServiceDir") < options.index("HiddenServicePort")


@pytest.mark.skipif(TOR is None, reason="tor is not installed, so it was not asked about the documented lines")
@pytest.mark.parametrize(("page", "block"), documented())
def test_tor_itself_accepts_the_documented_lines(tmp_path: Path, page: str, block: str) -> None:
    config = tmp_path / "torrc"
    (tmp_path / "service").mkdir(mode=0o700)
    data = f"DataDirectory {tmp_path / 'data'}\n"
    config.write_text(data + re.sub(r"HiddenServiceDir .*", f"HiddenServiceDir {tmp_path / 'service'}", block))
    assert TOR is not None
    checked = subprocess.run([TOR, "--verify-config", "-f", str(config)], capture_output=True, check=False, timeout=60)
    assert checked.returncode == 0, (page, checked.stdout)
