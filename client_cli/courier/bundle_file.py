"""Files of a courier: bundles, answers, and the address of the post box. Needs no vault.

Invariant: a bundle is nothing but sealed requests of 6144 bytes, to send and to collect in turn, so that a copy cut
short is still half of each; answers are nothing but responses of 8192 bytes, appended as they come. Where to post them
stands apart, in a file that is the same for everyone. Spec: docs/protocol.md, Bundles.
Decision 44.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from client_cli.content.new_files import NameTaken, free_name, write_new
from client_cli.errors import BundleProblem
from client_cli.i18n import N_
from protocol.profile import Profile
from protocol.sizes import REQUEST_BYTES, RESPONSE_BYTES

__all__ = [
    "ANSWER_BYTES",
    "MAX_EXCHANGES",
    "Address",
    "Blocks",
    "answer_file",
    "read_address",
    "read_answers",
    "read_bundle",
    "write_address",
    "write_bundle",
]

ANSWER_BYTES: Final = RESPONSE_BYTES[Profile.STANDARD]
MAX_EXCHANGES: Final = 512
"""Of each kind: 5 MB. More than a courier can explain, and than a board makes worth asking for."""
MAX_ANSWERS: Final = 16 * 2 * MAX_EXCHANGES  # several runs of the largest bundle
_ADDRESS_HEAD: Final = "sosik post box 1"
_MAX_ADDRESS_BYTES: Final = 400


@dataclass(frozen=True, slots=True)
class Address:
    """Where a post box is: URL, and SHA-256 of its certificate (zeros: ordinary check)."""

    url: str
    tls_pin: bytes


@dataclass(frozen=True, slots=True)
class Blocks:
    """Whole blocks of a file, and whether it ends inside a further one."""

    blocks: tuple[bytes, ...]
    cut: bool

    @property
    def to_send(self) -> list[tuple[int, bytes]]:
        """The blocks to post at once, each with its place in the file, from 1."""
        return list(enumerate(self.blocks, 1))[0::2]

    @property
    def to_collect(self) -> list[tuple[int, bytes]]:
        """The blocks to post later, likewise."""
        return list(enumerate(self.blocks, 1))[1::2]


def write_bundle(blocks: Iterable[bytes], path: Path) -> None:
    """Write a bundle in a new file. NameTaken, NotWritten."""
    write_new(path, b"".join(blocks))


def read_bundle(path: Path) -> Blocks:
    """The blocks of a bundle. BundleProblem: no such file, or not one whole block in it."""
    found = _read(path, REQUEST_BYTES, 2 * MAX_EXCHANGES)
    if not found.blocks:
        raise BundleProblem
    return found


def read_answers(path: Path) -> Blocks:
    """The blocks of a file of answers; there may be none."""
    return _read(path, ANSWER_BYTES, MAX_ANSWERS)


def _read(path: Path, size: int, limit: int) -> Blocks:
    with _problems(), path.open("rb") as stream:
        data = stream.read(size * limit + 1)
    if len(data) > size * limit:
        raise BundleProblem
    whole = len(data) // size
    return Blocks(tuple(data[at * size : (at + 1) * size] for at in range(whole)), len(data) % size != 0)


class AnswerFile:
    """Answers as they come: each is on the disk before the next exchange is made."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, answer: bytes) -> None:
        """Append one response of 8192 bytes."""
        with _problems():
            self._stream.write(answer)
            self._stream.flush()
            os.fsync(self._stream.fileno())


@contextmanager
def answer_file(path: Path) -> Iterator[AnswerFile]:
    """Go on with a file of answers, or begin one. NameTaken: it ends inside a block, so it is something else, or of a
    run that was cut off; its whole blocks are read where it is.
    """
    with _problems():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        with _problems():
            if stream.seek(0, os.SEEK_END) % ANSWER_BYTES:
                raise NameTaken(taken=os.fspath(path), free=os.fspath(free_name(path)))
        yield AnswerFile(stream)


def write_address(address: Address, path: Path) -> None:
    """Write where a community's post box is in a new file: three lines of text, the same for everyone."""
    text = f"{_ADDRESS_HEAD}\n{address.url}\n{address.tls_pin.hex()}\n"
    write_new(path, text.encode("ascii"))


def read_address(path: Path) -> Address:
    """What `write_address` wrote. BundleProblem for anything else."""
    problem = BundleProblem(
        N_("This is not the address of a post box; nothing was done; ask for the file that sosik carry address makes.")
    )
    with _problems(), path.open("rb") as stream:
        data = stream.read(_MAX_ADDRESS_BYTES)
    try:
        lines: Sequence[str] = data.decode("ascii").split()
        head, url, pin = " ".join(lines[:4]), lines[4], bytes.fromhex(lines[5])
    except (UnicodeDecodeError, IndexError, ValueError):
        raise problem from None
    if head != _ADDRESS_HEAD or len(pin) != 32 or len(lines) != 6:
        raise problem
    return Address(url, pin)


@contextmanager
def _problems() -> Iterator[None]:
    """What a disk refuses, as sentences."""
    try:
        yield
    except FileNotFoundError as error:
        raise BundleProblem(N_("There is no such file; nothing was changed; check its name.")) from error
    except OSError as error:
        raise BundleProblem(
            N_("The file cannot be read or written there; nothing was changed; choose another place.")
        ) from error
