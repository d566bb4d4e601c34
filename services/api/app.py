"""The HTTP API as one application and one process.

It reads the views, and writes to inboxes only. If it dies, nothing is lost but open connections; any
number of them may run at the same time.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import cast

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send
from typing_extensions import override

from schemas.ledger import LedgerConfiguration
from services.api.editing.routes import include_forms
from services.api.http.binary_mode import ATTRIBUTES, PREFIX
from services.api.http.compressing import compressing
from services.api.http.connection import protocol_of
from services.api.http.guard import Guard
from services.api.http.head import HeadAsGet
from services.api.http.problems import HANDLERS, NOSNIFF
from services.api.http.response_cache import ResponseCache
from services.api.http.state import AppState
from services.api.openapi.document import describe
from services.api.pages.errors import for_people
from services.api.pages.routes import include_pages
from services.api.resources import (
    changes,
    checks,
    citation,
    claims,
    cumulative,
    diff,
    exchanges,
    extract,
    figures,
    files,
    headline,
    health,
    log,
    operations,
    publish,
    releases,
    remains,
    submissions,
    summary,
    webhooks,
)
from services.ledgers import LedgerConfigurationError, load_ledger
from services.runtime import clock
from services.runtime.listening import http_url
from services.runtime.reader_context import DONE, REFUSED
from services.runtime.settings import Settings
from services.runtime.telemetry import logger_of, set_up_logging
from services.runtime.worker import run_event_loop


#: How long open requests may take to end after the process was asked to stop, in seconds.
STOP_SECONDS = 10
#: How long an idle connection is kept open, in seconds. Longer than proxies keep theirs.
IDLE_SECONDS = 75
ROUTERS = (
    files.router,
    releases.router,
    releases.files_router,
    citation.router,
    exchanges.router,
    figures.router,
    cumulative.router,
    headline.router,
    summary.router,
    operations.router,
    remains.router,
    checks.router,
    # Before the claims, whose refs may hold anything.
    publish.router,
    claims.router,
    extract.router,
    submissions.router,
    log.router,
    diff.router,
    changes.router,
    webhooks.router,
    health.router,
)


def make_app(settings: Settings, ledgers: Sequence[LedgerConfiguration]) -> FastAPI:
    """Make the application; its connections are opened by the first request."""
    state = AppState(settings, ledgers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        state.liveness.start()
        yield
        await state.close()

    app = FastAPI(
        title="exchange-ledger",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        middleware=_middleware(state),
    )
    app.state.shared = state
    for router in ROUTERS:
        app.include_router(router)
    include_forms(app, [ledger.name for ledger in ledgers])
    include_pages(app, [ledger.name for ledger in ledgers])
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, cast("ExceptionHandler", for_people(handler)))
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def _middleware(state: AppState) -> list[Middleware]:
    # The outermost first. The cache holds compressed responses, behind the check of the API key.
    origins = state.settings.cors_origins
    is_for_any = "*" in origins
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "HEAD"] if is_for_any else ["GET", "HEAD", "POST"],
        allow_headers=[
            *("Authorization", "Content-Type", "Prefer", "Last-Event-ID"),
            *(f"{PREFIX}{attribute}" for attribute in ATTRIBUTES),
        ],
        expose_headers=[
            *("Content-Disposition", "ETag", "Ledger-Position", "Ledger-Untimed-Claims", "Link"),
            *("Location", "Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After"),
        ],
    )
    return [
        Middleware(Counting, state=state),
        *([cors] if origins and (state.settings.read_open or not is_for_any) else []),
        Middleware(HeadAsGet),
        Middleware(Guard, state=state),
        Middleware(ResponseCache, state=state),
        compressing(),
    ]


class Counting:
    """Middleware that counts requests, measures the time they take, and marks every answer's type as meant."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self._app = app
        self._metrics = state.metrics
        self._logger = logger_of("api", "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_ms = clock.stopwatch_ms()
        status = 500

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).setdefault(*NOSNIFF)
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            # Only known routes are labels: otherwise every typo would become a time series.
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if route != "none" else "any"
            took_ms = clock.stopwatch_ms(started_ms)
            self._metrics.requests.labels(method, route, str(status)).inc()
            if route != "/v1/changes":
                self._metrics.seconds.labels(route).observe(took_ms / 1000)
            self._logger.debug(
                "request.answered",
                method=scope["method"],
                path=scope["path"],
                status=status,
                took_ms=round(took_ms, 1),
            )


class Server(uvicorn.Server):
    """Serves the application until asked to stop; open streams of changes are ended."""

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Ours: uvicorn would raise the signal once more at the end, and hide the exit code.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True
        self._stop()


def config_of(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return the configuration of the server that serves an application."""
    return uvicorn.Config(
        app,
        http=protocol_of(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def run(settings: Settings, listening: socket.socket) -> int:
    """Serve on a socket until asked to stop; return the exit code."""
    set_up_logging(settings.log_level)
    # uvicorn's own log lines have neither our events nor our format.
    logging.getLogger("uvicorn").propagate = False
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    logger = logger_of("api", ",".join(settings.names))
    try:
        ledgers = [load_ledger(name, config_dir=settings.config_dir) for name in settings.names]
    except LedgerConfigurationError as error:
        logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
        return REFUSED

    async def serve() -> int:
        app = make_app(settings, ledgers)
        server = Server(config_of(app, settings), app.state.shared.stop)
        logger.info("api.started", ledgers=list(settings.names), url=http_url(listening))
        await server.serve(sockets=[listening])
        logger.info("worker.stopped", exit_code=DONE)
        return DONE

    return run_event_loop(serve())
