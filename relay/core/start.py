"""What a relay makes of its files when it starts: which roster is in force, and with which access secrets.

Invariant: the store never goes back to an older roster than it had; a roster that does not name this relay with these
keys starts nothing. Spec: docs/protocol.md, Roster; Admission.
"""

from dataclasses import dataclass

import msgspec

from protocol.community.access import AccessSecrets
from protocol.community.roster import Roster, parse_roster
from protocol.errors import ProtocolError
from protocol.primitives.hybrid_box import HybridKey, kem_hash
from protocol.primitives.signing import SIGNATURE_BYTES, verify_key_of
from relay.core.guard.admission import choose_access
from relay.errors import TAKEN_OFF, RosterProblem
from relay.secrets import AccessKeys, RelayKeys
from relay.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Adopted:
    """The roster in force and the access secrets that go with it. `news`: the file is newer than what the store had."""

    roster: Roster
    roster_bytes: bytes
    access: AccessSecrets
    news: bool


async def adopt_files(tx: Transaction, keys: RelayKeys, roster_bytes: bytes, access: AccessKeys) -> Adopted:
    """Compare the operator's files with the store, keep what is newer, and return what is in force.

    The operator's roster file is trusted to name the community. RosterProblem: see `RelayService.open`.
    """
    file_bytes = roster_bytes
    try:
        roster = parse_roster(roster_bytes, _community_key(roster_bytes))
        stored = await tx.rosters()
        news = bool(stored) and all(version < roster.version for version, _ in stored)
        for version, body in stored:
            if version > roster.version:
                roster, roster_bytes = parse_roster(body, roster.community_key), body
    except ProtocolError as error:
        raise RosterProblem(
            "The roster file is not valid, or not of the community this relay served so far; nothing was started; "
            "get the roster and access.key again from whoever signs it."
        ) from error
    entry = roster.find_relay(keys.number)
    if entry is None and _names(file_bytes, keys):
        raise RosterProblem(TAKEN_OFF)
    door = HybridKey.of(keys.door_secret).public
    fits = entry is not None and (entry.identity, entry.door, entry.door_kem) == (
        verify_key_of(keys.identity_secret),
        door.curve,
        kem_hash(door.kem),
    )
    if not fits:
        raise RosterProblem(
            "The roster does not name this relay with these keys; nothing was started; "
            "have relay.card added to the roster and signed, and copy the new roster here."
        )
    secrets = {**await tx.access(), **access.secrets}
    try:
        chosen = choose_access(secrets, roster)
    except ProtocolError as error:
        raise RosterProblem(
            "access.key is older than the roster; nothing was started; copy access.key from the community's directory."
        ) from error
    tx.add_roster(roster.version, roster_bytes)
    if chosen.before is not None:
        tx.add_access(chosen.epoch - 1, chosen.before, chosen.epoch - 1)
    tx.add_access(chosen.epoch, chosen.current, chosen.epoch - 1)
    return Adopted(roster, roster_bytes, chosen, news)


def _names(roster_bytes: bytes, keys: RelayKeys) -> bool:
    return parse_roster(roster_bytes, _community_key(roster_bytes)).find_relay(keys.number) is not None


def _community_key(roster_bytes: bytes) -> bytes:
    try:
        return msgspec.msgpack.decode(roster_bytes[SIGNATURE_BYTES:], type=Roster).community_key
    except (msgspec.DecodeError, ValueError) as error:
        raise ProtocolError("a roster does not parse") from error
