"""A helper's part in introductions: the certificate, and passing two cards on. Works offline and keeps nothing.

A helper's folder holds `roster`, `helper.cert` and `helper.key` (32-byte Ed25519 seed), made by whoever holds the
community key. Invariant: no key of a family member passes through here; of the cards nothing is kept.
Spec: docs/protocol.md, Helper certificates; Introductions.
Decision 58.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from client_cli.content.new_files import NotWritten, require_free, write_new
from client_cli.desk.invitations import ROSTER_FILE
from client_cli.errors import CardProblem, SosikError
from client_cli.i18n import N_
from protocol.community.roster import Roster, parse_roster
from protocol.errors import ProtocolError
from protocol.people.card_name import fit_name
from protocol.people.certificate import Certificate, check_certificate, make_certificate, parse_certificate
from protocol.people.introduction import encode_introduction, encode_text, introduce, parse_text
from protocol.people.key_card import MeetCard
from protocol.primitives.days import day_of
from protocol.primitives.signing import SIGNATURE_BYTES, verify_key_of
from protocol.seams import Entropy

COMMUNITY_KEY_FILE = "community.key"
CERTIFICATE_FILE = "helper.cert"
HELPER_KEY_FILE = "helper.key"
SEED_BYTES = 32


class HelperProblem(SosikError):
    """The folder of a helper, or of the community, cannot be used for this."""

    sentence = N_("This folder cannot introduce people; nothing was made; ask whoever made it for a complete one.")


@dataclass(frozen=True, slots=True)
class Helper:
    """What introductions are made with."""

    roster: Roster
    certificate: Certificate
    secret: bytes


def certify(community: Path, out: Path, name: str, days: int, now: float, entropy: Entropy) -> Certificate:
    """Make a helper's folder `out` from the community's own. HelperProblem, NameTaken, NotWritten."""
    require_free(out)
    roster, data = _read_roster(community)
    secret = _read(community / COMMUNITY_KEY_FILE)
    if len(secret) != SEED_BYTES or verify_key_of(secret) != roster.community_key:
        raise HelperProblem(N_("The community's own folder is needed for this; nothing was made."))
    fitted = fit_name(name)
    if not fitted:
        raise HelperProblem(N_("A name needs at least one letter; nothing was made."))
    helper = entropy(SEED_BYTES)
    certificate = make_certificate(secret, verify_key_of(helper), fitted, day_of(now) + days, entropy)
    try:
        out.mkdir(mode=0o700, parents=True)
        files = {ROSTER_FILE: data, CERTIFICATE_FILE: certificate.encode(), HELPER_KEY_FILE: helper}
        for file, content in files.items():
            write_new(out / file, content)
    except OSError as error:
        raise NotWritten from error
    return certificate


def load_helper(folder: Path, now: float) -> Helper:
    """Read a helper's folder. HelperProblem: not complete, expired or revoked."""
    roster, _data = _read_roster(folder)
    try:
        certificate = parse_certificate(_read(folder / CERTIFICATE_FILE))
        check_certificate(certificate, roster, day_of(now))
    except ProtocolError as error:
        raise HelperProblem(
            N_("This certificate has expired or is not good any more; nothing was made; ask for a new folder.")
        ) from error
    secret = _read(folder / HELPER_KEY_FILE)
    if len(secret) != SEED_BYTES or verify_key_of(secret) != certificate.key:
        raise HelperProblem
    return Helper(roster, certificate, secret)


def pass_on(helper: Helper, card: str, to: str | None, now: float) -> str:
    """The text that carries `card` to the owner of `to` (None: one way). CardProblem: not two introduce cards."""
    theirs, given = _card(card, now), None if to is None else _card(to, now)
    try:
        return encode_text(encode_introduction(introduce(theirs, given, helper.certificate, helper.secret)))
    except ProtocolError:
        raise CardProblem(N_("These are the same card; nothing was made; take one card of each person.")) from None


def _card(text: str, now: float) -> MeetCard:
    try:
        card = parse_text(text)
    except ProtocolError:
        raise CardProblem(
            N_("This card is not for an introduction; nothing was made; they make one with: sosik card NAME")
        ) from None
    if not isinstance(card, MeetCard):
        raise CardProblem(N_("This card was passed on already; nothing was made; ask for the card itself."))
    if card.is_expired(now):
        raise CardProblem(N_("This card is too old; nothing was changed, please ask for a new one."))
    return card


def _read_roster(folder: Path) -> tuple[Roster, bytes]:
    data = _read(folder / ROSTER_FILE)
    try:
        # The folder itself is what a helper trusts, so the community key is taken from the roster that it holds.
        claimed = msgspec.msgpack.decode(data[SIGNATURE_BYTES:], type=Roster).community_key
        return parse_roster(data, claimed), data
    except (msgspec.MsgspecError, ProtocolError, ValueError) as error:
        raise HelperProblem from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HelperProblem from error
