"""A relay made by the commands that operators type."""

from pathlib import Path

import pytest

from tests.kits.operators import make_relay_by_commands


@pytest.fixture
def relay(tmp_path: Path) -> Path:
    """A relay of a community of one, ready to run on a free port."""
    return make_relay_by_commands(tmp_path)
