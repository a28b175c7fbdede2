"""The random streams of a client: what one of them draws shifts nothing of the other."""

from pathlib import Path

from client_cli.outbox.letters import write_letter
from tests.kits.homes import NOW, entropy, pair


def sent(folder: Path, content: int, crypto: int) -> tuple[bytes, float]:
    """The cell of one letter, and when its part is tried again."""
    mother, _ = pair(folder)
    mother.content, mother.crypto = entropy(content), entropy(crypto)
    write_letter(mother.vault, mother.person("딸"), "잘 지내니?", NOW)
    (deposit,) = mother.deposits(NOW)
    with mother.vault.transaction() as tx:
        ((next_try,),) = tx.all("SELECT next_try FROM parts")
    return deposit.cell, next_try


def test_waits_come_from_content_and_cells_from_crypto_alone(tmp_path: Path) -> None:
    cell, wait = sent(tmp_path / "first", 1, 2)
    same_cell, other_wait = sent(tmp_path / "other content", 3, 2)
    other_cell, same_wait = sent(tmp_path / "other crypto", 1, 4)
    assert (same_cell, same_wait) == (cell, wait)
    assert other_cell != cell
    assert other_wait != wait
