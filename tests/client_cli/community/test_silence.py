"""Who is gone around: by what others seal, at one moment for everybody, and back again with a seal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.community.relays import keep_seal
from client_cli.community.silence import Silence, forget_told, note_seals, silences, silent_at
from client_cli.vault.transaction import Tx
from protocol.board.log import NO_WORD, Seal, Seen, sign_seal
from protocol.board.page import CHAIN_START
from protocol.seams import RelayId
from tests.kits.communities import NOW, identity_secret, make_roster
from tests.kits.homes import make_vault

ROSTER = make_roster(3)
FIXED = ROSTER.constants
SEAL_S = FIXED.pages_per_seal * FIXED.page_s
SEALS = FIXED.silent_ms // FIXED.page_ms // FIXED.pages_per_seal
GONE = RelayId(2)
LAST = FIXED.interval_of(NOW) // FIXED.pages_per_seal * FIXED.pages_per_seal - 1
"""The last interval of which anybody has a page of `GONE`."""


def read_seal(tx: Tx, signer: int, seals: int, now: float, *, hears: bool = False) -> None:
    """Read a seal so many seals after the last page of `GONE`; its signer hears everybody, or all but that one."""
    interval = LAST + seals * FIXED.pages_per_seal
    seen = tuple(
        Seen(RelayId(other), LAST if other == GONE and not hears else interval, CHAIN_START, NO_WORD, NO_WORD)
        for other in range(3)
        if other != signer
    )
    seal = Seal(RelayId(signer), interval, b"c" * 32, seen)
    keep_seal(tx, sign_seal(seal, identity_secret(signer)), seal, FIXED, now, RelayId(0))
    note_seals(tx, ROSTER, now)


def sealed_at(seals: int) -> float:
    return FIXED.interval_start(LAST + seals * FIXED.pages_per_seal + 1)


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        yield tx


def fall_silent(tx: Tx, late_s: float = 300.0) -> None:
    for seals in range(SEALS + 1):
        for signer in (0, 1):
            read_seal(tx, signer, seals, sealed_at(seals) + late_s)


def test_everybody_who_has_read_it_goes_around_from_the_same_moment(tx: Tx) -> None:
    turn = sealed_at(SEALS) + SEAL_S / 2
    for seals in range(SEALS):
        for signer in (0, 1):
            read_seal(tx, signer, seals, sealed_at(seals) + 300)
    assert silent_at(tx, ROSTER, turn) == frozenset()
    read_seal(tx, 0, SEALS, sealed_at(SEALS) + 60)
    assert silent_at(tx, ROSTER, turn) == frozenset(), "one alone says so"
    read_seal(tx, 1, SEALS, sealed_at(SEALS) + 1000)
    assert silent_at(tx, ROSTER, turn - 1) == frozenset()
    assert silent_at(tx, ROSTER, turn) == {GONE}
    assert silences(tx, turn) == [Silence(GONE, sealed_at(0))]


def test_its_own_seal_brings_nobody_back(tx: Tx) -> None:
    """It might show it to one of its clients alone, while it sends the others no pages: then all that it stores would
    be that one's, and of that what is never fetched again are letters."""
    fall_silent(tx)
    for seals in range(SEALS + 1, SEALS + 3):
        for signer in (0, 1):
            read_seal(tx, signer, seals, sealed_at(seals) + 300)
        read_seal(tx, GONE, seals, sealed_at(seals) + 300)
        assert silent_at(tx, ROSTER, sealed_at(seals) + SEAL_S) == {GONE}


def test_it_returns_when_the_others_hear_it(tx: Tx) -> None:
    fall_silent(tx)
    back = SEALS + 1
    read_seal(tx, 0, back, sealed_at(back) + 300, hears=True)
    assert silent_at(tx, ROSTER, sealed_at(back) + SEAL_S) == frozenset(), "one of two is no majority"


def test_what_it_had_is_told_once_and_when_packets_go_around_it(tx: Tx) -> None:
    fall_silent(tx)
    turn = sealed_at(SEALS) + SEAL_S / 2
    assert forget_told(tx, turn - 1) == []
    assert forget_told(tx, turn) == [Silence(GONE, sealed_at(0))]
    read_seal(tx, 0, SEALS + 1, sealed_at(SEALS + 1))
    assert forget_told(tx, turn + 2 * SEAL_S) == []


@pytest.mark.parametrize("late_s", [-30, 60, 1000])
def test_a_seal_of_the_future_does_not_tell_who_read_it_when(tx: Tx, late_s: float) -> None:
    """Its signer would know from the first packet that avoids a relay, or does not, whose it may be."""
    now = sealed_at(SEALS) + late_s
    read_seal(tx, 1, SEALS + 20, now)
    read_seal(tx, 0, SEALS, now)
    turn = sealed_at(SEALS) + SEAL_S / 2
    assert silent_at(tx, ROSTER, turn - 1) == frozenset()
    assert silent_at(tx, ROSTER, turn) == {GONE}


def test_a_seal_of_the_future_puts_nothing_off(tx: Tx) -> None:
    """Its signer lies; the other one says the same of the relay that is gone."""
    now = sealed_at(SEALS) + 300
    read_seal(tx, 0, SEALS, now)
    read_seal(tx, 1, SEALS + 20, now)
    assert silent_at(tx, ROSTER, now + SEAL_S / 2) == {GONE}
