"""`keys`: create, list and revoke the API keys of the HTTP API.

A key is valid for every ledger of the server. A change takes effect within a second, in every API that
runs on the server.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated

import typer

from schemas.credentials import NAME_CHARACTERS_MAX, ApiKey
from services.cli.connect import client_of, settings_now, url_of
from services.cli.exit_code import CommandError
from services.cli.options import OutputFormat
from services.cli.output import TableColumn, print_line, print_note, write_records
from services.eventlog.credentials import KeyStore, MadeKey, make_key, without_digest
from services.runtime import clock


keys = typer.Typer(no_args_is_help=True, help="API keys of the HTTP API: create, list, revoke.")


class RoleOption(StrEnum):
    """What a key allows."""

    READER = "reader"
    PUBLISHER = "publisher"
    EDITOR = "editor"
    SUBSCRIBER = "subscriber"


COLUMNS: Sequence[TableColumn[ApiKey]] = (
    TableColumn("id", lambda key: key.id),
    TableColumn("name", lambda key: key.name),
    TableColumn("role", lambda key: key.role),
    TableColumn("created at", lambda key: key.created_at.isoformat(timespec="seconds")),
    TableColumn(
        "requests a minute", lambda key: str(key.requests_per_minute or "as set"), is_number=True
    ),
)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, for the list.")],
    *,
    role: Annotated[
        RoleOption,
        typer.Option(
            "--role",
            help="`publisher` may publish, and read as well; `editor` signs in to the pages; "
            "`subscriber` looks after webhooks of its own.",
        ),
    ],
    requests_per_minute: Annotated[
        int | None,
        typer.Option(
            "--per-minute",
            min=1,
            metavar="N",
            help="Its own limit; LEDGER_KEY_REQUESTS_PER_MINUTE if not given.",
        ),
    ] = None,
) -> None:
    """Make a key and print it: this once, because only its hash is kept."""
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise CommandError(
            f"expected a printable name of 1 to {NAME_CHARACTERS_MAX} characters, found {name!r}"
        )
    made = make_key(name, role.value, now=clock.now(), requests_per_minute=requests_per_minute)
    asyncio.run(_add(made))
    print_note(f"key {made.stored.id} of {name}, {role.value}; it is shown this once:")
    print_line(made.key)


@keys.command("list")
def list_(*, form: OutputFormat = None) -> None:
    """List keys, the oldest first; the secret parts are not shown."""
    write_records(ApiKey, asyncio.run(_all()), COLUMNS, form)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
) -> None:
    """Revoke a key: running APIs refuse it within a second, and end its streams."""
    if not asyncio.run(_remove(key_id)):
        raise CommandError(f"expected the id of a key (`keys list`), found {key_id!r}")
    print_line(f"{key_id} revoked")


async def _add(made: MadeKey) -> None:
    async with _store() as store:
        await store.add(made.stored)


async def _all() -> list[ApiKey]:
    async with _store() as store:
        return [without_digest(stored) for stored in (await store.all()).values()]


async def _remove(key_id: str) -> bool:
    async with _store() as store:
        return await store.remove(key_id)


@asynccontextmanager
async def _store() -> AsyncIterator[KeyStore]:
    client = client_of(url_of(settings_now()))
    try:
        yield KeyStore(client)
    finally:
        await client.aclose()
