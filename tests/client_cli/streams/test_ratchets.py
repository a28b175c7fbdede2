"""What a vault keeps of a conversation heals: a copy is worth nothing after a few letters, old keys die by time."""

from pathlib import Path

import pytest

from client_cli.errors import KeyUnavailable, NoSuchPerson, VaultDamaged
from client_cli.inbox import receiving
from client_cli.inbox.receiving import Accepted
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import Sealed, get_sealed, put_sealed
from client_cli.post.housekeeping import housekeeping
from client_cli.streams import streams
from client_cli.streams.deposit import Deposit
from client_cli.streams.expected import find_place
from client_cli.streams.loops import next_loop
from client_cli.streams.ratchets import get_assembler, get_conversation, put_assembler, put_conversation
from lab.attacks.thefts import HEALED_AFTER
from lab.hostile.friends import Cell
from lab.hostile.thief import Thief
from protocol.errors import ProtocolError
from protocol.ratchet.session import MAX_SKIPPED
from protocol.streams.acks import WINDOW
from protocol.streams.cell import CONTENT_BYTES
from protocol.streams.generations import Where
from tests.kits.homes import CONSTANTS, DAY, EPOCH, NOW, RELAYS, Home, learn_day, make_home, pair

ACK_LATER = 28 * CONSTANTS.ack_wait_ms / 1000
LETTERS_LOST = 20


def kept(home: Home, contact: int = 1) -> tuple[bytes, bytes, bytes]:
    """What a thief finds in the file of a person: conversation, sending and reading end."""
    with home.vault.transaction() as tx:
        send, receive = streams.find_send(tx, contact), streams.find_receive(tx, contact)
        assert send is not None
        assert receive is not None
        return get_sealed(tx, contact, Sealed.CONVERSATION), send.encode(), receive.encode()


def write(home: Home, now: float) -> Deposit:
    """A letter and its cell."""
    (person,) = (home.person(name) for name in ("딸", "어머니") if _knows(home, name))
    outbox.write_letter(home.vault, person, "잘 지내니?", now)
    deposit = home.deposit(now)
    assert deposit is not None
    return deposit


def _knows(home: Home, name: str) -> bool:
    return name == ("딸" if home.vault.home.name == "mother" else "어머니")


@pytest.mark.parametrize("victim", [0, 1])
def test_a_copied_vault_opens_forges_and_names_nothing_after_a_few_letters(tmp_path: Path, victim: int) -> None:
    homes = pair(tmp_path)
    now = NOW
    homes[0].accept(write(homes[1], now), now)
    thief = Thief.copy(victim, kept(homes[victim]))

    def round_trip() -> int:
        before = thief.named + thief.opened
        for who in (0, 1):
            deposit, reader = write(homes[who], now), homes[1 - who]
            with reader.vault.transaction() as tx:
                place = find_place(tx, deposit.hole)
            assert place is not None
            thief.see(Cell(deposit.hole, deposit.cell, place.place, who))
            assert reader.accept(deposit, now) is Accepted.OPENED
        return thief.named + thief.opened - before

    assert round_trip() > 0
    for _ in range(HEALED_AFTER - 1):
        now += DAY
        round_trip()
    for _ in range(HEALED_AFTER):
        now += DAY
        assert round_trip() == 0
    forgeries = list(thief.forgeries())
    assert forgeries
    for reader, message in forgeries:
        with homes[reader].vault.transaction() as tx:
            conversation = get_conversation(tx, 1)
        with pytest.raises(ProtocolError):
            conversation.open(message, homes[reader].crypto, Where(reach=10_000))


def lose(writer: Home, count: int, now: float) -> list[Deposit]:
    """Letters whose cells do not come."""
    return [write(writer, now) for _ in range(count)]


def test_keys_of_cells_that_did_not_come_die_though_nobody_writes(tmp_path: Path) -> None:
    """Break (c): they stayed for as long as the vault."""
    mother, daughter = pair(tmp_path)
    late = lose(mother, LETTERS_LOST, NOW)
    assert daughter.accept(write(mother, NOW), NOW) is Accepted.OPENED
    full = len(kept(daughter)[0])
    assert daughter.accept(late[0], NOW + DAY) is Accepted.OPENED
    for week in range(1, 5):
        daughter.deposit(NOW + week * EPOCH)
    assert len(kept(daughter)[0]) < full - LETTERS_LOST * 36 + 200
    assert daughter.accept(late[1], NOW + 5 * EPOCH) is None


