"""How a relay learns that the community took it off its roster: who is off it is told nothing any more.

A relay that most others do not acknowledge reads the board of one of them, as any member would, and looks for a later
roster there. Invariant: what takes it off is signed by the community; no relay can do it, whatever it says or refuses.
Spec: docs/protocol.md, Relay.
Decision 132.
"""

from typing import Final

from protocol.board.reader import BoardReader
from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.primitives.hybrid_box import curve_only
from protocol.profile import Profile
from protocol.routes.exchange import LATEST_KEY_BLOCK, PassKind, Request, open_response, seal_request
from protocol.seams import Entropy, RelayId
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES, RESPONSE_KEY_BYTES, SHELF_BYTES
from relay.core.interface import Question

OFF_ROSTER: Final = "off_roster"
"""Mark in the store: version of the roster that does not name this relay."""


def ask(roster: Roster, peer: RelayId, access: bytes, entropy: Entropy) -> Question:
    """Seal an exchange to the door of `peer`; its packet and its fetch are random bytes, its shelf stays empty."""
    shelf, key = entropy(SHELF_BYTES), entropy(RESPONSE_KEY_BYTES)
    request = Request(
        profile=Profile.STANDARD,
        pass_kind=PassKind.ACCESS,
        admission=access,
        shelf=shelf,
        next_shelf=shelf,
        collect=1,
        durable=1,
        response_key=key,
        cursor=LATEST_KEY_BLOCK,
        packet=entropy(PACKET_FIELD_BYTES),
        fetch=entropy(FETCH_FIELD_BYTES),
    )
    return Question(peer, seal_request(request, curve_only(roster.relay(peer).door), entropy), key)


def find_rosters(question: Question, answer: bytes, roster: Roster) -> list[bytes]:
    """The later rosters that an answer shows, each after the one before. None in one that is no answer."""
    try:
        response = open_response(question.response_key, answer)
        news, _ = BoardReader().feed(response.start, response.next, response.stretch, roster, roster.community_key)
    except ProtocolError:
        return []
    return [body for body, _ in news.rosters]
