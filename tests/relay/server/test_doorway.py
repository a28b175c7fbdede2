"""Every connection has a place from the moment it is accepted, and gives way when others need it."""

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.hostile.wire import plain_context
from protocol.sizes import REQUEST_BYTES
from relay.server.doorway import MAX_OUTSIDE, OPEN_FILES, RESERVED_FILES, Rooms
from relay.server.places import Places
from relay.server.web import MAX_INSIDE
from tests.kits.shellkit import PATH, STANDARD, PaperCore, RunningShell, exchange_seeing_records, post, running_shell

ROOMS = Rooms(outside=8, inside=4)
GRACE_S = 0.8
STRANGER = "127.0.0.1"
# Linux takes all of 127.0.0.0/8 for this machine; elsewhere members and strangers come from one address.
MEMBER = "127.0.0.2" if sys.platform == "linux" else STRANGER
HELLO = b"\x16\x03\x01\x02\x00\x01\x00"
"""The beginning of a ClientHello; the other 510 bytes do not come."""


async def silent(shell: RunningShell, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TCP connection of a stranger that says no more than this."""
    reader, writer = await asyncio.open_connection("127.0.0.1", shell.port, local_addr=(STRANGER, 0))
    writer.write(sent)
    return reader, writer


async def answered(shell: RunningShell, source: str = MEMBER) -> bool:
    """Whether an ordinary exchange is answered now."""
    try:
        seen = await exchange_seeing_records(shell.port, post(PATH, b"s" * REQUEST_BYTES), source)
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
        return False
    return len(seen.answer.partition(b"\r\n\r\n")[2]) == STANDARD


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether a connection ends without a word."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def at(moment: Callable[[], bool]) -> None:
    """Wait for a moment at the other end of a socket."""
    async with asyncio.timeout(10):
        while not moment():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)


@contextmanager
def closing(writers: list[asyncio.StreamWriter]) -> Iterator[None]:
    """Close them at the end."""
    try:
        yield
    finally:
        for writer in writers:
            writer.transport.abort()


async def test_of_those_who_say_nothing_the_oldest_gives_way(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS) as shell:
        held = [await silent(shell) for _ in range(ROOMS.outside + 3)]
        with closing([writer for _, writer in held]):
            async with asyncio.timeout(10):
                assert all([await ended(reader) for reader, _ in held[:3]])
            assert not any(reader.at_eof() for reader, _ in held[3:])
            assert await answered(shell)
            assert await answered(shell, STRANGER)
        assert shell.tally.connections_gave_way >= 3


async def test_a_source_that_holds_more_gives_way_at_once(tmp_path: Path) -> None:
    """Members are answered though strangers hold every place inside, and no place is anybody's for being first."""
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS, grace_s=3600.0) as shell:
        held = [await silent(shell, HELLO) for _ in range(ROOMS.inside)]
        with closing([writer for _, writer in held]):
            assert await answered(shell)
            assert await ended(held[0][0]), "the oldest"
            assert not held[-1][0].at_eof()


async def test_among_equals_one_has_a_moment_and_then_gives_way(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS, grace_s=GRACE_S) as shell:
        held = [await silent(shell, HELLO) for _ in range(ROOMS.inside + 2)]
        with closing([writer for _, writer in held]):
            began = asyncio.get_running_loop().time()
            assert await answered(shell, STRANGER)
            assert GRACE_S / ROOMS.inside < asyncio.get_running_loop().time() - began < 5
            async with asyncio.timeout(5):
                assert all([await ended(reader) for reader, _ in held[:2]])
        assert shell.tally.connections_gave_way <= 3


async def test_a_place_that_is_free_goes_to_the_newest_who_waits(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=Rooms(outside=8, inside=1), grace_s=3600.0) as shell:
        held = [await silent(shell, HELLO) for _ in range(2)]
        with closing([writer for _, writer in held]):
            await at(lambda: len(shell.inside) == len(shell.outside) == 1)
            asked = asyncio.create_task(answered(shell, STRANGER))
            await at(lambda: len(shell.outside) == 2)
            await asyncio.sleep(0.1)
            held[0][1].transport.abort()
            async with asyncio.timeout(5):
                assert await asked
            await at(lambda: (len(shell.inside), len(shell.outside)) == (1, 0))
        assert shell.tally.connections_gave_way == 0


async def test_whoever_waits_for_room_is_not_turned_away_for_it(tmp_path: Path) -> None:
    core = PaperCore()
    core.gate.clear()
    async with running_shell(tmp_path, core, rooms=Rooms(outside=8, inside=1), read_s=0.3) as shell:
        first = asyncio.create_task(answered(shell))
        await core.asked.wait()
        second = asyncio.create_task(answered(shell))
        await asyncio.sleep(0.6)
        core.gate.set()
        assert await first
        assert await second


