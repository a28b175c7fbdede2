"""A sitting of a daughter with one letter of her mother's."""

from pathlib import Path

import pytest

from client_cli.letterbox.pages.visit import Visit
from tests.kits.letterboxes import visit_with_letters


@pytest.fixture
def visit(memory_path: Path) -> Visit:
    return visit_with_letters(memory_path)
