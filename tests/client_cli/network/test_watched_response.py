"""A connection has ended, on both sides, before its answer is worked on."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import trustme

from client_cli.network.relay_client import CLOSING_S, RelayClient
from protocol.sizes import REQUEST_BYTES

ANSWER = bytes(range(256)) * 32
BODY = b"b" * REQUEST_BYTES


@dataclass(slots=True)
class Watching:
    """A relay that answers one request, and sees when the other side's connection has ended."""

    port: int
    pin: bytes
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watching(*, closes: bool) -> Iterator[Watching]:
    """A thread of its own, so that it sees what a loop that is busy does not do. `closes`: as relays do, at once."""
    certificate = trustme.CA().issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
    listening = socket.create_server(("127.0.0.1", 0))
    server = Watching(listening.getsockname()[1], hashlib.sha256(der).digest())

    def serve() -> None:
        raw, _ = listening.accept()
        secured = context.wrap_socket(raw, server_side=True)
        received = b""
        while len(received.partition(b"\r\n\r\n")[2]) < len(BODY):
            received += secured.recv(65536)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(ANSWER)}\r\nConnection: close\r\n\r\n"
        secured.sendall(head.encode() + ANSWER)
        if closes:
            secured.setblocking(False)
            with suppress(ssl.SSLError):
                secured.unwrap()
        plain = socket.socket(fileno=secured.detach())
        plain.setblocking(True)
        if closes:
            plain.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while plain.recv(65536):
                pass
        server.ended.set()
        plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        thread.join(5)
        listening.close()


@pytest.mark.parametrize("closes", [True, False])
async def test_the_connection_has_ended_before_its_answer_is_worked_on(closes: bool) -> None:
    """Else its end would tell the line how long the work took, and so whether a letter came."""
    with watching(closes=closes) as server:
        began = time.monotonic()
        assert await RelayClient().post(f"https://127.0.0.1:{server.port}/p", server.pin, BODY, len(ANSWER)) == ANSWER
        assert time.monotonic() - began < CLOSING_S + 3
        assert server.ended.wait(2)  # nothing else runs in this thread meanwhile, as while an answer is worked on
