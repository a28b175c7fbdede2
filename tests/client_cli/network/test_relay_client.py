"""The network module against real TLS servers: what it accepts, and that all else is one error."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trustme
from aiohttp import web

from client_cli.network.relay_client import NO_PIN, RelayClient, RelayUnreachable
from protocol.sizes import REQUEST_BYTES

ANSWER = bytes(range(256)) * 32
BODY = b"b" * REQUEST_BYTES

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Server:
    """A server on loopback and what it saw."""

    port: int = 0
    pin: bytes = NO_PIN
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)

    @property
    def https(self) -> str:
        return f"https://127.0.0.1:{self.port}/p"


@asynccontextmanager
async def serving(
    answer: web.Response | None = None, *, tls: bool = True, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> AsyncIterator[Server]:
    """Serve every request with `answer`, or with ANSWER."""
    server = Server()
    context = None
    if tls:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = newest
        certificate.configure_cert(context)
        der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
        server.pin = hashlib.sha256(der).digest()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        server.requests.append((request.path, dict(request.headers), await request.read()))
        server.connections.add(request.transport)
        return web.Response(body=ANSWER) if answer is None else answer

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


async def post(url: str, pin: bytes, size: int = len(ANSWER)) -> bytes:
    return await RelayClient().post(url, pin, BODY, size)


async def test_a_pinned_relay_answers() -> None:
    async with serving() as server:
        assert await post(server.https, server.pin) == ANSWER
        path, _, body = server.requests[0]
        assert (path, body) == ("/p", BODY)


async def test_every_request_has_the_same_headers_and_a_connection_of_its_own() -> None:
    async with serving() as server:
        client = RelayClient()
        for body in (BODY, bytes(REQUEST_BYTES)):
            await client.post(server.https, server.pin, body, len(ANSWER))
        (_, first, _), (_, second, _) = server.requests
        assert first == second
        assert {"Cookie", "Accept-Encoding", "Date"}.isdisjoint(first)
        assert len(server.connections) == 2


async def test_another_certificate_is_refused_before_anything_is_sent() -> None:
    async with serving() as server:
        for pin in (bytes([1] * 32), NO_PIN):
            with pytest.raises(RelayUnreachable):
                await post(server.https, pin)
        assert server.requests == []


async def test_older_tls_is_refused() -> None:
    async with serving(newest=ssl.TLSVersion.TLSv1_2) as server:
        with pytest.raises(RelayUnreachable):
            await post(server.https, server.pin)


async def test_plain_http_is_for_this_machine_alone() -> None:
    async with serving(tls=False) as server:
        assert await post(f"http://127.0.0.1:{server.port}/p", NO_PIN) == ANSWER
    for url in ("http://192.0.2.1/p", "http://relay.example/p", "ftp://127.0.0.1/p", "https://", "http://[::1", "x"):
        with pytest.raises(RelayUnreachable):
            await post(url, NO_PIN)


async def test_an_onion_name_is_never_looked_up() -> None:
    for url in ("https://abc.onion/p", "https://abc.ONION./p"):
        with pytest.raises(RelayUnreachable):
            await post(url, NO_PIN)


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(body=ANSWER[:-1]),
        web.Response(body=ANSWER + b"x"),
        web.Response(body=b""),
        web.Response(body=ANSWER, status=404),
        web.Response(body=ANSWER, status=302, headers={"Location": "https://127.0.0.1:1/"}),
    ],
    ids=["short", "long", "empty", "status", "redirect"],
)
async def test_any_other_answer_is_no_answer(answer: web.Response) -> None:
    async with serving(answer) as server:
        with pytest.raises(RelayUnreachable):
            await post(server.https, server.pin)
        assert len(server.requests) == 1


async def test_nobody_listening_and_a_reset_are_no_answer() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    listener = await asyncio.start_server(reset, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    with pytest.raises(RelayUnreachable):
        await post(f"https://127.0.0.1:{port}/p", NO_PIN)
    listener.close()
    await listener.wait_closed()
    with pytest.raises(RelayUnreachable):
        await post(f"https://127.0.0.1:{port}/p", NO_PIN)


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with serving() as server:
        assert await post(server.https, server.pin) == ANSWER
