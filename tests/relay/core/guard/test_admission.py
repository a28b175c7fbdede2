"""Passes: the access secret, or a ticket of a desk for this relay that is not too old."""

import msgspec
import pytest

from protocol.community.access import AccessSecrets, wrap_access
from protocol.community.roster import Roster
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.profile import Profile
from protocol.routes.exchange import LATEST_KEY_BLOCK, PassKind, Request
from protocol.seams import RelayId
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES
from relay.core.guard.admission import check_pass, choose_access
from tests.kits.communities import DESK_SECRET, make_roster
from tests.kits.world import seeded

ROSTER = make_roster(3)
TODAY = 20_000
BEFORE, OLD, NEW = (bytes([number]) * 32 for number in (1, 2, 3))
HERE, ELSEWHERE, LAST = RelayId(0), RelayId(1), RelayId(2)
HELD = AccessSecrets(1, NEW, OLD)


def request(kind: PassKind, admission: bytes) -> Request:
    shelf = b"s" * 16
    return Request(
        Profile.STANDARD, kind, admission, shelf, shelf, 1, 1, b"r" * 32, LATEST_KEY_BLOCK,
        bytes(PACKET_FIELD_BYTES), bytes(FETCH_FIELD_BYTES),
    )  # fmt: skip


def ticket(desk: bytes = DESK_SECRET, last_day: int = TODAY) -> bytes:
    made = make_ticket(desk, ROSTER.community_key, (HERE, ELSEWHERE), last_day, seeded("ticket"))
    return made.encode()


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_the_present_secret_and_the_one_before_admit_and_nothing_is_kept_of_them(secret: bytes) -> None:
    assert check_pass(request(PassKind.ACCESS, secret), HELD, ROSTER, HERE, TODAY) is None


def test_another_secret_admits_nobody() -> None:
    with pytest.raises(ProtocolError, match="not accepted"):
        check_pass(request(PassKind.ACCESS, BEFORE), HELD, ROSTER, HERE, TODAY)


def test_of_a_ticket_its_mark_and_last_day_are_kept_and_not_its_serial() -> None:
    spent = check_pass(request(PassKind.TICKET, ticket()), HELD, ROSTER, HERE, TODAY)
    assert spent is not None
    assert spent.expires == TODAY
    serial = ticket()[:16]
    assert serial not in spent.mark
    assert check_pass(request(PassKind.TICKET, ticket()), HELD, ROSTER, ELSEWHERE, TODAY) == spent


@pytest.mark.parametrize(
    ("made", "relay", "today"),
    [(ticket(), LAST, TODAY), (ticket(), HERE, TODAY + 1), (ticket(desk=b"\x55" * 32), HERE, TODAY)],
    ids=["other relay", "expired", "other desk"],
)
def test_a_ticket_that_is_not_valid_here_today_admits_nobody(made: bytes, relay: RelayId, today: int) -> None:
    with pytest.raises(ProtocolError):
        check_pass(request(PassKind.TICKET, made), HELD, ROSTER, relay, today)


def at_epoch(epoch: int) -> Roster:
    """The roster of an epoch, which brings its secret under the one before."""
    box = wrap_access(ROSTER.community_key, epoch, NEW, OLD, seeded("box"))
    return msgspec.structs.replace(ROSTER, access_epoch=epoch, access_box=box)


def test_the_secret_of_the_rosters_epoch_is_chosen_with_the_one_before() -> None:
    assert choose_access({5: BEFORE, 6: OLD, 7: NEW}, at_epoch(7)) == AccessSecrets(7, NEW, OLD)
    assert choose_access({7: NEW}, at_epoch(7)) == AccessSecrets(7, NEW, None)
    assert choose_access({6: OLD, 7: NEW}, at_epoch(6)) == AccessSecrets(6, OLD, None)


def test_a_secret_that_is_not_here_yet_is_taken_out_of_the_roster() -> None:
    assert choose_access({6: OLD}, at_epoch(7)) == AccessSecrets(7, NEW, OLD)
    with pytest.raises(ProtocolError):
        choose_access({6: BEFORE}, at_epoch(7))


@pytest.mark.parametrize("known", [{}, {5: OLD}, {8: NEW}])
def test_secrets_that_do_not_reach_the_roster_are_refused(known: dict[int, bytes]) -> None:
    with pytest.raises(ProtocolError, match="no access secret"):
        choose_access(known, at_epoch(7))
