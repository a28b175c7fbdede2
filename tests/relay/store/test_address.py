"""[store] of relay.toml: where a PostgreSQL store is, from private files alone, and never repeated."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ConfigProblem, FileProblem
from relay.home.config import StoreConfig, parse_config, render_config
from relay.store.address import find_address, parse_address

PASSWORD = "rather/secret:word@%"
URL = "postgresql://relay:rather%2Fsecret%3Aword%40%25@127.0.0.1:5433/letters"


def test_every_part_of_an_address_is_read() -> None:
    address = parse_address(URL)
    assert (address.user, address.password, address.host, address.port) == ("relay", PASSWORD, "127.0.0.1", 5433)
    assert address.database == "letters"
    assert address.tls() is False
    assert PASSWORD not in repr(address)
    socket = parse_address("postgres://relay@/letters?host=/run/postgresql")
    assert (socket.host, socket.port, socket.password) == ("/run/postgresql", 5432, "")
    assert socket.tls() is False


def test_another_machine_is_reached_through_verified_tls_alone(tmp_path: Path) -> None:
    context = parse_address("postgresql://relay@db.example.org/letters").tls()
    assert not isinstance(context, bool)
    assert context.check_hostname
    with pytest.raises(ConfigProblem, match="sslrootcert"):
        parse_address(f"postgresql://relay@db.example.org/letters?sslrootcert={tmp_path}/none.pem").tls()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sqlite",
        "http://relay:geheim@host/letters",
        "postgresql://relay:geheim@host",
        "postgresql://host/geheim",
        "postgresql://relay:geheim@host:99999999/letters",
        "postgresql://relay:geheim@[host/letters",
        "postgresql://relay:geheim@host/letters?sslmode=disable",
        "postgresql://relay:geheim@host/letters?geheim",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigProblem) as refused:
        parse_address(text)
    assert "geheim" not in str(refused.value)


@given(st.text())
def test_any_text_is_an_address_or_a_config_problem(text: str) -> None:
    for candidate in (text, f"postgresql://{text}", f"postgresql://a@b/{text}"):
        with contextlib.suppress(ConfigProblem):
            parse_address(candidate)


def test_the_address_comes_from_relay_toml_or_a_private_file_beside_it(tmp_path: Path) -> None:
    assert find_address(StoreConfig(), tmp_path) is None
    assert find_address(StoreConfig(url=URL), tmp_path) == parse_address(URL)
    (tmp_path / "store.url").write_text(URL + "\n", encoding="utf-8")
    (tmp_path / "store.url").chmod(0o600)
    assert find_address(StoreConfig(file="store.url"), tmp_path) == parse_address(URL)
    (tmp_path / "store.url").chmod(0o640)
    with pytest.raises(FileProblem):
        find_address(StoreConfig(file="store.url"), tmp_path)


def test_relay_toml_names_one_store() -> None:
    path = "/abcdefghijklmnopqrstuvwx"
    text = render_config(host="127.0.0.1", port=1, tls=True, path=path, url=f"https://relay.example.org{path}")
    assert parse_config(text).store == StoreConfig()
    named = text.replace('url = "sqlite"', f'url = "{URL}"')
    assert parse_config(named).store.url == URL
    for wrong in (f'url = "{URL}"\nfile = "store.url"', 'file = "../store.url"', 'url = "mysql://geheim"'):
        with pytest.raises(ConfigProblem, match="store") as refused:
            parse_config(text.replace('url = "sqlite"', wrong))
        assert "geheim" not in str(refused.value)
