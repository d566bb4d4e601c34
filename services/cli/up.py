"""`up`: all workers and the HTTP API in one process group, with an embedded server if needed."""

import asyncio
from typing import Annotated

import typer

from services.cli.api import Port, listen, publish_keys_of
from services.cli.connect import configuration_of, settings_now
from services.cli.output import print_note
from services.runtime.listening import http_url
from services.runtime.supervisor import (
    DRAFTING,
    RELEASING,
    WEBHOOKS,
    WORKERS,
    Serving,
    all_parts,
    stop_signals,
)
from services.runtime.telemetry import set_up_logging


def up(
    *,
    port: Port = None,
    drafting: Annotated[
        bool, typer.Option("--drafting", help="Also the worker that reads reports.")
    ] = False,
    webhooks: Annotated[
        bool, typer.Option("--webhooks", help="Also the worker that sends changes to webhooks.")
    ] = False,
    releasing: Annotated[
        bool, typer.Option("--releasing", help="Also the worker that builds releases to keep.")
    ] = False,
) -> int:
    """Run all workers and the HTTP API until Ctrl-C, on an embedded server unless LEDGER_REDIS_URL names another.

    Log lines go to stdout as JSON. Stopping lets every worker finish its batch, then ends the server.
    """
    settings = settings_now(http_port=port)
    for name in settings.names:
        configuration_of(name, settings)  # A wrong ledger is reported here, not by three workers.
    set_up_logging(settings.log_level)
    with stop_signals() as is_stopping, listen(settings) as listening:
        keys = publish_keys_of(settings)
        asked = ((DRAFTING, drafting), (WEBHOOKS, webhooks), (RELEASING, releasing))
        workers = (*WORKERS, *(name for name, is_wanted in asked if is_wanted))
        serving = Serving(listening, keys.digests)
        with all_parts(settings, serving=serving, workers=workers) as supervisor:
            print_note(f"the ledger in a browser: {http_url(listening)}/")
            keys.show()
            return asyncio.run(supervisor.watch(is_stopping))
