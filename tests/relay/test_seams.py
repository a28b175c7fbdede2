"""The seams of the relay: what the process says of itself to the operating system."""

import subprocess
import sys
from pathlib import Path

import pytest

AFTERWARDS = """
import ctypes, pathlib, sys
from relay.cli import main
try:
    main()
except SystemExit:
    pass
limits = pathlib.Path("/proc/self/limits").read_text()
print([line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core file size")])
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_from_its_start_no_core_file_is_written_and_no_other_process_reads_the_memory(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", AFTERWARDS, "inspect", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-2:] == ["[['0', '0']]", "0"]


RAISED = """
import resource
from relay.seams import raise_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
print(raise_open_files(50), raise_open_files(150), raise_open_files(1000), raise_open_files(1000))
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_descriptors_are_raised_as_far_as_is_wanted_and_allowed() -> None:
    ran = subprocess.run([sys.executable, "-c", RAISED], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["50", "150", "200", "200", "200", "200"]
