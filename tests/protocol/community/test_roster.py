"""Rosters: canonical, signed, in succession, with permanent numbers. See docs/protocol.md, "Roster"."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.access import wrap_access
from protocol.community.roster import (
    NO_PREVIOUS,
    ROSTER_BYTES_MAX,
    URL_CHARS_MAX,
    Roster,
    check_later,
    check_succession,
    find_successor,
    parse_roster,
    roster_hash,
    sign_roster,
)
from protocol.errors import ProtocolError
from protocol.primitives.signing import sign
from protocol.seams import RelayId, SeededEntropy
from tests.kits.communities import COMMUNITY_KEY, COMMUNITY_SECRET, make_relay, make_roster, signed


def _sign_body(body: bytes) -> bytes:
    return sign(COMMUNITY_SECRET, b"sosik roster", body) + body


def _following(old: Roster, **changes: object) -> Roster:
    return structs.replace(old, version=old.version + 1, previous=roster_hash(old), **changes)


@given(st.integers(1, 12), st.integers(0, 2**32))
def test_signed_roster_parses_to_itself_and_re_encodes_identically(relays: int, seed: int) -> None:
    guards = (seed % relays,)
    roster = make_roster(relays, guards)
    data = sign_roster(roster, COMMUNITY_SECRET)
    parsed = parse_roster(data, COMMUNITY_KEY)
    assert parsed == roster
    assert sign_roster(parsed, COMMUNITY_SECRET) == data


def test_largest_roster_fits_its_entry() -> None:
    relays = tuple(
        structs.replace(make_relay(number), url="https://" + "a" * (URL_CHARS_MAX - 8)) for number in range(64)
    )
    roster = structs.replace(make_roster(64), relays=relays, desk_keys=(bytes(32),) * 16, guards=tuple(range(64)))
    assert len(sign_roster(roster, COMMUNITY_SECRET)) <= ROSTER_BYTES_MAX


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_roster(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_roster(data, COMMUNITY_KEY)


@given(st.binary(min_size=1, max_size=200))
def test_arbitrary_signed_bytes_are_no_roster(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_roster(_sign_body(body), COMMUNITY_KEY)


@given(st.data())
def test_any_changed_byte_is_rejected(data: st.DataObject) -> None:
    good = signed(make_roster()).data
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProtocolError):
        parse_roster(bytes(bad), COMMUNITY_KEY)


def test_non_canonical_integer_is_rejected_although_signed() -> None:
    body = msgspec.msgpack.encode(make_roster())
    short = b"\xa7version\x01"
    assert short in body
    with pytest.raises(ProtocolError, match="canonical"):
        parse_roster(_sign_body(body.replace(short, b"\xa7version\xcc\x01")), COMMUNITY_KEY)


def test_unknown_field_is_rejected_although_signed() -> None:
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(make_roster()))
    fields["extra"] = 1
    with pytest.raises(ProtocolError, match="parse"):
        parse_roster(_sign_body(msgspec.msgpack.encode(fields)), COMMUNITY_KEY)


def test_trailing_byte_is_rejected_although_signed() -> None:
    with pytest.raises(ProtocolError):
        parse_roster(_sign_body(msgspec.msgpack.encode(make_roster()) + b"\0"), COMMUNITY_KEY)


def test_field_left_to_its_default_is_rejected_although_signed() -> None:
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(make_roster()))
    del fields["constants"]["answer_ms"]
    with pytest.raises(ProtocolError, match="canonical"):
        parse_roster(_sign_body(msgspec.msgpack.encode(fields)), COMMUNITY_KEY)


def test_roster_of_another_community_is_rejected() -> None:
    with pytest.raises(ProtocolError):
        parse_roster(signed(make_roster()).data, bytes(32))
    with pytest.raises(ValueError, match="secret"):
        sign_roster(make_roster(), bytes(32))


@pytest.mark.parametrize(
    "changes",
    [
        {"relays": (make_relay(1), make_relay(0), make_relay(2))},
        {"relays": (make_relay(0), make_relay(0), make_relay(2))},
        {"relays": ()},
        {"next_number": 2},
        {"guards": (7,)},
        {"guards": (0, 0)},
        {"guards": ()},
        {"expires_day": 1},
        {"access_epoch": 1},
        {"access_box": bytes(72)},
        {"version": 2},
        {"version": 0},
        {"previous": b"\x01" * 32},
        {"name": "가" * 11},
        {"name": ""},
        {"desk_keys": (b"short",)},
        {"relays": (structs.replace(make_relay(0), url="ftp://somewhere"),), "guards": (0,)},
        {"relays": (structs.replace(make_relay(0), url="https://한국.example"),), "guards": (0,)},
        {"relays": (structs.replace(make_relay(0), url="https://a\n"),), "guards": (0,)},
        {"relays": (structs.replace(make_relay(0), identity=b""),), "guards": (0,)},
    ],
)
def test_roster_that_breaks_a_rule_is_neither_signed_nor_accepted(changes: dict[str, object]) -> None:
    fields = {name: getattr(make_roster(), name) for name in Roster.__struct_fields__} | changes
    with pytest.raises(ProtocolError):
        parse_roster(_sign_body(msgspec.msgpack.encode(fields)), COMMUNITY_KEY)
    with pytest.raises((ProtocolError, ValueError)):
        sign_roster(structs.replace(make_roster(), **changes), COMMUNITY_SECRET)


def test_succession_is_accepted_in_order_only() -> None:
    first = make_roster()
    second = _following(first)
    third = _following(second, relays=(*first.relays, make_relay(3)), next_number=4)
    check_succession(second, first)
    check_succession(third, second)
    for new, old in [(first, first), (first, second), (third, first), (second, third)]:
        with pytest.raises(ProtocolError):
            check_succession(new, old)
    check_later(third, first)


def test_fork_of_the_succession_is_rejected() -> None:
    first = make_roster()
    second = _following(first)
    other = structs.replace(first, expires_day=first.expires_day + 1)
    with pytest.raises(ProtocolError, match="previous"):
        check_succession(second, other)


def test_relay_number_is_permanent() -> None:
    first = make_roster()
    impostor = structs.replace(make_relay(1), identity=make_relay(9).identity)
    with pytest.raises(ProtocolError, match="another relay"):
        check_succession(_following(first, relays=(make_relay(0), impostor, make_relay(2))), first)
    without = _following(first, relays=(make_relay(0), make_relay(2)))
    check_succession(without, first)
    with pytest.raises(ProtocolError, match="again"):
        check_succession(_following(without, relays=first.relays), without)
    with pytest.raises(ProtocolError, match="backwards"):
        check_succession(_following(without, relays=(make_relay(0),), next_number=2), without)


def test_access_box_changes_only_with_its_epoch() -> None:
    entropy = SeededEntropy(bytes(32))
    box = wrap_access(COMMUNITY_KEY, 1, bytes(32), bytes(32), entropy)
    other = wrap_access(COMMUNITY_KEY, 1, bytes(32), bytes(32), entropy)
    first = make_roster()
    second = _following(first, access_epoch=1, access_box=box)
    check_succession(second, first)
    with pytest.raises(ProtocolError):
        check_succession(_following(second, access_box=other), second)
    with pytest.raises(ProtocolError):
        check_succession(_following(first, access_epoch=2, access_box=box), first)
    with pytest.raises(ProtocolError):
        check_succession(_following(second, access_epoch=0, access_box=b""), second)


def test_a_revoked_certificate_is_forgotten_when_it_has_expired_and_not_before() -> None:
    first = make_roster()
    day = first.issued_day + 5
    revoked = structs.replace(first, revoked=(day.to_bytes(2, "big") + bytes(16),))
    with pytest.raises(ProtocolError, match="revoked"):
        check_succession(_following(revoked, revoked=()), revoked)
    check_succession(_following(revoked), revoked)
    check_succession(_following(revoked, revoked=(), issued_day=day + 1), revoked)


def test_newest_reachable_roster_is_found_among_forged_ones() -> None:
    first = make_roster()
    second = _following(first)
    third = _following(second)
    unreachable = structs.replace(_following(_following(third)), previous=b"\x01" * 32)
    candidates = [signed(r).data for r in (unreachable, third, second, first)] + [b"junk", bytes(200)]
    found = find_successor(candidates, first)
    assert found is not None
    assert found[1] == third
    assert find_successor(candidates, third) is None


def test_finders_of_relays() -> None:
    roster = make_roster((0, 2, 5), (5, 0))
    assert roster.numbers == (0, 2, 5)
    assert roster.guard_order == (5, 0)
    assert [relay.number for relay in roster.others(RelayId(2))] == [0, 5]
    assert roster.find_relay(RelayId(1)) is None
    with pytest.raises(ProtocolError):
        roster.relay(RelayId(1))
    assert not roster.expired(roster.expires_day)
    assert roster.expired(roster.expires_day + 1)


def test_door_key_of_small_order_is_refused() -> None:
    relay = structs.replace(make_relay(0), door=bytes(32))
    with pytest.raises(ProtocolError):
        signed(structs.replace(make_roster(1), relays=(relay,)))


@pytest.mark.parametrize("name", ["page_ms", "key_block_ms", "epoch_ms"])
def test_constants_that_number_intervals_blocks_and_epochs_never_change(name: str) -> None:
    old = make_roster()
    longer = structs.replace(old.constants, **{name: 2 * getattr(old.constants, name)})
    with pytest.raises(ProtocolError):
        check_later(_following(old, constants=longer), old)
    check_later(_following(old, constants=structs.replace(old.constants, retry_ms=1000)), old)


def test_first_roster_names_no_previous_one() -> None:
    assert make_roster().previous == NO_PREVIOUS
