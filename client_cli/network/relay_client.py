"""The only module of the client that touches the network: one POST, one answer.

Invariant: every call looks the same from outside - a new TLS 1.3 connection without session tickets, one fixed set of
headers, one body, one answer of the expected length - and every failure, whatever its cause, is `RelayUnreachable`. A
connection has ended before its answer is given out, so that its end tells nothing of the work that an answer makes.
Nothing from the environment (proxies, netrc) and no cookie or redirect changes where the bytes go.
Spec: docs/protocol.md, Transport.
Decision 11.
"""

import ipaddress
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    import aiohttp

POST_LIMIT_S: Final = 20.0
"""Total time for one exchange. Longer would keep a person waiting at a blocked relay."""

CLOSING_S: Final = 1.0
"""How long the other side may take to end a connection, which a relay does with its answer; then it is cut."""

NO_PIN: Final = bytes(32)
"""A pin of zeros: the relay's certificate is checked against the ordinary authorities."""

HEADERS: Final = {
    "User-Agent": "curl/8.14.1",
    "Accept": "*/*",
    "Content-Type": "application/octet-stream",
}
"""The same for every request of every client; the library adds only Host, Content-Length and Connection."""


class RelayUnreachable(Exception):
    """No usable answer came: refused, reset, too slow, a wrong certificate, status or length."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_url(url: str, proxied: bool) -> SplitResult:
    """The parts of a URL that we are willing to talk to; RelayUnreachable for any other.

    Plain http only to this machine. An .onion name without a proxy would be asked of the local name server, which
    tells the network whom one looks for: refused here (docs/threats.md, A proxy).
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise RelayUnreachable("unusable address") from None
    if not host or (host.endswith((".onion", ".onion.")) and not proxied):
        raise RelayUnreachable("unusable address")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return parts
    raise RelayUnreachable("unusable address")


def tls_context(pinned: bool) -> ssl.SSLContext:
    """TLS 1.3 only, no tickets. A pinned certificate replaces the authorities and the name check altogether."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.options |= ssl.OP_NO_TICKET
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class RelayClient:
    """Posts exchanges, all of them through `proxy` (socks5://, host as a number) if one is given. Holds no connection
    and no state between two posts.
    """

    def __init__(self, proxy: str | None = None, limit_s: float = POST_LIMIT_S) -> None:
        self._proxy = proxy
        self._limit_s = limit_s
        self._contexts: dict[bool, ssl.SSLContext] = {}

    def _context(self, pinned: bool) -> ssl.SSLContext:
        # Loading the authorities takes some 20 ms, too much for every slot. Sessions are never resumed: a new
        # connection each time, and no ticket is kept.
        if pinned not in self._contexts:
            self._contexts[pinned] = tls_context(pinned)
        return self._contexts[pinned]

    def _connector(self, pin: bytes) -> "aiohttp.TCPConnector":
        import aiohttp

        # The request gives the TLS context and the connector the fingerprint: so both apply.
        pinned: aiohttp.Fingerprint | bool = True if pin == NO_PIN else aiohttp.Fingerprint(pin)
        if self._proxy is None:
            return aiohttp.TCPConnector(ssl=pinned, force_close=True, use_dns_cache=False)
        from aiohttp_socks import ProxyConnector

        # rdns: the proxy is given the relay's name and looks it up; here no name is ever asked for.
        return ProxyConnector.from_url(self._proxy, rdns=True, ssl=pinned, force_close=True, use_dns_cache=False)

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        """Post `body`, return exactly `response_bytes` bytes.

        `tls_pin` is the SHA-256 of the relay's certificate (DER), or 32 zero bytes for the ordinary check. Raises
        RelayUnreachable for everything that goes wrong.
        """
        import aiohttp  # 0.2 s to import: only a client that goes online pays for it

        from client_cli.network.watched_response import WatchedResponse

        secure = _checked_url(url, self._proxy is not None).scheme == "https"
        failures: tuple[type[Exception], ...] = (
            aiohttp.ClientError,
            OSError,
            ValueError,
            EOFError,
            TimeoutError,
            ssl.SSLError,
        )
        if self._proxy is not None:
            from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

            failures = (*failures, ProxyError, ProxyConnectionError, ProxyTimeoutError)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=self._connector(tls_pin),
                    timeout=aiohttp.ClientTimeout(total=self._limit_s),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                    response_class=WatchedResponse,
                    auto_decompress=False,
                ) as session,
                session.post(
                    url,
                    data=body,
                    headers=HEADERS,
                    skip_auto_headers=("Accept-Encoding",),
                    allow_redirects=False,
                    ssl=self._context(tls_pin != NO_PIN) if secure else True,
                ) as response,
            ):
                if response.status != 200 or response.content_length != response_bytes:
                    raise RelayUnreachable("not the expected answer")
                answer = await response.content.readexactly(response_bytes)
            if isinstance(response, WatchedResponse):
                await response.until_ended(CLOSING_S)
            return answer
        except failures as error:
            raise RelayUnreachable("no answer") from error
