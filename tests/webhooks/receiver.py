"""Receivers of webhooks on loopback: what they are sent, and what they answer."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.running import wait_until


class Request(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> Any:
        return json.loads(self.body)


Answer = Callable[["_Handler"], None]


class Receiver(ThreadingHTTPServer):
    """Takes what comes, or answers as it is told, one answer a request, the last one for ever."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), _Handler)
        self.requests: list[Request] = []
        self.answers: list[Answer] = [status(204)]
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_port}/hook?token=not-for-logs"

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def wait_for(self, count: int) -> list[Request]:
        wait_until(lambda: len(self.requests) >= count)
        return self.requests[:count]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: whoever sends goes away when it has waited enough."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Request(self.path, headers, body))
        self.server.next_answer()(self)

    def log_message(self, *args: Any) -> None:
        """Write no log."""


def status(code: int, **headers: str) -> Answer:
    def answer(handler: _Handler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


def silence(handler: _Handler) -> None:
    """Answer nothing, not even a head."""
    handler.server.closing.wait()


def endless_body(handler: _Handler) -> None:
    """Take it, and never come to the end of the answer."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b"x" * 1_000)


def endless_head(handler: _Handler) -> None:
    """Send a head a byte at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b"a")


@contextmanager
def receiving(*answers: Answer, lasting: bool = False) -> Iterator[Receiver]:
    """Run a receiver with these answers, and 204 behind them unless the last one is `lasting`."""
    receiver = Receiver()
    receiver.answers = [*answers] if lasting else [*answers, status(204)]
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        receiver.shutdown()
        thread.join()
        receiver.server_close()
