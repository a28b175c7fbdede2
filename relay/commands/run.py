"""`sosik-relay run`: the relay in the foreground, for a service manager."""

from pathlib import Path

import click


@click.command("run")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def command(directory: Path) -> None:
    """Run the relay of DIR until SIGTERM or Ctrl-C.

    Prints `ready PORT` when it listens. Events go where log.to in relay.toml says.

    \b
    Example:
      sosik-relay run /var/lib/sosik
    """
    from relay.app import run_relay

    def ready(port: int) -> None:
        click.echo(f"ready {port}")  # click flushes

    run_relay(directory, ready)
