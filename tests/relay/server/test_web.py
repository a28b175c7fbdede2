"""Invariant 2 on a real TLS socket: one size, one header set, one write, one moment; a dull site for everyone else."""

import asyncio
import ssl
from pathlib import Path

import pytest

from protocol.sizes import BATCH_OVERHEAD, FRAME_BYTES, LINK_ACK_BYTES, REQUEST_BYTES
from tests.kits.shellkit import METERED, PATH, STANDARD, PaperCore, exchange_seeing_records, post, running_shell

_GOOD = b"s" * REQUEST_BYTES
_TLS_APPLICATION = 23


async def test_all_answers_of_one_size_have_the_same_tls_records_and_headers(tmp_path: Path) -> None:
    core = PaperCore()
    async with running_shell(tmp_path, core) as shell:
        seen = [await exchange_seeing_records(shell.port, post(PATH, _GOOD)) for _ in range(3)]
        seen.append(await exchange_seeing_records(shell.port, post(PATH, bytes(REQUEST_BYTES))))
        core.fault = OSError("no space")
        seen.append(await exchange_seeing_records(shell.port, post(PATH, _GOOD)))
    assert len({tuple(one.records) for one in seen}) == 1
    assert len({one.answer.partition(b"\r\n\r\n")[0] for one in seen}) == 1
    assert {len(one.answer.partition(b"\r\n\r\n")[2]) for one in seen} == {STANDARD}


async def test_answer_is_one_record_then_the_end_without_tickets(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        seen = await exchange_seeing_records(shell.port, post(PATH, _GOOD))
    head, _, body = seen.answer.partition(b"\r\n\r\n")
    assert [kind for kind, _ in seen.records] == [_TLS_APPLICATION] * 2  # the answer, close_notify
    assert seen.records[0][1] == len(head) + 4 + len(body) + 1 + 16
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/octet-stream",
        f"Content-Length: {STANDARD}".encode(),
        b"Connection: close",
    ]


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (b"m" * REQUEST_BYTES, METERED),
        (b"s" * (8 * REQUEST_BYTES), 8 * STANDARD),
        (bytes(BATCH_OVERHEAD + FRAME_BYTES), LINK_ACK_BYTES),
        (bytes(BATCH_OVERHEAD + 16 * FRAME_BYTES), LINK_ACK_BYTES),
    ],
)
async def test_the_body_length_decides_what_is_answered(tmp_path: Path, body: bytes, size: int) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        seen = [await exchange_seeing_records(shell.port, post(PATH, body)) for _ in range(2)]
    assert len(seen[0].answer.partition(b"\r\n\r\n")[2]) == size
    assert seen[0].records == seen[1].records


async def test_answer_leaves_at_the_deadline_and_not_before(tmp_path: Path) -> None:
    core = PaperCore(answer_s=0.2)
    async with running_shell(tmp_path, core) as shell:
        good = await exchange_seeing_records(shell.port, post(PATH, _GOOD))
        core.fault = OSError("no space")
        refused = await exchange_seeing_records(shell.port, post(PATH, _GOOD))
    assert good.elapsed_s >= 0.19
    assert refused.elapsed_s >= 0.19
    assert shell.tally.answers_late == 0


async def test_late_answer_waits_for_the_next_multiple_and_is_counted(tmp_path: Path) -> None:
    core = PaperCore(answer_s=0.2)
    core.gate.clear()
    async with running_shell(tmp_path, core) as shell:
        asyncio.get_running_loop().call_later(0.3, core.gate.set)
        seen = await exchange_seeing_records(shell.port, post(PATH, _GOOD))
    assert seen.elapsed_s >= 0.39
    assert shell.tally.answers_late >= 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("length", [0, 1, REQUEST_BYTES - 1, REQUEST_BYTES + 1])
async def test_a_prober_of_the_secret_path_sees_what_any_other_path_gives(
    tmp_path: Path, method: str, length: int
) -> None:
    other = "/" + PATH[:0:-1]
    async with running_shell(tmp_path, PaperCore()) as shell:
        there = await _ask(shell.port, post(PATH, bytes(length), method=method))
        elsewhere = await _ask(shell.port, post(other, bytes(length), method=method))
    assert there == elsewhere
    assert there.startswith(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nDate: ")


async def test_wrong_path_with_a_right_length_sees_the_dull_site(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        answers = [await _ask(shell.port, post(path, _GOOD)) for path in (PATH + "x", PATH[:-1], PATH + "?", "/x")]
    assert len(set(answers)) == 1
    assert shell.core.groups == []


async def test_chunked_body_on_the_secret_path_sees_the_dull_site(tmp_path: Path) -> None:
    chunked = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"
    async with running_shell(tmp_path, PaperCore()) as shell:
        answer = await _ask(shell.port, chunked % PATH.encode())
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_ordinary_visitor_sees_an_ordinary_page(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        page = await _ask(shell.port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head = await _ask(shell.port, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert page.startswith(b"HTTP/1.1 200 OK\r\nServer: nginx\r\n")
    assert b"Under construction" in page
    assert page.partition(b"\r\n\r\n")[0] == head.partition(b"\r\n\r\n")[0]
    assert not head.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0\1\2\3\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_http_gets_a_plain_error_that_names_no_library(tmp_path: Path, garbage: bytes) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        answer = await _ask(shell.port, garbage)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n")
    assert b"aiohttp" not in answer
    assert b"Python" not in answer


async def test_client_that_goes_away_in_its_body_commits_nothing(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        _, writer = await _connect(shell.port)
        writer.write(post(PATH, b"short", length=REQUEST_BYTES))
        await writer.drain()
        writer.transport.abort()
        writer.close()
        again = await _ask(shell.port, post(PATH, _GOOD))
    assert again.startswith(b"HTTP/1.1 200 OK")
    assert shell.core.groups == [1]


@pytest.mark.parametrize("sent", [b"", b"POST / HT", post(PATH, b"slow", length=REQUEST_BYTES)])
async def test_whoever_sends_too_slowly_is_dropped_without_a_word(tmp_path: Path, sent: bytes) -> None:
    async with running_shell(tmp_path, PaperCore(), read_s=0.1) as shell:
        reader, writer = await _connect(shell.port)
        writer.write(sent)
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass
        finally:
            writer.close()
    assert shell.core.groups == []


async def test_older_tls_is_refused(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", shell.port, ssl=context)


async def test_exchanges_that_arrive_together_share_a_commit(tmp_path: Path) -> None:
    core = PaperCore()
    core.gate.clear()
    async with running_shell(tmp_path, core) as shell:
        asking = [asyncio.create_task(_ask(shell.port, post(PATH, _GOOD))) for _ in range(8)]
        asyncio.get_running_loop().call_later(0.5, core.gate.set)
        answers = await asyncio.gather(*asking)
    assert all(answer.startswith(b"HTTP/1.1 200 OK") for answer in answers)
    assert sum(core.groups) == 8
    assert len(core.groups) <= 3


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def _ask(port: int, request: bytes) -> bytes:
    """The whole answer; the connection is closed by whoever ends first."""
    reader, writer = await _connect(port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = b"" if request.startswith(b"HEAD") else await reader.readexactly(length)
    writer.close()
    return head + body
