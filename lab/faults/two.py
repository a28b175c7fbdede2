"""Two programs on one vault: a second `online` is refused in a sentence, other commands work beside each other."""

import subprocess

from lab.faults.setting import OTHER, Setting

ALREADY_ONLINE = 7
COMMANDS = ("letters", "people", "status", "write")


class NotSo(AssertionError):
    """Programs on one vault got into each other's way."""


def on_one_vault(setting: Setting) -> str:
    """While one `online` runs: another one, and four commands at once, one of which writes a letter."""
    name = setting.chance.choice(list(setting.members))
    member, ledger = setting.members[name], setting.ledgers[name]
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    second = member.spawn("online", **quiet)
    text = ledger.next()
    arguments = {"write": ("write", OTHER[name], "-")}
    running = [member.spawn(*arguments.get(command, (command,)), **quiet) for command in COMMANDS]
    for command, process in zip(COMMANDS, running, strict=True):
        _, said = process.communicate(text if command == "write" else "", timeout=120)
        if process.returncode:
            raise NotSo(f"`sosik {command}` ended with {process.returncode} beside others")
    ledger.written.append(text)
    _, said = second.communicate("", timeout=120)
    if second.returncode != ALREADY_ONLINE or len(said.splitlines()) != 1:
        raise NotSo(f"a second `sosik online` ended with {second.returncode}")
    if setting.running(name).poll() is not None:
        raise NotSo("the first `sosik online` has ended")
    return "a second online refused; letters, people, status and write at once"
