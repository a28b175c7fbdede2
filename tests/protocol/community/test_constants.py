"""Constants of a network: each documented, in its range, and true to the rules between them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.constants import Constants, parse_constants
from protocol.errors import ProtocolError
from protocol.profile import Profile


def test_default_constants_are_valid_and_documented() -> None:
    assert parse_constants({}) == Constants()
    for name, field in msgspec.json.schema(Constants)["$defs"]["Constants"]["properties"].items():
        assert {"minimum", "maximum", "description"} <= set(field), name
        assert name.split("_")[-1] in ("ms", "days", "permille", "failures") or name.startswith(("max_", "pages_")), (
            name
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"mean_hold_ms": 0},
        {"mean_hold_ms": 400_000},
        {"page_ms": 999},
        {"page_ms": "300000"},
        {"page_ms": 7_000},
        {"retention_ms": 1000},
        {"standard_slot_ms": 10_000},
        {"deposit_permille": 1001},
        {"max_tags": 20_001},
        {"slot_ms": 1000},
    ],
)
def test_constants_that_break_a_rule_are_refused_by_name(fields: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match=next(iter(fields)).removesuffix("_ms")):
        parse_constants(fields)


def test_intervals_and_slots_follow_the_constants() -> None:
    constants = Constants()
    assert constants.interval_of(0.0) == 0
    assert constants.interval_of(299.999) == 0
    assert constants.interval_of(300.0) == 1
    assert constants.interval_start(7) == 2100.0
    assert constants.pages_per_key_block == 72
    assert [constants.slot_s(profile) for profile in Profile] == [600.0, 120.0, 30.0]
    assert (constants.mean_hold_s, constants.reply_hold_s, constants.page_s) == (300.0, 300.0, 300.0)
    assert (constants.epoch_s, constants.retention_s) == (7 * 86_400.0, 14 * 86_400.0)


@given(st.integers(1000, 3_600_000), st.integers(0, 4_000_000))
def test_an_interval_begins_with_its_start(page_ms: int, interval: int) -> None:
    constants = structs.replace(Constants(), page_ms=page_ms, mean_hold_ms=1, key_block_ms=page_ms)
    assert constants.interval_of(constants.interval_start(interval)) == interval
    assert constants.interval_of(constants.interval_start(interval) + page_ms / 2000) == interval
