"""The roster maker's directory: the community's keys, the relays' cards, and the signing of rosters.

Files: community.key, desk.key (32-byte Ed25519 seeds), access.key (`relay.home.access_key`), community.json (name,
guards, constants, next number, revoked certificates), relays/NNN.card (NNN is the relay's permanent number), roster
(the newest signed one).
Invariant: a number is given once; a relay that comes again with the same identity keeps its number; a roster follows
the one before (Spec: docs/protocol.md, Roster).
Decisions 17, 58.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

import msgspec

from protocol.community.access import wrap_access
from protocol.community.constants import Constants, parse_constants
from protocol.community.roster import (
    NO_PREVIOUS,
    REVOKED_MAX,
    Roster,
    RosterRelay,
    check_succession,
    roster_hash,
    sign_roster,
)
from protocol.errors import ProtocolError
from protocol.people.certificate import parse_certificate, revocation_of
from protocol.primitives.days import day_of
from protocol.primitives.signing import verify_key_of
from protocol.seams import MAX_RELAY_ID, Entropy
from relay.errors import ConfigProblem, FileProblem, RosterProblem
from relay.home.access_key import encode_access, read_access
from relay.home.card import RelayCard, parse_card
from relay.home.config import check_url
from relay.home.directory import ACCESS, ROSTER, read_roster
from relay.home.files import make_private_directory, read_file, read_private, write_private
from relay.secrets import AccessKeys

COMMUNITY = "community.key"
DESK = "desk.key"
PLAN = "community.json"
CARDS = "relays"
VALID_DAYS = 365
_SECRET_BYTES = 32


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """community.json: what the next roster will say beside the relays' cards."""

    name: str
    guards: tuple[int, ...] = ()
    next_number: int = 0
    constants: Mapping[str, int] = {}
    revoked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """One card taken: its number, and whether the relay was known before."""

    number: int
    url: str
    known: bool


def new_community(directory: Path, name: str, constants: Mapping[str, object], entropy: Entropy) -> None:
    """Make the keys of a community. ConfigProblem names a constant that is unknown or out of range."""
    _check_constants(constants)
    if not 1 <= len(name.encode()) <= 32 or not name.isprintable():
        raise ConfigProblem("The name must be 1 to 32 bytes of printable text; nothing was made.")
    make_private_directory(directory)
    make_private_directory(directory / CARDS)
    write_private(directory / COMMUNITY, entropy(_SECRET_BYTES))
    write_private(directory / DESK, entropy(_SECRET_BYTES))
    write_private(directory / ACCESS, encode_access(AccessKeys({0: entropy(_SECRET_BYTES)})))
    given = {key: value for key, value in constants.items() if isinstance(value, int)}
    _write_plan(directory, Plan(name, constants=given))


def add_relays(directory: Path, cards: Sequence[Path], guard: bool) -> list[Added]:
    """Take relays' cards into the next roster; with `guard` they become guards, in the order given."""
    plan = _read_plan(directory)
    taken = _read_cards(directory)
    added: list[Added] = []
    guards = list(plan.guards)
    next_number = plan.next_number
    for path in cards:
        data = read_file(path)
        card = _parse(path, data)
        check_url(card.url)
        known = [number for number, other in taken.items() if other.identity == card.identity]
        number = known[0] if known else next_number
        if number > MAX_RELAY_ID:
            raise RosterProblem("All 256 relay numbers are given; nothing was changed; a new community is needed.")
        if any(other.url == card.url for other in taken.values() if other.identity != card.identity):
            raise RosterProblem(f"Another relay of this community has the URL of {path}; that card was not taken.")
        write_private(directory / CARDS / f"{number:03}.card", data)
        taken[number] = card
        next_number = max(next_number, number + 1)
        if guard and number not in guards:
            guards.append(number)
        added.append(Added(number, card.url, bool(known)))
        _write_plan(directory, msgspec.structs.replace(plan, guards=tuple(guards), next_number=next_number))
    return added


@unique
class NewAccess(Enum):
    """Whether the next roster brings a new access secret, and to whom."""

    NONE = "the secret stays"
    TO_HOLDERS = "sealed under the one before: everybody who holds that one has it, whoever left included"
    BY_HAND = "sealed under nothing that anybody holds: members get it by a new invitation"


