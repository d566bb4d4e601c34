"""`api`: the HTTP API in this process, as deployed."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from threading import Thread
from typing import Annotated, NamedTuple

import typer

from services.cli.connect import settings_now, url_of
from services.cli.exit_code import CommandError
from services.cli.output import print_note
from services.cli.worker import stop_with
from services.runtime.settings import Settings


#: Connections that may wait to be accepted.
BACKLOG = 2_048

Port = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=65_535, metavar="N", help="Port of the HTTP API; 0 finds a free one."
    ),
]


def api(
    *,
    port: Port = None,
    names: Annotated[str | None, typer.Option(hidden=True)] = None,
    redis_url: Annotated[str | None, typer.Option(hidden=True)] = None,
    data_dir: Annotated[Path | None, typer.Option(hidden=True)] = None,
    socket_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
    publish_keys: Annotated[str | None, typer.Option(hidden=True)] = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> int:
    """Serve the ledgers over HTTP until SIGTERM or Ctrl-C; `up` runs it too."""
    given = {
        "names": names,
        "http_port": port,
        "publish_keys": publish_keys,
        "data_dir": data_dir,
    }
    settings = settings_now(redis_url=redis_url, **given)
    if settings.redis_url is None:
        settings = settings_now(redis_url=url_of(settings), **given)
    if parent is not None:
        Thread(target=stop_with, args=(parent,), daemon=True).start()
    # Imported here, so that other commands do not wait for the API's code.
    from services.api.app import run  # noqa: PLC0415

    if socket_fd is not None:
        with closing(socket.socket(fileno=socket_fd)) as listening:
            return run(settings, listening)
    with listen(settings) as listening:
        return run(settings, listening)


@contextmanager
def listen(settings: Settings) -> Iterator[socket.socket]:
    """Listen where the settings say.

    Raises:
        CommandError: The port is in use, or the address is none of this machine's.
    """
    place = (settings.http_host, settings.http_port)
    try:
        family = socket.getaddrinfo(*place, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server(place, family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0].lower()
        raise CommandError(
            f"expected a port to listen on at {place[0]}:{place[1]}, found {reason} "
            "(--port or LEDGER_HTTP_PORT names another)"
        ) from error
    with closing(listening):
        yield listening


class PublishKeys(NamedTuple):
    """Who may publish over HTTP: the hashes of their keys, and a key made for this run alone."""

    digests: tuple[str, ...]
    temporary: str | None = None

    def show(self) -> None:
        """Show the key of this run to whoever started it."""
        if self.temporary is not None:
            print_note(f"publishing over HTTP needs this key, good until the end: {self.temporary}")


def publish_keys_of(settings: Settings) -> PublishKeys:
    """Return the keys that the settings name, or one for as long as this process runs."""
    if settings.publish_keys:
        return PublishKeys(settings.publish_keys)
    key = token_urlsafe(24)
    return PublishKeys((sha256(key.encode()).hexdigest(),), key)
