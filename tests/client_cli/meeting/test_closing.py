"""Closing a contact: nothing of it is left in any table but the closed name and the letters that were kept."""

from pathlib import Path

from PIL import Image

from client_cli.content.pictures import make_picture
from client_cli.inbox.reading import kept, mark_read, unread
from client_cli.meeting import question
from client_cli.meeting.closing import close_person
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import State
from client_cli.people.portraits import set_portrait
from client_cli.vault.vault import Vault
from tests.kits.homes import NOW, Home, pair


def rows(vault: Vault) -> dict[str, int]:
    """How many rows each table holds that belong to somebody."""
    loops = "SELECT id FROM streams WHERE contact = 0"
    by_stream = dict.fromkeys(("expected", "arrived"), f"WHERE stream NOT IN ({loops})")
    by_person = dict.fromkeys(
        ("streams", "in_flight", "parts", "letters_out", "letters_in", "questions", "handovers", "portraits"),
        "WHERE contact != 0",
    )
    with vault.transaction() as tx:
        return {
            table: tx.all(f"SELECT count(*) FROM {table} {where}")[0][0]  # noqa: S608 - ours
            for table, where in (by_stream | by_person).items()
        }


def under_way(tmp_path: Path) -> Home:
    """어머니: a letter read and kept, one unopened, one of her own under way, a question asked, a portrait."""
    mother, daughter = pair(tmp_path)
    for text in ("간직할 편지", "아직 안 연 편지"):
        write_letter(daughter.vault, daughter.person("어머니"), text, NOW)
    first, second = daughter.deposits(NOW)
    mother.accept(first, NOW)
    mark_read(mother.vault, [letter.number for letter in unread(mother.vault)], keep=True)
    write_letter(mother.vault, mother.person("딸"), "가는 편지", NOW)
    assert mother.deposit(NOW) is not None
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    set_portrait(mother.vault, mother.person("딸"), make_picture(tmp_path / "red.png").body)
    question.ask(mother.vault, mother.person("딸"), "우리 개 이름은?", "바둑이", NOW, mother.crypto)
    mother.vault.drop_letters_key()
    mother.accept(second, NOW)
    mother.reopen()
    return mother


def test_every_owner_erases_what_it_has_of_a_person(tmp_path: Path) -> None:
    mother = under_way(tmp_path)
    before = rows(mother.vault)
    assert {table for table, count in before.items() if not count} == {"handovers"}
    close_person(mother.vault, mother.person("딸").number)
    assert {table: count for table, count in rows(mother.vault).items() if count} == {"letters_in": 1}
    assert mother.person("딸").state is State.CLOSED
    assert [letter.text for letter in kept(mother.vault)] == ["간직할 편지"]
    with mother.vault.transaction() as tx:
        assert tx.all("SELECT ack_due, sealed_conversation, sealed_assembler FROM contacts") == [(None, None, None)]
