"""`rejected`: list, show, export, retry, mend and discard parked claims."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from schemas.views import ParkedClaim, Rejection
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName, OutputFormat, read_time
from services.cli.output import (
    Format,
    TableColumn,
    choose_format,
    print_line,
    print_note,
    write_records,
)
from services.eventlog.inbox import InboxFullError
from services.eventlog.parked import ParkedFilter, in_words
from services.ingest.intake import Rejected, read_inbound


rejected = typer.Typer(
    no_args_is_help=True,
    help="Parked claims: list, show, export, retry, edit, discard.",
)
#: Most rows of a table unless asked for otherwise; the other formats hold all.
TABLE_COUNT_MAX = 100

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Ids as `rejected list` shows them.")
]
All = Annotated[bool, typer.Option("--all", help="All parked claims of the ledger.")]
FromSource = Annotated[
    str | None, typer.Option(metavar="SOURCE", help="Only what this publisher sent.")
]
ForReason = Annotated[
    str | None, typer.Option(metavar="WORDS", help="Only where a reason holds these words.")
]
HoldingText = Annotated[
    str | None, typer.Option(metavar="WORDS", help="Only where what was sent holds these words.")
]
ParkedSince = Annotated[
    datetime | None,
    typer.Option("--since", parser=read_time, metavar="T", help="Only what was parked from T on."),
]
ParkedUntil = Annotated[
    datetime | None,
    typer.Option("--until", parser=read_time, metavar="T", help="Only what was parked up to T."),
]
Limit = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Most shown; of a table 100 if not given.")
]

COLUMNS: Sequence[TableColumn[ParkedClaim]] = (
    TableColumn("id", lambda claim: claim.id),
    TableColumn("parked at", lambda claim: claim.parked_at.isoformat(timespec="seconds")),
    TableColumn("source", lambda claim: claim.source),
    TableColumn("reasons", lambda claim: "; ".join(map(in_words, claim.reasons))),
)


class _Chosen(NamedTuple):
    # Which parked claims a command is about: some by id, those a filter finds, or all.
    ids: Sequence[str]
    wanted: ParkedFilter
    is_all: bool


@rejected.command("list")
def list_(
    *,
    source: FromSource = None,
    reason: ForReason = None,
    text: HoldingText = None,
    since: ParkedSince = None,
    until: ParkedUntil = None,
    limit: Limit = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """List parked claims in the order they were parked."""
    wanted = _filter(source, reason, text, since, until)
    if limit is None and choose_format(form) is Format.TABLE:
        limit = TABLE_COUNT_MAX
    found, count = asyncio.run(_found(ledger, wanted, limit))
    write_records(ParkedClaim, found, COLUMNS, form)
    if len(found) == limit and len(found) < count:
        print_note(f"the first {limit} of {count} parked claims; --limit shows more")


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
        print_line(f"  {in_words(reason)}")
    print_line(f"{claim.raw_encoding}: {claim.raw}")


@rejected.command()
def export(
    *,
    source: FromSource = None,
    reason: ForReason = None,
    text: HoldingText = None,
    since: ParkedSince = None,
    until: ParkedUntil = None,
    ledger: LedgerName = None,
) -> None:
    """Print what was sent, one JSON object a line, to be mended and published again.

    Nothing is taken out: `rejected discard` does that, once it is published.
    """
    wanted = _filter(source, reason, text, since, until)
    found, _ = asyncio.run(_found(ledger, wanted, None))
    left_out = 0
    for claim in found:
        line = _one_line(claim)
        if line is None:
            left_out += 1
        else:
            print_line(line)
    if left_out:
        print_note(f"{left_out} left out that are no JSON: `rejected show ID` shows them")


@rejected.command()
def retry(
    ids: Ids = None,
    *,
    is_all: All = False,
    source: FromSource = None,
    reason: ForReason = None,
    text: HoldingText = None,
    since: ParkedSince = None,
    until: ParkedUntil = None,
    ledger: LedgerName = None,
) -> None:
    """Send parked claims through intake once more, say after a ledger's configuration was mended."""
    chosen = _Chosen(ids or (), _filter(source, reason, text, since, until), is_all)
    count = asyncio.run(_take_out(ledger, chosen, is_retry=True))
    print_line(f"{count} back in the inbox")


