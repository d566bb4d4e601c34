"""`rejected`: list, show, retry and discard parked claims."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from schemas.views import ParkedClaim, Rejection
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import Format, TableColumn, choose_format, print_line, write_records


rejected = typer.Typer(no_args_is_help=True, help="Parked claims: list, show, retry, discard.")

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Ids as `rejected list` shows them.")
]
All = Annotated[bool, typer.Option("--all", help="All parked claims of the ledger.")]

COLUMNS: Sequence[TableColumn[ParkedClaim]] = (
    TableColumn("id", lambda claim: claim.id),
    TableColumn("parked at", lambda claim: claim.parked_at.isoformat(timespec="seconds")),
    TableColumn("source", lambda claim: claim.source),
    TableColumn("reasons", lambda claim: "; ".join(map(sentence, claim.reasons))),
)


@rejected.command("list")
def list_(*, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List parked claims in the order they were parked."""
    write_records(ParkedClaim, asyncio.run(_all(ledger)), COLUMNS, form)


@rejected.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `rejected list` shows it.")],  # noqa: A002  the option's name
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """Show one parked claim: every reason, and what was sent."""
    claim = asyncio.run(_one(ledger, id))
    if choose_format(form) is not Format.TABLE:
        write_records(ParkedClaim, [claim], COLUMNS, form)
        return
    print_line(f"{claim.id} from {claim.source}, parked at {claim.parked_at.isoformat()}")
    for reason in claim.reasons:
        print_line(f"  {sentence(reason)}")
    print_line(f"{claim.raw_encoding}: {claim.raw}")


@rejected.command()
def retry(
    ids: Ids = None,
    *,
    is_all: All = False,
    ledger: LedgerName = None,
) -> None:
    """Send parked claims through intake once more, say after a ledger's configuration was mended."""
    count = asyncio.run(_unpark(ledger, ids or [], is_all=is_all, is_retry=True))
    print_line(f"{count} back in the inbox")


@rejected.command()
def discard(
    ids: Ids = None,
    *,
    is_all: All = False,
    ledger: LedgerName = None,
) -> None:
    """Throw parked claims away, for good."""
    count = asyncio.run(_unpark(ledger, ids or [], is_all=is_all, is_retry=False))
    print_line(f"{count} discarded")


def sentence(reason: Rejection) -> str:
    """Return one reason as a line of text."""
    return (
        f"{reason.pointer or 'the whole event'}: expected {reason.expected}, found {reason.found}"
    )


async def _all(ledger: str | None) -> list[ParkedClaim]:
    async with connect_to_ledger(ledger) as connection:
        return await _parked(connection)


async def _parked(connection: LedgerConnection) -> list[ParkedClaim]:
    found: list[ParkedClaim] = []
    while batch := await connection.inbox.parked(after=found[-1].id if found else "0"):
        found += batch
    return found


async def _one(ledger: str | None, parked_id: str) -> ParkedClaim:
    async with connect_to_ledger(ledger) as connection:
        for claim in await _parked(connection):
            if claim.id == parked_id:
                return claim
    raise _unknown(parked_id)


async def _unpark(ledger: str | None, ids: Sequence[str], *, is_all: bool, is_retry: bool) -> int:
    if is_all == bool(ids):
        raise CommandError("expected ids of parked claims, or --all")
    async with connect_to_ledger(ledger) as connection:
        known = [claim.id for claim in await _parked(connection)]
        for parked_id in ids:
            if parked_id not in known:
                raise _unknown(parked_id)
        for parked_id in known if is_all else ids:
            await connection.inbox.unpark(parked_id, retry=is_retry)
        return len(known if is_all else ids)


def _unknown(parked_id: str) -> CommandError:
    return CommandError(f"expected the id of a parked claim, found {parked_id!r}")
