"""A real vault whose steps can be taken back, so that every way from a situation can be tried.

The vault's own transaction stays open; what the product calls a transaction is a savepoint in it. Nothing else differs:
the same tables, seals and statements.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from client_cli.vault.key_file import WordsCost
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from lab.worlds.community import LabCommunity
from protocol.profile import Profile
from protocol.seams import SeededEntropy

WORDS: Final = "opening words of the lab"
QUICK: Final = WordsCost(ops=1, memory_kib=8)


class HeldVault:
    """One member's vault, held open. `client_cli.vault.transaction.Transactions`. Used in a `with`."""

    def __init__(self, folder: Path, name: str, community: LabCommunity, now: float) -> None:
        self.entropy = SeededEntropy(name.encode().ljust(32))
        self._vault = Vault.create(
            folder / name, WORDS, self.entropy, language="en", profile=Profile.STANDARD, now=now, cost=QUICK
        )
        with self._vault.transaction() as tx:
            tx.put(Key.COMMUNITY_KEY, community.roster.community_key)
            tx.put(Key.ROSTER, community.roster_bytes)
        self._open = ExitStack()
        self._depth = 0
        self._tx: Tx | None = None

    def __enter__(self) -> Self:
        self._open.callback(self._vault.close)
        self._tx = self._open.enter_context(self._vault.transaction())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def holds(self, tx: Tx) -> bool:
        """Whether this is a transaction of this vault."""
        assert self._tx is not None
        return tx.box is self._tx.box

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """One transaction of the product: undone by any exception."""
        with self._savepoint(undo=False) as tx:
            yield tx

    @contextmanager
    def tried(self) -> Iterator[None]:
        """What happens inside is taken back at the end."""
        with self._savepoint(undo=True):
            yield

    @contextmanager
    def _savepoint(self, *, undo: bool) -> Iterator[Tx]:
        assert self._tx is not None
        connection: Any = self._tx._connection
        name = f"depth{self._depth}"
        self._depth += 1
        connection.execute(f"SAVEPOINT {name}")
        try:
            yield Tx(connection, self._tx.box)  # a new one: it remembers single values
        except BaseException:
            undo = True
            raise
        finally:
            if undo:
                connection.execute(f"ROLLBACK TO {name}")
            connection.execute(f"RELEASE {name}")
            self._depth -= 1
