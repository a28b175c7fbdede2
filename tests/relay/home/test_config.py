"""relay.toml: what is unknown or unsafe is refused by its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ConfigProblem
from relay.home.config import check_url, is_loopback, parse_config, render_config

_PATH = "/abcdefghijklmnopqrstuvwx"
_URL = "https://relay.example.org:8443" + _PATH


def _text(**changes: object) -> str:
    values: dict[str, object] = {"host": "0.0.0.0", "port": 8443, "tls": True, "path": _PATH, "url": _URL}  # noqa: S104
    return render_config(**(values | changes))  # type: ignore[arg-type]


def test_what_init_writes_is_read_back() -> None:
    config = parse_config(_text())
    assert (config.listen.port, config.listen.path, config.public.url) == (8443, _PATH, _URL)
    assert config.listen.tls
    assert config.metrics.port == -1
    assert config.log.to == "stderr"


def test_defaults_are_loopback_and_no_metrics() -> None:
    config = parse_config(f'[listen]\npath = "{_PATH}"\n[public]\nurl = "{_URL}"\n')
    assert is_loopback(config.listen.host)
    assert config.listen.tls
    assert config.metrics.port < 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (_text() + "colour = 1\n", "unknown key log.colour"),
        (_text() + "[letters]\n", "unknown key letters"),
        (_text().replace("port = 8443", "prot = 8443"), "unknown key listen.prot"),
        (_text().replace("port = 8443", 'port = "x"'), "key listen.port"),
        (_text().replace("port = 8443", "port = 70000"), "key listen.port"),
        (_text().replace("[public]\n", "[public]\n#").replace("url =", "# url ="), "missing key public.url"),
        (_text(path="/short"), "listen.path"),
        (_text(tls=False), "listen.tls"),
        (_text(url="https://relay.example.org/other"), "public.url"),
        (_text().replace('to = "stderr"', 'to = "../elsewhere"'), "log.to"),
        ("= = =", "not TOML"),
    ],
)
def test_wrong_key_is_named(text: str, named: str) -> None:
    with pytest.raises(ConfigProblem, match=named):
        parse_config(text)


def test_no_tls_is_for_the_loopback_address() -> None:
    config = parse_config(_text(tls=False, host="127.0.0.1", url="http://127.0.0.1:8443" + _PATH))
    assert not config.listen.tls


@pytest.mark.parametrize(
    "url",
    [
        "http://relay.example.org/",
        "ftp://relay.example.org/",
        "https:///path",
        "https://a b/",
        "https://relay.example.org:0/",
        "https://relay.example.org:x/",
        "https://user@relay.example.org/",
        "https://relay.example.org/?query",
        "https://한국.example/",
        "https://" + "a" * 120,
    ],
)
def test_url_that_others_cannot_use_is_refused(url: str) -> None:
    with pytest.raises(ConfigProblem):
        check_url(url)


@given(st.text(max_size=200))
def test_arbitrary_text_is_a_configuration_or_a_problem(text: str) -> None:
    with pytest.raises(ConfigProblem):
        parse_config(text)
