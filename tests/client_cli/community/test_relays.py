"""Which keys of relays are live, and whether relays have confirmed the day."""

from pathlib import Path

import pytest
from msgspec import structs

from client_cli.community.clock import day_confirmed
from client_cli.community.relays import (
    deniers,
    descriptors,
    disputed,
    is_withholding,
    keep_descriptor,
    keep_seal,
    live_keys,
    slow_keys,
)
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.board.log import NO_WORD, Entry, EntryKind, Seal, Seen, sign_seal
from protocol.board.page import CHAIN_START
from protocol.community.descriptor import Descriptor, descriptor_hash, sign_descriptor
from protocol.community.roster import Roster, roster_hash
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


def keep(tx: Tx, now: float, *bodies: bytes, board: int = 0) -> None:
    for body in bodies:
        keep_descriptor(tx, body, ROSTER, now, RelayId(board))


def vouch(
    tx: Tx,
    now: float,
    signer: int,
    today: dict[int, bytes],
    tomorrow: dict[int, bytes] | None = None,
    *,
    away: int | None = None,
    board: int = 0,
    roster: Roster = ROSTER,
) -> None:
    """`signer` seals what it was told of others: a signed descriptor of today, and of tomorrow; and the roster it
    follows; read on `board`."""
    interval = ROSTER.constants.interval_of(now)
    others = tuple(
        Seen(
            RelayId(other),
            interval - 100 * (other == away),
            CHAIN_START,
            *(descriptor_hash(told[other]) if other in told else NO_WORD for told in (today, tomorrow or {})),
        )
        for other in range(3)
        if other != signer
    )
    seal = Seal(RelayId(signer), interval, b"c" * 32, others, roster.version, roster_hash(roster))
    keep_seal(tx, sign_seal(seal, identity_secret(signer)), seal, ROSTER.constants, now, RelayId(board))


def test_a_descriptor_dated_far_ahead_does_not_make_its_relay_unusable(tmp_path: Path) -> None:
    today = day_of(NOW)
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        now, later = ({relay: signed(relay, today + ahead) for relay in range(3)} for ahead in (0, 1))
        keep(tx, NOW, *now.values(), *later.values())
        for signer in range(3):
            vouch(tx, NOW, signer, now, later)
        for ahead in (3, 365, 20_000):
            with pytest.raises(ProtocolError):
                keep(tx, NOW, signed(1, today + ahead, key=2))
        keep(tx, NOW, signed(1, today + 2, key=2))
        assert set(live_keys(tx, ROSTER, NOW)) == set(live_keys(tx, ROSTER, NOW + DAY_S)) == {0, 1, 2}
        assert set(slow_keys(tx, ROSTER, NOW)) == {0, 1, 2}


def test_old_days_are_not_heaped_up_and_a_clock_that_was_ahead_bars_no_later_day(tmp_path: Path) -> None:
    """What a courier brings may be days old, so age by our clock is no measure: the newest four of a relay are kept."""
    today = day_of(NOW)
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *(signed(1, today - 9 - back) for back in range(20)))
        assert days_kept(tx) == [today - 9 - back for back in range(3, -1, -1)]
        keep(tx, NOW + YEARS_S, signed(1, day_of(NOW + YEARS_S)))
        keep(tx, NOW, *(signed(1, today + 1 - back) for back in range(20)))
        assert days_kept(tx) == [today - 2, today - 1, today, today + 1]


def days_kept(tx: Tx) -> list[int]:
    return [known.day for known in descriptors(tx, ROSTER)]


def test_the_key_of_another_day_is_not_used(tmp_path: Path) -> None:
    today = day_of(NOW)
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        bodies = {0: signed(0, today - 1), 1: signed(1, today), 2: signed(2, today + 1)}
        keep(tx, NOW, *bodies.values())
        for signer in range(3):
            vouch(tx, NOW, signer, {1: bodies[1]}, {2: bodies[2]})
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


