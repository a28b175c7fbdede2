"""No parser is left out, and what a fuzzer needs of a target holds."""

from tests.fuzz.targets import TARGETS
from tests.properties.parsers import NOT_FED, PARSERS

CASES = [case for target in TARGETS.values() for case in target.cases]
ELSEWHERE = {
    "people.introduction.open_answer",
    "pieces.EntryJoiner.add",
    "board_reader.BoardReader.feed",
    "community.access.unwrap_access",
    "pictures.open_picture",
    "pictures.make_picture",
    "qrcodes.read_texts",
    "bundlefile.read_bundle",
    "bundlefile.read_answers",
    "bundlefile.read_address",
    "bundlesheet.join_frames",
    "terminal.sanitise",
    "service.RelayService.exchanges",
    "service.RelayService.link",
    "exchanges.accept_response",
}
"""What strangers reach beside the parsers that are found by their names."""


def test_every_parser_is_a_target() -> None:
    named = {case.parser for case in CASES}
    assert set(PARSERS) - named == set()
    assert named >= ELSEWHERE
    assert NOT_FED & {name.split(".")[-1] for name in named} <= {"open_answer"}


def test_an_input_means_the_same_every_time() -> None:
    for target in TARGETS.values():
        for data in target.seeds():
            assert target.run(data) == target.run(data)


def test_inputs_of_no_case_are_passed_over() -> None:
    for target in TARGETS.values():
        assert not target.run(b"")
        assert not target.run(bytes([len(target.cases)]))


def test_structured_changes_stay_in_their_size_and_leave_nonsense_alone() -> None:
    for case in CASES:
        if case.mutate is not None:
            for inside in case.seeds():
                changed = {case.mutate(inside, 4096, seed) for seed in range(40)}
                assert len(changed) > 20
                assert all(len(one) <= 4096 for one in changed)
            assert case.mutate(b"\xc1", 4096, 1) == b"\xc1"