@rejected.command()
def edit(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `rejected list` shows it.")],  # noqa: A002  the option's name
    path: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="The mended event as JSON; - is stdin.")
    ] = "-",
    *,
    ledger: LedgerName = None,
) -> int:
    """Publish a mended event in the place of a parked one.

    It is checked as intake does. Only what passes is published, and only then the parked one is removed.
    Exits 1 if it does not pass.
    """
    try:
        mended = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"expected a file, found {path}: {error.strerror}") from error
    reasons = asyncio.run(_edit(ledger, id, mended.strip()))
    for reason in reasons:
        print_note(f"still wrong: {in_words(reason)}")
    if not reasons:
        print_line(f"published in the place of {id}")
    return ExitCode.FAILED if reasons else ExitCode.DONE


@rejected.command()
def discard(
    ids: Ids = None,
    *,
    is_all: All = False,
    source: FromSource = None,
    reason: ForReason = None,
    text: HoldingText = None,
    since: ParkedSince = None,
    until: ParkedUntil = None,
    ledger: LedgerName = None,
) -> None:
    """Throw parked claims away, for good."""
    chosen = _Chosen(ids or (), _filter(source, reason, text, since, until), is_all)
    count = asyncio.run(_take_out(ledger, chosen, is_retry=False))
    print_line(f"{count} discarded")


def _filter(
    source: str | None,
    reason: str | None,
    text: str | None,
    since: datetime | None,
    until: datetime | None,
) -> ParkedFilter:
    return ParkedFilter(source=source, reason=reason, text=text, since=since, until=until)


def _one_line(claim: ParkedClaim) -> str | None:
    """Return what was sent as JSON on one line, null if it is none."""
    if claim.raw_encoding != "utf-8":
        return None
    try:
        document = json.loads(claim.raw.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


async def _found(
    ledger: str | None, wanted: ParkedFilter, limit: int | None
) -> tuple[list[ParkedClaim], int]:
    """Return those a filter finds, at most `limit`, and how many there are in all."""
    found: list[ParkedClaim] = []
    async with connect_to_ledger(ledger) as connection:
        count = await connection.parked.count()
        async with aclosing(connection.parked.found(wanted)) as claims:
            async for claim in claims:
                found.append(claim)
                if len(found) == limit:
                    break
    return found, count


async def _one(ledger: str | None, parked_id: str) -> ParkedClaim:
    async with connect_to_ledger(ledger) as connection:
        return await _known(connection, parked_id)


async def _known(connection: LedgerConnection, parked_id: str) -> ParkedClaim:
    claim = await connection.parked.get(parked_id) if _is_id(parked_id) else None
    if claim is None:
        raise CommandError(f"expected the id of a parked claim, found {parked_id!r}")
    return claim


def _is_id(text: str) -> bool:
    time, _, number = text.partition("-")
    return text.isascii() and time.isdecimal() and number.isdecimal()


async def _edit(ledger: str | None, parked_id: str, mended: bytes) -> tuple[Rejection, ...]:
    """Publish a mended event, then remove the parked one; return why not, if it does not pass."""
    async with connect_to_ledger(ledger) as connection:
        await _known(connection, parked_id)
        settings = connection.settings
        read = read_inbound(
            mended,
            ledger=connection.configuration,
            entry_bytes_max=settings.entry_bytes_max,
        )
        if isinstance(read, Rejected):
            return read.reasons
        try:
            await connection.inbox.publish([mended], limit=settings.inbox_max)
        except InboxFullError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error
        await connection.parked.discard([parked_id])
    return ()


async def _take_out(ledger: str | None, chosen: _Chosen, *, is_retry: bool) -> int:
    ways = (bool(chosen.ids), chosen.wanted != ParkedFilter(), chosen.is_all)
    if sum(ways) != 1:
        raise CommandError("expected ids of parked claims, a filter, or --all")
    async with connect_to_ledger(ledger) as connection:
        for parked_id in chosen.ids:
            await _known(connection, parked_id)
        if chosen.is_all and not is_retry:
            return await connection.parked.discard_all()
        ids = chosen.ids or await connection.parked.ids(chosen.wanted)
        if not is_retry:
            return await connection.parked.discard(ids)
        try:
            return await connection.parked.retry(ids, limit=connection.settings.inbox_max)
        except InboxFullError as error:
            raise CommandError(f"{error}; the others stay parked", ExitCode.FAILED) from error
