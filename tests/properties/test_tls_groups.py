"""TLS uses X25519MLKEM768 wherever both machines have it: neither side chooses groups, so OpenSSL's own order holds.

Python's `ssl` says nothing of groups before 3.15; the two hello messages do. docs/protocol.md, Transport.
"""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from client_cli.network.relay_client import tls_context
from protocol.seams import SeededEntropy
from relay.home.tls import client_context, make_certificate, pinned_client_context, server_context

X25519, X25519_MLKEM768 = 0x001D, 0x11EC
SUPPORTED_GROUPS, KEY_SHARE = 10, 51
HAS_IT = ssl.OPENSSL_VERSION_INFO >= (3, 5)
CLIENTS: dict[str, Callable[[], ssl.SSLContext]] = {
    "sosik, pinned": lambda: tls_context(True),
    "sosik": lambda: tls_context(False),
    "relay, pinned": pinned_client_context,
    "relay": client_context,
}


def _extension(hello: bytes, kind: int, *, client: bool) -> bytes:
    """The body of an extension of a hello message: record header 5, message header 4, version 2, random 32, ..."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]  # session id
    at += 2 + int.from_bytes(hello[at : at + 2], "big") if client else 2  # cipher suites
    at += 1 + hello[at] if client else 1  # compression
    end = at + 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 2
    while at < end:
        found, size = int.from_bytes(hello[at : at + 2], "big"), int.from_bytes(hello[at + 2 : at + 4], "big")
        if found == kind:
            return hello[at + 4 : at + 4 + size]
        at += 4 + size
    raise AssertionError(f"no extension {kind}")


def _say(side: ssl.SSLObject, out: ssl.MemoryBIO) -> bytes:
    """What a side says next."""
    with pytest.raises(ssl.SSLWantReadError):
        side.do_handshake()
    return out.read()


def _hello(context: ssl.SSLContext) -> bytes:
    out = ssl.MemoryBIO()
    return _say(context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost"), out)


def _offered(context: ssl.SSLContext) -> list[int]:
    body = _extension(_hello(context), SUPPORTED_GROUPS, client=True)[2:]
    return [int.from_bytes(body[at : at + 2], "big") for at in range(0, len(body), 2)]


@pytest.mark.parametrize("name", CLIENTS)
def test_every_group_of_this_openssl_is_offered_in_its_own_order(name: str) -> None:
    offered = _offered(CLIENTS[name]())
    assert offered == _offered(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    assert (X25519_MLKEM768 in offered) is HAS_IT
    assert offered[0] == (X25519_MLKEM768 if HAS_IT else X25519)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_relay_agrees_on_the_first_group_that_both_have(name: str, tmp_path: Path) -> None:
    made = make_certificate("localhost", 1_800_000_000.0, SeededEntropy(bytes(32)))
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    certificate.write_bytes(made.certificate_pem)
    key.write_bytes(made.key_pem)
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    heard.write(_hello(CLIENTS[name]()))
    answer = _say(server_context(certificate, key).wrap_bio(heard, said, server_side=True), said)
    group = int.from_bytes(_extension(answer, KEY_SHARE, client=False)[:2], "big")
    assert group == (X25519_MLKEM768 if HAS_IT else X25519)
