"""New files under a name that a person gave: a picture of a card, a sheet, a bundle, a saved picture.

Invariant: what stands under a name already is never written over, whatever it is. A command asks `require_free` before
it changes anything else, and `write_new` refuses once more where somebody was quicker. The one way in which the client
writes a file outside its own folder, but for answers that a courier goes on with (client_cli.courier.bundle_file).
Spec: docs/family.md, Meeting someone.
Decision 135.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from client_cli.errors import ExitCode, SosikError
from client_cli.i18n import N_

__all__ = ["NameTaken", "NotWritten", "free_name", "require_free", "write_new"]

Files = Callable[[Path], Sequence[Path]]


class NameTaken(SosikError):
    """Something stands under this name already, and another name is proposed."""

    sentence = N_("There is something called {taken} already; nothing was changed; this name is free: {free}")


class NotWritten(SosikError):
    """The disk or the folder did not take a new file."""

    sentence = N_(
        "The file could not be written there, and nothing was left behind; choose another place and try again."
    )
    exit_code = ExitCode.NOT_WRITTEN


def itself(path: Path) -> Sequence[Path]:
    """The one file that most names stand for."""
    return (path,)


def require_free(path: Path, files: Files = itself) -> None:
    """NameTaken: one of the files that are to be written under this name is there. `files`: which they are."""
    if not path.name:
        raise NotWritten
    taken = next((file for file in files(path) if os.path.lexists(file)), None)
    if taken is not None:
        raise NameTaken(taken=os.fspath(taken), free=os.fspath(free_name(path, files)))


def free_name(path: Path, files: Files = itself) -> Path:
    """The name with the first number behind it under which nothing stands yet."""
    named = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(name for name in named if not any(map(os.path.lexists, files(name))))


def write_new(path: Path, data: bytes) -> None:
    """Write a file that its owner alone can read, durably or not at all. NameTaken, NotWritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    except FileExistsError as error:
        require_free(path)
        raise NotWritten from error  # it has gone meanwhile
    except (OSError, ValueError) as error:
        raise NotWritten from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise NotWritten from error
    with suppress(OSError):  # some file systems of memory cards have no such thing for a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
