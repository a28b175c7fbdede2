"""`sosik online`: stay on the schedule until stopped."""

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, chosen_proxy, opening_options, proxy_options
from client_cli.i18n import N_, _
from client_cli.terminal import output
from client_cli.terminal.progress import ProgressLine
from client_cli.vault.auto_lock import MAX_MINUTES

if TYPE_CHECKING:
    from client_cli.running.online import OnlineProgress

BLOCKED = N_("No post box can be reached from here; nothing is lost. A courier can help: sosik carry pack FILE")


@helptext.command(
    "online",
    _(
        "Sends and collects until you stop it with Ctrl-C. What passes over the line looks the same whether you write"
        " or not, so leave it running as long and as regularly as you can. Other commands work beside it. To start it"
        " with the computer, see docs/family.md."
    ),
    "sosik online",
    "sosik online --proxy socks5://127.0.0.1:9050",
)
@click.option(
    "--lock-after",
    type=click.IntRange(0, MAX_MINUTES),
    metavar="MINUTES",
    help=_(
        "Close the letters when no command was used for so long; remembered, 0: never. Your own letters wait while they"
        " are closed."
    ),
)
@click.option(
    "--take-over",
    is_flag=True,
    help=_("Go on here with everybody, where another copy of this folder was in use. That one is to be stopped first."),
)
@proxy_options
@opening_options
def command(opening: Opening, proxy: str | None, always_proxy: bool, lock_after: int | None, take_over: bool) -> None:
    """Run the schedule with a progress line."""
    from client_cli.community.membership import require_joined
    from client_cli.errors import AlreadyOnline
    from client_cli.network.relay_client import RelayClient
    from client_cli.post.postman import Postman
    from client_cli.randomness import Randomness
    from client_cli.running.online import run_online
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.status.facts import fresh_starts
    from client_cli.streams.fresh_start import mark_put_back
    from client_cli.vault.auto_lock import choose_lock_after
    from client_cli.vault.lock import online_running
    from client_cli.wording.status import put_back

    progress = ProgressLine()
    with opening.vault() as vault:
        with vault.transaction() as tx:
            require_joined(tx)
        if online_running(vault.home):
            raise AlreadyOnline
        url = chosen_proxy(vault, proxy, always_proxy)
        if lock_after is not None:
            choose_lock_after(vault, lock_after)
        clock = SystemClock()
        with vault.transaction() as tx:
            if take_over:
                mark_put_back(tx, clock.now())
            told = list(put_back(fresh_starts(tx, clock.now())))
        for sentence in told:
            output.warn("{sentence}", sentence=sentence.text)
        postman = Postman(vault, Randomness(system_entropy, system_entropy))
        output.say(_("Sending and collecting. Stop with Ctrl-C; nothing is lost by that."))
        try:
            asyncio.run(
                run_online(
                    vault,
                    clock,
                    postman,
                    RelayClient(),
                    lambda counted: _show(progress, counted),
                    entropy=system_entropy,
                    proxied=None if url is None else RelayClient(url),
                )
            )
        finally:
            progress.close()
    output.say(_("Stopped. Your letters wait here until sosik online runs again."))


def _show(progress: ProgressLine, counted: "OnlineProgress") -> None:
    """Numbers on a terminal; elsewhere, where lines are kept in logs, only whether relays answer. Before either, what
    the person has to do."""
    from client_cli.wording.status import REFUSALS

    if counted.refusal is not None:
        progress.show(_(REFUSALS[counted.refusal]))
    elif output.is_terminal(sys.stderr):
        template = _("{exchanges} exchanges, {answered} answered, {failed} failed")
        if counted.locked:
            template = _("{exchanges} exchanges, {answered} answered, {failed} failed; locked")
        if counted.blocked:
            template = _(BLOCKED)
        progress.show(template, exchanges=counted.exchanges, answered=counted.answered, failed=counted.failed)
    elif counted.blocked:
        progress.show(_(BLOCKED))
    elif counted.answered:
        progress.show(_("Post boxes answer."))
    elif counted.failed:
        progress.show(_("No post box has answered yet; it goes on trying, and nothing is lost."))
