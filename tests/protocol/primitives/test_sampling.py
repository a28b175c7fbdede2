"""Draws have the distributions they say, and take the bytes they say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.primitives.sampling import EXPONENTIAL_CAP, choose, exponential, hold_ms, randbelow, uniform01
from protocol.seams import SeededEntropy

UNIT = st.floats(0, 1, exclude_max=True)


class Counting:
    """Entropy that says how much was taken."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.taken = 0

    def __call__(self, size: int) -> bytes:
        at, self.taken = self.taken, self.taken + size
        return self.data[at : self.taken].ljust(size, b"\0")


@given(st.binary(min_size=7, max_size=7))
def test_uniform_is_below_one_and_takes_seven_bytes(data: bytes) -> None:
    entropy = Counting(data)
    assert 0 <= uniform01(entropy) < 1
    assert entropy.taken == 7


def test_uniform_spans_the_interval() -> None:
    assert uniform01(Counting(bytes(7))) == 0
    assert uniform01(Counting(b"\xff" * 7)) == 1 - 2.0**-53
    assert uniform01(Counting(b"\x80" + bytes(6))) == 0.5


def test_exponential_is_capped_at_27_means_and_only_there() -> None:
    assert exponential(0.0, 300.0) == 0
    assert exponential(1 - 2.0**-53, 300.0) == EXPONENTIAL_CAP * 300.0
    assert exponential(1 - math.exp(-20), 1.0) == pytest.approx(20, rel=1e-6)


@given(UNIT, UNIT)
def test_exponential_grows_with_its_draw(one: float, other: float) -> None:
    assert (exponential(one, 1.0) <= exponential(other, 1.0)) or one > other


def test_exponential_has_its_mean_and_shape() -> None:
    entropy = SeededEntropy(bytes(32))
    draws = sorted(exponential(uniform01(entropy), 300.0) for _ in range(20_000))
    assert sum(draws) / len(draws) == pytest.approx(300, rel=0.03)
    assert draws[len(draws) // 2] == pytest.approx(300 * math.log(2), rel=0.04)


@given(UNIT, st.integers(0, 3_600_000))
def test_hold_is_whole_milliseconds_up_to_27_means(u: float, mean_ms: int) -> None:
    assert 0 <= hold_ms(u, mean_ms) <= EXPONENTIAL_CAP * mean_ms


@given(UNIT, st.integers(1, 1000))
def test_choice_is_in_range(u: float, n: int) -> None:
    assert 0 <= choose(u, n) < n


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**70))
def test_randbelow_is_in_range(seed: bytes, n: int) -> None:
    assert 0 <= randbelow(SeededEntropy(seed), n) < n


def test_randbelow_is_even() -> None:
    entropy = SeededEntropy(bytes(32))
    counts = [0] * 5
    for _ in range(20_000):
        counts[randbelow(entropy, 5)] += 1
    assert all(count == pytest.approx(4000, rel=0.06) for count in counts)


@pytest.mark.parametrize("n", [0, -1])
def test_nothing_to_choose_from_is_a_bug_of_the_caller(n: int) -> None:
    with pytest.raises(ValueError, match="nothing"):
        choose(0.5, n)
    with pytest.raises(ValueError, match="nothing"):
        randbelow(SeededEntropy(bytes(32)), n)
