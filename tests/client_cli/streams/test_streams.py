"""Streams follow the clock, and one that no relay confirms moves none of them far."""

from pathlib import Path

from client_cli.outbox.letters import LetterStatus
from client_cli.streams import streams
from tests.kits.cell_letters import state, texts, write
from tests.kits.homes import DAY, NOW, pair


def test_a_clock_that_no_relay_confirms_costs_no_letter_and_no_relationship(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "올해 편지")
    wrong = NOW + 365 * DAY
    for home in (mother, daughter):
        with home.vault.transaction() as tx:
            streams.roll(tx, wrong)
    assert state(mother, wrong).status is LetterStatus.WAITING
    (cell,) = mother.deposits(NOW)
    daughter.accept(cell, NOW)
    assert texts(daughter) == ["올해 편지"]
    (ack,) = daughter.deposits(NOW + DAY)
    mother.accept(ack, NOW + DAY)
    assert state(mother, NOW + DAY).status is LetterStatus.ARRIVED


def test_a_leap_that_no_relay_confirms_turns_no_chain(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    with mother.vault.transaction() as tx:
        before = streams.last_roll(tx)
        streams.roll(tx, NOW + 365 * DAY)
        assert streams.last_roll(tx) == before
