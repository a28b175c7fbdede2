"""Which pigeonholes are watched, and whether they may be asked for without a listing.

docs/protocol.md, Fetches; Board log.
"""

from typing import Final

from client_cli.vault.transaction import Tx

__all__ = ["blind_until", "enable_blind"]

_BLIND_UNTIL: Final = "blind_until"  # asking without a listing is allowed until this time (ASCII float)


def enable_blind(tx: Tx, until: float) -> None:
    """Part of the board was missed: until what it listed has expired, low pigeonholes are asked for without a
    listing."""
    tx.put(_BLIND_UNTIL, str(max(until, blind_until(tx))).encode())


def blind_until(tx: Tx) -> float:
    """Until when (Unix seconds); 0.0 when nothing was missed."""
    held = tx.get(_BLIND_UNTIL)
    return 0.0 if held is None else float(held)
