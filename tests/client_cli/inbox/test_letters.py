"""Whole letters that came: read once unless kept, and gone from the files when they are erased."""

from pathlib import Path

from client_cli.inbox import reading as inbox
from client_cli.outbox import letters as outbox
from client_cli.vault.vault import DATABASE_FILE, Vault
from tests.kits.cell_letters import texts, write
from tests.kits.homes import NOW, WORDS, pair


def test_read_letters_vanish_unless_kept(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    for text in ("하나", "둘", "셋"):
        write(mother, "딸", text)
    for cell in mother.deposits(NOW):
        daughter.accept(cell, NOW)
    one, two, three = inbox.unread(daughter.vault)
    inbox.mark_read(daughter.vault, [one.number, three.number], keep=False)
    inbox.mark_read(daughter.vault, [two.number], keep=True)
    assert inbox.unread(daughter.vault) == []
    assert [letter.text for letter in inbox.kept(daughter.vault, daughter.person("어머니"))] == ["둘"]
    daughter.reopen()
    assert [letter.text for letter in inbox.kept(daughter.vault)] == ["둘"]
    with daughter.vault.transaction() as tx:
        assert tx.find("SELECT count(*) FROM letters_in") == (1,)


def test_nothing_readable_is_in_the_raw_files_and_erased_rows_are_not_in_their_pages(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    text = "secret-word-of-the-letter " * 40
    write(mother, "딸", text)
    for cell in mother.deposits(NOW):
        daughter.accept(cell, NOW)
    with daughter.vault.transaction() as tx:
        ((number, sealed),) = tx.all("SELECT number, sealed_body FROM letters_in")
    inbox.mark_read(daughter.vault, [number], keep=False)
    # The pages themselves, decrypted: what the opening words would show to somebody who has the file.
    plain = tmp_path / "plain.db"
    daughter.vault._connection.execute("ATTACH DATABASE ? AS plain KEY ''", (str(plain),))
    daughter.vault._connection.execute("SELECT sqlcipher_export('plain')")
    pages = plain.read_bytes()
    home = daughter.vault.home
    log = home / (DATABASE_FILE + "-wal")
    assert sealed[:64] not in pages
    assert not log.exists() or log.stat().st_size == 0
    raw = b"".join(path.read_bytes() for path in home.iterdir())
    for trace in (b"secret-word", "어머니".encode(), "딸".encode(), b"contacts", sealed[:64], b"SQLite"):
        assert trace not in raw
    assert b"secret-word" not in pages
    assert "어머니".encode() not in pages


def test_another_process_reads_while_this_one_works(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    with Vault.open(daughter.vault.home, WORDS) as beside:
        write(mother, "딸", "편지")
        daughter.accept(mother.deposits(NOW)[0], NOW)
        (letter,) = inbox.unread(beside)
        inbox.mark_read(beside, [letter.number], keep=False)
        assert texts(daughter) == []
        outbox.write_letter(beside, daughter.person("어머니"), "답장", NOW)
        mother.accept(daughter.deposits(NOW)[0], NOW)
    assert texts(mother) == ["답장"]
