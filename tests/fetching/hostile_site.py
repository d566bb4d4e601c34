"""A site on loopback that does what sites do to whoever fetches them, in texts of nobody's."""

import gzip
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


PARAGRAPHS = (
    "Colonel Sponsz said on Friday that 61 Bordurian servicemen had been returned.",
    "Ottokar wrote that nearly 57 Syldavians had come home from Bordurian captivity.",
)


def article(*paragraphs: str, title: str = "An exchange", day: str = "2031-05-10") -> bytes:
    """Return a page with an article, a menu and a comment."""
    inside = "".join(f"<p>{one}</p>" for one in paragraphs or PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>'
        f'<meta property="article:published_time" content="{day}T08:00:00Z"></head>'
        "<body><nav><a href='/'>Home</a> <a href='/sports'>Sports</a></nav>"
        f"<article><h1>{title}</h1>{inside}</article><footer>All rights reserved</footer></body></html>"
    ).encode()


class HostileSite(ThreadingHTTPServer):
    """Answers by path; what is not listed is not there."""

    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _SiteHandler)
        self.pages: dict[str, Callable[[Any], None]] = {}
        self.asked: Counter[str] = Counter()
        self.headers_seen: dict[str, dict[str, str]] = {}
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_port}"

    def hold(
        self, path: str, body: bytes, status: int = 200, media_type: str = "text/html", **more: str
    ) -> None:
        """Answer a path with a body."""
        headers = {"Content-Type": media_type, "Content-Length": str(len(body))} | {
            name.replace("_", "-"): value for name, value in more.items()
        }

        def answer(handler: Any) -> None:
            handler.begin(status, headers)
            handler.wfile.write(body)

        self.pages[path] = answer

    def redirect(self, path: str, to: str) -> None:
        self.hold(path, b"", 302, Location=to)

    def pour(self, path: str, piece: bytes, **headers: str) -> None:
        """Answer a path without an end."""

        def answer(handler: Any) -> None:
            handler.begin(200, {"Content-Type": "text/html", **headers})
            while not self.closing.is_set():
                handler.wfile.write(piece)

        self.pages[path] = answer

    def trickle(self, path: str) -> None:
        """Answer a path with a byte now and then, in the head already."""

        def answer(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
            while not self.closing.wait(0.02):
                handler.wfile.write(b"a")

        self.pages[path] = answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: clients that have enough go away."""


class _SiteHandler(BaseHTTPRequestHandler):
    server: HostileSite

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        self.server.headers_seen[self.path] = dict(self.headers.items())
        answer = self.server.pages.get(self.path)
        if answer is None:
            self.begin(404, {"Content-Length": "0"})
        else:
            answer(self)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Write no log."""


@contextmanager
def hostile_site(host: str = "127.0.0.1") -> Iterator[HostileSite]:
    """Run the site."""
    site = HostileSite(host)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        site.shutdown()
        thread.join()
        site.server_close()


def bomb(size: int = 20_000_000) -> bytes:
    """Return a body that is a thousandth of what it unpacks to."""
    return gzip.compress(b"\0" * size, 1)
