"""Strangers: a process that holds connections open at a relay, and opens each again a second after it was closed.

Reads one JSON object from standard input: {"port", "silent", "half", "secure"}: how many never say a word, how many say
a whole ClientHello and nothing more, how many shake hands and are silent then. Prints "held" when each has been tried
once, and at the end of its input {"opened", "closed"}. All from 127.0.0.1.
"""

import asyncio
import json
import socket
import ssl
import sys
from contextlib import suppress
from typing import Final

from lab.hostile.wire import plain_context
from relay.seams import raise_open_files

AGAIN_S: Final = 1.0
# As long as clients wait for an exchange.
HANDSHAKE_S: Final = 20.0
# Who opens a connection at the same moment; more would be lost in the kernel's queue, not at the relay.
AT_ONCE: Final = 100
KINDS: Final = ("silent", "half", "secure")


class Strangers:
    """Everybody who holds a connection."""

    def __init__(self, port: int, again_s: float = AGAIN_S) -> None:
        self.opened = 0
        self.closed = 0
        self._port = port
        self._again_s = again_s
        self._context = plain_context()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hold(self, kind: str, tried: asyncio.Event) -> None:
        """Hold one connection, for ever; `tried` is set after the first attempt."""
        while True:
            with socket.socket() as wire, suppress(OSError):
                wire.setblocking(False)
                async with self._turns:
                    await self._open(wire, kind)
                tried.set()
                while await asyncio.get_running_loop().sock_recv(wire, 65536):
                    pass
            tried.set()
            self.closed += 1
            await asyncio.sleep(self._again_s)

    async def _open(self, wire: socket.socket, kind: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(wire, ("127.0.0.1", self._port))
        self.opened += 1
        if kind == "silent":
            return
        arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(arriving, leaving)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await loop.sock_sendall(wire, leaving.read())
                if kind == "half":
                    return
                async with asyncio.timeout(HANDSHAKE_S):
                    arriving.write(await loop.sock_recv(wire, 65536) or _gone())
            else:
                await loop.sock_sendall(wire, leaving.read())
                return


def _gone() -> bytes:
    raise ConnectionResetError


async def run(job: dict[str, int]) -> dict[str, int]:
    """Hold what the job says until the standard input ends."""
    raise_open_files(sum(job[kind] for kind in KINDS) + 100)
    strangers = Strangers(job["port"])
    tried = [asyncio.Event() for kind in KINDS for _ in range(job[kind])]
    kinds = [kind for kind in KINDS for _ in range(job[kind])]
    holding = [asyncio.create_task(strangers.hold(kind, once)) for kind, once in zip(kinds, tried, strict=True)]
    for once in tried:
        await once.wait()
    print("held", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for one in holding:
        one.cancel()
    return {"opened": strangers.opened, "closed": strangers.closed}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.stdin.readline())))))
