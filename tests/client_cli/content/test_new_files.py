"""New files: nothing is written over, a free name is proposed, and a disk that is full leaves nothing behind."""

import ast
import os
import resource
from functools import partial
from pathlib import Path

import pytest

import client_cli
from client_cli.content.new_files import NameTaken, NotWritten, free_name, require_free, write_new

# Modules that write files: those of the vault in its own folder, the courier's answers, and the one under test.
WRITERS = {
    "content/new_files.py",
    "courier/bundle_file.py",
    "vault/erase.py",
    "vault/key_file.py",
    "vault/lock.py",
    "vault/vault.py",
}


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling"])
def test_what_is_there_stays_and_another_name_is_proposed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "card.png"
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case "link":
            (tmp_path / "elsewhere").write_text("mine")
            path.symlink_to(tmp_path / "elsewhere")
        case _:
            path.symlink_to(tmp_path / "nowhere")
    (tmp_path / "card-2.png").touch()
    before = {one.name: one.is_file() and one.read_text() for one in tmp_path.iterdir()}
    for refused in (partial(require_free, path), partial(write_new, path, b"theirs")):
        with pytest.raises(NameTaken) as caught:
            refused()
        assert caught.value.params == {"taken": os.fspath(path), "free": os.fspath(tmp_path / "card-3.png")}
    assert {one.name: one.is_file() and one.read_text() for one in tmp_path.iterdir()} == before


def test_a_name_for_several_files_is_free_where_all_of_them_are(tmp_path: Path) -> None:
    def files(path: Path) -> list[Path]:
        return [path.with_name(f"{path.name}{number}") for number in range(3)]

    (tmp_path / "a2").touch()
    (tmp_path / "a-21").touch()
    with pytest.raises(NameTaken) as caught:
        require_free(tmp_path / "a", files)
    assert caught.value.params["free"] == os.fspath(tmp_path / "a-3")
    require_free(tmp_path / "a-3", files)
    assert free_name(tmp_path / "b.tar.gz") == tmp_path / "b.tar-2.gz"


def test_a_new_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    write_new(tmp_path / "new", b"whole")
    assert (tmp_path / "new").read_bytes() == b"whole"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "nothing/x", "x" * 300, "a\0b"])
def test_a_place_that_takes_no_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotWritten):
        write_new(tmp_path / name if name else Path(), b"x")
    with pytest.raises(NotWritten):
        require_free(Path())


def test_half_a_file_is_not_left_behind(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # Python ignores SIGXFSZ: EFBIG, like a full disk
    try:
        with pytest.raises(NotWritten):
            write_new(tmp_path / "new", bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_no_other_module_writes_files() -> None:
    package = Path(client_cli.__file__).parent
    found = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"write_bytes", "O_CREAT", "O_WRONLY"}:
                found.add(path.relative_to(package).as_posix())
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "open":
                modes = {one.value for one in node.args if isinstance(one, ast.Constant)}
                assert not modes & {"w", "wb", "x", "xb", "a", "ab"} or path.name == "__main__.py", path  # /dev/null
    assert found - {"__main__.py"} == WRITERS
