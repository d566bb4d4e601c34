"""`mcp`: the ledgers of the settings for an assistant, by the Model Context Protocol."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import metadata
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.connect import client_of, configuration_of, settings_now, url_of
from services.cli.output import print_note
from services.eventlog.redis_log import RedisEventLog
from services.projection.store import ViewStore
from services.runtime.settings import Settings


if TYPE_CHECKING:
    from services.asking.source import LedgerAsked

#: The one address it may be reached at over HTTP: whoever asks may read everything.
LOOPBACK = "127.0.0.1"


def mcp(
    *,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            min=0,
            max=65_535,
            metavar="PORT",
            help="Serve streamable HTTP on this port of the loopback address, 0 for a free one, not stdio.",
        ),
    ] = None,
) -> None:
    """Answer an assistant over stdio, until its end: every number with range, status, time and links.

    An assistant starts it by itself: its configuration names the command `exchange-ledger mcp`.
    """
    asyncio.run(serve(settings_now(), http))


async def serve(settings: Settings, port: int | None) -> None:
    """Answer until the end: over stdio, or over HTTP on a port.

    Raises:
        MissingExtraError: The extra `mcp` is not installed.
    """
    # Imported here, so that other commands do not wait for the library, or need it.
    from services.asking.assistant import server_of  # noqa: PLC0415

    about = metadata("exchange-ledger")
    async with _ledgers(settings, str(about["Author"])) as ledgers:
        server = server_of(ledgers, str(about["Version"]))
        if port is None:
            await server.run_stdio_async()
            return
        import uvicorn  # noqa: PLC0415

        with socket.create_server((LOOPBACK, port)) as listening:
            app = server.streamable_http_app(host=LOOPBACK, stateless_http=True)
            print_note(f"http://{LOOPBACK}:{listening.getsockname()[1]}/mcp")
            configuration = uvicorn.Config(app, log_config=None, access_log=False)
            await uvicorn.Server(configuration).serve(sockets=[listening])


@asynccontextmanager
async def _ledgers(settings: Settings, author: str) -> AsyncIterator[dict[str, "LedgerAsked"]]:
    from services.asking.source import LedgerAsked  # noqa: PLC0415

    client = client_of(url_of(settings), retry_seconds=settings.reconnect_seconds)
    origin = settings.public_url or f"http://{settings.http_host}:{settings.http_port}"
    try:
        yield {
            name: LedgerAsked(
                configuration_of(name, settings),
                RedisEventLog(client, name),
                ViewStore(client, name),
                (origin, author),
            )
            for name in dict.fromkeys(settings.names)
        }
    finally:
        await client.aclose()
