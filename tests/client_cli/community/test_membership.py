"""What is known of the community: nothing before joining, defaults before the roster, the signed roster after it."""

from pathlib import Path

import pytest

from client_cli.community.membership import constants, find_roster, put_roster, relays, require_joined
from client_cli.errors import NotJoined
from client_cli.vault.keys import Key
from protocol.community.constants import Constants
from protocol.errors import ProtocolError
from protocol.seams import RelayId
from tests.kits.communities import COMMUNITY_KEY, make_roster, signed
from tests.kits.homes import make_vault


def test_nothing_is_known_before_joining(tmp_path: Path) -> None:
    with make_vault(tmp_path, joined=False).transaction() as tx:
        with pytest.raises(NotJoined):
            require_joined(tx)
        with pytest.raises(NotJoined):
            put_roster(tx, signed(make_roster()).data)
        assert find_roster(tx) is None
        assert (constants(tx), list(relays(tx))) == (Constants(), [])


def test_the_newest_roster_counts_and_one_that_the_community_did_not_sign_is_refused(tmp_path: Path) -> None:
    with make_vault(tmp_path, joined=False).transaction() as tx:
        tx.put(Key.COMMUNITY_KEY, COMMUNITY_KEY)
        put_roster(tx, signed(make_roster(3)).data)
        assert list(relays(tx)) == [RelayId(0), RelayId(1), RelayId(2)]
        put_roster(tx, signed(make_roster(5)).data)
        assert len(relays(tx)) == 5
        assert find_roster(tx) == make_roster(5)
        forged = bytearray(signed(make_roster(2)).data)
        forged[0] ^= 1
        with pytest.raises(ProtocolError):
            put_roster(tx, bytes(forged))
        assert find_roster(tx) == make_roster(5)
