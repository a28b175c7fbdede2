"""relay.toml: what an operator decides about one relay. Everything else is the community's, in the roster.

An unknown key is refused by its name, so that a misspelt one is never silently without effect. Deny by default: the
relay listens on the loopback address unless told otherwise, metrics are off, and plain HTTP is refused but on loopback.
"""

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from relay.errors import ConfigProblem

CONFIG_NAME = "relay.toml"
MAX_URL_BYTES = 120
# 22 letters of base64 carry 128 bits: nobody comes upon the path.
_PATH = re.compile(r"/[A-Za-z0-9_-]{22,64}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")

Port = Annotated[int, Meta(ge=0, le=65535)]


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where this process listens."""

    path: str
    host: str = "127.0.0.1"
    port: Port = 8443
    tls: bool = True


class Public(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How others reach it."""

    url: str


class Metrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Coarse counters on the loopback address; port -1 is off."""

    port: Annotated[int, Meta(ge=-1, le=65535)] = -1


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where events go: "stderr", "none" or a file name inside the directory."""

    to: str = "stderr"


class StoreConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where everything is kept: url "sqlite", or postgresql://...; or the name of a file here that holds the url."""

    url: str = "sqlite"
    file: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """relay.toml."""

    listen: Listen
    public: Public
    metrics: Metrics = Metrics()
    log: Log = Log()
    store: StoreConfig = StoreConfig()


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def parse_config(text: str) -> Config:
    """The configuration in `text`; ConfigProblem names the key that is wrong."""
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except tomllib.TOMLDecodeError as error:
        raise ConfigProblem(f"{CONFIG_NAME} is not TOML ({error}); nothing was started; mend that line.") from None
    except msgspec.ValidationError as error:
        raise ConfigProblem(f"{CONFIG_NAME}: {_name_key(str(error))}; nothing was started; mend that key.") from None
    _check(config)
    return config


def load_config(directory: Path) -> Config:
    """Read relay.toml of a relay directory."""
    path = directory / CONFIG_NAME
    try:
        return parse_config(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigProblem(
            f"{path} is missing; nothing was changed; make a relay with `sosik-relay init {directory}`."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigProblem(f"{path} cannot be read; nothing was started; look at its permissions.") from None


def check_url(url: str) -> str:
    """`url` if others can reach a relay by it: https, or http on loopback; ASCII, at most 120 bytes, no query."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigProblem("The URL is not one; nothing was changed; write https://HOST:PORT.") from None
    good = (
        url.isascii()
        and url.isprintable()
        and len(url) <= MAX_URL_BYTES
        and parts.hostname
        and not (parts.query or parts.fragment or parts.username or parts.password or " " in url)
        and port != 0
    )
    if not good or parts.scheme not in ("https", "http"):
        raise ConfigProblem(f"The URL must be https://HOST:PORT/PATH of at most {MAX_URL_BYTES} letters, no query.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ConfigProblem("Plain http:// is for the loopback address alone; nothing was changed; use https://.")
    return url


def render_config(*, host: str, port: int, tls: bool, path: str, url: str) -> str:
    """The relay.toml that `init` writes: every key, with what it does."""
    return f"""\
# One Sosik relay. Unknown keys are refused by name. See docs/operators.md.

[listen]
# The address of this machine to listen on. 127.0.0.1 is reachable from this machine alone; 0.0.0.0 from everywhere.
host = {_quote(host)}
port = {port}
# The relay speaks TLS itself with tls.crt and tls.key. false only on loopback, behind a proxy that speaks TLS 1.3.
tls = {"true" if tls else "false"}
# The secret path. Whoever does not know it sees an ordinary web site. It is part of the URL below: change both.
path = {_quote(path)}

[public]
# How clients and other relays reach this relay. It is part of relay.card and of the roster.
url = {_quote(url)}

[store]
# "sqlite" keeps everything in relay.db here. For several processes: "postgresql://USER:PASSWORD@HOST:PORT/DATABASE", or
# file = "store.url" with that line in a file of this directory (mode 600) instead of url.
url = "sqlite"

[metrics]
# Coarse counters for Prometheus on 127.0.0.1; -1 is off.
port = -1

[log]
# "stderr", "none", or the name of a file in this directory. Events only: never an address, a name or an exact time.
to = "stderr"
"""


def _check(config: Config) -> None:
    listen = config.listen
    if not _PATH.fullmatch(listen.path):
        raise ConfigProblem(
            f"{CONFIG_NAME}: listen.path must be / and 22 to 64 letters, digits, - or _; nothing was started."
        )
    if not listen.tls and not is_loopback(listen.host):
        raise ConfigProblem(
            f"{CONFIG_NAME}: listen.tls may be false only when listen.host is loopback; nothing was started."
        )
    check_url(config.public.url)
    if urlsplit(config.public.url).path != listen.path:
        raise ConfigProblem(
            f"{CONFIG_NAME}: public.url must end with listen.path; nothing was started; mend one of them."
        )
    if config.store.file and (config.store.url != "sqlite" or not _FILE_NAME.fullmatch(config.store.file)):
        raise ConfigProblem(
            f"{CONFIG_NAME}: [store] must have either url or file, a plain file name; nothing was started."
        )
    if not config.store.file and not config.store.url.startswith(("sqlite", "postgres")):
        raise ConfigProblem(f'{CONFIG_NAME}: store.url must be "sqlite" or postgresql://...; nothing was started.')
    if not _FILE_NAME.fullmatch(config.log.to):
        raise ConfigProblem(
            f'{CONFIG_NAME}: log.to must be "stderr", "none" or a plain file name; nothing was started.'
        )


def _name_key(message: str) -> str:
    """msgspec's message with the key by its dotted name: `unknown key listen.prot`."""
    text, _, where = message.partition(" - at `$")
    prefix = where.rstrip("`").lstrip(".")
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", text):
        return "unknown key " + ".".join(part for part in (prefix, unknown[1]) if part)
    if missing := re.fullmatch(r"Object missing required field `(.*)`", text):
        return "missing key " + ".".join(part for part in (prefix, missing[1]) if part)
    return f"key {prefix}: {text[:1].lower()}{text[1:]}" if prefix else text


def _quote(text: str) -> str:
    """A TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
