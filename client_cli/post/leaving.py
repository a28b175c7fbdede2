"""Leaving a guard that answers: the one place that decides whether, and for which other one.

A guard that does not answer is left by client_cli.post.guard_choice. One that answers is left because it shows us less
than the others have (client_cli.post.withholding), later than it could (client_cli.post.lateness), keeps replies back
(client_cli.post.unanswered), or loses our shelf again (client_cli.post.lost_shelves).
Invariant: it follows from schedules, the board and network results alone, never from letters, and acts from the next
packet that is prepared. Spec: docs/protocol.md, Fail-over.
"""

from client_cli.community.relays import Network, deniers
from client_cli.post import unanswered
from client_cli.post.exchanges import ExchangeInFlight
from client_cli.post.fetches import FetchAnswer
from client_cli.post.lateness import is_late
from client_cli.post.lost_shelves import asked_last, lost_again
from client_cli.post.withholding import has_withheld
from client_cli.vault.transaction import Tx
from protocol.primitives.days import day_of
from protocol.routes.exchange import Response
from protocol.seams import RelayId

__all__ = ["find_successor"]


def find_successor(
    tx: Tx, network: Network, flight: ExchangeInFlight, response: Response, answer: FetchAnswer | None, now: float
) -> RelayId | None:
    """Note what an exchange with the present guard showed; who is to be asked from now on instead, None: nobody."""
    guard = flight.guard
    keeps_back = has_withheld(tx, network, guard, now) or is_late(tx, network, flight, response)
    loses = lost_again(tx, guard, now)
    unanswers = unanswered.is_unanswered(tx, network, guard, answer)
    if not keeps_back and not unanswers and not loses:
        return None
    against = () if network.roster is None else deniers(tx, network.roster, guard, now)
    order = asked_last(tx, [relay for relay in network.guards_to_ask(day_of(now)) if relay not in against], now)
    if guard not in order or len(order) == 1:
        return None
    if loses:
        return order[0]
    if not keeps_back:
        return unanswered.successor(tx, network, guard, order, now)
    return order[(order.index(guard) + 1) % len(order)]
