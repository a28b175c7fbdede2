"""`sosik sync`: one round trip of eight exchanges, for a moment online."""

import asyncio

from client_cli import helptext, terminal
from client_cli.i18n import _
from client_cli.options import Opening, chosen_proxy, opening_options, proxy_options

NO_ANSWER = 11  # exit code: no relay answered; nothing is lost


@helptext.command(
    "sync",
    _(
        "Sends and collects once, for a moment online. It collects what the one before asked for, and asks for what the"
        " next one collects, so do it twice with some hours between. It hides less than sosik online: whoever watches"
        " the line sees when you did it."
    ),
    "sosik sync",
)
@proxy_options
@opening_options
def command(opening: Opening, proxy: str | None, always_proxy: bool) -> int:
    """One round trip, and what came of it."""
    from client_cli import telling
    from client_cli.inbox import unread
    from client_cli.postman import Postman
    from client_cli.relay_client import RelayClient
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.syncing import run_sync

    with opening.vault() as vault:
        url = chosen_proxy(vault, proxy, always_proxy)
        postman = Postman(vault, system_entropy, system_entropy)
        proxied = None if url is None else RelayClient(url)
        result = asyncio.run(run_sync(vault, SystemClock(), postman, RelayClient(), proxied))
        if not result.answered:
            terminal.warn(_("No relay answered. Nothing is lost; try again later or from another network."))
            if result.blocked:
                terminal.warn(_("If it stays so, a courier can help: sosik carry pack FILE"))
            return NO_ANSWER
        terminal.say(_("Done: sent, and collected what was asked for before."))
        telling.waiting(len(unread(vault)))
        terminal.say(_("This hides less than sosik online: whoever watches the line sees that you did it now."))
    return 0
