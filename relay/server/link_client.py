"""The client of a relay's links: posts one batch to another relay and brings back its acknowledgement.

Every post is its own TLS 1.3 connection, pinned by the roster (or checked by authorities when the pin is zeros); plain
HTTP goes to the loopback address alone. Whatever fails is one outcome: no acknowledgement, the batch stays in the pool.
Spec: docs/protocol.md, Links.
"""

import ssl
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from protocol.community.roster import RosterRelay
from protocol.sizes import LINK_ACK_BYTES
from relay.home.config import is_loopback
from relay.home.tls import ORDINARY_CHECK, client_context, pinned_client_context

POST_S: Final = 20.0
_HEADERS: Final = {"Content-Type": "application/octet-stream", "User-Agent": "curl/8.14.1", "Accept": "*/*"}


class Links:
    """Posts batches. Holds the TLS contexts, no connection and no session."""

    def __init__(self) -> None:
        self._ordinary: ssl.SSLContext | None = None
        self._pinned: ssl.SSLContext | None = None

    async def post(self, peer: RosterRelay, body: bytes, answer_bytes: int = LINK_ACK_BYTES) -> bytes | None:
        """The answer of `peer`, the 128-byte acknowledgement of a batch if nothing else is said; None when there is
        none for whatever reason."""
        parts = urlsplit(peer.url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            return None
        pinned = peer.tls_pin != ORDINARY_CHECK
        # The request carries the context and the connector the fingerprint: so both apply.
        check: aiohttp.Fingerprint | bool = aiohttp.Fingerprint(peer.tls_pin) if pinned else True
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=check, force_close=True, use_dns_cache=False),
                    timeout=aiohttp.ClientTimeout(total=POST_S),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                    auto_decompress=False,
                ) as session,
                session.post(
                    peer.url,
                    data=body,
                    headers=_HEADERS,
                    skip_auto_headers=("Accept-Encoding",),
                    allow_redirects=False,
                    ssl=self._context(pinned) if parts.scheme == "https" else True,
                ) as response,
            ):
                if response.status != 200 or response.content_length != answer_bytes:
                    return None
                return await response.content.readexactly(answer_bytes)
        except (aiohttp.ClientError, OSError, ValueError, EOFError, TimeoutError):
            return None

    def _context(self, pinned: bool) -> ssl.SSLContext:
        # Reading the authorities takes some 20 ms: once, not for every batch.
        if pinned:
            self._pinned = self._pinned or pinned_client_context()
            return self._pinned
        self._ordinary = self._ordinary or client_context()
        return self._ordinary
