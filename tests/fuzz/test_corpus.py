"""Every test run feeds what was kept of the fuzzer's corpus, without a fuzzer."""

import pytest

from tests.fuzz.corpus import INPUT_BYTES_MAX, KEPT, kept
from tests.fuzz.targets import TARGETS

CORPUS_BYTES_MAX = 400_000


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_raise_nothing_but_refusals(name: str) -> None:
    target = TARGETS[name]
    inputs = kept(name)
    accepted = [target.run(data) for data in inputs]
    assert any(accepted)
    assert not all(accepted) or not any(case.refuses for case in target.cases)
    assert max(map(len, inputs)) <= INPUT_BYTES_MAX


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_raise_nothing_but_refusals(name: str) -> None:
    target = TARGETS[name]
    accepted = [target.run(data) for data in target.seeds()]
    assert any(accepted)


def test_the_kept_corpus_is_small_and_nothing_in_it_belongs_to_no_target() -> None:
    files = list(KEPT.iterdir())
    assert {path.name for path in files} >= {f"{name}.txt" for name in TARGETS}
    assert {path.name.partition(".")[0] for path in files} == set(TARGETS)
    assert sum(path.stat().st_size for path in files) <= CORPUS_BYTES_MAX


def test_every_case_that_can_be_accepted_is_reached_to_its_end() -> None:
    """What is sealed, signed or summed up is opened: the inputs go through to the last line of its parser."""
    for name, target in TARGETS.items():
        reached = {data[0] for data in kept(name) if target.run(data)}
        assert reached == {place for place, case in enumerate(target.cases) if case.opens}, name
