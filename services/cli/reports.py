"""`reports`: reports to be read by the drafting worker, and drafts for a person to accept or discard."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from schemas.claim import Extraction
from schemas.draft import DraftEvent
from schemas.report import ReportForReview, SentReport
from schemas.views import ParkedClaim
from services.cli.connect import LedgerConnection, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.extract import DRAFT_COLUMNS, DraftFormat
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import (
    Format,
    TableColumn,
    print_line,
    print_note,
    print_text,
    write_records,
)
from services.cli.report_input import reports_of
from services.eventlog.inbox import InboxFullError
from services.eventlog.parked import in_words
from services.eventlog.reports import ReportCounts, ReportQueue, ReportsFullError
from services.extraction.highlights import page_of_drafts
from services.extraction.report import Report
from services.fetching.web import limits_of


reports = typer.Typer(
    no_args_is_help=True,
    help="Reports for the drafting worker to read, and their drafts for a person to review.",
)
ReportId = Annotated[str, typer.Argument(metavar="ID", help="As `reports list` shows it.")]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Most shown.")]

COLUMNS: Sequence[TableColumn[ReportForReview]] = (
    TableColumn("id", lambda one: one.id, is_id=True),
    TableColumn("outlet", lambda one: one.report.outlet or "–"),
    TableColumn("day", lambda one: str(one.report.published_at or "–")),
    TableColumn("drafts", lambda one: str(len(one.drafts)), is_number=True),
    TableColumn(
        "wrong", lambda one: str(sum(bool(d.draft.faults) for d in one.drafts)), is_number=True
    ),
    TableColumn("begins", lambda one: " ".join(one.report.text.split())[:60]),
    TableColumn("notes", lambda one: "; ".join(one.notes)),
)
PARKED_COLUMNS: Sequence[TableColumn[ParkedClaim]] = (
    TableColumn("id", lambda one: one.id, is_id=True),
    TableColumn("parked at", lambda one: one.parked_at.isoformat(timespec="seconds")),
    TableColumn("reasons", lambda one: "; ".join(map(in_words, one.reasons))),
)


@reports.command()
def add(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="FILE|URL|-...", help="As `extract` reads them."),
    ],
    *,
    outlet: Annotated[str | None, typer.Option(help="Who published them.")] = None,
    ledger: LedgerName = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch URLs of private networks too.")
    ] = False,
) -> None:
    """Hand reports to the drafting worker."""
    known = Report(text="", outlet=outlet)
    limits = limits_of(settings_now(), allows_private=allow_private)
    found = [report for path in paths for report in reports_of(path, known, limits)]
    asyncio.run(_add(ledger, found))
    print_line(f"{len(found)} to be read")


@reports.command("list")
def list_(*, limit: Limit = 100, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List reports whose drafts wait for a person, the oldest first."""
    found, counts = asyncio.run(_for_review(ledger, limit))
    write_records(ReportForReview, found, COLUMNS, form)
    print_note(
        f"{counts.for_review} to be reviewed, {counts.waiting} to be read, {counts.parked} parked"
    )


@reports.command()
def show(
    id: ReportId,  # noqa: A002  the option's name
    *,
    ledger: LedgerName = None,
    form: Annotated[
        DraftFormat | None, typer.Option("--format", help="html marks the words in the text.")
    ] = None,
) -> None:
    """Show the drafts of one report."""
    found = asyncio.run(_one(ledger, id))
    if form is DraftFormat.HTML:
        print_text(
            page_of_drafts([(Report.model_validate(found.report.model_dump()), found.drafts)])
        )
        return
    write_records(DraftEvent, found.drafts, DRAFT_COLUMNS, Format(form.value) if form else None)


