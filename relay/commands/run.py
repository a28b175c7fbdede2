"""`sosik-relay run`: the relay in the foreground, for a service manager."""

from pathlib import Path

import click


@click.command("run")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; 2 or more need PostgreSQL."
)
@click.option(
    "--clock-is-right",
    is_flag=True,
    help="Start although the clock is weeks past all that was signed, and undo what was done by one that was ahead.",
)
@click.option("--place", hidden=True, help="What one of several processes is told by the one that starts it.")
def command(directory: Path, workers: int, clock_is_right: bool, place: str | None) -> None:
    """Run the relay of DIR until SIGTERM or Ctrl-C.

    Prints `ready PORT` when it listens. Events go where log.to in relay.toml says.

    \b
    Example:
      sosik-relay run /var/lib/sosik
    """
    from relay.server.app import run_relay, run_worker
    from relay.server.workers import WorkerPlace

    def ready(port: int) -> None:
        click.echo(f"ready {port}")  # click flushes

    if clock_is_right and workers != 1:
        raise click.UsageError("--clock-is-right is for one process; start it once without --workers.")
    if place is None:
        run_relay(directory, ready, workers, clock_is_right=clock_is_right)
        return
    try:
        worker = WorkerPlace.parse(place)
    except ValueError:
        raise click.UsageError("--place is for this program itself.") from None
    run_worker(directory, worker, ready)
