"""`/v1/changes`: every changed figure as it changes, as server-sent events.

A consumer reconnects with the id of its last event (`Last-Event-ID`), or with the position of the views
it has read, and receives everything since, or the position to reload from. An idle stream sends
heartbeats; a stream whose consumer is too slow ends with an event that says so.
"""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from services.api.http.keys import Caller
from services.api.http.problems import wrong_parameter
from services.api.http.query_parameters import ChangesParameters, Word
from services.api.http.state import AppState, state_of
from services.api.views.feed import BATCH_COUNT, Feed, Stream, StreamEvent, begin_event, write_event
from services.eventlog.changes import ChangeId, read_change_id
from services.eventlog.port import EventLog, LogUnavailableError
from services.runtime.ending import end_task


router = APIRouter(tags=["read"])
#: How long a consumer waits before it reconnects, in milliseconds.
RETRY_MS = 2_000
#: Events sent in one piece.
TOGETHER_COUNT = 100
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Proxies that collect answers before they pass them on would hold events back.
    (b"x-accel-buffering", b"no"),
)


@router.get("/v1/changes", response_class=Response)
async def follow_changes(
    request: Request,
    parameters: Annotated[ChangesParameters, Query()],
    last_event_id_header: Annotated[Word | None, Header(alias="Last-Event-ID")] = None,
) -> Response:
    """Follow changed figures: `begin`, `figure`, `withdrawn`, `reload`, `dropped` and `closing` events.

    `begin` comes first and says where the stream begins; consumers leave kinds aside that they do not know.
    """
    state = state_of(request)
    served = state.ledger(parameters.ledger)
    stated = last_event_id_header or parameters.last_event_id
    at = None if stated is None else read_change_id(stated)
    if stated is not None and at is None:
        raise wrong_parameter(
            "last_event_id", expected="<position> or <position>-<n>", found=stated
        )
    reload = None
    if at is None:
        at = (await served.feed.changes.held()).last
    elif (reason := await _missing(served.feed, served.log, at)) is not None:
        reload = await served.feed.reload(reason)
    return EventStream(state, served.feed, Begin(at, reload, request.scope["state"].get("caller")))


async def _missing(feed: Feed, log: EventLog, at: ChangeId) -> str | None:
    """Return why changes since a point cannot all be told, null if they can."""
    if at.position > await log.last_position():
        return f"position {at.position} is past the end of the log"
    return await feed.missing(at)


class Begin(NamedTuple):
    """How a stream begins: where its consumer is, whether it has to reload, and whose key it has."""

    at: ChangeId
    reload: StreamEvent | None
    caller: Caller | None


class EventStream(Response):
    """A response that continues until the server or the consumer ends it."""

    def __init__(self, state: AppState, feed: Feed, begin: Begin) -> None:
        self.status_code = HTTPStatus.OK
        self.background = None
        self._heartbeat_seconds = state.settings.heartbeat_seconds
        self._gauge = state.metrics.change_readers.labels(feed.ledger)
        self._keys = state.keys
        self._feed = feed
        self._at, self._reload, self._caller = begin
        self._stream = Stream(state.settings.unread_count)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the consumer goes, is dropped, or the process stops."""
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        sending = asyncio.create_task(self._run(send))
        gone = asyncio.create_task(_gone(receive))
        with self._gauge.track_inprogress():
            try:
                await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._feed.leave(self._stream)
                await end_task(gone)
                await end_task(sending)

    async def _run(self, send: Send) -> None:
        try:
            # Where the consumer is, so that it can come back even before the first event.
            begin = begin_event(self._at, self._feed.ledger)
            await self._send(send, b"retry: %d\n%s" % (RETRY_MS, begin))
            if self._reload is not None:
                await self._pass_on(send, [self._reload])
            await self._catch_up(send)
            last = await self._follow(send)
            await self._send(send, last)
        except TimeoutError:
            return  # It reads nothing any more, not even the event that it is dropped.
        except LogUnavailableError:
            await self._send(
                send, write_event(None, "closing", b'{"reason":"server out of reach"}')
            )
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _catch_up(self, send: Send) -> None:
        while not await self._feed.join(self._stream, self._at):
            missed = await self._feed.changes.read(after=self._at, limit=BATCH_COUNT)
            await self._pass_on(send, [self._feed.event_of(change) for change in missed])
            if not missed:
                await asyncio.sleep(0)

    async def _follow(self, send: Send) -> bytes:
        """Send events as they come; return the stream's last event."""
        waiting = self._stream.waiting
        while True:
            event = None
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_seconds):
                    event = await waiting.get()
            if self._caller is not None and not await self._keys.is_good(self._caller):
                return write_event(None, "closing", b'{"reason":"key revoked"}')
            batch = [event]
            while len(batch) < TOGETHER_COUNT and not waiting.empty():
                batch.append(waiting.get_nowait())
            if event is None and not self._stream.is_over:
                # Without an empty line: some readers take one for the end of an event without data.
                await self._send(send, b": alive\n")
            await self._pass_on(send, [one for one in batch if one is not None])
            if self._stream.is_over:
                return write_event(None, "closing", b'{"reason":"server stops"}')
            if self._stream.is_dropped and waiting.empty():
                reason = b'{"reason":"too slow","last_event_id":"%s"}' % str(self._at).encode()
                return write_event(None, "dropped", reason)

    async def _pass_on(self, send: Send, batch: list[StreamEvent]) -> None:
        events = []
        for event in batch:
            # The consumer may have read on by itself further than the feed was when it joined.
            if event.is_reload or event.at > self._at:
                events.append(event.payload)
                self._at = event.at
        if events:
            await self._send(send, b"".join(events))

    async def _send(self, send: Send, piece: bytes) -> None:
        # A consumer that reads nothing for that long counts as gone.
        async with asyncio.timeout(2 * self._heartbeat_seconds):
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
