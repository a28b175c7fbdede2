"""The `sosik-relay` command: arguments in, one clear sentence out when something is wrong.

Exit codes are those of `relay.errors`. Commands import what they need when they run, so that --help is quick.
"""

import os
import sys
from typing import Any

import click

from relay.commands.doctor import command as doctor
from relay.commands.init import command as init
from relay.commands.inspect import command as inspect
from relay.commands.move import command as move
from relay.commands.roster import command as roster
from relay.commands.run import command as run
from relay.errors import RelayError
from relay.seams import forbid_core_dumps


class _Group(click.Group):
    """Shows our errors as one sentence, and lists the commands in the order of their use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RelayError as error:
            _say(f"sosik-relay: {error}")
            ctx.exit(error.exit_code)


def _say(sentence: str) -> None:
    """Say it on standard error; where that is a log on a full disk, the exit code says it alone."""
    try:
        click.echo(sentence, err=True)
    except OSError:
        # What is left in the stream would fail once more when the process ends, and change its exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sosik", prog_name="sosik-relay")
def main() -> None:
    """Run a Sosik relay, which stores and forwards sealed letters and delays, mixes and pads them.

    \b
    Example:
      sosik-relay init /var/lib/sosik --host 0.0.0.0 --public-url https://relay.example.org:8443
      sosik-relay run /var/lib/sosik
    """
    forbid_core_dumps()


for _command in (init, run, inspect, doctor, move, roster):
    main.add_command(_command)
