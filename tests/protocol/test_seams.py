"""Seeded entropy is one reproducible stream, however it is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.seams import SeededEntropy

SEED = bytes(range(32))


@given(st.lists(st.integers(0, 300), max_size=12))
def test_seeded_entropy_is_one_stream_however_it_is_cut(sizes: list[int]) -> None:
    entropy = SeededEntropy(SEED)
    assert b"".join(entropy(size) for size in sizes) == SeededEntropy(SEED)(sum(sizes))


@given(st.integers(0, 1000))
def test_seeded_entropy_gives_exactly_what_was_asked(size: int) -> None:
    assert len(SeededEntropy(SEED)(size)) == size


def test_different_seeds_give_different_streams() -> None:
    assert SeededEntropy(SEED)(64) != SeededEntropy(bytes(32))(64)


def test_bad_seed_or_size_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SeededEntropy(b"short")
    with pytest.raises(ValueError, match="negative"):
        SeededEntropy(SEED)(-1)
