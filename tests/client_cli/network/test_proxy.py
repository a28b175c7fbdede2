"""A proxy's address: what is taken, and in which form it is kept."""

from pathlib import Path

import pytest

from client_cli.errors import ProxyProblem
from client_cli.network.proxy import Proxy, change_proxy, find_proxy, is_onion, parse_proxy
from tests.kits.homes import make_vault


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("socks5://127.0.0.1:9050", "socks5://127.0.0.1:9050"),
        (" socks5h://localhost:9150/ ", "socks5://127.0.0.1:9150"),
        ("socks5://[::1]:1080", "socks5://[::1]:1080"),
        ("socks5://a:b@10.0.0.1:1080", "socks5://a:b@10.0.0.1:1080"),
    ],
)
def test_a_proxy_given_as_numbers_is_taken_in_one_form(typed: str, kept: str) -> None:
    assert parse_proxy(typed) == kept
    assert parse_proxy(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "socks5://proxy.example:1080",
        "socks5://127.0.0.1",
        "http://127.0.0.1:8080",
        "socks4://127.0.0.1:1080",
        "socks5://127.0.0.1:99999",
        "socks5://127.0.0.1:1080/path",
        "127.0.0.1:9050",
        "socks5://[::1",
        "",
    ],
)
def test_a_proxy_whose_name_would_be_looked_up_or_of_another_kind_is_refused(typed: str) -> None:
    with pytest.raises(ProxyProblem):
        parse_proxy(typed)


def test_a_proxy_is_remembered_and_forgotten(memory_path: Path) -> None:
    with make_vault(memory_path / "home") as vault:
        for proxy in (Proxy("socks5://127.0.0.1:9050"), Proxy("socks5://127.0.0.1:9050", always=True), None):
            change_proxy(vault, proxy)
            with vault.transaction() as tx:
                assert find_proxy(tx) == proxy


def test_onion_names_are_known_by_their_end() -> None:
    assert is_onion("https://abc.onion/p")
    assert is_onion("https://abc.ONION./p")
    assert not is_onion("https://onion.example/p")
    assert not is_onion("https://[")
