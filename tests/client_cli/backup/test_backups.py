"""From a backup both people go on without meeting again; nothing of the old state is used, and nothing claimed."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from client_cli.backup.backups import make_backup, restore
from client_cli.backup.sealed_file import open_file
from client_cli.errors import BackupNewer, VaultExists
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import Label, Standing, people, standing_of
from client_cli.streams.fresh_start import find_put_back
from client_cli.streams.ratchets import get_assembler
from client_cli.vault.key_file import read_keys
from client_cli.vault.rows import OF_PEOPLE, WHOLE
from client_cli.vault.schema import MIGRATIONS
from client_cli.vault.settings import change_settings
from protocol.profile import Profile
from tests.kits.homes import DAY, NOW, QUICK, WORDS, Home, entropy, pair, texts, travel
from tests.kits.postal_pair import HOUR, Pair
from tests.kits.small_network import START, SmallNetwork, make_postman

THEIR_WORDS = "강가 저녁 다리 등불"
LONG = "세 장짜리 편지 " * 500


def backup_of(home: Home, now: float = NOW, *, whole: bool = False) -> bytes:
    return make_backup(home.vault, THEIR_WORDS, QUICK, now, entropy(40), letters=whole)


def restored(data: bytes, to: Path, now: float) -> Home:
    return Home(restore(to, data, THEIR_WORDS, now, entropy(41)).vault, entropy(42), entropy(43))


@pytest.mark.parametrize("whole", [False, True])
def test_both_write_again_and_nothing_is_told_as_arrived_that_is_not(tmp_path: Path, whole: bool) -> None:
    """The computer is lost with a letter half received, one sent and not arrived, and one read."""
    mother, daughter = pair(tmp_path)
    write_letter(daughter.vault, daughter.person("어머니"), "before", NOW)
    now = travel(daughter, mother, NOW, 1)
    write_letter(mother.vault, mother.person("딸"), "not arrived", now)
    write_letter(daughter.vault, daughter.person("어머니"), LONG, now)
    first = daughter.deposit(now)
    assert first is not None
    mother.accept(first, now)
    data = backup_of(mother, now, whole=whole)
    used = [deposit.hole for deposit in mother.deposits(now + DAY, 40)]  # acknowledges the part, and is lost

    again = restored(data, tmp_path / "again", now + 2 * DAY)
    with again.vault.transaction() as tx:
        assert find_put_back(tx) is not None
        assert standing_of(tx, 1) is Standing.ASKING
    assert [(person.name, person.label) for person in people(again.vault)] == [("딸", Label.CARDS)]
    assert texts(again) == (["before"] if whole else [])
    cards = again.deposits(now + 2 * DAY, 40)
    assert len(cards) == 1, "a card, and nothing else before it is answered"
    assert not {card.hole for card in cards} & set(used)
    for card in cards:
        daughter.accept(card, now + 2 * DAY)
    now = travel(daughter, again, now + 2 * DAY)
    write_letter(again.vault, again.person("딸"), "after", now)
    write_letter(daughter.vault, daughter.person("어머니"), "answer", now)
    now = travel(again, daughter, now)
    assert texts(daughter) == (["not arrived", "after"] if whole else ["after"])
    assert texts(again) == [*(["before"] if whole else []), LONG, "answer"]
    for home in (again, daughter):
        assert {letter.status for letter in letters(home.vault, now)} == {LetterStatus.ARRIVED}
        with home.vault.transaction() as tx:
            assert standing_of(tx, 1) is Standing.SOUND


def test_without_letters_nothing_of_one_is_in_it(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "waits here", NOW)
    write_letter(daughter.vault, daughter.person("어머니"), "read here", NOW)
    write_letter(daughter.vault, daughter.person("어머니"), LONG, NOW)
    for _ in range(2):
        deposit = daughter.deposit(NOW)
        assert deposit is not None
        mother.accept(deposit, NOW)
    with mother.vault.transaction() as tx:
        assert get_assembler(tx, 1).progress() != ()
    content, _ = open_file(backup_of(mother), THEIR_WORDS)
    rows = msgspec.msgpack.decode(msgspec.msgpack.decode(content)[3])
    assert tuple(rows[1]) == OF_PEOPLE
    again = restored(backup_of(mother), tmp_path / "again", NOW)
    with again.vault.transaction() as tx:
        assert get_assembler(tx, 1).progress() == ()
        for table in set(WHOLE) - set(OF_PEOPLE):
            assert tx.all(f"SELECT * FROM {table}") == [], table  # noqa: S608


def test_every_table_is_in_a_whole_backup_or_of_one_run(tmp_path: Path) -> None:
    """A new table must be decided upon."""
    mother, _ = pair(tmp_path)
    with mother.vault.transaction() as tx:
        tables = {name for (name,) in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables - set(WHOLE) == {"outstanding", "prepared", "tallies"}


def test_a_vault_that_is_there_stays(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    before = {path: path.read_bytes() for path in daughter.vault.home.iterdir()}
    with pytest.raises(VaultExists):
        restore(daughter.vault.home, backup_of(mother), THEIR_WORDS, NOW, entropy(41))
    assert {path: path.read_bytes() for path in daughter.vault.home.iterdir()} == before


def test_wrong_words_make_no_folder_and_rows_of_a_newer_program_no_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mother, _ = pair(tmp_path)
    with monkeypatch.context() as newer:
        newer.setattr("client_cli.vault.rows.MIGRATIONS", (*MIGRATIONS, ()))
        data = backup_of(mother)
    with pytest.raises(BackupNewer):
        restore(tmp_path / "again", data, THEIR_WORDS, NOW, entropy(41))
    assert not (tmp_path / "again" / "keys").exists()
    restored(backup_of(mother), tmp_path / "again", NOW)  # what the try left is in nobody's way
    assert (tmp_path / "again" / "keys").stat().st_mode & 0o777 == 0o600


def test_the_keys_of_the_old_folder_are_not_in_it(tmp_path: Path) -> None:
    """Who has the backup and its words does not open the folder, nor the one that was made of it."""
    mother, _ = pair(tmp_path)
    content, _ = open_file(backup_of(mother, whole=True), THEIR_WORDS)
    again = restored(backup_of(mother, whole=True), tmp_path / "again", NOW)
    for home, words in ((mother.vault.home, WORDS), (again.vault.home, THEIR_WORDS)):
        assert read_keys(home, words).post not in content


@pytest.fixture
def world(memory_path: Path) -> Iterator[Pair]:
    """Two who are seldom online, so that days pass quickly."""
    made = Pair(SmallNetwork(), memory_path)
    for vault in made.vaults.values():
        change_settings(vault, profile=Profile.METERED)
    yield made
    for vault in made.vaults.values():
        vault.close()


def test_at_relays_letters_go_on_and_the_old_computer_is_told(world: Pair, memory_path: Path) -> None:
    """The restored vault draws slots of its own; the old computer was not lost, and runs on."""
    world.start()
    world.write("Ara", "Bora", "before")
    world.run(START + 4 * HOUR)
    data = make_backup(world.vaults["Ara"], THEIR_WORDS, QUICK, world.network.now, entropy(40), letters=False)
    again = restore(memory_path / "again", data, THEIR_WORDS, world.network.now, entropy(41)).vault
    world.vaults["again"], world.postmen["again"] = again, make_postman(again, "again")
    world.postmen["again"].start(world.network.now)
    names = ("Ara", "Bora", "again")
    world.run(START + 12 * HOUR, names)
    world.write("again", "Bora", "from the backup")
    world.write("Bora", "Ara", "to whoever goes on")
    world.run(START + 20 * HOUR, names)
    assert world.read("Bora") == ["before", "from the backup"]
    assert (world.read("again"), world.read("Ara")) == (["to whoever goes on"], [])
    for name, standing in (("again", Standing.SOUND), ("Ara", Standing.REPLACED)):
        with world.vaults[name].transaction() as tx:
            assert standing_of(tx, 1) is standing
    assert [letter.status for letter in letters(again, world.network.now)] == [LetterStatus.ARRIVED]
    holes = [seen.packet.hole for seen in world.network.seen if seen.packet.kind == "deposit"]
    assert len(holes) == len(set(holes))
