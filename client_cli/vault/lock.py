"""The two locks of a home: one process runs the schedule, and `lock` takes the letters key from it without stopping it.

Invariant: a lock request needs no words and is confirmed only when the letters key is out of the running process's
memory; the key comes back only sealed to a key pair that this process made after it forgot. Spec: docs/protocol.md,
Vault.

    sosik lock: flag file `lock` -> online: drops the key, writes the public half of a new pair into the vault, removes
    the flag any command opened with the words: seals the letters key to that door -> online takes it up at its next
    look
Decision 2.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from client_cli import seams
from client_cli.errors import AlreadyOnline
from client_cli.vault.key_file import write_file
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from protocol.errors import ProtocolError
from protocol.primitives.sealed_box import keypair, open_box
from protocol.seams import Entropy

__all__ = [
    "LOCK_FILE",
    "ONLINE_FILE",
    "UnlockDoor",
    "close_door",
    "enter_lock",
    "hold_online",
    "lock_requested",
    "online_running",
    "receive_letters_key",
    "request_lock",
]

ONLINE_FILE: Final = "online.lock"
LOCK_FILE: Final = "lock"
CONFIRM_S: Final = 5.0
_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class UnlockDoor:
    """The key pair of a locked `online`; the secret exists in its memory alone."""

    secret: bytes = field(repr=False)
    public: bytes


@contextmanager
def hold_online(home: Path) -> Iterator[None]:
    """Be the one process that runs the schedule. AlreadyOnline when another one is. The kernel ends the hold with the
    process.
    """
    handle = os.open(home / ONLINE_FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyOnline from None
        yield
    finally:
        os.close(handle)


def online_running(home: Path) -> bool:
    """Whether a process runs the schedule of this home."""
    try:
        handle = os.open(home / ONLINE_FILE, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return False
    try:
        # Shared: two that only look must not be taken for an `online` by each other.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def request_lock(home: Path, pause: Callable[[float], None] = seams.pause) -> bool:
    """Ask the running `online` to forget the letters key. True: it confirmed within 5 s, or none runs."""
    flag = home / LOCK_FILE
    if not online_running(home):
        flag.unlink(missing_ok=True)
        return True
    write_file(flag, b"")
    for _ in range(round(CONFIRM_S / _LOOK_S)):
        if not flag.exists():
            return True
        pause(_LOOK_S)
    if online_running(home):
        return not flag.exists()
    flag.unlink(missing_ok=True)  # it ended meanwhile, and its memory with it
    return True


def lock_requested(home: Path) -> bool:
    """For `online`: whether somebody asked to lock. Cheap; look often."""
    return (home / LOCK_FILE).exists()


def enter_lock(vault: Vault, entropy: Entropy) -> UnlockDoor:
    """For `online`: forget the letters key, open a door for its way back, and confirm."""
    vault.drop_letters_key()
    door = UnlockDoor(*keypair(entropy))
    with vault.transaction() as tx:
        tx.put(Key.UNLOCK_DOOR, door.public)
        tx.delete(Key.UNLOCK_BOX)
    (vault.home / LOCK_FILE).unlink(missing_ok=True)
    return door


def receive_letters_key(vault: Vault, door: UnlockDoor) -> bool:
    """For `online` while locked: receive the letters key if a command brought it. True: unlocked, the door closed."""
    with vault.transaction() as tx:
        box = tx.get(Key.UNLOCK_BOX)
        if box is None:
            return False
        tx.delete(Key.UNLOCK_BOX)
        try:
            key = open_box(door.secret, box)
        except ProtocolError:
            return False  # sealed to the door of an earlier lock
        tx.delete(Key.UNLOCK_DOOR)
        tx.mark_erasing()
    vault.accept_letters_key(key)
    return True


def close_door(vault: Vault) -> None:
    """For `online` at its start and end: no door is open that nobody stands behind."""
    with vault.transaction() as tx:
        tx.delete(Key.UNLOCK_DOOR)
        tx.delete(Key.UNLOCK_BOX)
