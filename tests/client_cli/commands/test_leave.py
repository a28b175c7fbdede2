"""`sosik leave`: its word is asked for, and everything goes."""

from tests.kits.commandline import CommandLine


def test_leave_needs_its_word_and_erases_everything(mother: CommandLine) -> None:
    assert mother.bare("--home", mother.home, "leave", "--confirm", "yes").code == 1
    assert (mother.home / "vault.db").exists()
    assert "may remain" in mother.bare("--home", mother.home, "leave", "--confirm", "leave").out
    assert not mother.home.exists()
