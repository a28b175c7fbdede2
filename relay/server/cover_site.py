"""The ordinary web site that everyone sees who does not know the secret path.

Invariant: what it answers depends on the request alone and never on the secret path, so that a prober cannot tell a
host with a relay from one without (Spec: docs/protocol.md, Transport). Its answers have the headers and manners of the
commonest server of small sites, keep-alive included.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b

from protocol.seams import Clock

_PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Under construction</title>
<style>body { max-width: 36em; margin: 4em auto; padding: 0 1em; font-family: sans-serif; color: #333; }</style>
</head>
<body>
<h1>Under construction</h1>
<p>There is nothing here yet. Please come back another time.</p>
</body>
</html>
"""
_REASONS = {
    200: "OK",
    304: "Not Modified",
    400: "Bad Request",
    404: "Not Found",
    405: "Not Allowed",
    500: "Internal Server Error",
}
_SERVER = "nginx"
_MADE = format_datetime(datetime(2025, 3, 14, 9, 21, 7, tzinfo=UTC), usegmt=True)
_ETAG = '"' + blake2b(_PAGE, digest_size=6).hexdigest() + '"'
_INDEX = ("/", "/index.html")


class DullSite:
    """Answers of the site as whole byte strings."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def answer(self, method: str, path: str, if_none_match: str | None, keep_alive: bool) -> bytes:
        """The answer to an ordinary request. Methods other than GET and HEAD are not allowed on the page."""
        found = path.partition("?")[0] in _INDEX
        head = method == "HEAD"
        if not found:
            return self._error(404, keep_alive, head)
        if method not in ("GET", "HEAD"):
            return self._error(405, keep_alive, head)
        validators = [("Last-Modified", _MADE), ("Connection", _connection(keep_alive)), ("ETag", _ETAG)]
        if if_none_match == _ETAG:
            return self._render(304, validators, b"")
        size = [("Content-Type", "text/html"), ("Content-Length", str(len(_PAGE)))]
        return self._render(200, [*size, *validators, ("Accept-Ranges", "bytes")], b"" if head else _PAGE)

    def failed(self, status: int) -> bytes:
        """The answer to what is no HTTP request (400) or to a fault of ours (500)."""
        return self._error(status if status in _REASONS else 400, False, False)

    def _error(self, status: int, keep_alive: bool, head: bool) -> bytes:
        title = f"{status} {_REASONS[status]}"
        page = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            f"<hr><center>{_SERVER}</center>\r\n</body>\r\n</html>\r\n"
        ).encode()
        headers = [("Content-Type", "text/html"), ("Content-Length", str(len(page)))]
        return self._render(status, [*headers, ("Connection", _connection(keep_alive))], b"" if head else page)

    def _render(self, status: int, headers: list[tuple[str, str]], body: bytes) -> bytes:
        date = format_datetime(datetime.fromtimestamp(self._clock.now(), UTC), usegmt=True)
        lines = [f"HTTP/1.1 {status} {_REASONS[status]}", f"Server: {_SERVER}", f"Date: {date}"]
        lines += [f"{name}: {value}" for name, value in headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body


def _connection(keep_alive: bool) -> str:
    return "keep-alive" if keep_alive else "close"
