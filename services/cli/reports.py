"""`reports`: reports to be read by the drafting worker, and drafts for a person to accept or discard."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from schemas.claim import Extraction
from schemas.draft import DraftEvent
from schemas.report import ReportForReview, SentReport
from schemas.views import ParkedClaim
from services.cli.connect import (
    LedgerConnection,
    configuration_of,
    connect_to_ledger,
    settings_now,
)
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
from services.cli.report_input import known_report, reports_of
from services.eventlog.inbox import InboxFullError
from services.eventlog.parked import in_words
from services.eventlog.reports import (
    ReportCounts,
    ReportQueue,
    ReportsFullError,
    ReportTooLargeError,
)
from services.extraction.highlights import page_of_drafts
from services.extraction.label_studio import (
    for_review_of,
    labelling_config,
    stands_in,
    task_of,
)
from services.extraction.report import Report
from services.fetching.web import limits_of
from services.runtime import clock


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
    again: Annotated[
        bool, typer.Option("--again", help="Read them even if they were read before.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch URLs of private networks too.")
    ] = False,
) -> None:
    """Hand reports to the drafting worker; one that was read before is read no second time."""
    known = known_report(outlet=outlet)
    limits = limits_of(settings_now(), allows_private=allow_private)
    found = [report for path in paths for report in reports_of(path, known, limits)]
    asyncio.run(_add(ledger, found, again=again))
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


@reports.command("export")
def export_tasks(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID...", help="As `reports list` shows them; all unless given."),
    ] = None,
    *,
    limit: Limit = 1_000,
    ledger: LedgerName = None,
) -> None:
    """Print reports that wait, with their drafts, as tasks of Label Studio: JSON to import there."""
    found = asyncio.run(_chosen(ledger, ids or [], limit))
    tasks, left_out = [], 0
    for one in found:
        report = Report.model_validate(one.report.model_dump())
        tasks.append(task_of(report, one.drafts))
        left_out += sum(not stands_in(draft, report.text) for draft in one.drafts)
    print_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n")
    print_note(
        f"{len(tasks)} reports; {left_out} drafts left out, whose words do not stand in them"
    )


@reports.command("import")
def import_tasks(
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="As Label Studio exports tasks.")],
    *,
    ledger: LedgerName = None,
) -> None:
    """Take in what people annotated in Label Studio: drafts that wait for a person like all others."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        configuration = configuration_of(ledger, settings_now())
        found = for_review_of(text, configuration, clock.now())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: expected an export of Label Studio, {error}") from error
    asyncio.run(_put_for_review(ledger, found))
    drafts = sum(len(one.drafts) for one in found)
    print_line(f"{len(found)} reports with {drafts} drafts wait for a person")


@reports.command("label-config")
def label_config(*, ledger: LedgerName = None) -> None:
    """Print the labelling configuration of a project of Label Studio for these tasks."""
    print_text(labelling_config(configuration_of(ledger, settings_now())))


@reports.command()
def parked(*, limit: Limit = 100, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List what was sent as a report and could not be read, with the reasons."""
    found = asyncio.run(_parked(ledger, limit))
    write_records(ParkedClaim, found, PARKED_COLUMNS, form)


def _queue(connection: LedgerConnection) -> ReportQueue:
    return ReportQueue(connection.client, connection.configuration.name)


async def _add(ledger: str | None, found: Sequence[SentReport], *, again: bool) -> None:
    async with connect_to_ledger(ledger) as connection:
        settings = connection.settings
        try:
            await _queue(connection).add(
                found, limit=settings.drafts_max, bytes_max=settings.entry_bytes_max, again=again
            )
        except (ReportsFullError, ReportTooLargeError) as error:
            raise CommandError(str(error), ExitCode.FAILED) from error


async def _for_review(ledger: str | None, limit: int) -> tuple[list[ReportForReview], ReportCounts]:
    async with connect_to_ledger(ledger) as connection:
        queue = _queue(connection)
        return await queue.for_review(limit=limit), await queue.counts()


async def _chosen(ledger: str | None, ids: Sequence[str], limit: int) -> list[ReportForReview]:
    async with connect_to_ledger(ledger) as connection:
        queue = _queue(connection)
        if ids:
            return [await _known(queue, report_id) for report_id in ids]
        return await queue.for_review(limit=limit)


async def _put_for_review(ledger: str | None, found: Sequence[ReportForReview]) -> None:
    async with connect_to_ledger(ledger) as connection:
        try:
            await _queue(connection).add_for_review(found, limit=connection.settings.drafts_max)
        except ReportsFullError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error


async def _parked(ledger: str | None, limit: int) -> list[ParkedClaim]:
    async with connect_to_ledger(ledger) as connection:
        return await _queue(connection).parked(limit=limit)


async def _one(ledger: str | None, report_id: str) -> ReportForReview:
    async with connect_to_ledger(ledger) as connection:
        return await _known(_queue(connection), report_id)


async def _known(queue: ReportQueue, report_id: str) -> ReportForReview:
    found = await queue.one_for_review(report_id)
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
