"""Invitations: taken once and for one community, and again only where the first one let nobody in."""

from pathlib import Path

import pytest

from client_cli.community.joining import community_name, is_member, join
from client_cli.community.relays import RelayAddress, door_keys, load_network
from client_cli.errors import AlreadyJoined, CardProblem
from client_cli.vault.keys import Key
from protocol.people.key_card import (
    CardKind,
    encode_card_text,
    make_card,
)
from protocol.primitives.hybrid_box import curve_only
from tests.kits.communities import TODAY, invitation
from tests.kits.homes import NOW, entropy, make_vault


def test_invitation_is_taken_once_and_for_one_community(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "a", joined=False)
    assert community_name(invitation(), NOW) == "한 마을"
    assert join(vault, invitation(), NOW) == "한 마을"
    assert join(vault, invitation(ticket=2), NOW) == "한 마을", "the first ticket may have been spent in vain"
    with pytest.raises(AlreadyJoined):
        join(vault, invitation(community=bytes(range(32))), NOW)
    with vault.transaction() as tx:
        tx.put(Key.ACCESS_SECRET, bytes(34))
    with pytest.raises(AlreadyJoined):
        join(vault, invitation(ticket=3), NOW)


def test_a_new_invitation_is_taken_once_relays_refuse_what_the_first_let_us_in_with(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "a", joined=False)
    join(vault, invitation(), NOW)
    with vault.transaction() as tx:
        tx.put(Key.ACCESS_SECRET, bytes(34))
        tx.put(Key.ACCESS_REFUSED, b"")
    with pytest.raises(AlreadyJoined):
        join(vault, invitation(community=bytes(range(32)), ticket=3), NOW)
    join(vault, invitation(ticket=3), NOW)
    with vault.transaction() as tx:
        assert tx.get(Key.ACCESS_SECRET) is None  # the new ticket is shown from now on


@pytest.mark.parametrize(
    "text",
    ["", invitation(expiry=TODAY - 1), encode_card_text(make_card(CardKind.MEET, "", TODAY, entropy(1)).card)],
)
def test_what_is_no_invitation_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    vault = make_vault(tmp_path / "a", joined=False)
    with pytest.raises(CardProblem, match="nothing was changed"):
        join(vault, text, NOW)


def test_a_member_takes_a_later_invitation_after_a_question_and_asks_its_relays_first(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "a")
    join(vault, invitation(), NOW)
    with vault.transaction() as tx:
        tx.put(Key.ACCESS_SECRET, bytes(34))
        tx.put(Key.GUARD, b"the one that keeps the newest roster from us")
        roster = load_network(tx).roster
        assert roster is not None
        before = load_network(tx).guard_order
    assert is_member(vault, invitation(ticket=3), NOW)
    assert not is_member(vault, invitation(community=bytes(range(32))), NOW)
    with pytest.raises(AlreadyJoined):
        join(vault, invitation(community=bytes(range(32)), ticket=3), NOW, again=True)
    join(vault, invitation(ticket=3), NOW, again=True)
    with vault.transaction() as tx:
        network = load_network(tx)
        entry = network.invite.entries[0]
        assert network.roster == roster, "what is known of the community stays"
        assert network.guard_order == (entry.relay, *(relay for relay in before if relay != entry.relay))
        assert network.find_address(entry.relay) == RelayAddress(entry.url, entry.tls_pin)
        assert door_keys(tx, network, entry.relay) == curve_only(entry.door)
        assert (tx.get(Key.ACCESS_SECRET), tx.get(Key.GUARD)) == (bytes(34), None)
