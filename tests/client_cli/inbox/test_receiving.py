"""From a fetched cell to a whole letter: lost, late, twice or spoiled, each letter arrives once and in order."""

from pathlib import Path

import pytest

from client_cli.errors import KeyUnavailable
from client_cli.inbox import reading as inbox
from client_cli.inbox import receiving
from client_cli.inbox.receiving import OPENED_AT_ONCE, Accepted, open_arrived, open_some
from client_cli.outbox import letters as outbox
from client_cli.outbox.letters import LetterStatus
from client_cli.streams import streams
from client_cli.streams.deposit import Deposit
from client_cli.streams.ratchets import get_assembler
from client_cli.vault.keys import Key
from client_cli.vault.tallies import Tally, count
from client_cli.vault.transaction import Tx
from protocol.letters.assembler import Assembler
from protocol.primitives.sampling import randbelow
from tests.kits.cell_letters import ACK_LATER, HOUR, LATER, state, texts, write
from tests.kits.homes import DAY, EPOCH, NOW, Home, entropy, make_home, pair
from tests.kits.postal_pair import Pair
from tests.kits.small_network import (
    START,
)


def test_letter_of_many_cells_arrives_whole_in_any_order_and_order_of_letters_is_kept(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    long = "가나다라 " * 3000
    written = write(mother, "딸", long)
    assert written.parts > 5
    write(mother, "딸", "둘째 편지")
    cells = mother.deposits(NOW)
    assert len(cells) == written.parts + 1
    for cell in reversed(cells[1:]):
        assert daughter.accept(cell, NOW + HOUR) is Accepted.OPENED
    assert texts(daughter) == []
    daughter.accept(cells[0], NOW + HOUR)
    assert texts(daughter) == [long, "둘째 편지"]
    (ack,) = daughter.deposits(NOW + DAY)
    mother.accept(ack, NOW + DAY)
    assert {letter.status for letter in outbox.letters(mother.vault, NOW + DAY)} == {LetterStatus.ARRIVED}


def test_duplicate_content_is_acked_again(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "편지")
    daughter.accept(mother.deposits(NOW)[0], NOW)
    daughter.deposits(NOW + HOUR + ACK_LATER)  # this ack is lost
    (again,) = mother.deposits(NOW + LATER)
    daughter.accept(again, NOW + LATER)
    (ack,) = daughter.deposits(NOW + LATER + ACK_LATER)
    mother.accept(ack, NOW + LATER + ACK_LATER)
    assert state(mother).status is LetterStatus.ARRIVED


def test_cell_of_a_relay_that_cheats_leaves_the_pigeonhole_expected(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "편지")
    (cell,) = mother.deposits(NOW)
    spoiled = Deposit(cell.hole, bytes(len(cell.cell)))
    assert daughter.accept(spoiled, NOW) is Accepted.SPOILED
    assert daughter.accept(Deposit(cell.hole, b"short"), NOW) is Accepted.SPOILED
    assert daughter.accept(cell, NOW) is Accepted.OPENED


def test_locked_vault_keeps_cells_unopened_and_sends_none(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "하나")
    write(mother, "딸", "둘")
    cells = mother.deposits(NOW)
    daughter.vault.drop_letters_key()
    assert [daughter.accept(cell, NOW + HOUR) for cell in cells] == [Accepted.UNOPENED] * 2
    assert daughter.accept(cells[0], NOW + HOUR) is None
    assert daughter.deposits(NOW + DAY) == []
    with pytest.raises(KeyUnavailable):
        inbox.unread(daughter.vault)
    with pytest.raises(KeyUnavailable):
        outbox.letters(daughter.vault, NOW)
    daughter.reopen()
    assert texts(daughter) == ["하나", "둘"]
    (ack,) = daughter.deposits(NOW + HOUR + ACK_LATER)
    mother.accept(ack, NOW + DAY)
    assert state(mother).status is LetterStatus.ARRIVED


def test_cell_that_waited_unopened_past_its_epoch_is_still_read_once(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write(mother, "딸", "기다린 편지")
    (cell,) = mother.deposits(NOW)
    daughter.vault.drop_letters_key()
    daughter.accept(cell, NOW)
    later = NOW + 5 * EPOCH
    with daughter.vault.transaction() as tx:
        streams.roll(tx, later)
    daughter.reopen()
    (again,) = mother.deposits(later)
    assert daughter.accept(again, later) is Accepted.OPENED
    assert receiving.open_arrived(daughter.vault) == 1
    assert texts(daughter) == ["기다린 편지"]


def test_letters_survive_loss_reordering_and_death_at_every_step(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    fate = entropy(77)
    expected: dict[str, list[str]] = {"딸": [], "어머니": []}
    flying: list[tuple[Home, Deposit]] = []
    got: dict[str, list[str]] = {"딸": [], "어머니": []}
    now = NOW
    for step in range(360):
        now += 1.5 * HOUR
        writer, reader, name = (mother, daughter, "딸") if step % 2 else (daughter, mother, "어머니")
        if step < 40 and step % 5 < 2:
            text = f"{step}번 편지 " * (1 + randbelow(fate, 700))
            write(writer, name, text, now)
            expected[name].append(text)
        cell = writer.deposit(now)
        if cell is not None and randbelow(fate, 10) >= 3:
            flying.append((reader, cell))
        if flying and randbelow(fate, 10) >= 2:
            to, receiving = flying.pop(randbelow(fate, len(flying)))
            to.accept(receiving, now)
        if step % 20 == 0:
            writer.reopen()
        for home, whose in ((daughter, "딸"), (mother, "어머니")):
            letters = inbox.unread(home.vault)
            got[whose] += [letter.text for letter in letters]
            inbox.mark_read(home.vault, [letter.number for letter in letters], keep=False)
    assert got == expected


def test_strangers_home_takes_nothing(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    stranger = make_home(tmp_path / "stranger", 3)
    write(mother, "딸", "편지")
    (cell,) = mother.deposits(NOW)
    assert stranger.accept(cell, NOW) is None


def test_while_locked_loops_go_on_and_what_comes_is_kept_unopened(pair: Pair) -> None:
    pair.start()
    pair.write("Ara", "Bora", "나중에 읽어요")
    bora = pair.vaults["Bora"]
    key = bora._box.key
    bora.drop_letters_key()
    pair.run(START + 4 * HOUR)
    with bora.transaction() as tx:
        assert tx.find("SELECT count(*) FROM arrived") == (1,)
        assert tx.find("SELECT count(*) FROM letters_in") == (0,)
    bora.accept_letters_key(key)
    assert open_arrived(bora) == 1
    assert pair.read("Bora") == ["나중에 읽어요"]


@pytest.mark.parametrize("broken", [ValueError("not foreseen"), KeyError("not foreseen")])
def test_what_breaks_a_rule_among_what_came_while_locked_is_counted_and_the_rest_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    """Whatever it brings about: raised at every unlocking it would keep all letters from their reader."""
    mother, daughter = pair(tmp_path)
    for text in ("one", "two"):
        write(mother, "딸", text)
    key = daughter.vault._box.key
    daughter.vault.drop_letters_key()
    for deposit in mother.deposits(NOW):
        assert daughter.accept(deposit, NOW) is Accepted.UNOPENED
    daughter.vault.accept_letters_key(key)
    calls = [0]

    def first_breaks(tx: Tx, contact: int) -> Assembler:
        calls[0] += 1
        if calls[0] == 1:
            tx.put(Key.PROXY, b"half of what it changes")
            raise broken
        return get_assembler(tx, contact)

    monkeypatch.setattr(receiving, "get_assembler", first_breaks)
    assert open_arrived(daughter.vault) == 1
    with daughter.vault.transaction() as tx:
        assert count(tx, Tally.REPLIES_REFUSED) == 1
        assert tx.get(Key.PROXY) is None


def test_what_came_while_locked_is_opened_a_few_at_a_time_so_that_no_slot_waits_for_it(pair: Pair) -> None:
    pair.start()
    for number in range(12):
        pair.write("Ara", "Bora", f"편지 {number}")
    bora = pair.vaults["Bora"]
    key = bora._box.key
    bora.drop_letters_key()
    pair.run(START + 12 * HOUR)
    with bora.transaction() as tx:
        ((waiting,),) = tx.all("SELECT count(*) FROM arrived")
    assert waiting >= 12
    bora.accept_letters_key(key)
    assert open_some(bora).taken == OPENED_AT_ONCE
    assert open_arrived(bora) == waiting - OPENED_AT_ONCE
    assert open_some(bora).taken == 0
    assert pair.read("Bora") == [f"편지 {number}" for number in range(12)]
