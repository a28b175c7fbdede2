"""`sosik-relay inspect`: all that a relay holds."""

import json
from pathlib import Path

import click


@click.command("inspect")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def command(directory: Path, as_json: bool) -> None:
    """Show all that the relay in DIR holds: every table, every column, how many rows.

    Changes nothing and may run beside the relay.

    \b
    Example:
      sosik-relay inspect /var/lib/sosik
    """
