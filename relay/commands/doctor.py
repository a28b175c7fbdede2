"""`sosik-relay doctor`: is everything as it should be?"""

import json
from pathlib import Path

import click


@click.command("doctor")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_context
def command(ctx: click.Context, directory: Path, as_json: bool) -> None:
    """Look at the relay in DIR: permissions, disk, store, keys, roster, clock, certificate.

    Changes nothing and may run beside the relay. Ends with the code of the first trouble, 0 if there is none.

    \b
    Example:
      sosik-relay doctor /var/lib/sosik
    """
    from relay.operator.doctor import examine
    from relay.seams import SystemClock

    findings = list(examine(directory, SystemClock().now()))
    if as_json:
        rows = [{"subject": finding.subject, "code": finding.code, "words": finding.words} for finding in findings]
        click.echo(json.dumps(rows, indent=2))
    else:
        for finding in findings:
            click.echo(f"{'ok     ' if finding.code == 0 else 'TROUBLE'}  {finding.subject}: {finding.words}")
    ctx.exit(next((finding.code for finding in findings if finding.code), 0))
