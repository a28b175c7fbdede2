"""A load generator, run as a process of its own so that it takes no time from what it measures.

Reads one JSON object from standard input: {"host", "port", "path", "bodies": file, "body_bytes", "answer_bytes",
"connections", "seconds"}; posts the bodies of the file one after the other, a new connection for each as clients
do, and prints {"answers", "seconds", "p50_ms", "p99_ms", "bytes_up", "bytes_down"}. Loopback only.
"""

import asyncio
import json
import sys
import time
from pathlib import Path


async def post(host: str, port: int, head: bytes, body: bytes, answer_bytes: int) -> bytes:
    """Make one exchange and return all that came back, headers included."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(head + body)
        answer = await reader.read(answer_bytes + 4096)
        while chunk := await reader.read(65536):
            answer += chunk
    finally:
        writer.close()
    header, _, content = answer.partition(b"\r\n\r\n")
    if b" 200 " not in header.splitlines()[0] or len(content) != answer_bytes:
        raise SystemExit("the relay under load gave an answer of another size")
    return answer


def head_of(host: str, path: str, size: int) -> bytes:
    """Return the request head that the load uses."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
    ).encode()


async def post_once(port: int, path: str, body: bytes, answer_bytes: int) -> bytes:
    """Make one exchange on 127.0.0.1 and return the body of the answer."""
    answer = await post("127.0.0.1", port, head_of("127.0.0.1", path, len(body)), body, answer_bytes)
    return answer.partition(b"\r\n\r\n")[2]


async def run(job: dict[str, object], data: bytes) -> dict[str, float]:
    """Post until the time is over or the bodies are used up."""
    host, port, size = str(job["host"]), int(str(job["port"])), int(str(job["body_bytes"]))
    if host != "127.0.0.1":
        raise SystemExit("load goes to this machine only")
    bodies = iter([data[i : i + size] for i in range(0, len(data), size)])
    head = head_of(host, str(job["path"]), size)
    waits: list[float] = []
    down = 0
    start = time.perf_counter()
    end = start + float(str(job["seconds"]))
    last = start

    async def connection() -> None:
        nonlocal down, last
        for body in bodies:
            began = time.perf_counter()
            if began > end:
                return
            answer = await post(host, port, head, body, int(str(job["answer_bytes"])))
            down += len(answer)
            last = time.perf_counter()
            waits.append(last - began)

    await asyncio.gather(*(connection() for _ in range(int(str(job["connections"])))))
    waits.sort()
    return {
        "answers": len(waits),
        "seconds": last - start,
        "p50_ms": 1000 * waits[len(waits) // 2],
        "p99_ms": 1000 * waits[len(waits) * 99 // 100],
        "bytes_up": len(head) + size,
        "bytes_down": down / len(waits),
    }


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(asyncio.run(run(given, Path(given["bodies"]).read_bytes()))))
