"""What the client knows of its community: the invitation it took and the newest roster it accepted.

Invariant: the roster in the vault is always one that the community key signed; following it (checks of succession) is
client_cli.board.reader's work. Spec: docs/protocol.md, Roster.
Decision 18.
"""

from collections.abc import Sequence

from client_cli.errors import NotJoined
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.community.constants import Constants
from protocol.community.roster import Roster, parse_roster
from protocol.seams import RelayId

__all__ = [
    "constants",
    "find_roster",
    "put_roster",
    "relays",
    "require_joined",
]


def require_joined(tx: Tx) -> bytes:
    """The community key; NotJoined before `sosik join`."""
    key = tx.get(Key.COMMUNITY_KEY)
    if key is None:
        raise NotJoined
    return key


def find_roster(tx: Tx) -> Roster | None:
    """The newest accepted roster; None until the first key block was read."""
    data, key = tx.get(Key.ROSTER), tx.get(Key.COMMUNITY_KEY)
    if data is None or key is None:
        return None
    return _parse(data, key)


_parsed: tuple[bytes, bytes, Roster] | None = None


def _parse(data: bytes, key: bytes) -> Roster:
    """Parse, remembering the last one: every transaction reads the roster, and it changes a few times a year."""
    global _parsed
    if _parsed is None or _parsed[0] != data or _parsed[1] != key:
        _parsed = (data, key, parse_roster(data, key))
    return _parsed[2]


def put_roster(tx: Tx, data: bytes) -> Roster:
    """Keep a roster that was checked (signature and succession)."""
    roster = _parse(data, require_joined(tx))
    tx.put(Key.ROSTER, data)
    return roster


def constants(tx: Tx) -> Constants:
    """The constants of the roster, or the defaults before there is one."""
    roster = find_roster(tx)
    return Constants() if roster is None else roster.constants


def relays(tx: Tx) -> Sequence[RelayId]:
    """Numbers of the relays of the roster, ascending; none before the roster is known."""
    roster = find_roster(tx)
    return () if roster is None else roster.numbers
