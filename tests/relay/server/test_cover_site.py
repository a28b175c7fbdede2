"""The ordinary site: what it answers follows from the request and the clock alone."""

import re

import pytest

from relay.server.cover_site import DullSite
from tests.kits.shellkit import FixedClock


@pytest.fixture
def site() -> DullSite:
    return DullSite(FixedClock())


def parts(answer: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


def test_the_page_and_its_head_say_the_same(site: DullSite) -> None:
    status, headers, body = parts(site.answer("GET", "/", None, True))
    assert status == "HTTP/1.1 200 OK"
    assert int(headers["Content-Length"]) == len(body)
    assert parts(site.answer("HEAD", "/", None, True)) == (status, headers, b"")
    assert site.answer("GET", "/index.html?a=b", None, True) == site.answer("GET", "/", None, True)


def test_a_page_that_is_known_already_is_not_sent_again(site: DullSite) -> None:
    _, headers, _ = parts(site.answer("GET", "/", None, True))
    status, _, body = parts(site.answer("GET", "/", headers["ETag"], True))
    assert (status, body) == ("HTTP/1.1 304 Not Modified", b"")
    assert parts(site.answer("GET", "/", '"other"', True))[0] == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_not_allowed_on_the_page(site: DullSite, method: str) -> None:
    assert parts(site.answer(method, "/", None, True))[0] == "HTTP/1.1 405 Not Allowed"
    assert parts(site.answer(method, "/elsewhere", None, True))[0] == "HTTP/1.1 404 Not Found"


def test_every_unknown_path_gives_the_same(site: DullSite) -> None:
    assert len({site.answer("GET", path, None, True) for path in ("/a", "/index.htm", "//", "/A" * 30, "")}) == 1


@pytest.mark.parametrize(("keep_alive", "word"), [(True, "keep-alive"), (False, "close")])
def test_a_connection_is_kept_as_the_visitor_wants(site: DullSite, keep_alive: bool, word: str) -> None:
    for path in ("/", "/elsewhere"):
        assert parts(site.answer("GET", path, None, keep_alive))[1]["Connection"] == word


@pytest.mark.parametrize(("status", "line"), [(400, "400 Bad Request"), (500, "500 Internal Server Error")])
def test_a_failure_is_plain_and_ends_the_connection(site: DullSite, status: int, line: str) -> None:
    told, headers, body = parts(site.failed(status))
    assert told == f"HTTP/1.1 {line}"
    assert headers["Connection"] == "close"
    assert int(headers["Content-Length"]) == len(body)
    assert site.failed(418) == site.failed(400)


def test_every_answer_has_the_headers_of_the_commonest_server(site: DullSite) -> None:
    for answer in (site.answer("GET", "/", None, True), site.answer("GET", "/x", None, True), site.failed(400)):
        _, headers, _ = parts(answer)
        assert list(headers)[:2] == ["Server", "Date"]
        assert headers["Server"] == "nginx"
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["Date"])
