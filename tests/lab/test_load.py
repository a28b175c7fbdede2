"""The load generator of `make bench` counts what came, though many connections count at once."""

import asyncio

from lab.bench import load

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 8192\r\n\r\n"
ANSWER_BYTES = 8192
CONNECTIONS, POSTS = 8, 40


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(5120)
    writer.write(HEAD + bytes(ANSWER_BYTES))
    await writer.drain()
    writer.close()


async def test_bytes_of_connections_that_run_at_once_are_all_counted() -> None:
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        job = {
            "host": "127.0.0.1",
            "port": server.sockets[0].getsockname()[1],
            "path": "/p",
            "body_bytes": 5120,
            "answer_bytes": ANSWER_BYTES,
            "connections": CONNECTIONS,
            "seconds": 60,
        }
        counted = await load.run(job, bytes(5120 * POSTS))
    assert counted["answers"] == POSTS
    assert counted["bytes_down"] == len(HEAD) + ANSWER_BYTES
