"""Of a letter that is not whole yet, counts alone are told."""

from pathlib import Path

import pytest

from client_cli.inbox.partial import coming
from client_cli.outbox.letters import letters, write_letter
from client_cli.status.facts import status
from tests.kits.cell_letters import ACK_LATER, texts
from tests.kits.homes import NOW, Home, pair


@pytest.fixture
def two(memory_path: Path) -> tuple[Home, Home]:
    return pair(memory_path)


def send(sender: Home, name: str, text: str, now: float = NOW) -> None:
    write_letter(sender.vault, sender.person(name), text, now)


def carry(sender: Home, receiver: Home, now: float = NOW) -> None:
    for deposit in sender.deposits(now):
        receiver.accept(deposit, now)


def test_a_part_of_a_long_letter_is_told_on_both_sides(two: tuple[Home, Home]) -> None:
    mother, daughter = two
    send(mother, "딸", "길다 " * 2000)
    cells = mother.deposits(NOW)
    assert len(cells) >= 3
    for number, cell in enumerate(cells[:-1], start=1):
        daughter.accept(cell, NOW)
        (one,) = coming(daughter.vault)
        assert (one.person.name, one.here, one.parts) == ("어머니", number, len(cells))
    assert status(daughter.vault, NOW).letters.coming == 1
    assert texts(daughter) == []
    for ack in daughter.deposits(NOW + ACK_LATER):
        mother.accept(ack, NOW + ACK_LATER)
    (sent,) = letters(mother.vault, NOW + ACK_LATER)
    assert (sent.parts_arrived, sent.parts) == (len(cells) - 1, len(cells))
    daughter.accept(cells[-1], NOW)
    assert coming(daughter.vault) == []
    assert len(texts(daughter)) == 1
