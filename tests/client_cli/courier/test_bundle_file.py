"""Files of a courier: bundles, answers and addresses read back, and what is none is one sentence."""

import random
from pathlib import Path

import pytest

from client_cli.content.new_files import NameTaken
from client_cli.courier.bundle_file import (
    ANSWER_BYTES,
    Address,
    Blocks,
    answer_file,
    read_address,
    read_answers,
    read_bundle,
    write_address,
    write_bundle,
)
from client_cli.errors import BundleProblem
from protocol.sizes import REQUEST_BYTES

ADDRESS = Address("https://box.example/path", bytes(32))


def blocks_of(count: int, seed: int = 1) -> tuple[bytes, ...]:
    chance = random.Random(seed)
    return tuple(chance.randbytes(REQUEST_BYTES) for _ in range(count))


def test_a_bundle_file_is_its_blocks_and_nothing_else(tmp_path: Path) -> None:
    path, blocks = tmp_path / "bundle", blocks_of(4)
    write_bundle(blocks, path)
    assert path.read_bytes() == b"".join(blocks)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(NameTaken):
        write_bundle(blocks, path)
    for cut in range(REQUEST_BYTES, 4 * REQUEST_BYTES, 1777):
        path.write_bytes(b"".join(blocks)[:cut])
        found = read_bundle(path)
        assert found.blocks == blocks[: cut // REQUEST_BYTES]
        assert found.cut == (cut % REQUEST_BYTES != 0)


def test_what_is_no_bundle_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"x" * 100)
    for path in (tmp_path / "short", tmp_path / "missing", tmp_path):
        with pytest.raises(BundleProblem):
            read_bundle(path)


def test_answers_go_on_behind_whole_blocks_and_anything_else_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    for answer in (b"a", b"b"):
        with answer_file(path) as answers:
            answers.add(answer * ANSWER_BYTES)
    whole = (b"a" * ANSWER_BYTES, b"b" * ANSWER_BYTES)
    assert read_answers(path) == Blocks(whole, cut=False)
    with path.open("ab") as stream:
        stream.write(b"half")
    with pytest.raises(NameTaken, match="answers-2"), answer_file(path):
        pass
    assert read_answers(path) == Blocks(whole, cut=True)


def test_an_address_file_reads_back_and_anything_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "box.address"
    write_address(ADDRESS, path)
    assert read_address(path) == ADDRESS
    whole = path.read_text("ascii")
    for wrong in ("", whole[:-10], whole.replace("box 1", "box 2"), whole + "more", "\x80", "a b c d e zz"):
        path.write_text(wrong, "latin-1")
        with pytest.raises(BundleProblem):
            read_address(path)
