"""A false access secret from the first guard: the other entry relay is shown the ticket, and its secret is taken."""

from pathlib import Path

import pytest

from client_cli.board.reader import keep_access
from client_cli.community.relays import exchange_pass, load_network
from client_cli.post.exchanges import ExchangeInFlight, note_refusal
from client_cli.vault.keys import Key, ticket_tried_at
from client_cli.vault.transaction import Tx
from protocol.primitives.days import day_of
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, PassKind, Status
from protocol.seams import RelayId
from tests.kits.small_network import START, SmallNetwork, make_member

TODAY = day_of(START)
FALSE, TRUE = b"f" * 32, b"t" * 32
FIRST, SECOND, NO_ENTRY = RelayId(0), RelayId(1), RelayId(2)
NOWHERE = Cursor(0, 0)


def refused_by(tx: Tx, guard: RelayId, *, by_ticket: bool) -> None:
    """What a relay's refusal leaves."""
    flight = ExchangeInFlight(guard, Profile.STANDARD, bytes(32), bytes(16), 0, 0, NOWHERE, 0.0, by_ticket)
    note_refusal(tx, flight, Status.REFUSED)


def test_a_refused_secret_is_followed_by_the_ticket_at_entry_relays_alone(tmp_path: Path) -> None:
    with make_member(SmallNetwork(), tmp_path, "mina") as vault, vault.transaction() as tx:
        network = load_network(tx)
        invite = network.invite
        keep_access(tx, 0, FALSE)
        assert exchange_pass(tx, network, FIRST, TODAY) == (PassKind.ACCESS, FALSE)
        refused_by(tx, FIRST, by_ticket=False)
        assert exchange_pass(tx, network, SECOND, TODAY) == (PassKind.TICKET, invite.ticket)
        assert exchange_pass(tx, network, NO_ENTRY, TODAY) == (PassKind.ACCESS, FALSE)
        assert exchange_pass(tx, network, SECOND, invite.expiry_day + 1) == (PassKind.ACCESS, FALSE)
        keep_access(tx, 0, TRUE, by_ticket=True)
        tx.delete(Key.ACCESS_REFUSED)  # as a good answer does
        assert exchange_pass(tx, network, SECOND, TODAY) == (PassKind.ACCESS, TRUE)


def test_a_relay_that_refuses_both_gets_the_ticket_once_and_blames_nobody(tmp_path: Path) -> None:
    """A hostile guard cannot make us show the ticket again and again, nor say that the invitation was used."""
    with make_member(SmallNetwork(), tmp_path, "mina") as vault, vault.transaction() as tx:
        network = load_network(tx)
        keep_access(tx, 0, TRUE)
        refused_by(tx, FIRST, by_ticket=False)
        refused_by(tx, FIRST, by_ticket=True)
        assert tx.get(Key.INVITATION_REFUSED) is None
        assert tx.get(ticket_tried_at(FIRST)) is not None
        assert exchange_pass(tx, network, FIRST, TODAY) == (PassKind.ACCESS, TRUE)
        assert exchange_pass(tx, network, SECOND, TODAY)[0] is PassKind.TICKET


@pytest.mark.parametrize("by_ticket", [False, True])
def test_only_what_a_ticket_brought_replaces_a_secret(tmp_path: Path, by_ticket: bool) -> None:
    with make_member(SmallNetwork(), tmp_path, "mina") as vault, vault.transaction() as tx:
        keep_access(tx, 0, TRUE)
        keep_access(tx, 0, FALSE, by_ticket=by_ticket)
        held = tx.get(Key.ACCESS_SECRET)
        assert held is not None
        assert (held[2:] == FALSE) is by_ticket
