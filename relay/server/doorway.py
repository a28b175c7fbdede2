"""Where connections come in: each has a place from the moment it is accepted until it ends.

Invariant: at most `limit` connections are open, those in the middle of a handshake or before it included; one more is
closed at once. Each of them costs memory and a descriptor, whether it ever says a word or not. A handshake that fails
or does not end in time gives its place back. Spec: docs/protocol.md, Transport.
"""

import asyncio
import errno
import socket
import ssl
from contextlib import suppress
from typing import Final

from aiohttp import web

from relay.server.web import MAX_CONNECTIONS, READ_S, Server

# How long to wait where the machine has no descriptor or no memory left for one more connection.
_FULL_S: Final = 1.0
_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_TLS_SHUTDOWN_S: Final = 5.0


class Doorway:
    """Accepts from one listening socket until cancelled. `secure`: None where a proxy in front speaks TLS."""

    def __init__(
        self,
        server: Server,
        listening: socket.socket,
        secure: ssl.SSLContext | None,
        *,
        handshake_s: float = READ_S,
        limit: int = MAX_CONNECTIONS,
    ) -> None:
        self._server = server
        self._listening = listening
        self._secure = secure
        self._handshake_s = handshake_s
        self._limit = limit

    async def run(self) -> None:
        """Give every connection its place, or close it."""
        loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(0)  # whoever connects without end leaves the others their turn
                try:
                    connection, _ = await loop.sock_accept(self._listening)
                except OSError as error:
                    if error.errno in _FULL:
                        await asyncio.sleep(_FULL_S)
                    continue  # else: whoever it was has gone again
                if self._server.places >= self._limit:
                    connection.close()
                    continue
                group.create_task(self._welcome(connection, self._server.enter()))

    async def _welcome(self, connection: socket.socket, handler: web.RequestHandler) -> None:
        """See a connection through its handshake; from then on `Server` is told when it ends."""
        loop = asyncio.get_running_loop()
        secure = {}
        if self._secure is not None:
            secure = {"ssl_handshake_timeout": self._handshake_s, "ssl_shutdown_timeout": _TLS_SHUTDOWN_S}
        inside = False
        try:
            with suppress(OSError):  # what a handshake ends in: resets, time, bytes that are no TLS
                await loop.connect_accepted_socket(lambda: handler, connection, ssl=self._secure, **secure)
                inside = True
        finally:
            if not inside:
                self._server.leave(handler)
