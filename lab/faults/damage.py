"""Files cut short, emptied and with flipped bits: the vault, its key file, a relay's store.

Copies are damaged and opened by the programs that people use. Each has to say in a sentence what is wrong, with its
exit code, and to leave every byte as it was. Copies are made by another process: reading the vault's file here would
end the locks that this process holds on it.
"""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random

from client_cli.vault.key_file import KEY_FILE
from client_cli.vault.vault import DATABASE_FILE
from lab.faults.setting import Setting
from lab.processes.processes import Member, environment, relay_command

VAULT_DAMAGED, STORE_FAILED = 5, 9
PAGE = 4096
BODIES: Mapping[str, str] = {
    "SELECT id, cell FROM cells": "UPDATE cells SET cell = ? WHERE id = ?",
    "SELECT id, body FROM replies": "UPDATE replies SET body = ? WHERE id = ?",
    "SELECT id, body FROM packets": "UPDATE packets SET body = ? WHERE id = ?",
}

Harm = Callable[[bytearray, Random], None]


class NotRefused(AssertionError):
    """A damaged file was taken, told in another way than promised, or written to."""


def cut_short(data: bytearray, chance: Random) -> None:
    """Keep a part of it."""
    del data[chance.randrange(1, len(data)) :]


def emptied(data: bytearray, chance: Random) -> None:
    """Keep nothing."""
    data.clear()


def flipped(data: bytearray, chance: Random) -> None:
    """Flip one bit, in the first page and, for a long file, in every other one."""
    for start in range(0, len(data), PAGE):
        at = start + chance.randrange(min(PAGE, len(data) - start))
        data[at] ^= 1 << chance.randrange(8)


def header_flipped(data: bytearray, chance: Random) -> None:
    """Flip one bit of the words that every SQLite file begins with."""
    data[chance.randrange(15)] ^= 1 << chance.randrange(7)


HARM: Mapping[str, Harm] = {"cut short": cut_short, "emptied": emptied, "bits flipped": flipped}
WAYS: Mapping[str, Iterable[str]] = {KEY_FILE: HARM, DATABASE_FILE: HARM}


def vault_copies(setting: Setting, ways: Mapping[str, Iterable[str]] = WAYS) -> str:
    """Copies of a vault while it is in use: key file and database, damaged in these ways."""
    name = setting.chance.choice(list(setting.members))
    member = setting.members[name]
    for file, harms in ways.items():
        for how in harms:
            copy = setting.folder / "copy"
            _copy(member.home, copy, (KEY_FILE, DATABASE_FILE))
            damage(copy / file, HARM[how], setting.chance)
            refused_by_client(Member(copy, member.words), f"{file} {how}")
            shutil.rmtree(copy)
    return "key file and vault cut short, emptied, bits flipped (copies): refused, not written to"


def store_copies(setting: Setting) -> str:
    """A copy of a relay's directory, with its store damaged in three ways."""
    relay = setting.network.relays[setting.chance.randrange(len(setting.network.relays))]
    name = f"relay{setting.network.relays.index(relay)}"
    setting.stop(name)
    for how, harm in {**HARM, "bits flipped": header_flipped}.items():
        copy = setting.folder / "copy"
        _copy(relay.directory, copy, sorted(path.name for path in relay.directory.iterdir()))
        for side in ("relay.db-wal", "relay.db-shm"):
            (copy / side).unlink(missing_ok=True)
        damage(copy / "relay.db", harm, setting.chance)
        refused_by_relay(copy, f"store {how}")
        shutil.rmtree(copy)
    setting.write(1)
    setting.start(name)
    return "a relay's store cut short, emptied, bits flipped (copies): refused, not written to"


def spoiled_cells(setting: Setting) -> str:
    """One bit of every stored cell, reply and packet of one relay flips: no letter is taken from a spoiled cell."""
    number = setting.chance.randrange(len(setting.network.relays))
    setting.stop(f"relay{number}")
    with sqlite3.connect(setting.network.relays[number].directory / "relay.db") as store:
        count = 0
        for reading, writing in BODIES.items():
            for key, body in store.execute(reading).fetchall():
                spoiled = bytearray(body)
                spoiled[setting.chance.randrange(len(spoiled))] ^= 1
                store.execute(writing, (bytes(spoiled), key))
                count += 1
    store.close()
    setting.start(f"relay{number}")
    return f"a bit flipped in each of the {count} cells, replies and packets of one relay"


def damage(path: Path, harm: Harm, chance: Random) -> None:
    """Change a file."""
    data = bytearray(path.read_bytes())
    harm(data, chance)
    path.write_bytes(data)


def refused_by_client(member: Member, what: str) -> None:
    """`sosik status` and `online` have to end with the code for damage, in one line, and to write nothing."""
    before = _files(member.home)
    for command in ("status", "online"):
        process = member.spawn(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _, said = process.communicate(timeout=60)
        if process.returncode != VAULT_DAMAGED or len(said.splitlines()) != 1:
            raise NotRefused(f"{what}: `sosik {command}` ended with {process.returncode}")
    if _files(member.home) != before:
        raise NotRefused(f"{what}: something was written")


def refused_by_relay(directory: Path, what: str) -> None:
    """`sosik-relay run` and `doctor` have to end with the code for a damaged store, and to leave it as it is."""
    before = (directory / "relay.db").read_bytes()
    for command in ("run", "doctor"):
        done = subprocess.run(
            relay_command(command, directory),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            env=environment(),
            check=False,
        )
        if done.returncode != STORE_FAILED or "A damaged store" not in done.stdout + done.stderr:
            raise NotRefused(f"{what}: `sosik-relay {command}` ended with {done.returncode}")
    if (directory / "relay.db").read_bytes() != before:
        raise NotRefused(f"{what}: the store was written to")


def _copy(source: Path, target: Path, names: "tuple[str, ...] | list[str]") -> None:
    target.mkdir(mode=0o700)
    subprocess.run(["cp", "--preserve=mode", *(source / name for name in names), target], check=True)


def _files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}
