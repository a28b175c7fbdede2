"""`sosik lock`."""

from tests.kits.commandline import CommandLine


def test_lock_without_a_running_process_is_confirmed(mother: CommandLine) -> None:
    ran = mother.bare("--home", mother.home, "lock")
    assert ran.code == 0
