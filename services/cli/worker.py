"""`worker`: one worker in this process, as deployed."""

import os
import signal
import time
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from services.cli.connect import settings_now, url_of


#: Pause between two checks of the parent process, in seconds.
LOOK_SECONDS = 0.5
#: How long a worker may take to stop once its parent is gone, in seconds.
STOP_SECONDS_MAX = 20.0


class Worker(StrEnum):
    """The workers."""

    INGEST = "ingest"
    RECONCILIATION = "reconciliation"
    PROJECTION = "projection"
    DRAFTING = "drafting"
    WEBHOOKS = "webhooks"
    RELEASING = "releasing"


def worker(
    name: Annotated[Worker, typer.Argument(help="Which worker.")],
    *,
    names: Annotated[str | None, typer.Option(hidden=True)] = None,
    redis_url: Annotated[str | None, typer.Option(hidden=True)] = None,
    data_dir: Annotated[Path | None, typer.Option(hidden=True)] = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> int:
    """Run one worker until SIGTERM or Ctrl-C; `up` runs them, the last three only if asked."""
    settings = settings_now(names=names, redis_url=redis_url, data_dir=data_dir)
    if settings.redis_url is None:
        settings = settings_now(names=names, redis_url=url_of(settings), data_dir=data_dir)
    if parent is not None:
        Thread(target=stop_with, args=(parent,), daemon=True).start()
    # Imported by name, so that other commands do not wait for the workers' code.
    exit_code: int = import_module(f"services.{name.value}.worker").run(settings)
    return exit_code


def stop_with(parent: int) -> None:
    """Stop this process when its parent is gone.

    A supervisor that was killed cannot stop its parts: they notice that their parent has changed.
    """
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS_MAX)
    os._exit(1)