@reports.command()
def accept(
    id: ReportId,  # noqa: A002  the option's name
    *,
    only: Annotated[
        list[int] | None,
        typer.Option("--only", metavar="N", help="This draft, counted from 1; may be repeated."),
    ] = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", help="Who read it; stays with the claims.")
    ] = None,
    ledger: LedgerName = None,
) -> int:
    """Publish the drafts of a report and take it out: those with nothing wrong, or those named.

    Exits 1 if some were left out.
    """
    published, count = asyncio.run(_accept(ledger, id, only, reviewer))
    print_line(f"{published} of {count} drafts published")
    return ExitCode.DONE if published == count else ExitCode.FAILED


@reports.command()
def discard(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="As `reports list` shows them.")
    ],
    *,
    ledger: LedgerName = None,
) -> None:
    """Take reports out without publishing anything of them."""
    print_line(f"{asyncio.run(_discard(ledger, ids))} discarded")


@reports.command()
def parked(*, limit: Limit = 100, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List what was sent as a report and could not be read, with the reasons."""
    found = asyncio.run(_parked(ledger, limit))
    write_records(ParkedClaim, found, PARKED_COLUMNS, form)


def _queue(connection: LedgerConnection) -> ReportQueue:
    return ReportQueue(connection.client, connection.configuration.name)


async def _add(ledger: str | None, found: Sequence[SentReport]) -> None:
    async with connect_to_ledger(ledger) as connection:
        try:
            await _queue(connection).add(found, limit=connection.settings.drafts_max)
        except ReportsFullError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error


async def _for_review(ledger: str | None, limit: int) -> tuple[list[ReportForReview], ReportCounts]:
    async with connect_to_ledger(ledger) as connection:
        queue = _queue(connection)
        return await queue.for_review(limit=limit), await queue.counts()


async def _parked(ledger: str | None, limit: int) -> list[ParkedClaim]:
    async with connect_to_ledger(ledger) as connection:
        return await _queue(connection).parked(limit=limit)


async def _one(ledger: str | None, report_id: str) -> ReportForReview:
    async with connect_to_ledger(ledger) as connection:
        return await _known(_queue(connection), report_id)


async def _known(queue: ReportQueue, report_id: str) -> ReportForReview:
    time, _, number = report_id.partition("-")
    is_id = report_id.isascii() and time.isdecimal() and number.isdecimal()
    found = await queue.one_for_review(report_id) if is_id else None
    if found is None:
        raise CommandError(f"expected the id of a report to be reviewed, found {report_id!r}")
    return found


async def _discard(ledger: str | None, ids: Sequence[str]) -> int:
    async with connect_to_ledger(ledger) as connection:
        queue = _queue(connection)
        for report_id in ids:
            await _known(queue, report_id)
        return await queue.done(ids)


async def _accept(
    ledger: str | None, report_id: str, only: Sequence[int] | None, reviewer: str | None
) -> tuple[int, int]:
    async with connect_to_ledger(ledger) as connection:
        queue = _queue(connection)
        found = await _known(queue, report_id)
        if only and not all(1 <= number <= len(found.drafts) for number in only):
            raise CommandError(f"expected numbers from 1 to {len(found.drafts)}, found {only}")
        chosen = [
            _reviewed(draft, reviewer)
            for number, draft in enumerate(found.drafts, start=1)
            if (number in only if only else not draft.draft.faults)
        ]
        events = [one.model_dump_json(exclude_none=True).encode() for one in chosen]
        if events:
            try:
                await connection.inbox.publish(events, limit=connection.settings.inbox_max)
            except InboxFullError as error:
                raise CommandError(str(error), ExitCode.FAILED) from error
        # Only then: what was published twice is recognised, what was taken out too early would be lost.
        await queue.done([report_id])
        return len(chosen), len(found.drafts)


def _reviewed(draft: DraftEvent, reviewer: str | None) -> DraftEvent:
    """Return a draft with who accepted it."""
    before = draft.data.extraction or Extraction(method="hand")
    extraction = before.model_copy(update={"reviewer": reviewer})
    return draft.model_copy(
        update={"data": draft.data.model_copy(update={"extraction": extraction})}
    )
