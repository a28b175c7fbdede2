"""A sitting: nobody there closes it, and every page has help and a way back."""

import pytest

from client_cli.letterbox.pages.visit import IDLE_S, AskKind, Visit
from client_cli.outbox.letters import letters
from client_cli.terminal.layout import columns
from client_cli.vault.keys import Key
from tests.kits.letterboxes import (
    FixedClock,
    shown,
    visit_of,
)


def test_nobody_there_closes_the_letters(visit: Visit) -> None:
    visit.first = lambda visit: visit_of(visit.home).view()
    visit.touch()
    assert isinstance(visit.clock, FixedClock)
    visit.clock.time += IDLE_S - 1
    assert not visit.idle()
    visit.clock.time += 1
    assert visit.idle()
    visit.lock()
    assert visit.vault is None


def test_what_cannot_be_taken_stands_there_again(visit: Visit) -> None:
    visit.press("3")
    before = list(visit.pages)
    visit.enter("가" * 400_000)
    assert visit.pages == before
    ask = visit.view().ask
    assert ask is not None
    assert ask.kind is AskKind.LINE
    assert visit.draft.startswith("가가")
    assert visit.notice


@pytest.mark.parametrize("nought", ["0", " ０ "])
def test_a_line_with_nought_alone_goes_back_and_a_letter_of_it_does_not(visit: Visit, nought: str) -> None:
    visit.press("3")
    visit.enter(nought)
    assert visit.view().title == "어머니"
    assert letters(visit.opened, visit.now()) == []
    visit.press("4")
    visit.enter(nought)
    assert nought.strip() in shown(visit)


def test_large_text_has_room_and_is_remembered(visit: Visit) -> None:
    visit.press("2")
    usual = len(shown(visit).splitlines())
    visit.turn_large()
    assert len(shown(visit).splitlines()) > usual
    again = visit_of(visit.home, visit.opened)
    assert again.large
    assert all(columns(line) <= 44 for line in shown(visit).splitlines())


def test_every_page_has_help_and_a_way_back(visit: Visit) -> None:
    visit.restart(visit.pages[0])
    with visit.opened.transaction() as tx:
        tx.put(Key.ASKED_TO_KEEP, b"1")  # on leaving a letter nothing is asked any more
    for keys in (
        ["1"],
        ["1", "1"],
        ["1", "2"],
        ["1", "3"],
        ["1", "4"],
        ["1", "5"],
        ["1", "6"],
        ["1", "7"],
        ["6"],
        ["7"],
    ):
        visit.restart(visit.pages[0])
        for key in keys:
            visit.press(key)
        visit.press("?")
        assert visit.view().title == "도움말"
        visit.press("0")
        visit.press("0")
        assert len(visit.pages) == len(keys)
