"""`webhooks`: who is sent changed figures: added, listed, paused, resumed, tried, given another secret, removed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from schemas.vocabulary import FigureStatus
from schemas.webhook import ChangeFilter, NewWebhook, WebhookRequest, WebhookView, webhook_view
from services.cli.connect import configuration_of, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError
from services.cli.load import check_side
from services.cli.options import (
    CategoryFilter,
    ExchangeFilter,
    LedgerName,
    OutputFormat,
    SideFilter,
)
from services.cli.output import Format, TableColumn, print_line, print_note, write_records
from services.eventlog.readers import Readers
from services.eventlog.webhooks import KnownWebhook
from services.runtime.supervisor import WEBHOOKS
from services.webhooks.managing import WebhookRefusedError, Webhooks


T = TypeVar("T")

webhooks = typer.Typer(
    no_args_is_help=True,
    help="Who is sent changed figures: add, list, pause, resume, ping, rotate, remove. "
    "`worker webhooks` delivers.",
)


class TypeOption(StrEnum):
    """What a webhook is told of."""

    CHANGED = "figure.changed"
    WITHDRAWN = "figure.withdrawn"


WebhookId = Annotated[str, typer.Argument(metavar="ID", help="As `webhooks list` shows it.")]

COLUMNS: Sequence[TableColumn[WebhookView]] = (
    TableColumn("id", lambda row: row.id, is_id=True),
    TableColumn("name", lambda row: row.name),
    TableColumn("url", lambda row: row.url),
    TableColumn("state", lambda row: row.state),
    TableColumn("after", lambda row: row.after),
    TableColumn("delivered", lambda row: str(row.delivered), is_number=True),
    TableColumn("tries", lambda row: str(row.tries), is_number=True),
    TableColumn("error", lambda row: row.error or ""),
)


@webhooks.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where changes are sent by POST.")],
    *,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    types: Annotated[
        list[TypeOption] | None,
        typer.Option("--type", help="What it is told of; both if not given."),
    ] = None,
    exchange: ExchangeFilter = None,
    side: SideFilter = None,
    category: CategoryFilter = None,
    measure: Annotated[
        str | None, typer.Option("--measure", metavar="WHAT", help="Only this, e.g. returned.")
    ] = None,
    status: Annotated[
        FigureStatus | None, typer.Option("--status", help="Only figures of this status.")
    ] = None,
    cause: Annotated[
        str | None,
        typer.Option(
            "--cause", metavar="WHY", help="Only what changed so; `first_report` for new figures."
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="POSITION", help="Where to begin; now if not given."),
    ] = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """Add a webhook and print its secret: this once, because it is never listed."""
    told = {
        "exchange": exchange,
        "side": side,
        "category": category,
        "measure": measure,
        "status": status,
        "cause": cause,
    }
    asked: dict[str, object] = {"url": url, "name": name, "after": after}
    try:
        request = WebhookRequest.model_validate(
            asked
            | {"only": ChangeFilter.model_validate(told)}
            | ({"types": [one.value for one in types]} if types else {})
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise CommandError(f"{where}: {said}, found {first['input']!r}") from error
    check_side(side, configuration_of(ledger, settings_now()))
    made = asyncio.run(_with(ledger, lambda owned: owned.add(request, key=None)))
    _show_secret(made, form)
    asyncio.run(_note_missing_worker(ledger))


@webhooks.command("list")
def list_(*, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List webhooks, the oldest first, and how delivery goes; secrets are not shown."""
    known = asyncio.run(_with(ledger, lambda owned: owned.known(key=None)))
    write_records(WebhookView, [webhook_view(*one) for one in known], COLUMNS, form)


@webhooks.command()
def pause(webhook_id: WebhookId, *, ledger: LedgerName = None) -> None:
    """Send nothing to an endpoint until it is resumed; what changes meanwhile is sent then."""
    _change(webhook_id, ledger, Webhooks.pause)
    print_line(f"{webhook_id} paused")


@webhooks.command()
def resume(webhook_id: WebhookId, *, ledger: LedgerName = None) -> None:
    """Go on with one that was paused or stopped, from where it was, and try at once."""
    _change(webhook_id, ledger, Webhooks.resume)
    print_line(f"{webhook_id} goes on")


@webhooks.command()
def ping(webhook_id: WebhookId, *, ledger: LedgerName = None) -> None:
    """Have the worker send a message that tells nothing, to try a receiver."""
    _change(webhook_id, ledger, Webhooks.ping)
    print_line(f"{webhook_id} is sent a ping")


@webhooks.command()
def rotate(webhook_id: WebhookId, *, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """Make another secret and print it; for a day messages are signed with both."""
    _show_secret(_change(webhook_id, ledger, Webhooks.rotate), form)


@webhooks.command()
def remove(webhook_id: WebhookId, *, ledger: LedgerName = None) -> None:
    """Remove a webhook, with its secret."""
    _change(webhook_id, ledger, Webhooks.remove)
    print_line(f"{webhook_id} removed")


def _change(
    webhook_id: str, ledger: str | None, do: Callable[[Webhooks, KnownWebhook], Awaitable[T]]
) -> T:
    async def changed(owned: Webhooks) -> T:
        found = await owned.find(webhook_id, key=None)
        if found is None:
            raise CommandError(
                f"expected the id of a webhook of {owned.ledger} (`webhooks list`), found {webhook_id!r}"
            )
        return await do(owned, found)

    return asyncio.run(_with(ledger, changed))


async def _with(ledger: str | None, do: Callable[[Webhooks], Awaitable[T]]) -> T:
    async with _owned(ledger) as owned:
        try:
            return await do(owned)
        except WebhookRefusedError as error:
            raise CommandError(str(error)) from error


@asynccontextmanager
async def _owned(ledger: str | None) -> AsyncIterator[Webhooks]:
    async with connect_to_ledger(ledger) as connection:
        yield Webhooks(connection.client, connection.configuration.name, connection.settings)


async def _note_missing_worker(ledger: str | None) -> None:
    async with _owned(ledger) as owned:
        running = await Readers(owned.client, owned.ledger).running()
    if not any(reader.startswith(f"{WEBHOOKS}:") for reader in running):
        print_note("note: no worker delivers yet: `up --webhooks`, or `worker webhooks`")


def _show_secret(made: NewWebhook, form: Format | None) -> None:
    if form is not None and form is not Format.TABLE:
        write_records(NewWebhook, [made], (), form)
        return
    print_note(f"webhook {made.id} of {made.ledger} for {made.url}; its secret is shown this once:")
    print_line(made.secret)
