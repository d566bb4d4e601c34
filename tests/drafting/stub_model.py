"""A server on loopback with OpenAI's interface that answers what a test tells it to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class StubAnswer(NamedTuple):
    """What the server answers."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    #: Pieces that follow the body one after the other until the client has gone.
    without_end: bytes = b""
    pause_seconds: float = 0.0


class StubModel(ThreadingHTTPServer):
    """Holds the answer that is given next, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = StubAnswer(b"")
        self.asked: list[dict[str, Any]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.closing = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: clients that have enough go away."""


class _Handler(BaseHTTPRequestHandler):
    server: StubModel

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(json.loads(self.rfile.read(length)))
        self.server.headers_seen.append(dict(self.headers.items()))
        answer = self.server.answer
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if not answer.without_end:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        while answer.without_end and not self.server.closing.wait(answer.pause_seconds):
            self.wfile.write(answer.without_end)
            self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        """Write no log."""


@contextmanager
def stub_model() -> Iterator[StubModel]:
    """Run the server."""
    server = StubModel()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def completion(content: str, *, finish: str = "stop", **usage: int) -> StubAnswer:
    """Return what a model writes as its server answers it."""
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return StubAnswer(json.dumps({"choices": [choice], "usage": usage}).encode())
