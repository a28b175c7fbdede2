"""Fail-over follows network results and the roster's order alone."""

from client_cli.post.guard_choice import Guard, after_failure, after_success, chosen, every_way_failed, moved
from protocol.seams import RelayId

A, B, C = RelayId(3), RelayId(1), RelayId(7)
ORDER = (A, B, C)
DAY_S = 86_400.0


def failed(guard: Guard, times: int, now: float = 0.0) -> Guard:
    for _ in range(times):
        guard = after_failure(guard, guard.relay, ORDER, now, 3)
    return guard


def test_the_first_of_the_order_is_chosen() -> None:
    assert chosen(None, ORDER, 0.0, DAY_S) == Guard(A)


def test_the_third_failure_in_a_row_moves_on() -> None:
    assert failed(Guard(A), 2) == Guard(A, 2)
    assert failed(Guard(A), 3) == Guard(B, 0, 0.0)
    assert failed(Guard(A), 6).relay == C
    assert failed(Guard(A), 9) == Guard(A, rounds=1)


def test_a_success_between_failures_starts_the_count_again() -> None:
    assert after_success(failed(Guard(A), 2), A) == Guard(A)


def test_results_of_another_guard_do_not_count() -> None:
    assert after_failure(Guard(B, 1), A, ORDER, 0.0, 3) == Guard(B, 1)
    assert after_success(Guard(B, 1), A) == Guard(B, 1)


def test_a_day_later_the_first_is_tried_again() -> None:
    away = failed(Guard(A), 3, now=1000.0)
    assert chosen(away, ORDER, 1000.0 + DAY_S - 1, DAY_S) == away
    assert chosen(away, ORDER, 1000.0 + DAY_S, DAY_S) == Guard(A)


def test_the_only_guard_is_kept() -> None:
    guard = Guard(A)
    for _ in range(5):
        guard = after_failure(guard, A, (A,), 0.0, 3)
    assert guard.relay == A


def test_a_guard_that_left_the_roster_is_left() -> None:
    assert chosen(Guard(C), (A, B), 0.0, DAY_S) == Guard(A)


def test_a_clock_set_back_does_not_prolong_the_absence() -> None:
    assert chosen(Guard(B, 0, 5000.0), ORDER, 10.0, DAY_S) == Guard(A)


def proxied(guard: Guard, times: int, now: float = 0.0, order: tuple[RelayId, ...] = ORDER) -> Guard:
    for _ in range(times):
        guard = after_failure(guard, guard.relay, order, now, 3, has_proxy=True)
    return guard


def test_after_the_last_guard_the_proxy_is_tried_and_then_the_direct_way_again() -> None:
    through = proxied(Guard(A), 9)
    assert (through.relay, through.proxied, through.rounds) == (A, True, 1)
    assert proxied(through, 3) == Guard(B, 0, 0.0, True, 1)
    assert proxied(through, 9) == Guard(A, rounds=2)


def test_the_only_guard_is_tried_through_the_proxy() -> None:
    assert proxied(Guard(A), 3, order=(A,)) == Guard(A, 0, 0.0, True, 1)


def test_the_direct_way_is_tried_again_a_day_after_it_was_left() -> None:
    through = after_success(proxied(Guard(A), 9, now=1000.0), A)
    assert chosen(through, ORDER, 1000.0 + DAY_S - 1, DAY_S) == through
    assert chosen(through, ORDER, 1000.0 + DAY_S, DAY_S) == Guard(A)


def test_a_bundle_is_suggested_when_every_way_failed_and_no_longer_after_a_success() -> None:
    assert not every_way_failed(failed(Guard(A), 8), ways=1)
    assert every_way_failed(failed(Guard(A), 9), ways=1)
    assert not every_way_failed(proxied(Guard(A), 17), ways=2)
    stuck = proxied(Guard(A), 18)
    assert every_way_failed(stuck, ways=2)
    assert not every_way_failed(after_success(stuck, A), ways=2)


def test_whoever_leaves_a_guard_that_answers_keeps_the_way_and_the_time_of_return() -> None:
    assert moved(Guard(A), B, ORDER, 7.0) == Guard(B, 0, 7.0)
    assert moved(Guard(B, 2, 5.0), C, ORDER, 7.0) == Guard(C, 0, 5.0)
    assert moved(Guard(C, 0, 5.0), A, ORDER, 7.0) == Guard(A)
    assert moved(Guard(B, 0, 5.0, True, 1), A, ORDER, 7.0) == Guard(A, 0, 5.0, True)
