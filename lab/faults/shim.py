"""A library in C, loaded before the others (LD_PRELOAD), that lets fsync fail while an order says so.

It reaches what no wrapper in Python does: SQLite's own calls in the relay's store and in the vault. Where there is no
compiler, or no Linux, `compiled` returns None and the launcher's failing commits take its place.
"""

import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "FAULTS_FSYNC"
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int refused(void) {
    const char *order = getenv("FAULTS_FSYNC");
    int before = errno;
    if (order != NULL && access(order, F_OK) == 0) { errno = EIO; return 1; }
    errno = before;
    return 0;
}
int fsync(int file) {
    return refused() ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}
int fdatasync(int file) {
    return refused() ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""


def compiled(folder: Path) -> Path | None:
    """The library, made in `folder`; None where that cannot be done."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform != "linux":
        return None
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(_SOURCE)
    made = subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], capture_output=True, check=False
    )
    return library if made.returncode == 0 else None


def preload(library: Path, order: Path) -> dict[str, str]:
    """Environment of a process that is to obey the file `order`."""
    return {"LD_PRELOAD": str(library), VARIABLE: str(order)}
