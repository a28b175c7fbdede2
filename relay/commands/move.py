"""`sosik-relay move`: all that a relay holds into another store."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import click


@click.command("move")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path))
@click.option("--rehearse", is_flag=True, help="Copy and compare only: the relay of DIR goes on with its old store.")
def command(directory: Path, target: Path, rehearse: bool) -> None:
    """Copy all that the relay in DIR holds into TARGET, compare, and let the relay run on TARGET alone from then on.

    TARGET is a new file for SQLite, or a file of mode 600 that holds the address of an empty PostgreSQL database
    (postgresql://USER:PASSWORD@HOST:PORT/DATABASE). Stop the relay first; nothing has to be drained, since what waits
    moves too.

    \b
    Example:
      sosik-relay move /var/lib/sosik /var/lib/sosik/store.url
    """
    from relay.home.files import DirectoryClaim, restrict_umask

    restrict_umask()
    claim = DirectoryClaim(directory)
    try:
        rows = asyncio.run(_move(directory, target, rehearse))
    finally:
        claim.release()
    for table, count in rows.items():
        click.echo(f"{table}: {count} rows, the same in both stores")
    if rehearse:
        click.echo("The rehearsal went well. The relay keeps its old store; erase the target, no relay runs on it.")
        return
    click.echo("Moved. The old store is closed for good: no relay runs on it any more. Now")
    click.echo("1. name the new store under [store] in relay.toml,")
    click.echo("2. sosik-relay doctor, then sosik-relay run,")
    click.echo(
        "3. erase the old store (`shred -u relay.db*`, or drop the old database); on flash something may remain."
    )


async def _move(directory: Path, target: Path, rehearse: bool) -> Mapping[str, int]:
    from relay.home.config import load_config
    from relay.operator.move import move, open_source, open_target, rows_to_move
    from relay.seams import system_entropy

    async with (
        open_source(directory, load_config(directory), system_entropy) as source,
        open_target(target, system_entropy) as filled,
    ):
        with click.progressbar(length=await rows_to_move(source), label="Moving", show_pos=True) as bar:
            return await move(source, filled, bar.update, rehearse=rehearse)
