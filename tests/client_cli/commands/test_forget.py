"""`sosik forget`: one letter is erased, and only when it was said twice."""

import pytest

from client_cli.inbox.reading import unread
from tests.kits.commandline import at_home
from tests.kits.homes import Home
from tests.kits.letterboxes import put_letter


def test_the_letter_named_is_erased_and_no_other(two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    daughter = two[1]
    for number in (1, 2):
        put_letter(daughter.vault, daughter.person("어머니").number, f"감자 {number}", number)
    sosik = at_home(capsys, daughter)
    assert sosik("forget", "1").code == 1, "nobody is there to be asked"
    assert len(unread(daughter.vault)) == 2
    sosik.good("forget", "1", "--yes")
    assert [letter.text for letter in unread(daughter.vault)] == ["감자 2"]
    assert sosik("forget", "1", "--yes").code == 1