def test_a_key_that_one_client_alone_was_told_is_not_used_and_whoever_knows_another_is_named(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    mine = signed(0, today, key=2)
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, mine, common[1], common[2])
        assert live_keys(tx, ROSTER, NOW) == slow_keys(tx, ROSTER, NOW) == {}, "nobody has vouched for anything"
        for signer in range(3):
            vouch(tx, NOW, signer, common)
        assert set(live_keys(tx, ROSTER, NOW)) == set(slow_keys(tx, ROSTER, NOW)) == {1, 2}
        assert disputed(tx, ROSTER, NOW) == {0: [1, 2]}
        assert is_withholding(tx, ROSTER, RelayId(0), NOW)
        # Another guard shows the true one, which stays whatever the first one says again.
        keep(tx, NOW, common[0])
        assert set(live_keys(tx, ROSTER, NOW)) == {0, 1, 2}
        keep(tx, NOW, mine)
        assert set(live_keys(tx, ROSTER, NOW)) == {0, 1, 2}
        assert disputed(tx, ROSTER, NOW) == {}
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW)


@pytest.mark.parametrize(
    ("saying", "against"),
    [
        ({1: True, 2: False}, [2]),
        ({1: False, 2: True}, [1]),
        ({1: False, 2: False}, []),  # nobody vouches for the guard's key: it is the one that lies
        ({1: True, 2: True}, []),
    ],
)
def test_who_alone_denies_the_key_of_a_guard(tmp_path: Path, saying: dict[int, bool], against: list[int]) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    other = common | {0: signed(0, today, key=2)}
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *common.values())
        for signer, true in saying.items():
            vouch(tx, NOW, signer, common if true else other)
        assert deniers(tx, ROSTER, RelayId(0), NOW) == against


def test_a_guard_that_leaves_out_a_descriptor_a_roster_or_the_seals_is_withholding(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, common[0], common[1])
        vouch(tx, NOW, 1, {0: common[0]})
        assert is_withholding(tx, ROSTER, RelayId(0), NOW), "relay 2 is up, and its word is missing"
        vouch(tx, NOW, 2, {0: common[0], 1: common[1]})
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW)
        vouch(tx, NOW, 1, {0: common[0], 2: common[2]})
        assert is_withholding(tx, ROSTER, RelayId(0), NOW), "relay 1 names a descriptor of 2 that we were not shown"
        keep(tx, NOW, common[2])
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW)
        assert is_withholding(tx, structs.replace(ROSTER, expires_day=today - 1), RelayId(0), NOW)


def test_a_guard_mutes_nobody_by_words_that_its_own_seal_leaves_out_or_makes_up(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    for number, said in enumerate(({}, {1: signed(1, today, key=3), 2: signed(2, today, key=3)})):
        with make_vault(tmp_path / str(number)) as vault, vault.transaction() as tx:
            keep(tx, NOW, *common.values())
            vouch(tx, NOW, 0, said)
            vouch(tx, NOW, 1, common)
            vouch(tx, NOW, 2, common)
            assert set(live_keys(tx, ROSTER, NOW)) == {0, 1, 2}
            assert disputed(tx, ROSTER, NOW) == {}, "it contradicts itself, not the others"
            assert not is_withholding(tx, ROSTER, RelayId(0), NOW)


def test_a_guard_that_shows_not_again_what_the_one_before_showed_cannot_deny_it_for_long(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *common.values(), board=1)
        vouch(tx, NOW, 0, {1: common[1]}, board=0)
        vouch(tx, NOW, 1, common, board=0)
        vouch(tx, NOW, 2, common, board=0)
        assert is_withholding(tx, ROSTER, RelayId(0), NOW), "it neither shows nor names what the others name"
        keep(tx, NOW, *common.values(), board=0)
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW)


