"""When rotating keys are made and erased."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.primitives.days import DAY_S
from relay.core.mix.rotation import PERIODS_HELD, next_rotation, plan_rotation
from relay.store.records import KeyKind, KeyRow
from tests.kits.world import START, seeded


@given(st.lists(st.integers(-400, 400), min_size=1, max_size=30))
def test_keys_are_made_forward_only_and_held_for_their_time(steps: list[int]) -> None:
    entropy = seeded("keys")
    rows: list[KeyRow] = []
    made: set[tuple[KeyKind, int]] = set()
    newest = dict.fromkeys(KeyKind, -1)
    now = START
    for days in steps:
        now = max(86_400.0, now + days * DAY_S)
        rotation = plan_rotation(rows, now, entropy)
        for row in rotation.added:
            assert (row.kind, row.period) not in made
            assert row.period > newest[row.kind]
            made.add((row.kind, row.period))
            newest[row.kind] = row.period
        gone = set(rotation.erased)
        rows = [row for row in (*rows, *rotation.added) if (row.kind, row.period) not in gone]
        for kind in KeyKind:
            periods = [row.period for row in rows if row.kind is kind]
            assert newest[kind] in periods
            assert min(periods) > newest[kind] - PERIODS_HELD[kind]
        assert not plan_rotation(rows, now, entropy)
        assert now < next_rotation(now) <= now + DAY_S