async def test_whoever_comes_and_goes_without_a_word_takes_no_place_inside(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=Rooms(outside=8, inside=1), grace_s=0.0) as shell:
        reader, writer = await silent(shell, HELLO)
        with closing([writer]):
            await at(lambda: len(shell.inside) == 1)
            for _ in range(3):
                passing, leaving = await silent(shell)
                leaving.write_eof()
                assert await ended(passing)
                leaving.close()
            assert not reader.at_eof()
        assert shell.tally.connections_gave_way == 0


async def test_at_the_end_nobody_is_left_outside_or_in_the_middle_of_a_handshake(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS) as shell:
        held = [await silent(shell, sent) for sent in (b"", HELLO)]
        await at(lambda: len(shell.inside) == len(shell.outside) == 1)
    async with asyncio.timeout(5):
        for reader, writer in held:
            assert await ended(reader)
            writer.close()


async def test_an_exchange_that_is_being_answered_gives_way_to_nobody(tmp_path: Path) -> None:
    core = PaperCore()
    core.gate.clear()
    async with running_shell(tmp_path, core, rooms=Rooms(outside=8, inside=1), grace_s=0.0) as shell:
        asked = asyncio.create_task(answered(shell))
        await core.asked.wait()
        held = [await silent(shell, HELLO) for _ in range(3)]
        with closing([writer for _, writer in held]):
            await asyncio.sleep(0.1)
            core.gate.set()
            assert await asked


async def test_whoever_does_not_shake_hands_in_time_gives_the_place_back(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS, read_s=0.3, grace_s=3600.0) as shell:
        held = [await silent(shell, sent) for sent in (b"", HELLO) * 2]
        async with asyncio.timeout(10):
            for reader, writer in held:
                assert await ended(reader)
                writer.close()
        assert shell.tally.connections_gave_way == 0
        assert await answered(shell)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n\r\n", bytes(64), HELLO, b"\x16\x03\x01\xff\xff"])
async def test_a_failed_handshake_gives_the_place_back(tmp_path: Path, sent: bytes) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=Rooms(2, 2), grace_s=3600.0) as shell:
        for _ in range(5):
            reader, writer = await silent(shell, sent)
            writer.write_eof()
            await reader.read()
            writer.close()
        assert await answered(shell, STRANGER)
        assert shell.tally.connections_gave_way == 0


async def test_an_idle_connection_inside_ends_in_time(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS, read_s=0.3) as shell:
        reader, writer = await asyncio.open_connection("127.0.0.1", shell.port, ssl=plain_context())
        async with asyncio.timeout(10):
            assert await ended(reader)
        writer.close()


async def test_no_address_is_known_once_its_connections_have_ended(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore(), rooms=ROOMS) as shell:
        held = [await silent(shell, sent) for sent in (b"", HELLO)]
        assert await answered(shell)
        for _, writer in held:
            writer.transport.abort()
        await at(lambda: (shell.outside, shell.inside) == (Places(8), Places(4)))


class Poor(socket.socket):
    """A listening socket of a machine that has no descriptor left for the next connection."""

    tries = 0

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        """Refuse, as accept(2) does."""
        self.tries += 1
        if self.tries == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_a_machine_without_descriptors_is_waited_for_and_counted(tmp_path: Path) -> None:
    poor = Poor()
    poor.bind(("127.0.0.1", 0))
    poor.listen()
    async with running_shell(tmp_path, PaperCore(), listen=lambda: poor) as shell:
        asked = asyncio.create_task(answered(shell))
        await asyncio.sleep(0.5)
        assert poor.tries == 1, "not again and again"
        assert await asked
        assert shell.tally.connections_gave_way == 1


@pytest.mark.parametrize("open_files", [1, 256, 1024, 4096, OPEN_FILES, 1 << 20])
def test_rooms_leave_the_descriptors_that_the_rest_of_a_relay_needs(open_files: int) -> None:
    rooms = Rooms.for_files(open_files)
    assert 1 <= rooms.inside <= MAX_INSIDE
    assert 1 <= rooms.outside <= MAX_OUTSIDE
    assert rooms.inside + rooms.outside <= max(2, open_files - RESERVED_FILES)


def test_with_descriptors_enough_there_is_all_the_room() -> None:
    assert Rooms.for_files(OPEN_FILES) == Rooms(MAX_OUTSIDE, MAX_INSIDE)