def test_what_a_guard_sealed_for_us_alone_ends_with_its_time_as_our_guard(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *common.values())
        vouch(tx, NOW + HOUR, 0, {}, board=0)
        vouch(tx, NOW, 2, common, board=1)
        vouch(tx, NOW, 1, common, board=1)
        keep(tx, NOW, *common.values(), board=1)
        vouch(tx, NOW, 0, common, board=1)
        assert set(live_keys(tx, ROSTER, NOW)) == {0, 1, 2}


def test_a_guard_that_denies_that_another_is_away_leaves_nobody_to_seal_to_and_is_left(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(2)}
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *common.values())
        vouch(tx, NOW, 1, common, away=2)
        vouch(tx, NOW, 0, common, away=2)
        assert set(live_keys(tx, ROSTER, NOW)) == {0, 1}, "with one of three down letters go on"
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW)
        vouch(tx, NOW, 0, common)
        assert set(live_keys(tx, ROSTER, NOW)) == {0}
        assert is_withholding(tx, ROSTER, RelayId(0), NOW)


def test_keys_of_tomorrow_are_missed_before_they_are_needed(tmp_path: Path) -> None:
    today = day_of(NOW)
    now, later = ({relay: signed(relay, today + ahead) for relay in range(3)} for ahead in (0, 1))
    for missing in range(3):
        with make_vault(tmp_path / str(missing)) as vault, vault.transaction() as tx:
            keep(tx, NOW, *now.values(), *(body for relay, body in later.items() if relay != missing))
            for signer in range(3):
                vouch(tx, NOW, signer, now, later if signer else {})
            assert set(live_keys(tx, ROSTER, NOW)) == {0, 1, 2}
            assert is_withholding(tx, ROSTER, RelayId(0), NOW)
            keep(tx, NOW, later[missing])
            assert not is_withholding(tx, ROSTER, RelayId(0), NOW)


def test_a_relay_that_signs_two_of_one_day_makes_nobody_leave_an_honest_guard(tmp_path: Path) -> None:
    """Relay 2 gave the guard one descriptor and relay 1 another: what we hold bears its own signature."""
    today = day_of(NOW)
    mine = {relay: signed(relay, today) for relay in range(3)}
    theirs = mine | {2: signed(2, today, key=2)}
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *mine.values())
        for signer, told in enumerate((mine, theirs, theirs)):
            vouch(tx, NOW, signer, told)
        assert set(live_keys(tx, ROSTER, NOW)) == {0, 1}
        assert disputed(tx, ROSTER, NOW) == {2: [1]}
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW)
        keep(tx, NOW, mine[2], board=1)
        assert not is_withholding(tx, ROSTER, RelayId(0), NOW), "nor one that comes after another guard"


def test_a_guard_with_another_roster_of_the_version_that_the_others_follow_is_withholding(tmp_path: Path) -> None:
    today = day_of(NOW)
    common = {relay: signed(relay, today) for relay in range(3)}
    another = structs.replace(ROSTER, name="another")
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        keep(tx, NOW, *common.values())
        for followed, withholding in (((ROSTER, ROSTER), False), ((ROSTER, another), False), ((another,) * 2, True)):
            for signer, roster in zip((1, 2), followed, strict=True):
                vouch(tx, NOW, signer, common, roster=roster)
            assert is_withholding(tx, ROSTER, RelayId(0), NOW) is withholding


def test_a_seal_of_a_day_to_come_is_not_kept_and_an_older_one_replaces_none(tmp_path: Path) -> None:
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        for moment in (NOW, NOW - 7200):
            vouch(tx, moment, 1, {})
        far = Seal(RelayId(1), ROSTER.constants.interval_of(NOW + 3 * DAY_S), b"c" * 32, ())
        keep_seal(tx, sign_seal(far, identity_secret(1)), far, ROSTER.constants, NOW, RelayId(0))
        assert tx.all("SELECT interval FROM seals") == [(ROSTER.constants.interval_of(NOW),)]
