"""`make fuzz` finds what is there to be found, says how to feed it again, and says so where it cannot run."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.control import CONTROL
from tests.fuzz.targets import TARGETS

needs_atheris = pytest.mark.skipif(find_spec("atheris") is None, reason="atheris does not exist for this platform")


@needs_atheris
def test_the_planted_fault_is_found_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not fuzz.run(CONTROL.name, 60, "[1/1]", tmp_path)
    (kept,) = [path for path in (tmp_path / "findings").iterdir() if path.suffix != ".txt"]
    told = capsys.readouterr().out
    assert "1 findings" in told
    assert f"tests.fuzz.replay control {kept}" in told
    assert "the planted fault" in kept.with_name(kept.name + ".txt").read_text("utf-8")
    with pytest.raises(IndexError):
        CONTROL.run(kept.read_bytes())


@pytest.mark.long
@needs_atheris
def test_a_target_without_a_finding_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.run("question", 1, "[1/1]", tmp_path)
    assert "question:" in capsys.readouterr().out
    assert not (tmp_path / "findings").exists()


def test_without_atheris_one_sentence_says_so(tmp_path: Path) -> None:
    hiding = (
        "import sys, runpy; sys.modules['atheris'] = None; sys.argv[1:] = ['1']; "
        "import importlib.util as util; find = util.find_spec; "
        "util.find_spec = lambda name, *rest: None if name == 'atheris' else find(name, *rest); "
        "runpy.run_module('tests.fuzz', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", hiding], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, fuzz.MISSING + "\n", "")
    assert fuzz.MISSING.count(".") == 1 + fuzz.MISSING.count("3.14")


def test_help_is_the_usage_and_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fuzz.main(["--help"])
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    assert said.out.startswith("usage: python -m tests.fuzz")
    assert all(name in said.out for name in TARGETS)


def test_an_unknown_target_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fuzz.main(["1", "board", "bord"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err == "No target is called 'bord'; --help names them.\n"


def test_a_target_that_ends_without_an_input_is_a_finding(tmp_path: Path) -> None:
    told = fuzz.keep_finding(None, "board", ["Segmentation fault\n"], tmp_path)
    assert "board-no-input" in told
    assert "Segmentation fault" in (tmp_path / "findings" / "board-no-input.txt").read_text("utf-8")


def test_what_libfuzzer_says_is_shown() -> None:
    progress = fuzz.Progress()
    assert progress.read("#7593\tREDUCE cov: 54 ft: 68 corp: 14/8411b lim: 8193 exec/s: 0 rss: 79Mb L: 9/8193")
    assert str(progress) == "7593 inputs, 54 places reached, 14 inputs kept"
    assert not progress.read("INFO: Seed: 1")
    assert progress.fed == 7593


def test_the_time_is_split_over_all_targets() -> None:
    command = fuzz.command("board", 7, Path("new"), Path("folder"))
    assert "-max_total_time=7" in command
    assert len(TARGETS) > 10
