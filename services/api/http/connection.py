"""One connection with limits: uvicorn's protocol with the deadlines that it lacks.

* A request's head must arrive within `head_seconds` and `HEAD_BYTES_MAX`.
* A connection that reads nothing of its response for `stalled_seconds` is cut.
* At most `connections_max` connections are open; one more is refused and closed.

`services.api.http.request_bodies` limits how long a body may take; uvicorn closes idle connections.
"""

import asyncio
import sys
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.api.http.problems import MEDIA_TYPE, NOSNIFF, ProblemError
from services.runtime.settings import Settings


#: Longest head of a request, in bytes. A head that arrives in one piece may be a little longer.
HEAD_BYTES_MAX = 65_536
#: How long a refused client may go on sending, in seconds: a connection closed while its client sends is
#: reset, and the client never sees the response.
LINGER_SECONDS = 1.0
#: Open files that the process needs besides its connections.
OTHER_FILES = 128


def protocol_of(settings: Settings) -> type[asyncio.Protocol]:
    """Return the protocol of all connections, with the settings' bounds."""
    connections_max = min(settings.connections_max, _files_allowed(settings.connections_max))
    made = partial(BoundedProtocol, settings=settings, connections_max=connections_max)
    # uvicorn wants a class, and only ever calls it.
    return cast("type[asyncio.Protocol]", made)


class BoundedProtocol(HttpToolsProtocol):
    """A connection that ends if its client is too slow."""

    def __init__(self, *given: Any, settings: Settings, connections_max: int, **more: Any) -> None:
        super().__init__(*given, **more)
        self._head_seconds = settings.head_seconds
        self._stalled_seconds = settings.stalled_seconds
        self._connections_max = connections_max
        self._is_refused = False
        self._head_bytes = 0
        self._head_deadline: asyncio.TimerHandle | None = None
        self._stalled_deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._connections_max:
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too many connections",
                f"expected at most {self._connections_max} open connections, found more",
            )
            transport.close()
            return
        self._await_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        self._end_stall()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._is_between_requests():
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_between_requests() or self._has_refused():
            return
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head too large",
                f"expected a head of at most {HEAD_BYTES_MAX} bytes, found more",
            )
        elif self._head_deadline is None and self.timeout_keep_alive_task is None:
            self._await_head()

    @override
    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled_deadline is None:
            self._stalled_deadline = self.loop.call_later(
                self._stalled_seconds, self.transport.abort
            )

    @override
    def resume_writing(self) -> None:
        self._end_stall()
        super().resume_writing()

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(
            HTTPStatus.BAD_REQUEST, "no http", "expected a request of HTTP/1.1, found none"
        )

    def _is_between_requests(self) -> bool:
        cycle: Any = self.cycle  # Null before the first request, whatever its type says.
        return cycle is None or cycle.response_complete

    def _has_refused(self) -> bool:
        return self._is_refused

    def _await_head(self) -> None:
        self._head_deadline = self.loop.call_later(self._head_seconds, self._give_up)

    def _end_head(self) -> None:
        self._head_bytes = 0
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _end_stall(self) -> None:
        if self._stalled_deadline is not None:
            self._stalled_deadline.cancel()
            self._stalled_deadline = None

    def _give_up(self) -> None:
        self._head_deadline = None
        if self._head_bytes:
            self._refuse(
                HTTPStatus.REQUEST_TIMEOUT,
                "head too slow",
                f"expected a head within {self._head_seconds:g} s, found {self._head_bytes} bytes of it",
            )
        else:
            self.transport.close()  # Opened ahead of time, as browsers do, and never used.

    def _refuse(self, status: HTTPStatus, kind: str, detail: str) -> None:
        body = (
            ProblemError(status, kind, detail).problem.model_dump_json(exclude_none=True).encode()
        )
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n"
            f"{NOSNIFF[0]}: {NOSNIFF[1]}\r\n\r\n"
        )
        self._is_refused = True
        self.transport.write(head.encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _files_allowed(wanted: int) -> int:
    """Raise the system's limit on open files if possible; return how many connections it allows."""
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415  not to be had on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    needed = wanted + OTHER_FILES
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - OTHER_FILES)
