"""Invitations: taken once and for one community, and again only where the first one let nobody in."""

from pathlib import Path

import pytest

from client_cli.community.joining import community_name, join
from client_cli.errors import AlreadyJoined, CardProblem
from client_cli.vault.keys import Key
from protocol.people.key_card import (
    CardKind,
    encode_card_text,
    make_card,
)
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
