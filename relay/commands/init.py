"""`sosik-relay init`: keys, certificate, configuration and card of a new relay."""

from pathlib import Path

import click


@click.command("init")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--public-url", help="How others reach it: https://HOST:PORT.  [default: https://127.0.0.1:PORT]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="0 takes a free port.")
@click.option("--tls/--no-tls", default=True, show_default=True, help="--no-tls only on loopback, behind a proxy.")
@click.option(
    "--ordinary-check", is_flag=True, help="Put no pin on the card: a proxy shows an authority's certificate."
)
def command(directory: Path, public_url: str | None, host: str, port: int, tls: bool, ordinary_check: bool) -> None:
    """Make a relay in DIR: its keys, certificate, relay.toml and relay.card.

    \b
    Example:
      sosik-relay init /var/lib/sosik --host 0.0.0.0 --public-url https://relay.example.org:8443
    """
    from relay.home.config import CONFIG_NAME
    from relay.home.directory import ACCESS, CARD, ROSTER, init_relay
    from relay.home.files import restrict_umask
    from relay.seams import SystemClock, system_entropy

    restrict_umask()
    url = init_relay(
        directory,
        host=host,
        port=port,
        tls=tls,
        public_url=public_url or f"{'https' if tls else 'http'}://127.0.0.1:{port or 8443}",
        ordinary_check=ordinary_check,
        now=SystemClock().now(),
        entropy=system_entropy,
    )
    click.echo(f"A relay was made in {directory}. Its address, which only members learn, is\n  {url}")
    click.echo(f"1. Look through {directory / CONFIG_NAME}.")
    click.echo(f"2. Give {directory / CARD} to the roster maker.")
    click.echo(f"3. Put the files `{ROSTER}` and `{ACCESS}` that come back into {directory}, mode 600.")
    click.echo(f"4. sosik-relay run {directory}")
