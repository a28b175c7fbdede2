"""Which keys of relays are live, and whether relays have confirmed the day."""

from pathlib import Path

import pytest

from client_cli.community.clock import day_confirmed
from client_cli.community.relays import keep_descriptor, live_keys, slow_keys
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.board.log import Entry, EntryKind
from protocol.board.page import CHAIN_START
from protocol.community.descriptor import Descriptor, sign_descriptor
from protocol.errors import ProtocolError
from protocol.primitives.days import DAY_S, day_of
from protocol.primitives.kem import KEM_PUBLIC_BYTES
from protocol.primitives.sealed_box import public_of
from protocol.seams import RelayId
from tests.kits.communities import day_kem, door_kem, identity_secret, make_roster
from tests.kits.homes import NOW, make_vault
from tests.kits.postal_pair import HOUR
from tests.kits.small_network import (
    START,
    SmallNetwork,
    make_postman,
    run_slots,
)

ROSTER = make_roster(3)
YEARS_S = 20 * 365 * DAY_S


def signed(relay: int, day: int, key: int = 1) -> bytes:
    public = public_of(bytes([key]) * 32)
    kems = day_kem(key), door_kem(relay)
    keys = Descriptor(RelayId(relay), day, public, kems[0], public, public, public, kems[1], 0, CHAIN_START)
    return sign_descriptor(keys, identity_secret(relay))


def keep(tx: Tx, now: float, *bodies: bytes) -> None:
    for body in bodies:
        keep_descriptor(tx, body, ROSTER, now)


def test_a_descriptor_dated_far_ahead_does_not_make_its_relay_unusable(tmp_path: Path) -> None:
    today = day_of(NOW)
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *(signed(relay, today + ahead) for relay in range(3) for ahead in (0, 1)))
        for ahead in (3, 365, 20_000):
            with pytest.raises(ProtocolError):
                keep(tx, NOW, signed(1, today + ahead, key=2))
        keep(tx, NOW, signed(1, today + 2, key=2))
        assert set(live_keys(tx, ROSTER, NOW)) == set(live_keys(tx, ROSTER, NOW + DAY_S)) == {0, 1, 2}
        assert set(slow_keys(tx, ROSTER, NOW)) == {0, 1, 2}


def test_the_key_of_another_day_is_not_used(tmp_path: Path) -> None:
    today = day_of(NOW)
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, signed(0, today - 1), signed(1, today), signed(2, today + 1))
        assert set(live_keys(tx, ROSTER, NOW)) == {1}
        assert set(live_keys(tx, ROSTER, NOW + DAY_S)) == {2}


def test_no_relay_alone_confirms_a_clock_that_is_twenty_years_ahead(tmp_path: Path) -> None:
    wrong = NOW + YEARS_S
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, wrong, *(signed(relay, day_of(NOW)) for relay in range(3)))
        assert day_confirmed(tx, NOW)
        keep(tx, wrong, signed(0, day_of(wrong)), signed(0, day_of(wrong) + 1))
        assert not day_confirmed(tx, wrong)
        keep(tx, wrong, signed(1, day_of(wrong)))
        assert day_confirmed(tx, wrong)


def test_a_relay_that_publishes_an_unusable_key_stops_nobody(network: SmallNetwork, member: Vault) -> None:
    relay = network.relays[2]
    body = sign_descriptor(
        Descriptor(
            relay.number,
            day_of(START) + 1,
            bytes(32),
            bytes(KEM_PUBLIC_BYTES),
            bytes(32),
            bytes(32),
            bytes(32),
            bytes(KEM_PUBLIC_BYTES),
            0,
            CHAIN_START,
        ),
        relay.identity,
    )
    network.append(START, [Entry(EntryKind.DESCRIPTOR, body)])
    postman = make_postman(member, "Ara")
    postman.start(START)
    run_slots(network, postman, START + 2 * HOUR)
    assert postman.counts.answered > 20
