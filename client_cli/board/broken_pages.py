"""Whose pages did not fit the seals that the present guard showed of them, twice within a few hours.

Either the guard changed pages or left some out, or that relay sealed others than it cut. Of one relay it cannot be
told which; of the guard's own pages, or where two relays agree, it is the guard.
Invariant: it follows from the board alone, which everybody reads whole. Spec: docs/protocol.md, Seals; Fail-over.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.board.chain import Finding, FindingKind
from protocol.board.log import Seal
from protocol.community.constants import Constants
from protocol.seams import RelayId

__all__ = ["broken_pages", "forget_pages", "note_pages"]

APART_SEALS: Final = 3
"""The seal after a false one often proves nothing, for pages that followed it were not hashed."""
NEVER: Final = -1
_BROKEN: Final = (FindingKind.FORKED, FindingKind.GAP)


def note_pages(tx: Tx, seals: Iterable[Seal], findings: Iterable[Finding], constants: Constants) -> None:
    """The present guard showed these seals."""
    held = _load(tx)
    new = dict(held)
    false = {(finding.relay, finding.interval) for finding in findings if finding.kind in _BROKEN}
    for seal in seals:
        _, last = new.get(seal.relay, (NEVER, NEVER))
        if (seal.relay, seal.interval) in false and seal.interval > last:
            new[seal.relay] = (last, seal.interval)
        elif seal.interval - last > APART_SEALS * constants.pages_per_seal:
            new.pop(seal.relay, None)
    if new != held:
        tx.put(Key.BOARD_BROKEN, msgspec.msgpack.encode(new))


def broken_pages(tx: Tx, constants: Constants) -> set[RelayId]:
    """The relays whose pages did not fit twice."""
    apart = APART_SEALS * constants.pages_per_seal
    return {relay for relay, (before, last) in _load(tx).items() if before != NEVER and last - before <= apart}


def forget_pages(tx: Tx) -> None:
    """Another guard is asked."""
    if tx.get(Key.BOARD_BROKEN) is not None:
        tx.delete(Key.BOARD_BROKEN)


def _load(tx: Tx) -> dict[RelayId, tuple[int, int]]:
    """The intervals of the last two false seals of each relay."""
    held = tx.get(Key.BOARD_BROKEN)
    return {} if held is None else msgspec.msgpack.decode(held, type=dict[RelayId, tuple[int, int]])
