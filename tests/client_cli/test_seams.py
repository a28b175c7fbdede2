"""The seams of the client: what the process says of itself to the operating system."""

import subprocess
import sys
from pathlib import Path

import pytest

AFTERWARDS = """
import ctypes, pathlib, sys
from client_cli.__main__ import main
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
        [sys.executable, "-c", AFTERWARDS, "--home", str(tmp_path), "status"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-2:] == ["[['0', '0']]", "0"]
