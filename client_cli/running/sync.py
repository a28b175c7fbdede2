"""`sync`: eight exchanges in one round trip, for a moment online.

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
        exchange = postman.begin_sync(clock.now())
        answer = await post_exchange(exchange, client, proxied)
        before = postman.counts.answered
        postman.finish_sync(exchange.handle, answer, clock.now())
        return SyncResult(postman.counts.answered > before, postman.counts.blocked)
