"""Where connections come in: each has a place from the moment it is accepted until it ends.

Whoever connects waits outside until they say something, which costs a descriptor and some 2 kB; inside, where TLS and
HTTP cost up to 65 kB, are those that have spoken. Either has its bound, and the relay goes on accepting: when there is
no room, somebody gives way (`relay.server.places`). Inside that is somebody of a source that holds more, at once; among
equals it is somebody every few milliseconds, so that a flood begins a bounded number of handshakes a second and whoever
is inside has `GRACE_S`. The others wait outside, and of all who wait the newest is next: the others may have given up.
Invariant: no more connections are open than `Rooms` says, and none but those who wait for room is open for long.
Spec: docs/protocol.md, Transport.
Decision 126.
"""

import asyncio
import errno
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from dataclasses import dataclass, field
from typing import Final

from relay.events import Event, Events
from relay.server.metrics import Tally
from relay.server.places import Places, Source, source_of
from relay.server.web import MAX_INSIDE, READ_S, Connection, Server

# What a process has open besides its connections: store, links to every other relay of a roster, log, metrics, itself;
# and connections that gave way and have not been closed yet.
RESERVED_FILES: Final = 128
MAX_OUTSIDE: Final = 8192
# As many descriptors as a relay ever uses.
OPEN_FILES: Final = MAX_OUTSIDE + MAX_INSIDE + RESERVED_FILES
# From a hello to the end of the handshake is one way to the relay and back, three seconds through tor at its worst.
HANDSHAKE_S: Final = 10.0
# A request is there one way to the client and back after its hello, through tor in two seconds. At 1024 places it is
# 341 handshakes a second, some 15 % of a core.
GRACE_S: Final = 3.0
# How long to wait where the machine has no descriptor or no memory left for one more connection.
_FULL_S: Final = 1.0
_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LEAST_PACE_S: Final = 0.001
_TLS_SHUTDOWN_S: Final = 5.0
# Whoever connects without end leaves the others their turn.
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Rooms:
    """How many may be outside, and how many inside."""

    outside: int = MAX_OUTSIDE
    inside: int = MAX_INSIDE

    @classmethod
    def for_files(cls, open_files: int) -> "Rooms":
        """What a process may hold that can have so many descriptors open."""
        connections = max(2, open_files - RESERVED_FILES)
        inside = min(MAX_INSIDE, connections // 2)
        return cls(min(MAX_OUTSIDE, connections - inside), inside)


class _Tls(SSLProtocol):
    # TLS of one connection. asyncio's own keeps a buffer of 256 kB for each as long as it lasts. An exchange with its
    # head and its records has less than 7 kB and comes in one read; `sync` and batches take several.
    max_size = 8192

    def __init__(self, server: Server, handler: Connection, context: ssl.SSLContext, handshake_s: float) -> None:
        super().__init__(
            asyncio.get_running_loop(),
            handler,
            context,
            None,  # type: ignore[arg-type] # nobody waits for the handshake
            server_side=True,
            ssl_handshake_timeout=handshake_s,  # type: ignore[arg-type] # it may be a fraction
            ssl_shutdown_timeout=_TLS_SHUTDOWN_S,
        )
        self._server = server
        self._handler = handler

    def connection_lost(self, exc: BaseException | None) -> None:
        # The handler is told only if the handshake had succeeded.
        super().connection_lost(exc)
        self._server.leave(self._handler)


@dataclass(eq=False, slots=True)
class _Visitor:
    # Somebody outside. patience: how long they may be.
    connection: socket.socket
    source: Source
    patience: asyncio.TimerHandle = field(init=False)


class Doorway:
    """Accepts from one listening socket until cancelled. `secure`: None where a proxy in front speaks TLS."""

    def __init__(
        self,
        server: Server,
        listening: socket.socket,
        secure: ssl.SSLContext | None,
        tally: Tally,
        events: Events,
        *,
        outside: int = MAX_OUTSIDE,
        silence_s: float = READ_S,
        handshake_s: float = HANDSHAKE_S,
        grace_s: float = GRACE_S,
    ) -> None:
        """`silence_s`: how long somebody may be outside without a word."""
        self._server = server
        self._inside = server.inside
        self._listening = listening
        self._secure = secure
        self._tally = tally
        self._events = events
        self.outside: Places[_Visitor] = Places(outside)
        self._waiting: dict[_Visitor, None] = {}
        """Those outside who have spoken, in order."""
        self._retiring: asyncio.TimerHandle | None = None
        self._silence_s = silence_s
        self._handshake_s = handshake_s
        self._loop = asyncio.get_running_loop()
        self._pace_s = max(_LEAST_PACE_S, grace_s / self._inside.limit)
        self._turn_at = self._loop.time() + self._pace_s
        """When somebody gives way to an equal next."""
        self._opening = asyncio.TaskGroup()

    async def run(self) -> None:
        """Give every connection its place."""
        self._listening.setblocking(False)
        self._server.tell_of_room(self._next)
        accepted = 0
        async with self._opening:
            try:
                while True:
                    accepted += 1
                    if accepted % _AT_ONCE == 0:
                        await asyncio.sleep(0)
                    await self._accept()
            finally:
                self._close()

    async def _accept(self) -> None:
        try:
            connection, peer = await self._loop.sock_accept(self._listening)
        except OSError as error:
            if error.errno in _FULL:
                self._full("machine")
                await asyncio.sleep(_FULL_S)
            return  # else: whoever it was has gone again
        if self.outside.full and (oldest := self.outside.first_to_go()):
            self._full("outside")
            self._turn_away(oldest.holder)
        visitor = _Visitor(connection, source_of(peer[0]))
        visitor.patience = self._loop.call_later(self._silence_s, self._turn_away, visitor)
        self._loop.add_reader(connection, self._spoke, visitor)
        self.outside.enter(visitor, visitor.source, self._loop.time())

    def _turn_away(self, visitor: _Visitor) -> None:
        self._take_in(visitor)
        visitor.connection.close()

    def _take_in(self, visitor: _Visitor) -> None:
        # Nothing waits for this one outside any more.
        self._loop.remove_reader(visitor.connection)
        visitor.patience.cancel()
        self._waiting.pop(visitor, None)
        self.outside.leave(visitor)

    def _spoke(self, visitor: _Visitor) -> None:
        self._loop.remove_reader(visitor.connection)
        try:
            said = visitor.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            said = b""
        if not said:
            self._turn_away(visitor)
        elif self._has_room(visitor.source):
            self._open(visitor)
        else:
            # Until there is room. Whoever were closed for having waited would come back, and before those who wait now.
            visitor.patience.cancel()
            self._waiting[visitor] = None
            self._retire_later()

    def _has_room(self, source: Source) -> bool:
        """Whether somebody of `source` may come inside now; if need be, somebody else has gone for that."""
        if not self._inside.full:
            return True
        oldest = self._inside.first_to_go()
        if oldest is None:
            return False
        if oldest.share <= self._inside.share(source) + 1:
            # Among equals nothing is gained by taking turns faster but work.
            now = self._loop.time()
            if now < self._turn_at:
                return False
            self._turn_at = now + self._pace_s
        self._full("inside")
        self._inside.leave(oldest.holder)
        oldest.holder.cut()
        return True

    def _next(self) -> None:
        """Let the newest of those who wait come inside, if there is room."""
        if self._waiting and self._has_room((visitor := next(reversed(self._waiting))).source):
            self._open(visitor)
        if self._waiting:
            self._retire_later()

    def _retire_later(self) -> None:
        """See to it that those who wait are thought of when somebody gives way to an equal."""
        if self._retiring is None:
            self._retiring = self._loop.call_at(max(self._turn_at, self._loop.time() + _LEAST_PACE_S), self._retire)

    def _retire(self) -> None:
        self._retiring = None
        self._next()

    def _open(self, visitor: _Visitor) -> None:
        self._take_in(visitor)
        handler = self._server.enter(visitor.source)
        self._opening.create_task(self._begin(visitor.connection, handler))

    async def _begin(self, connection: socket.socket, handler: Connection) -> None:
        """Begin the handshake; from then on `Server` is told when the connection ends."""
        protocol: asyncio.BaseProtocol = handler
        if self._secure is not None:
            protocol = _Tls(self._server, handler, self._secure, self._handshake_s)
        try:
            handler.wire, _ = await self._loop.connect_accepted_socket(lambda: protocol, connection)
        except OSError:  # it has gone again
            connection.close()
            self._server.leave(handler)
        if handler not in self._inside:
            handler.cut()

    def _full(self, reason: str) -> None:
        self._tally.connections_gave_way += 1
        self._events.emit(Event.DOORS_FULL, reason=reason)

    def _close(self) -> None:
        """Nobody is outside any more, or in the middle of a handshake."""
        if self._retiring is not None:
            self._retiring.cancel()
        for visitor in list(self.outside):
            self._turn_away(visitor)
        for handler in list(self._inside):
            if handler.transport is None:
                handler.cut()
