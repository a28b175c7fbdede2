"""How long something will take, told before it is sent.

Invariant: an estimate is worked out from the constants of the roster, the profile and the letters that wait here;
nothing of it depends on what anybody else does, and nothing it says moves a slot. Spec: docs/protocol.md, The schedule.
"""

from client_cli.community.relays import load_network
from client_cli.vault.settings import get_settings
from client_cli.vault.transaction import Transactions

__all__ = ["arrival_s"]


def arrival_s(vault: Transactions, parts: int) -> float:
    """Seconds online until `parts` more cells will have left behind those that wait, and been fetched. NotJoined.

    A deposit field comes in every 1 / deposit_permille slots; then a cell is held twice on its way out, waits for a
    page of the board, and its fetch is held three times.
    """
    with vault.transaction() as tx:
        network, profile = load_network(tx), get_settings(tx).profile
        row = tx.find("SELECT count(*) FROM parts WHERE tries = 0 AND arrived_at IS NULL")
    waiting = parts + (0 if row is None else int(row[0]))
    fixed, slot_s = network.constants, network.slot_s(profile)
    leaving = waiting * slot_s * 1000 / fixed.deposit_permille
    return leaving + 2 * fixed.mean_hold_s + 1.5 * fixed.page_s + 3 * fixed.reply_hold_s + 2 * slot_s
