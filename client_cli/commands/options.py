"""Options that many commands share, and the opening of the vault.

Invariant: after the vault is open, texts are in the language that its settings name; it is closed on every way out.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from client_cli import i18n
from client_cli.errors import WrongWords
from client_cli.i18n import _
from client_cli.seams import home_dir
from client_cli.terminal import output, prompts

if TYPE_CHECKING:
    from client_cli.vault.vault import Vault

Callback = Callable[..., Any]
Value = TypeVar("Value")

TRIES = 3  # as many times are opening words asked for; each takes the time of the key derivation

HOME_HELP = _("Folder of your letters (otherwise SOSIK_HOME, or the usual place).")
WORDS_FD_HELP = _("For scripts: read the opening words from open descriptor N.")


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the vault is and where its opening words come from."""

    home: Path
    words_fd: int | None
    show_words: bool = False

    @contextmanager
    def vault(self) -> "Iterator[Vault]":
        """The open vault; asks for the opening words where they were not given."""
        from client_cli.vault.settings import settings
        from client_cli.vault.vault import Vault, require_vault

        require_vault(self.home)
        with self.opened(Vault.open) as vault:
            i18n.use(settings(vault).language)
            yield vault

    def opened(self, open_with: Callable[[Path, str], Value]) -> Value:
        """Open something with the words given; words typed wrongly are asked for again, so that the next try does not
        go to the shell, which would show and keep it."""
        for _try in range(TRIES - 1):
            try:
                return open_with(self.home, prompts.opening_words(self.words_fd, shown=self.show_words))
            except WrongWords as error:
                if self.words_fd is not None:
                    raise
                output.warn(_(error.msgid))
        return open_with(self.home, prompts.opening_words(self.words_fd, shown=self.show_words))


def home_option(function: Callback) -> Callback:
    """--home DIR, given to the command as `home: Path`."""

    @click.option("--home", metavar="DIR", help=HOME_HELP)
    @wraps(function)
    def wrapper(home: str | None, **others: Any) -> Any:
        return function(home=home_dir(_or_before("home", home), os.environ), **others)

    return wrapper


def words_fd_option(function: Callback) -> Callback:
    """--words-fd N, given to the command as `words_fd: int | None`."""

    @click.option("--words-fd", type=int, metavar="N", help=WORDS_FD_HELP)
    @wraps(function)
    def wrapper(words_fd: int | None, **others: Any) -> Any:
        return function(words_fd=_or_before("words_fd", words_fd), **others)

    return wrapper


def _or_before(name: str, value: Value) -> Value:
    """The value given after the command's name, or before it: `sosik --home DIR read` and `sosik read --home DIR`."""
    before: Value = click.get_current_context().find_root().params.get(name)  # type: ignore[assignment]
    return before if value is None else value


def opening_options(function: Callback) -> Callback:
    """--home, --words-fd and --show-words, given to the command as `opening: Opening`."""

    @home_option
    @words_fd_option
    @click.option("--show-words", is_flag=True, help=_("Show the opening words while you type them."))
    @wraps(function)
    def wrapper(home: Path, words_fd: int | None, show_words: bool, **others: Any) -> Any:
        return function(opening=Opening(home, words_fd, show_words), **others)

    return wrapper


def json_option(function: Callback) -> Callback:
    """--json, given to the command as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help=_("For scripts: print JSON."))(function)


def proxy_options(function: Callback) -> Callback:
    """--proxy and --always-proxy, given to the command as `proxy: str | None` and `always_proxy: bool`."""

    @click.option(
        "--proxy",
        metavar="URL",
        help=_("When no post box answers directly, go through this SOCKS5 proxy; remembered. none: forget it."),
    )
    @click.option("--always-proxy", is_flag=True, help=_("Never go to a post box without the proxy."))
    @wraps(function)
    def wrapper(**others: Any) -> Any:
        return function(**others)

    return wrapper


def chosen_proxy(vault: "Vault", proxy: str | None, always: bool) -> str | None:
    """Remember the proxy that was given, and return the URL of the one that is to be used. ProxyProblem."""
    from client_cli.network.proxy import Proxy, change_proxy, find_proxy, parse_proxy

    if proxy == "none":
        change_proxy(vault, None)
    elif proxy is not None:
        change_proxy(vault, Proxy(parse_proxy(proxy), always))
    with vault.transaction() as tx:
        held = find_proxy(tx)
    if always and held is None:
        raise click.UsageError(_("Give the proxy as well: --proxy socks5://127.0.0.1:9050"))
    if held is not None and always and not held.always:
        change_proxy(vault, Proxy(held.url, always=True))
    return None if held is None else held.url