def sign_next(directory: Path, new_access: NewAccess, now: float, entropy: Entropy) -> Roster:
    """Sign the next roster, valid for a year."""
    plan = _read_plan(directory)
    secret = read_private(directory / COMMUNITY, _SECRET_BYTES)
    desk = read_private(directory / DESK, _SECRET_BYTES)
    cards = _read_cards(directory)
    if not cards:
        raise RosterProblem(f"{directory} has no relays yet; nothing was signed; take a card with `roster add`.")
    guards = plan.guards or (min(cards),)
    if missing := set(guards) - set(cards):
        raise RosterProblem(f"Guard {min(missing)} has no card; nothing was signed; mend guards in {PLAN}.")
    previous = read_roster(directory / ROSTER)[1] if (directory / ROSTER).exists() else None
    key = verify_key_of(secret)
    epoch, box = _access(directory, key, previous, new_access, entropy)
    today = day_of(now)
    roster = Roster(
        community_key=key,
        name=plan.name,
        version=previous.version + 1 if previous else 1,
        issued_day=today,
        expires_day=today + VALID_DAYS,
        constants=_check_constants(plan.constants),
        relays=tuple(
            RosterRelay(number, card.url, card.identity, card.door, card.door_kem, card.tls_pin)
            for number, card in sorted(cards.items())
        ),
        next_number=max(plan.next_number, max(cards) + 1),
        guards=guards,
        desk_keys=(verify_key_of(desk),),
        access_epoch=epoch,
        access_box=box,
        previous=roster_hash(previous) if previous else NO_PREVIOUS,
        revoked=_revoked(plan, today),
    )
    try:
        if previous is not None:
            check_succession(roster, previous)
        data = sign_roster(roster, secret)
    except (ProtocolError, ValueError) as error:
        raise RosterProblem(f"The roster was not signed ({error}); the one before is kept; mend {PLAN}.") from None
    write_private(directory / ROSTER, data)
    return roster


def revoke_helper(directory: Path, certificate: Path) -> str:
    """Note a helper's certificate as revoked, from the next roster on; the helper's name. FileProblem."""
    plan = _read_plan(directory)
    try:
        found = parse_certificate(read_file(certificate))
    except ProtocolError:
        raise FileProblem(
            f"{certificate} is no helper's certificate; nothing was changed; look for helper.cert."
        ) from None
    entries = sorted({*plan.revoked, revocation_of(found).hex()})
    if len(entries) > REVOKED_MAX:
        raise RosterProblem("Too many certificates are revoked; nothing was changed; wait until some have expired.")
    _write_plan(directory, msgspec.structs.replace(plan, revoked=tuple(entries)))
    return found.name


def _revoked(plan: Plan, today: int) -> tuple[bytes, ...]:
    """What the next roster lists: certificates that expired by themselves are left out."""
    try:
        entries = sorted({bytes.fromhex(entry) for entry in plan.revoked})
    except ValueError:
        raise ConfigProblem(f"An entry under revoked in {PLAN} is not hexadecimal; nothing was signed.") from None
    return tuple(entry for entry in entries if int.from_bytes(entry[:2], "big") >= today)


def load_shown(path: Path) -> Roster:
    """The roster of a community or relay directory, or of a file."""
    return read_roster(path / ROSTER if path.is_dir() else path)[1]


def _access(
    directory: Path, community_key: bytes, previous: Roster | None, new_access: NewAccess, entropy: Entropy
) -> tuple[int, bytes]:
    """Epoch and box for the next roster. The file is written first: an interrupted run is taken up again."""
    if previous is None:
        return 0, b""
    if new_access is NewAccess.NONE:
        return previous.access_epoch, previous.access_box
    secrets = dict(read_access(directory / ACCESS).secrets)
    epoch = previous.access_epoch + 1
    if epoch - 1 not in secrets:
        raise FileProblem(
            f"{directory / ACCESS} lacks the secret in force; nothing was signed; put the right file back."
        )
    if epoch not in secrets:
        secrets[epoch] = entropy(_SECRET_BYTES)
        write_private(directory / ACCESS, encode_access(AccessKeys(secrets)))
    # A box by hand is opened by nobody: what it is sealed under is forgotten here.
    under = secrets[epoch - 1] if new_access is NewAccess.TO_HOLDERS else entropy(_SECRET_BYTES)
    return epoch, wrap_access(community_key, epoch, secrets[epoch], under, entropy)


def _check_constants(fields: Mapping[str, object]) -> Constants:
    try:
        return parse_constants(fields)
    except ProtocolError as error:
        raise ConfigProblem(f"{str(error).capitalize()}; nothing was changed; mend that constant.") from None


def _read_cards(directory: Path) -> dict[int, RelayCard]:
    cards: dict[int, RelayCard] = {}
    for path in sorted((directory / CARDS).glob("[0-9][0-9][0-9].card")):
        cards[int(path.stem)] = _parse(path, read_file(path))
    return cards


def _parse(path: Path, data: bytes) -> RelayCard:
    try:
        return parse_card(data)
    except ProtocolError:
        raise FileProblem(
            f"{path} is not a whole relay card; nothing was changed; ask the operator for it again."
        ) from None


def _read_plan(directory: Path) -> Plan:
    if not (directory / PLAN).exists():
        raise FileProblem(
            f"{directory} is not a community's directory; nothing was changed; "
            f"make one with `sosik-relay roster new {directory} --name NAME`."
        )
    try:
        return msgspec.json.decode(read_private(directory / PLAN), type=Plan)
    except msgspec.DecodeError as error:
        raise ConfigProblem(f"{directory / PLAN} does not parse ({error}); nothing was changed; mend it.") from None


def _write_plan(directory: Path, plan: Plan) -> None:
    write_private(directory / PLAN, msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
