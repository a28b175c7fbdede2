"""`sosik-relay roster`: the community's list of relays, made on the roster maker's machine, which needs no network."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from protocol.community.roster import Roster

_DIRECTORY = click.Path(path_type=Path)


@click.group("roster")
def command() -> None:
    """Make and sign the community's roster: new, add, revoke, sign, show.

    \b
    Example:
      sosik-relay roster new family --name "Our family"
      sosik-relay roster add family one.card two.card three.card
      sosik-relay roster sign family
    """


@command.command("new")
@click.argument("directory", metavar="DIR", type=_DIRECTORY)
@click.option("--name", required=True, help="The community's name, at most 32 bytes; members see it.")
@click.option("--constants", type=click.Path(path_type=Path), help="TOML file of network constants that differ.")
def new(directory: Path, name: str, constants: Path | None) -> None:
    """Make a community's keys in DIR. Keep DIR off the network, and keep a copy.

    \b
    Example:
      sosik-relay roster new family --name "Our family"
    """
    from relay.home.files import restrict_umask
    from relay.operator.roster_maker import new_community
    from relay.seams import system_entropy

    restrict_umask()
    new_community(directory, name, _read_toml(constants) if constants else {}, system_entropy)
    click.echo(f"A community was made in {directory}. Next: sosik-relay roster add {directory} CARD...")


@command.command("add")
@click.argument("directory", metavar="DIR", type=_DIRECTORY)
@click.argument("cards", metavar="CARD...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--guard", is_flag=True, help="These relays are guards, in this order. [default: the first ever added]")
def add(directory: Path, cards: tuple[Path, ...], guard: bool) -> None:
    """Take relays into the next roster, or renew their cards. The number a relay gets is its own for ever.

    \b
    Example:
      sosik-relay roster add family one.card two.card three.card
      sosik-relay roster add family reserve.card --guard
    """
    from relay.home.files import restrict_umask
    from relay.operator.roster_maker import add_relays

    restrict_umask()
    for added in add_relays(directory, cards, guard):
        click.echo(f"relay {added.number}: {'card renewed' if added.known else 'added'}")
    click.echo(f"Next: sosik-relay roster sign {directory}")


@command.command("sign")
@click.argument("directory", metavar="DIR", type=_DIRECTORY)
@click.option("--new-access", is_flag=True, help="Bring the next access secret to everybody who holds this one.")
@click.option(
    "--by-hand", is_flag=True, help="With it: to nobody. Each member needs a new invitation; for one who left."
)
def sign(directory: Path, new_access: bool, by_hand: bool) -> None:
    """Sign the next version of the roster, valid for a year.

    \b
    Example:
      sosik-relay roster sign family
      sosik-relay roster sign family --new-access

    A new access secret travels under the one before, so whoever kept that one has the new one too, also after leaving
    the community. It only shuts out who did not keep it. To shut out somebody: --new-access --by-hand, and a new
    invitation for everybody else.
    """
    from relay.home.directory import ACCESS, ROSTER
    from relay.home.files import restrict_umask
    from relay.operator.roster_maker import NewAccess, sign_next
    from relay.seams import SystemClock, system_entropy

    restrict_umask()
    if by_hand and not new_access:
        raise click.UsageError("--by-hand needs --new-access.")
    wanted = NewAccess.BY_HAND if by_hand else NewAccess.TO_HOLDERS if new_access else NewAccess.NONE
    roster = sign_next(directory, wanted, SystemClock().now(), system_entropy)
    click.echo(f"Roster version {roster.version} was signed; it names {_count(len(roster.relays), 'relay')}.")
    click.echo(f"Give {directory / ROSTER} and {directory / ACCESS} to each operator, who restarts the relay.")
    if by_hand:
        click.echo("To all of them: no relay can follow this roster by itself. Then a new invitation for every member.")


@command.command("revoke")
@click.argument("directory", metavar="DIR", type=_DIRECTORY)
@click.argument("certificate", metavar="CERT", type=click.Path(path_type=Path))
def revoke(directory: Path, certificate: Path) -> None:
    """End a helper's certificate (helper.cert) before its time, from the next roster on.

    \b
    Example:
      sosik-relay roster revoke family helper.cert
    """
    from relay.home.files import restrict_umask
    from relay.operator.roster_maker import revoke_helper

    restrict_umask()
    name = revoke_helper(directory, certificate)
    click.echo(f"The certificate of {name} is revoked once this is signed. Next: sosik-relay roster sign {directory}")


@command.command("show")
@click.argument("path", metavar="DIR|FILE", type=_DIRECTORY)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def show(path: Path, as_json: bool) -> None:
    """Show the roster of a directory, or in a file, after checking its signature.

    \b
    Example:
      sosik-relay roster show family --json
    """
    from relay.operator.roster_maker import load_shown

    roster = load_shown(path)
    click.echo(json.dumps(_as_dict(roster), indent=2, ensure_ascii=False) if as_json else _in_words(roster))


def _as_dict(roster: "Roster") -> dict[str, object]:
    import msgspec

    return {
        "name": roster.name,
        "version": roster.version,
        "community_key": roster.community_key.hex(),
        "issued": _date(roster.issued_day),
        "expires": _date(roster.expires_day),
        "access_epoch": roster.access_epoch,
        "guards": list(roster.guards),
        "relays": [
            {
                "number": relay.number,
                "url": relay.url,
                "identity": relay.identity.hex(),
                "door": relay.door.hex(),
                "door_kem": relay.door_kem.hex(),
                "tls_pin": relay.tls_pin.hex(),
            }
            for relay in roster.relays
        ],
        "revoked": [entry.hex() for entry in roster.revoked],
        "desk_keys": [key.hex() for key in roster.desk_keys],
        "constants": msgspec.to_builtins(roster.constants),
    }


def _in_words(roster: "Roster") -> str:
    import msgspec

    from protocol.community.constants import Constants

    usual = msgspec.to_builtins(Constants())
    lines = [
        f"{roster.name}: roster version {roster.version}",
        f"valid from {_date(roster.issued_day)} to {_date(roster.expires_day)}",
        f"community key {roster.community_key.hex()}",
        f"access secret of epoch {roster.access_epoch}, {_count(len(roster.desk_keys), 'desk key')}",
    ]
    if roster.revoked:
        lines.append(f"{_count(len(roster.revoked), 'helper certificate')} revoked")
    for relay in roster.relays:
        rank = roster.guards.index(relay.number) if relay.number in roster.guards else None
        role = {None: "", 0: ", guard"}.get(rank, f", reserve guard {rank}")
        check = "pinned certificate" if any(relay.tls_pin) else "certificate of an authority"
        lines.append(f"relay {relay.number}{role}: {relay.url} ({check})")
    differ = [
        f"{name} = {value}" for name, value in msgspec.to_builtins(roster.constants).items() if value != usual[name]
    ]
    lines.append("constants that differ: " + (", ".join(differ) or "none"))
    return "\n".join(lines)


def _date(day: int) -> str:
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _read_toml(path: Path) -> dict[str, object]:
    from relay.errors import ConfigProblem
    from relay.home.files import read_file

    try:
        return tomllib.loads(read_file(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"{path} is not TOML ({error}); nothing was made; mend that line.") from None
