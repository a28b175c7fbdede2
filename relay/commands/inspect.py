"""`sosik-relay inspect`: all that a relay holds."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from relay.inspect import Report


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
    from relay.directory import DATABASE

    report = asyncio.run(_look(directory / DATABASE))
    click.echo(json.dumps(report.to_json(), indent=2) if as_json else "\n".join(report.lines()))


async def _look(path: Path) -> "Report":
    from relay.inspect import inspect
    from relay.readonly import open_read_only

    async with open_read_only(path) as store:
        return await inspect(store)
