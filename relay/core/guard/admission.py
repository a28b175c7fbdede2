"""Who may make an exchange: holders of the community's access secret, or of a one-use ticket.

Invariant: a pass names nobody. The secret is everyone's; of a ticket we keep a hash, bound to the shelf it was first
used with, so that a lost response can be asked for again and nobody else can use it.
Spec: docs/protocol.md, Admission.
Decision 8.
"""

from dataclasses import dataclass

from protocol.community.access import AccessSecrets, unwrap_access
from protocol.community.roster import Roster
from protocol.community.tickets import check_ticket, parse_ticket, spent_mark
from protocol.errors import ProtocolError
from protocol.routes.exchange import PassKind, Request
from protocol.seams import RelayId


@dataclass(frozen=True, slots=True)
class SpentTicket:
    """What we keep of a valid ticket: its mark and its last UTC day."""

    mark: bytes
    expires: int


def check_pass(
    request: Request, access: AccessSecrets, roster: Roster, relay: RelayId, today: int
) -> SpentTicket | None:
    """Check the pass of a request; None for the access secret. ProtocolError: it admits nobody here today.

    Whether a ticket was spent with another shelf is the caller's to see.
    """
    match request.pass_kind:
        case PassKind.ACCESS:
            access.check(request.admission)
            return None
        case PassKind.TICKET:
            serial = check_ticket(request.admission, roster, relay, today)
            return SpentTicket(spent_mark(serial), parse_ticket(request.admission).expiry_day)


def choose_access(secrets: dict[int, bytes], roster: Roster) -> AccessSecrets:
    """Pick the access secrets for a roster out of all that are known. ProtocolError: they do not reach its epoch.

    The one before counts only if the roster's box opens under it: a secret that was changed by hand is the only one.
    """
    epoch = roster.access_epoch
    if epoch in secrets:
        return AccessSecrets(epoch, secrets[epoch], _before(secrets.get(epoch - 1), secrets[epoch], roster))
    if epoch - 1 in secrets:
        return AccessSecrets(epoch - 1, secrets[epoch - 1], secrets.get(epoch - 2)).follow(roster)
    raise ProtocolError("no access secret for the roster's epoch")


def _before(held: bytes | None, current: bytes, roster: Roster) -> bytes | None:
    try:
        return held if held is not None and unwrap_access(roster, held) == current else None
    except ProtocolError:
        return None
