"""The SOCKS5 proxy a person was given: for when no relay can be reached directly, or always.

Invariant: its address stands in the vault alone and in no message; it is a number or this machine, never a name that
would have to be looked up, and the names of relays are looked up by the proxy, not here. Spec: docs/protocol.md,
Fail-over.
Decision 51.
"""

import ipaddress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from client_cli.errors import ProxyProblem
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Transactions, Tx

__all__ = ["Proxy", "change_proxy", "find_proxy", "is_onion", "parse_proxy"]

_SCHEMES: Final = ("socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """`url`: socks5://[user:password@]host:port. `always`: no relay is ever tried without it."""

    url: str = field(repr=False)
    always: bool = False

    @property
    def ways(self) -> int:
        """How many ways there are to a relay."""
        return 1 if self.always else 2


def parse_proxy(text: str) -> str:
    """The proxy's URL in its one form. ProxyProblem: not SOCKS5, no port, or a host that would have to be looked up."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
        host = "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise ProxyProblem from None
    if parts.scheme not in _SCHEMES or port is None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ProxyProblem
    login = parts.netloc.rpartition("@")[0]
    if not login.isascii():
        raise ProxyProblem
    shown = f"[{host}]" if ":" in host else host
    return f"socks5://{login + '@' if login else ''}{shown}:{port}"


def find_proxy(tx: Tx) -> Proxy | None:
    """The proxy that was given, None if there is none."""
    held = tx.get(Key.PROXY)
    return None if held is None else Proxy(held[1:].decode("ascii"), bool(held[0]))


def change_proxy(vault: Transactions, proxy: Proxy | None) -> None:
    """Keep a proxy, or forget the one that is kept."""
    with vault.transaction() as tx:
        if proxy is None:
            tx.delete(Key.PROXY)
            tx.mark_erasing()
        else:
            tx.put(Key.PROXY, bytes([proxy.always]) + proxy.url.encode("ascii"))


def is_onion(url: str) -> bool:
    """Whether a relay's URL names an onion service, which only a proxy can reach."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host.rstrip(".").endswith(".onion")
