"""Whose connection gives way, against a model that looks through all of them."""

from contextlib import AbstractContextManager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.server.places import Oldest, Places, Source, source_of
from tests.kits.shellkit import FixedClock

A, B, C = (Source(bytes([number])) for number in range(3))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("127.0.0.1", "::1", False),
        ("", "@", True),
    ],
)
def test_a_source_is_an_address_or_the_half_of_one_that_a_line_is_given(one: str, other: str, same: bool) -> None:
    assert (source_of(one) == source_of(other)) is same


def test_the_oldest_of_the_source_that_has_the_most_is_first() -> None:
    places: Places[int] = Places(4)
    for number, source in enumerate([A, B, B, C]):
        places.enter(number, source, float(number))
    full = places.full
    assert places.first_to_go() == Oldest(1, 2, 1.0)
    places.leave(1)
    assert (full, places.full) == (True, False)
    assert places.first_to_go() == Oldest(0, 1, 0.0)


def test_whoever_has_something_in_hand_gives_way_to_nobody_and_is_the_youngest_afterwards() -> None:
    places: Places[int] = Places(2)
    places.enter(0, A, 0.0)
    places.enter(1, A, 1.0)
    with places.kept(0, lambda: 2.0):
        assert places.first_to_go() == Oldest(1, 1, 1.0)
        with places.kept(1, lambda: 3.0):
            nobody = places.first_to_go()
            assert places.full
        places.leave(1)
    assert nobody is None
    assert places.first_to_go() == Oldest(0, 1, 2.0)
    with places.kept(0, lambda: 4.0):
        places.leave(0)
    assert places == Places(2), "nothing is left of anybody"
    with places.kept(5, lambda: 5.0):
        pass
    assert places == Places(2)


_STEPS = st.lists(st.tuples(st.sampled_from(["enter", "leave", "keep", "release"]), st.integers(0, 7)), max_size=60)


@given(_STEPS)
def test_shares_and_the_first_to_go_are_those_of_whoever_counts_them_all(steps: list[tuple[str, int]]) -> None:
    places: Places[int] = Places(100)
    model: dict[int, tuple[Source, float | None]] = {}
    kept: dict[int, AbstractContextManager[None]] = {}
    clock = FixedClock(0.0)
    for now, (step, holder) in enumerate(steps):
        source = (A, B, C)[holder % 3]
        inside = holder in model
        clock.move(float(now))
        if step == "enter" and not inside and holder not in kept:
            places.enter(holder, source, float(now))
            model[holder] = (source, float(now))
        elif step == "leave":
            assert places.leave(holder) is inside
            model.pop(holder, None)
        elif step == "keep" and inside and holder not in kept:
            kept[holder] = places.kept(holder, clock.now)
            kept[holder].__enter__()
            model[holder] = (source, None)
        elif step == "release" and holder in kept:
            kept.pop(holder).__exit__(None, None, None)
            if inside:
                model[holder] = (source, float(now))
        _agree(places, model)


def _agree(places: Places[int], model: dict[int, tuple[Source, float | None]]) -> None:
    idle = {source: {h: s for h, (of, s) in model.items() if of == source and s is not None} for source in (A, B, C)}
    assert len(places) == len(model)
    assert {source: places.share(source) for source in idle} == {source: len(held) for source, held in idle.items()}
    first = places.first_to_go()
    most = max(map(len, idle.values()))
    if not most:
        assert first is None
        return
    assert first is not None
    assert first.share == most
    of = model[first.holder][0]
    assert first.since == min(idle[of].values())
    assert len(idle[of]) == most
