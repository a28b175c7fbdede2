"""When rotating keys are made and erased."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.primitives.days import DAY_S, day_of, month_of
from relay.core.mix.rotation import PERIODS_HELD, next_rotation, plan_rotation
from relay.store.records import KeyKind, KeyRow
from tests.kits.world import START, seeded


def present(kind: KeyKind, now: float) -> int:
    return month_of(now) if kind is KeyKind.SLOW else day_of(now)


@given(st.lists(st.integers(-400, 400), min_size=1, max_size=30))
def test_keys_are_made_forward_only_and_held_for_their_time(steps: list[int]) -> None:
    entropy = seeded("keys")
    rows: list[KeyRow] = []
    made: set[tuple[KeyKind, int]] = set()
    newest = dict.fromkeys(KeyKind, -1)
    now, latest = START, 0.0
    for days in steps:
        now = max(86_400.0, now + days * DAY_S)
        latest = max(latest, now)
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
            assert min(periods) > present(kind, latest) - PERIODS_HELD[kind]
            if now == latest:
                # A descriptor of tomorrow, and of any day held, finds the keys that it names.
                wanted = {KeyKind.SLOW: month_of(now + DAY_S) + 1}.get(kind, day_of(now) + 1)
                assert newest[kind] == wanted
        assert not plan_rotation(rows, now, entropy)
        assert now < next_rotation(now) <= now + DAY_S


@given(st.integers(0, 400))
def test_a_relay_that_starts_has_the_keys_of_today_and_tomorrow(days: int) -> None:
    now = START + days * DAY_S
    added = plan_rotation([], now, seeded("keys")).added
    made = {kind: [row.period for row in added if row.kind is kind] for kind in KeyKind}
    assert made[KeyKind.DAY] == made[KeyKind.LINK] == [day_of(now), day_of(now) + 1]
    assert made[KeyKind.SLOW] == list(range(month_of(now), month_of(now + DAY_S) + 2))
