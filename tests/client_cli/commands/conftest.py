"""Two people at the command line who have set up and not met, and two homes that have."""

from pathlib import Path

import pytest
from PIL import Image

from tests.kits.commandline import CommandLine
from tests.kits.homes import Home, pair


@pytest.fixture
def mother(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    person = CommandLine(capsys, tmp_path / "mother")
    person.good("setup", "--language", "ko", "--profile", "standard")
    return person


@pytest.fixture
def daughter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    person = CommandLine(capsys, tmp_path / "daughter", "강가 저녁 다리 등불")
    person.good("setup", "--language", "en", "--profile", "metered")
    return person


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    """A picture file of a person's own."""
    Image.effect_mandelbrot((700, 500), (-2, -1, 1, 1), 60).convert("RGB").save(tmp_path / "drawing.png")
    return tmp_path / "drawing.png"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Home, Home]:
    """Mother and daughter, who have met."""
    return pair(tmp_path)