def test_keys_of_cells_that_wait_unopened_are_kept_until_they_are_opened(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    late = lose(mother, 3, NOW)
    assert daughter.accept(write(mother, NOW), NOW) is Accepted.OPENED
    daughter.vault.drop_letters_key()
    assert daughter.accept(late[1], NOW + DAY) is Accepted.UNOPENED
    learn_day(daughter.vault, NOW + 6 * EPOCH)
    with daughter.vault.transaction() as tx:
        streams.roll(tx, NOW + 6 * EPOCH)
    daughter.reopen()
    daughter.deposit(NOW + 6 * EPOCH)
    assert receiving.open_arrived(daughter.vault) == 1
    daughter.deposit(NOW + 6 * EPOCH + 1)
    assert len(kept(daughter)[0]) < 600


def test_what_a_person_can_make_a_vault_keep_is_bounded(tmp_path: Path) -> None:
    """Break (d), at the bounds of one window: 256 keys at most, and here the 63 of the cells that did not come."""
    mother, daughter = pair(tmp_path)
    cells = lose(mother, WINDOW - 8, NOW)
    assert daughter.accept(cells[-1], NOW) is Accepted.OPENED
    assert len(kept(daughter)[0]) < 400 + 36 * MAX_SKIPPED


def test_places_of_loops_follow_from_no_copy_older_than_a_generation(tmp_path: Path) -> None:
    home = make_home(tmp_path / "alone", 5)
    learn_day(home.vault, NOW)
    left: list[Deposit] = []

    def leave(count: int) -> None:
        for n in range(count):
            with home.vault.transaction() as tx:
                housekeeping(tx, NOW + n, home.crypto)
                loop = next_loop(tx, RELAYS[n % 3], NOW + n, home.crypto)
            if loop is not None:
                left.append(loop)
                assert home.accept(loop, NOW + n) is Accepted.LOOP

    leave(5)
    with home.vault.transaction() as tx:
        copy = streams.find_receive(tx, streams.LOOPS)
    assert copy is not None
    named = {watched.hole for watched in copy.watch()}
    assert left[-1].hole not in named
    leave(20)
    assert {loop.hole for loop in left[6:]} <= named
    leave(2 * WINDOW)
    with home.vault.transaction() as tx:
        present = streams.find_receive(tx, streams.LOOPS)
    assert present is not None
    assert present.newest >= 2
    assert not {watched.hole for watched in present.watch()} & named


def test_what_was_stepped_is_kept_with_its_transaction(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    number = mother.person("딸").number
    with mother.vault.transaction() as tx:
        before = get_conversation(tx, number).encode()
        conversation = get_conversation(tx, number)
        conversation.seal(bytes(CONTENT_BYTES), mother.crypto)
        assert get_conversation(tx, number).encode() == before, "a copy until it is kept"
        put_conversation(tx, number, conversation)
        put_assembler(tx, number, get_assembler(tx, number))
    mother.reopen()
    with mother.vault.transaction() as tx:
        assert get_conversation(tx, number).encode() == conversation.encode() != before


def test_ratchets_are_closed_without_the_key_and_nobody_has_those_of_nobody(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    number = mother.person("딸").number
    with mother.vault.transaction() as tx, pytest.raises(NoSuchPerson):
        get_conversation(tx, number + 1)
    mother.vault.drop_letters_key()
    for get in (get_conversation, get_assembler):
        with mother.vault.transaction() as tx, pytest.raises(KeyUnavailable):
            get(tx, number)


def test_a_state_that_no_ratchet_wrote_is_told_as_damage(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    number = mother.person("딸").number
    with mother.vault.transaction() as tx:
        for column in Sealed:
            put_sealed(tx, number, column, b"\xff nonsense")
        for get in (get_conversation, get_assembler):
            with pytest.raises(VaultDamaged):
                get(tx, number)
