"""Where a relay's store is: the file in its directory, or a PostgreSQL database named by [store] of relay.toml.

Invariant: the address, with its password, comes from relay.toml or a file beside it (both 0600), never from arguments
or the environment, and no error or log shows it. A database on another machine is reached through verified TLS alone.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from relay.errors import ConfigProblem
from relay.home.config import CONFIG_NAME, StoreConfig, is_loopback
from relay.home.files import read_private

SQLITE = "sqlite"
_SCHEMES = ("postgresql", "postgres")
_DEFAULT_PORT = 5432
_SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """One database. host: a name, an address, or the folder of a Unix socket. ca: PEM file of who signed its server."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    ca: str | None

    def tls(self) -> ssl.SSLContext | bool:
        """The TLS context for it; False on this machine. ConfigProblem: the file of authorities is not usable."""
        if self.host.startswith("/") or is_loopback(self.host):
            return False
        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError):
            raise ConfigProblem(
                "The store's sslrootcert is not a readable PEM file; nothing was started; mend the address."
            ) from None


def find_address(store: StoreConfig, directory: Path) -> PostgresAddress | None:
    """The database that [store] names, None for SQLite. ConfigProblem, FileProblem: it cannot be used."""
    if store.file:
        return parse_address(read_private(directory / store.file).decode("utf-8", errors="replace").strip())
    return None if store.url == SQLITE else parse_address(store.url)


def is_address(text: str) -> bool:
    """Whether it is meant to be one."""
    return text.partition("://")[0] in _SCHEMES


def parse_address(text: str) -> PostgresAddress:
    """The address in a URL `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslrootcert=FILE`.

    `?host=/FOLDER` instead of HOST names a Unix socket. ConfigProblem: it is none; the message does not repeat it.
    """
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        port = parts.port or _DEFAULT_PORT
    except ValueError:
        raise _refused(f"is not {_SHAPE}") from None
    if parts.scheme not in _SCHEMES or parts.fragment:
        raise _refused(f"is not {_SHAPE}")
    if unknown := set(options) - {"host", "sslrootcert"}:
        raise _refused(f"has options that are not known ({len(unknown)}); only host and sslrootcert are")
    host = options.get("host") or unquote(parts.hostname or "")
    database = unquote(parts.path.removeprefix("/"))
    user = unquote(parts.username or "")
    if not (host and database and user):
        raise _refused("must name user, host and database")
    return PostgresAddress(host, port, user, unquote(parts.password or ""), database, options.get("sslrootcert"))


def _refused(why: str) -> ConfigProblem:
    return ConfigProblem(f"{CONFIG_NAME}: the address of the store {why}; nothing was started; mend [store].")
