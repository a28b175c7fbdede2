"""Files that only their owner may read: written whole and synced, or not at all (docs/operators.md, Files).

Directories are 0700, files 0600. A secret that others could have read is refused rather than used.
"""

import fcntl
import os
import stat
from pathlib import Path

from relay.errors import AlreadyRunning, FileProblem

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
_OTHERS = 0o077


def restrict_umask() -> None:
    """From here on whatever this process makes, the database's side files included, is its owner's alone."""
    os.umask(_OTHERS)


def make_private_directory(path: Path) -> None:
    """Make `path` (0700). An existing directory is taken if it is empty and its owner's alone."""
    try:
        path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise FileProblem(f"{path} is not empty; nothing was changed; name a directory that does not exist yet.")
        path.chmod(DIRECTORY_MODE)
    except OSError as error:
        raise FileProblem(
            f"{path} cannot be made ({_why(error)}); nothing was changed; choose another place."
        ) from None


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by a 0600 file of `data`, synced with its directory entry: it is the old file or the new one."""
    partial = path.with_name(f".{path.name}.new")
    try:
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        raise FileProblem(
            f"{path} cannot be written ({_why(error)}); the file before it is kept; free or unlock the disk."
        ) from None


def read_file(path: Path) -> bytes:
    """The bytes of a public file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileProblem(f"{path} cannot be read ({_why(error)}); nothing was changed; put the file back.") from None


def read_private(path: Path, size: int | None = None) -> bytes:
    """The bytes of a secret file; refused when its group or others may read it, or when it is not `size` bytes."""
    check_private(path)
    data = read_file(path)
    if size is not None and len(data) != size:
        raise FileProblem(f"{path} is {len(data)} bytes and not {size}; nothing was changed; put back the right file.")
    return data


def check_private(path: Path) -> None:
    """Refuse a file or directory that its group or others may use."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise FileProblem(f"{path} cannot be read ({_why(error)}); nothing was changed; put it back.") from None
    if stat.S_IMODE(mode) & _OTHERS:
        right = "700" if stat.S_ISDIR(mode) else "600"
        raise FileProblem(
            f"{path} may be used by others on this machine; it was not opened; run `chmod {right} {path}` "
            "and think about making new keys."
        )


def check_writable(directory: Path) -> None:
    """Refuse a directory on which a synced write fails: a full disk shows here and not at the first letter."""
    probe = directory / ".probe"
    write_private(probe, b"\0" * 4096)
    probe.unlink()


class DirectoryClaim:
    """An flock that one process holds on a relay directory for as long as it runs; the kernel frees it when it dies."""

    def __init__(self, directory: Path) -> None:
        path = directory / "relay.lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise FileProblem(f"{path} cannot be written ({_why(error)}); nothing was changed.") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise AlreadyRunning(
                f"A relay already runs in {directory}; it goes on undisturbed; stop it to start another."
            ) from None

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._descriptor)


def sync_directory(path: Path) -> None:
    """Let what was renamed in a directory be so after a power cut too."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
