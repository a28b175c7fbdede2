"""What the parts of a core share: the grid, the cap of holds, and streams that move nothing but themselves."""

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from protocol.primitives.sampling import EXPONENTIAL_CAP
from protocol.seams import SeededEntropy
from relay.core.state import QUARTER_S, Work, own_stream, random_id
from relay.store.interface import Transaction
from tests.kits.world import World, seeded

TICK_MS = 1000


def work(now: float) -> Work:
    return Work(cast(Transaction, None), now, TICK_MS)


@given(st.floats(0, 4e9), st.integers(0, 10**9))
def test_what_is_held_leaves_on_the_grid_and_never_at_once(now: float, hold_ms: int) -> None:
    due = work(now).due_ms(hold_ms)
    assert due % TICK_MS == 0
    assert 0 < due - (round(now * 1000) + hold_ms) <= TICK_MS


def test_a_day_has_four_quarters() -> None:
    quarters = [work(20_000 * 86_400.0 + hour * 3600).quarter for hour in range(25)]
    assert [quarters.count(quarter) for quarter in sorted(set(quarters))] == [6, 6, 6, 6, 1]
    assert QUARTER_S * 4 == 86_400


@given(st.binary(min_size=32, max_size=32))
def test_row_numbers_fit_a_signed_column_and_are_drawn(seed: bytes) -> None:
    entropy = SeededEntropy(seed)
    numbers = [random_id(entropy) for _ in range(20)]
    assert all(0 <= number < 1 << 63 for number in numbers)
    assert len(set(numbers)) == 20


def test_what_a_stream_of_its_own_gives_moves_nothing_else() -> None:
    one, other = seeded("entropy"), seeded("entropy")
    stream, untouched = own_stream(one), own_stream(other)
    drawn = [stream(size) for size in (1, 64, 7)]
    assert one(32) == other(32)
    assert [untouched(size) for size in (1, 64, 7)] == drawn


async def test_nobody_keeps_our_disk_for_longer_than_27_means() -> None:
    async with World(count=3) as world:
        state = world.relays[0]._state
        assert (state.number, state.peers) == (0, (1, 2))
        assert state.constants == world.roster.constants
        assert [state.held_ms(hold, 300) for hold in (0, 299, EXPONENTIAL_CAP * 300, 10**9)] == [0, 299, 8100, 8100]
