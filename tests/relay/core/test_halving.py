"""Whoever raises is found, whoever does not is served once, and a store that fails is nobody's fault."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.halving import find_culprits
from relay.errors import StoreFailed


@given(st.lists(st.booleans(), max_size=70))
async def test_everyone_else_is_served_once_and_the_culprits_are_named(bad: list[bool]) -> None:
    served: list[int] = []

    async def do(items: Sequence[int]) -> None:
        if any(bad[item] for item in items):
            raise KeyError
        served.extend(items)

    culprits = [item for item, error in await find_culprits(range(len(bad)), do) if isinstance(error, KeyError)]
    assert culprits == [item for item, is_bad in enumerate(bad) if is_bad]
    assert served == [item for item, is_bad in enumerate(bad) if not is_bad]


async def test_one_among_64_costs_13_tries() -> None:
    tries: list[int] = []

    async def do(items: Sequence[int]) -> None:
        tries.append(len(items))
        if 40 in items:
            raise KeyError

    await find_culprits(range(64), do)
    assert len(tries) == 13


async def test_a_store_that_fails_is_not_tried_in_halves() -> None:
    tries: list[int] = []

    async def do(items: Sequence[int]) -> None:
        tries.append(len(items))
        raise StoreFailed

    with pytest.raises(StoreFailed):
        await find_culprits(range(64), do)
    assert tries == [64]
