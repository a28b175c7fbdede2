"""`sosik carry pack` and `address`: a bundle of one size, and files that are never written over."""

from pathlib import Path

import pytest

from client_cli.courier.bundle_file import read_address, read_bundle
from client_cli.errors import ExitCode
from tests.kits.commandline import CommandLine, invite


@pytest.fixture
def joined(mother: CommandLine, tmp_path: Path) -> CommandLine:
    mother.good("join", invite(mother, tmp_path), "--yes")
    return mother


def test_a_bundle_has_one_size_for_its_number_of_exchanges(joined: CommandLine, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert "sosik carry address FILE" in joined.good("carry", "pack", tmp_path / name, "--exchanges", "2")
    one, two = ((tmp_path / name).read_bytes() for name in ("one", "two"))
    assert len(one) == len(two)
    assert one != two
    assert len(read_bundle(tmp_path / "one").blocks) == 4


def test_a_file_that_is_there_is_not_written_over(joined: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text("mine")
    assert joined("carry", "pack", tmp_path / "bundle").code == 1
    assert (tmp_path / "bundle").read_text() == "mine"


def test_the_address_is_that_of_the_post_box_and_the_same_for_everyone(
    joined: CommandLine, daughter: CommandLine, tmp_path: Path
) -> None:
    daughter.good("join", invite(daughter, tmp_path), "--yes")
    for person, name in ((joined, "one"), (daughter, "two")):
        person.good("carry", "address", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert read_address(tmp_path / "one").url.startswith("https://relay")


def test_without_a_community_nothing_is_packed(mother: CommandLine, tmp_path: Path) -> None:
    assert mother("carry", "pack", tmp_path / "bundle").code == ExitCode.NOT_JOINED
    assert not (tmp_path / "bundle").exists()
