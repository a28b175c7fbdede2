"""A relay's directory: what `init` makes and `run` reads (docs/operators.md, Files).

Invariant: secrets are 0600 in a 0700 directory, written whole and synced; a relay that finds them otherwise does not
start. The roster and access.key come from the roster maker by the operator's hand.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from protocol.community.roster import Roster, parse_roster
from protocol.errors import ProtocolError
from protocol.primitives.hybrid_box import HYBRID_SECRET_BYTES, HybridKey, kem_hash
from protocol.primitives.signing import SIGNATURE_BYTES, verify_key_of
from protocol.seams import Entropy
from relay.errors import RosterProblem
from relay.home.access_key import read_access
from relay.home.card import sign_card
from relay.home.config import CONFIG_NAME, Config, check_url, load_config, parse_config, render_config
from relay.home.files import check_private, make_private_directory, read_file, read_private, write_private
from relay.home.tls import ORDINARY_CHECK, make_certificate
from relay.secrets import AccessKeys, RelayKeys

IDENTITY = "identity.key"
DOOR = "door.key"
CERTIFICATE = "tls.crt"
CERTIFICATE_KEY = "tls.key"
CARD = "relay.card"
ROSTER = "roster"
ACCESS = "access.key"
DATABASE = "relay.db"
_SECRET_BYTES = 32
_PATH_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PATH_LENGTH = 24


class _Peek(msgspec.Struct):
    community_key: bytes


@dataclass(frozen=True, slots=True)
class LoadedRelay:
    """Everything `run` needs of a directory, checked."""

    directory: Path
    config: Config
    keys: RelayKeys
    roster_bytes: bytes
    roster: Roster
    access: AccessKeys


def init_relay(
    directory: Path,
    *,
    host: str,
    port: int,
    tls: bool,
    public_url: str,
    ordinary_check: bool,
    now: float,
    entropy: Entropy,
) -> str:
    """Make a relay's keys, certificate, configuration and card; return its URL, the secret path included.

    `public_url` is https://HOST:PORT without a path. `ordinary_check` puts no pin on the card: a proxy before this
    relay shows a certificate of an authority.
    """
    # 6 of each byte's bits: uniform over the 64 letters; 24 letters carry 144 bits.
    path = "/" + "".join(_PATH_LETTERS[byte & 63] for byte in entropy(_PATH_LENGTH))
    url = check_url(public_url.rstrip("/") + path)
    text = render_config(host=host, port=port, tls=tls, path=path, url=url)
    parse_config(text)
    make_private_directory(directory)
    identity, door = entropy(_SECRET_BYTES), entropy(HYBRID_SECRET_BYTES)
    certificate = make_certificate(urlsplit(url).hostname or host, now, entropy)
    pinned = tls and not ordinary_check
    write_private(directory / IDENTITY, identity)
    write_private(directory / DOOR, door)
    write_private(directory / CERTIFICATE, certificate.certificate_pem)
    write_private(directory / CERTIFICATE_KEY, certificate.key_pem)
    write_private(directory / CONFIG_NAME, text.encode())
    shown = HybridKey.of(door).public
    pin = certificate.pin if pinned else ORDINARY_CHECK
    card = sign_card(url, shown.curve, kem_hash(shown.kem), pin, identity)
    write_private(directory / CARD, card)
    return url


def read_roster(path: Path) -> tuple[bytes, Roster]:
    """A roster file's bytes and content, checked against the community key it names."""
    data = read_file(path)
    try:
        key = msgspec.msgpack.decode(data[SIGNATURE_BYTES:], type=_Peek).community_key
        return data, parse_roster(data, key)
    except (msgspec.DecodeError, ProtocolError):
        raise RosterProblem(
            f"{path} is not a valid roster; nothing was changed; copy it again from the roster maker."
        ) from None


def load_relay(directory: Path) -> LoadedRelay:
    """Read and check a relay's directory; RelayError says what is wrong."""
    config = load_config(directory)
    for path in (directory, directory / CONFIG_NAME):
        check_private(path)
    identity = read_private(directory / IDENTITY, _SECRET_BYTES)
    door = read_private(directory / DOOR, HYBRID_SECRET_BYTES)
    if config.listen.tls:
        check_private(directory / CERTIFICATE_KEY)
    if not (directory / ROSTER).exists():
        raise RosterProblem(
            f"{directory} has no roster; nothing was started; hand {CARD} to the roster maker "
            f"and put the roster and {ACCESS} here."
        )
    roster_bytes, roster = read_roster(directory / ROSTER)
    public = verify_key_of(identity)
    mine = [relay for relay in roster.relays if relay.identity == public]
    if not mine:
        raise RosterProblem(
            f"The roster does not name this relay; nothing was started; hand {CARD} to the roster maker for a new one."
        )
    public_door = HybridKey.of(door).public
    if (mine[0].door, mine[0].door_kem) != (public_door.curve, kem_hash(public_door.kem)):
        raise RosterProblem(
            f"The roster has another door key for this relay; nothing was started; hand {CARD} to the roster maker."
        )
    access = read_access(directory / ACCESS)
    return LoadedRelay(directory, config, RelayKeys(identity, door, mine[0].relay), roster_bytes, roster, access)
