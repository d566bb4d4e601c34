"""The response cache: a response is reused until the views it was read from change.

A response is stored as it was sent, compressed, under everything else it depends on: path, query, and
the headers that choose its form. Before it is reused the store is asked whether the views have changed,
so that nobody is shown an older state. A client whose ETag is current gets 304.

A handler calls `mark_cacheable` for a response that may be stored.
"""

from collections import OrderedDict
from datetime import date
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.http.languages import accepted_language
from services.api.http.state import AppState, LedgerState
from services.eventlog.port import LogUnavailableError
from services.projection.store import Version
from services.queries.as_of import Cut
from services.runtime import clock


#: Size of the cache, in bytes.
ANSWER_BYTES_MAX = 64 * 1024 * 1024
#: What a response takes besides its body, in bytes.
_OVERHEAD_BYTES = 2_048
#: The headers of a 304 response.
_UNCHANGED_HEADERS = frozenset(
    {b"etag", b"cache-control", b"content-language", b"vary", b"ledger-position"}
)
#: The parameter for waiting; hardly anybody asks for the same position again.
_WAITING = b"min_position="
#: What the API answers is the same in all languages.
_API = b"/v1/"

RawHeaders = list[tuple[bytes, bytes]]


class Source(NamedTuple):
    """What an answer was read from: a ledger's views at a cut, as they stood at one version.

    `day` is the day that the answer is seen from, where it says how old something is.
    """

    ledger: LedgerState
    cut: Cut
    version: Version
    day: date | None = None

    async def is_current(self) -> bool:
        """Return whether the views are still at that version."""
        if self.day is not None and self.day != clock.now().date():
            return False
        try:
            return await self.ledger.version(self.cut) == self.version
        except LogUnavailableError:
            return False  # The handler meets the same error, and answers it.


class _Key(NamedTuple):
    # Answers name the address that they were sent to.
    host: bytes
    path: bytes
    query: bytes
    accept: bytes
    accept_encoding: bytes
    # Of a page: the language that its headers ask for, which its address may overrule.
    language: str


class _Answer(NamedTuple):
    source: Source
    route: object
    headers: RawHeaders
    body: bytes
    etag: bytes


def mark_cacheable(request: Request, source: Source) -> None:
    """Mark an answer as cacheable: it is the same for everyone and depends on `source` alone."""
    request.scope["state"]["source"] = source


class ResponseCache:
    """Middleware that answers from the cache, or stores the application's response."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self._app = app
        self._entries: OrderedDict[_Key, _Answer] = OrderedDict()
        self._bytes = 0
        self._gauge = state.metrics.kept_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a cached answer, or pass the request on and cache its answer."""
        if scope["type"] != "http" or scope["method"] != "GET" or _WAITING in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        key, known = _read(scope)
        entry = self._entries.get(key)
        if entry is not None and await entry.source.is_current():
            self._entries.move_to_end(key)
            # Requests are counted by route.
            scope["route"] = entry.route
            await _send(entry, send, known)
            return
        scope.setdefault("state", {})
        await self._app(scope, receive, _Recorder(self, key, scope, send))

    def store(self, key: _Key, answer: _Answer) -> None:
        """Store an answer in place of the one before, and evict the least recently used ones."""
        if (before := self._entries.pop(key, None)) is not None:
            self._bytes -= _size_of(key, before)
        self._entries[key] = answer
        self._bytes += _size_of(key, answer)
        while self._bytes > ANSWER_BYTES_MAX:
            self._bytes -= _size_of(*self._entries.popitem(last=False))
        self._gauge.set(self._bytes)


class _Recorder:
    """Stores a response that may be cached, and sends it whole; passes others through."""

    def __init__(self, cache: ResponseCache, key: _Key, scope: Scope, send: Send) -> None:
        self._cache = cache
        self._key = key
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._pieces: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        source = self._scope["state"].get("source")
        if source is None:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            if message["status"] != HTTPStatus.OK:
                del self._scope["state"]["source"]
                await self._send(message)
                return
            self._start = message
            return
        assert self._start is not None, "a body before its head"
        self._pieces.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = b"".join(self._pieces)
        headers = [item for item in self._start["headers"] if item[0] != b"content-length"]
        headers.append((b"content-length", b"%d" % len(body)))
        [etag] = [value for name, value in headers if name == b"etag"]
        answer = _Answer(source, self._scope.get("route"), headers, body, etag)
        self._cache.store(self._key, answer)
        # The handler has already answered clients whose ETag is current.
        await _send(answer, self._send, None)


async def _send(answer: _Answer, send: Send, known: bytes | None) -> None:
    if known is not None and is_among(answer.etag.decode(), known.decode("latin-1")):
        headers = [item for item in answer.headers if item[0] in _UNCHANGED_HEADERS]
        status, body = HTTPStatus.NOT_MODIFIED, b""
    else:
        status, headers, body = HTTPStatus.OK, answer.headers, answer.body
    # A copy: other middleware adds headers of its own.
    await send({"type": "http.response.start", "status": int(status), "headers": [*headers]})
    await send({"type": "http.response.body", "body": body})


def is_among(etag: str, known: str) -> bool:
    """Return whether an ETag is among those of an `If-None-Match` header; weak ones match too.

    >>> is_among('W/"812-ab"', '"7", W/"812-ab"')
    True
    """
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def _read(scope: Scope) -> tuple[_Key, bytes | None]:
    host = accept = accept_encoding = language = b""
    known: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name == b"accept-encoding":
            accept_encoding = accept_encoding + b"," + value if accept_encoding else value
        elif name == b"accept-language":
            language = language + b"," + value if language else value
        elif name == b"host":
            host = value
        elif name == b"if-none-match":
            known = known + b"," + value if known else value
    path = scope.get("raw_path") or scope["path"].encode()
    is_page = not path.startswith(_API)
    return _Key(
        scope["scheme"].encode() + b"://" + host,
        path,
        scope["query_string"],
        accept,
        accept_encoding,
        accepted_language(language.decode("latin-1")) if is_page else "",
    ), known


def _size_of(key: _Key, answer: _Answer) -> int:
    return _OVERHEAD_BYTES + sum(map(len, key)) + len(answer.body)
