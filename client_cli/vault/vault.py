"""The vault: the whole state of one client in one encrypted database file.

Invariant: a state change is one transaction over both compartments - it is on disk whole or not at all - and what was
erased is gone from the write-ahead log too once the transaction that erased it is over. A wrong key or a damaged file
never leads to a new, empty database. Spec: docs/protocol.md, Vault.
Decision 1.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from client_cli.errors import (
    SosikError,
    VaultBusy,
    VaultDamaged,
    VaultExists,
    VaultFull,
    VaultMissing,
    VaultNewer,
    VaultRemains,
    VaultUnwritable,
)
from client_cli.vault.auto_lock import count_opening
from client_cli.vault.key_file import KEY_FILE, VaultKeys, WordsCost, read_keys, write_keys
from client_cli.vault.keys import Key
from client_cli.vault.letters_key import LettersBox
from client_cli.vault.rows import fill
from client_cli.vault.schema import MIGRATIONS, migrate
from client_cli.vault.settings import put_settings
from client_cli.vault.transaction import Tx
from protocol.primitives.kdf import derive
from protocol.primitives.sealed_box import seal as seal_box
from protocol.profile import Profile
from protocol.seams import Entropy, SeededEntropy

__all__ = ["DATABASE_FILE", "Tx", "Vault", "require_no_vault", "require_vault", "vault_exists"]

DATABASE_FILE = "vault.db"
PAGE_BYTES = 4096  # what SQLCipher 4 makes
_READ_ERRORS = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS)
_BUSY_TIMEOUT_S = 20.0  # longer than the longest transaction of `online` on a slow disk; within "no hang over 20 s"


class Vault:
    """An open vault. One connection; use it from one thread at a time."""

    def __init__(self, home: Path, connection: Any, box: LettersBox) -> None:
        self.home = home
        self._connection = connection
        self._box = box
        self._busy = False

    @classmethod
    def create(
        cls,
        home: Path,
        words: str,
        entropy: Entropy,
        *,
        language: str,
        profile: Profile,
        now: float,
        cost: WordsCost | None = None,
    ) -> "Vault":
        """Make a new vault in `home` (mode 0700). VaultExists when there is one; what was broken off is begun again."""

        def begin(tx: Tx) -> None:
            put_settings(tx, language=language, profile=profile, made_at=now)

        return cls._make(home, words, None, migrate, begin, entropy, WordsCost() if cost is None else cost)

    @classmethod
    def create_of_rows(
        cls,
        home: Path,
        words: str,
        rows: bytes,
        letters_key: bytes,
        first: Callable[[Tx], None],
        entropy: Entropy,
        cost: WordsCost,
    ) -> "Vault":
        """Make a new vault like `create`, of the rows of another; `first` is done before anybody can open it."""
        return cls._make(home, words, letters_key, lambda made: fill(made, rows), first, entropy, cost)

    @classmethod
    def _make(
        cls,
        home: Path,
        words: str,
        letters_key: bytes | None,
        lay_out: Callable[[Any], None],
        first: Callable[[Tx], None],
        entropy: Entropy,
        cost: WordsCost,
    ) -> "Vault":
        """The database is finished under another name before the key file appears: a home with a key file is whole."""
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
        require_no_vault(home)
        keys = VaultKeys(entropy(32), entropy(32) if letters_key is None else letters_key)
        fresh = home / (DATABASE_FILE + ".new")
        for leftover in home.glob(DATABASE_FILE + ".new*"):
            leftover.unlink()
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        connection = _connect(fresh, keys.post)
        with _damage_as_errors():
            # Kept by the file. Only here: setting it on a file that was cut to nothing would write into it.
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            try:
                lay_out(connection)
                vault = cls(home, connection, LettersBox(keys.letters))
                with vault.transaction() as tx:
                    first(tx)
            except BaseException:
                connection.close()
                raise
            vault.close()
        write_keys(home, words, keys, entropy, cost)
        fresh.replace(home / DATABASE_FILE)
        return cls.open(home, words)

    @classmethod
    def open(cls, home: Path, words: str) -> "Vault":
        """Open the vault. VaultMissing, WrongWords, VaultDamaged, VaultNewer; a failed try changes nothing.

        If an `online` process is locked, the letters key is handed to it (client_cli.vault.lock).
        """
        keys = read_keys(home, words)
        path = home / DATABASE_FILE
        fresh = home / (DATABASE_FILE + ".new")
        if not path.exists() and fresh.exists():
            fresh.replace(path)  # set-up was interrupted between its last two steps
        if not path.exists() or not _ends_with_a_page(path):
            raise VaultDamaged
        with _damage_as_errors():
            connection = _connect(path, keys.post)
            try:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version == 0:
                    raise VaultDamaged
                if version > len(MIGRATIONS):
                    raise VaultNewer
                migrate(connection)
                vault = cls(home, connection, LettersBox(keys.letters))
                vault._answer_unlock_door()
            except BaseException:
                connection.close()
                raise
        return vault

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """One transaction that is committed at the end of the block, or rolled back by any exception. Not nested."""
        if self._busy:
            raise RuntimeError("transactions do not nest")
        self._busy = True
        try:
            with _damage_as_errors():
                self._connection.execute("BEGIN IMMEDIATE")
                tx = Tx(self._connection, self._box)
                try:
                    yield tx
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
                if tx.erasing:
                    self._truncate_log()
        finally:
            self._busy = False

    def close(self) -> None:
        """Close the file; the last one to close leaves no write-ahead log behind."""
        if self._connection is not None:
            self._truncate_log()
            self._connection.close()
            self._connection = None
            self._box.drop()

    def __enter__(self) -> "Vault":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def has_letters_key(self) -> bool:
        """Whether this process can read and write letters, names and ratchets."""
        return self._box.has_key

    def drop_letters_key(self) -> None:
        """Forget the letters key; the post compartment stays open."""
        self._box.drop()

    def accept_letters_key(self, key: bytes) -> None:
        """Accept the letters key again (client_cli.vault.lock)."""
        self._box = LettersBox(key)

    def _answer_unlock_door(self) -> None:
        """Seal the letters key to a locked `online` process. The ephemeral key is derived from the letters key and the
        door, so that opening a vault draws no randomness; a door is used once."""
        with self.transaction() as tx:
            count_opening(tx)
            door = tx.get(Key.UNLOCK_DOOR)
            if door is not None and tx.get(Key.UNLOCK_BOX) is None:
                one_time = SeededEntropy(derive(b"sosik unlock", door, key=self._box.key))
                tx.put(Key.UNLOCK_BOX, seal_box(door, self._box.key, one_time))

    def _truncate_log(self) -> None:
        """Empty the write-ahead log. Where another process is in its way it stays until the next erasure or close; what
        was committed is committed either way, so nobody is told that it failed.
        """
        from sqlcipher3 import dbapi2

        with suppress(dbapi2.DatabaseError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _connect(path: Path, key: bytes) -> Any:
    """Open an existing file (it is never made here) with the raw 32-byte key and our settings."""
    from sqlcipher3 import dbapi2  # late: `sosik --help` needs no database

    # No check for the thread: `online` may run a transaction in a worker; the owner serialises them.
    connection = dbapi2.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_TIMEOUT_S,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write about a wrong key to standard error
        connection.execute("PRAGMA cipher_memory_security = ON")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for setting in ("secure_delete = ON", "temp_store = MEMORY", "synchronous = FULL"):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _ends_with_a_page(path: Path) -> bool:
    """Whether the file's last page is whole. SQLite looks at it only when it is read, and would go on writing until
    then. While the log holds something, a page may be half written back, which the log mends."""
    log = path.with_name(path.name + "-wal")
    has_log = log.exists() and log.stat().st_size > 0
    return has_log or path.stat().st_size % PAGE_BYTES == 0


@contextmanager
def _damage_as_errors() -> Iterator[None]:
    """Turn what the machine did to the file into errors a person can read; bugs in our SQL pass as they are."""
    from sqlcipher3 import dbapi2

    try:
        yield
    except SosikError:
        raise
    except dbapi2.DatabaseError as problem:
        extended = getattr(problem, "sqlite_errorcode", 0)
        code = extended & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise VaultBusy from problem
        if code == sqlite3.SQLITE_FULL:
            raise VaultFull from problem
        if extended in _READ_ERRORS or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise VaultDamaged from problem
        # The file itself is whole: a full disk is told like this too, where the shared memory cannot grow.
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            raise VaultUnwritable from problem
        raise


def vault_exists(home: Path) -> bool:
    """Whether `sosik setup` was finished in this home."""
    return (home / KEY_FILE).exists()


def require_vault(home: Path) -> None:
    """VaultMissing unless `sosik setup` was finished in this home, VaultRemains where only the database is left."""
    if not vault_exists(home):
        raise VaultRemains if (home / DATABASE_FILE).exists() else VaultMissing


def require_no_vault(home: Path) -> None:
    """VaultExists where a vault is, VaultRemains where its database is left."""
    if vault_exists(home):
        raise VaultExists
    if (home / DATABASE_FILE).exists():
        raise VaultRemains
