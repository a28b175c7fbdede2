"""`sosik-relay inspect`: all that a relay holds."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from relay.operator.inventory import Report


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
    report = asyncio.run(_look(directory))
    click.echo(json.dumps(report.to_json(), indent=2) if as_json else "\n".join(report.lines()))


async def _look(directory: Path) -> "Report":
    from relay.home.config import load_config
    from relay.operator.inventory import inspect
    from relay.seams import system_entropy
    from relay.store.open import look_at_store

    async with look_at_store(directory, load_config(directory), system_entropy) as store:
        return await inspect(store)
