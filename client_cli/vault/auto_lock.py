"""Locking by itself: `online` forgets the letters key when nobody has used the vault for a while.

Invariant: use is counted, not timed - the vault holds how often it was opened, never when - and what the lock does is
what `sosik lock` does: the schedule goes on unchanged. Spec: docs/protocol.md, Vault.
"""

from typing import Final

from client_cli.vault.keys import Counter, Key, counter_of
from client_cli.vault.transaction import Transactions, Tx
from protocol.primitives.waits import Wait

__all__ = ["MAX_MINUTES", "IdleWatch", "choose_lock_after", "count_opening", "lock_after_s"]

MAX_MINUTES: Final = 7 * 24 * 60
_LOOK_S: Final = 5.0
"""How often `online` asks the vault: each time is a short transaction."""
_MINUTE_S: Final = 60.0


def choose_lock_after(vault: Transactions, minutes: int) -> None:
    """Lock after so many minutes without a command; 0: never by itself."""
    with vault.transaction() as tx:
        tx.put(Key.LOCK_AFTER, minutes.to_bytes(4, "big"))


def lock_after_s(tx: Tx) -> float | None:
    """The choice in seconds; None: never by itself."""
    held = tx.get(Key.LOCK_AFTER)
    minutes = 0 if held is None else int.from_bytes(held, "big")
    return minutes * _MINUTE_S if minutes else None


def count_opening(tx: Tx) -> None:
    """Somebody opened the vault with the words."""
    tx.next_number(Counter.OPENINGS)


class IdleWatch:
    """For `online`: tells when the vault was left alone for as long as the person chose."""

    def __init__(self, now: float) -> None:
        self._openings: bytes | None = None
        self._since = now
        self._look = Wait(now, 0)

    def over(self, vault: Transactions, now: float) -> bool:
        """Whether it is time to lock. A clock that was set back begins the wait anew."""
        if not self._look.is_over(now):
            return False
        self._look = Wait(now, _LOOK_S)
        with vault.transaction() as tx:
            openings, wait_s = tx.get(counter_of(Counter.OPENINGS)), lock_after_s(tx)
        if openings != self._openings or now < self._since:
            self._openings, self._since = openings, now
        return wait_s is not None and now - self._since >= wait_s
