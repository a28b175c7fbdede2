"""`sosik sync`: one round trip of eight exchanges, for a moment online."""

import asyncio

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, chosen_proxy, opening_options, proxy_options
from client_cli.errors import ExitCode
from client_cli.i18n import _
from client_cli.terminal import output


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
    from client_cli.community.joining import find_refusal
    from client_cli.inbox.reading import unread
    from client_cli.network.relay_client import RelayClient
    from client_cli.post.postman import Postman
    from client_cli.randomness import Randomness
    from client_cli.running.sync import run_sync
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.wording.letters import tell_new
    from client_cli.wording.status import REFUSALS

    with opening.vault() as vault:
        url = chosen_proxy(vault, proxy, always_proxy)
        postman = Postman(vault, Randomness(system_entropy, system_entropy))
        proxied = None if url is None else RelayClient(url)
        result = asyncio.run(run_sync(vault, SystemClock(), postman, RelayClient(), proxied))
        with vault.transaction() as tx:
            refusal = find_refusal(tx)
        if refusal is not None:
            output.warn(_(REFUSALS[refusal]))
            return ExitCode.REFUSED
        if not result.answered:
            output.warn(_("No post box answered. Nothing is lost; try again later or from another network."))
            if result.blocked:
                output.warn(_("If it stays so, a courier can help: sosik carry pack FILE"))
            return ExitCode.NO_ANSWER
        output.say(_("Done: sent, and collected what was asked for before."))
        tell_new(len(unread(vault)))
        output.say(_("This hides less than sosik online: whoever watches the line sees that you did it now."))
    return 0
