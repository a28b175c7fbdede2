"""`sync`: an ordinary exchange, which tells whether the vault was put back, and eight in one round trip, for a moment
online.

Invariant: its size and shape are always the same; its packets come from a schedule of their own, so what it carries
tells nothing about letters. That a person was online at this moment it cannot hide, and the command says so.
Spec: docs/protocol.md, Exchange.
"""

from dataclasses import dataclass

from client_cli.post.poster import Poster, post_exchange
from client_cli.post.postman import Postman
from client_cli.vault.lock import hold_online
from client_cli.vault.vault import Vault
from protocol.seams import Clock

__all__ = ["SyncResult", "run_sync"]


@dataclass(frozen=True, slots=True)
class SyncResult:
    """Whether the relay answered. If not, nothing is lost, and the next `sync` tries another relay. `blocked`: all have
    been tried on every way."""

    answered: bool
    blocked: bool = False


async def run_sync(
    vault: Vault, clock: Clock, postman: Postman, client: Poster, proxied: Poster | None = None
) -> SyncResult:
    """Send and collect once. AlreadyOnline while `online` runs; NotJoined before an invitation was taken."""
    with hold_online(vault.home):
        for begin in (postman.begin_check, postman.begin_sync):
            exchange = begin(clock.now())
            answer = await post_exchange(exchange, client, proxied)
            before = postman.counts.answered
            postman.finish_sync(exchange.handle, answer, clock.now())
            if postman.counts.answered == before:
                return SyncResult(False, postman.counts.blocked)
        return SyncResult(True)
