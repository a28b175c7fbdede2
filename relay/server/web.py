"""The web shell: one secret path whose answers have one size and one moment, and a dull site everywhere else.

Invariant 2: a POST of the right length to the path gets status 200, one header set, one write and the connection's end,
at a fixed deadline after its last byte arrived - hit, miss, refusal, garbage, replay and overload alike. Reading has
limits of size and time; a body that does not come ends the connection without a word.
Spec: docs/protocol.md, Transport.
Decisions 27, 28, 126.
"""

import asyncio
import hmac
import logging
import math
from collections.abc import Callable
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from protocol.sizes import BATCH_OVERHEAD, FRAME_BYTES, MAX_BATCH_FRAMES, REQUEST_BYTES, SYNC_EXCHANGES
from relay.server.cover_site import DullSite
from relay.server.group_commit import GroupCommit
from relay.server.metrics import Tally
from relay.server.places import Places, Source

EXCHANGE_LENGTHS: Final = frozenset({REQUEST_BYTES, SYNC_EXCHANGES * REQUEST_BYTES})
LINK_LENGTHS: Final = frozenset(BATCH_OVERHEAD + FRAME_BYTES * frames for frames in range(1, MAX_BATCH_FRAMES + 1))
# A client gives up after 20 s; one that has not sent its head or body by then holds a place for nothing.
READ_S: Final = 20.0
LINGER_S: Final = 2.0
# Open connections of those who have spoken. Each costs some 65 kB in the middle of a handshake and 35 kB after it. An
# exchange is over in half a second, through tor in five: so these are two hundred a second and more.
MAX_INSIDE: Final = 1024
MAX_LINE_BYTES: Final = 4096
MAX_HEADERS: Final = 64

_SILENT = logging.getLogger("sosik.silent")
_SILENT.disabled = True


class OneWrite(web.StreamResponse):
    """An answer whose head and body leave in one write, so that TLS cuts every answer of a size alike."""

    def __init__(self, wire: bytes, *, keep_alive: bool = False) -> None:
        super().__init__()
        self._wire = wire
        self._stays = keep_alive

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection stays open afterwards."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything. ConnectionResetError when the other side is gone."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        transport.write(self._wire)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class Web:
    """Takes requests; `server()` makes the handlers of connections (`relay.server.doorway`)."""

    def __init__(
        self,
        path: str,
        answer_s: float,
        group_commit: GroupCommit,
        site: DullSite,
        tally: Tally,
        read_s: float = READ_S,
        inside: int = MAX_INSIDE,
    ) -> None:
        """`inside`: how many connections may be open at once."""
        self._path = path.encode()
        self._answer_s = answer_s
        self._group_commit = group_commit
        self.site = site
        self._tally = tally
        self._read_s = read_s
        self.inside: Places[Connection] = Places(inside)

    def server(self) -> "Server":
        """What makes and counts the handlers, on the running loop."""
        return Server(
            self,
            keepalive_timeout=self._read_s,
            lingering_time=LINGER_S,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            max_headers=MAX_HEADERS,
            auto_decompress=False,
            access_log=None,
            logger=_SILENT,
        )

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        length = _body_length(request)
        knows_path = hmac.compare_digest(request.raw_path.encode(errors="surrogateescape"), self._path)
        if request.method != "POST" or not knows_path or not (length in EXCHANGE_LENGTHS or length in LINK_LENGTHS):
            return self._dull(request)
        try:
            async with asyncio.timeout(self._read_s):
                body = await request.content.readexactly(length)
        except (TimeoutError, EOFError, web.RequestPayloadError, OSError):
            if request.transport is not None:
                request.transport.abort()
            return OneWrite(b"")
        loop = asyncio.get_running_loop()
        arrived = loop.time()
        serve = self._group_commit.exchange if length in EXCHANGE_LENGTHS else self._group_commit.link
        with self.inside.kept(cast("Connection", request.protocol), loop.time):
            answer = await serve(body)
            await self._deadline(arrived, loop)
        return OneWrite(_head(len(answer)) + answer)

    async def _deadline(self, arrived: float, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for the next multiple of the answer time after `arrived`; what was missed is counted."""
        multiple = max(1, math.ceil((loop.time() - arrived) / self._answer_s))
        self._tally.answers_late += multiple - 1
        await asyncio.sleep(arrived + multiple * self._answer_s - loop.time())

    def _dull(self, request: web.BaseRequest) -> web.StreamResponse:
        self._tally.site_visits += 1
        keep_alive = bool(request.keep_alive)
        wire = self.site.answer(request.method, request.raw_path, request.headers.get("If-None-Match"), keep_alive)
        return OneWrite(wire, keep_alive=keep_alive)


class Server(web.Server):
    """aiohttp's low-level server, which knows how many connections there are and has our own face on errors."""

    def __init__(self, shell: Web, **options: Any) -> None:
        super().__init__(shell.handle, **options)
        self._shell = shell
        self._options = options
        self._left: Callable[[], None] = lambda: None
        self.inside = shell.inside

    def __call__(self) -> "Connection":
        """The protocol of one connection."""
        return Connection(self._shell.site, self, loop=asyncio.get_running_loop(), **self._options)

    def tell_of_room(self, left: Callable[[], None]) -> None:
        """Call `left` whenever a connection has ended and its place is free."""
        self._left = left

    def enter(self, source: Source) -> "Connection":
        """The handler of a connection that comes inside; it has a place from now on."""
        handler = self()
        self.inside.enter(handler, source, asyncio.get_running_loop().time())
        return handler

    def leave(self, handler: "Connection") -> None:
        """Its connection has ended, or never began. Called twice it is one end."""
        if self.inside.leave(handler):
            self._left()

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Give its place back."""
        super().connection_lost(handler, exc)
        self.leave(cast("Connection", handler))


class Connection(web.RequestHandler):
    """One connection. wire: what is under TLS, once there is something."""

    # aiohttp's own error pages name aiohttp and its version.
    __slots__ = ("_site", "wire")

    def __init__(self, site: DullSite, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._site = site
        self.wire: asyncio.Transport | None = None

    def cut(self) -> None:
        """End it without a word, at any moment."""
        if self.wire is not None:
            self.wire.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        return OneWrite(self._site.failed(status))


def _head(size: int) -> bytes:
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
    ).encode()


def _body_length(request: web.BaseRequest) -> int:
    """The announced length; -1 when there is none or the body comes in chunks."""
    try:
        length = request.content_length
    except ValueError:
        return -1
    return -1 if length is None or "Transfer-Encoding" in request.headers else length
