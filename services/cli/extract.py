"""`extract` and `extract-eval`: drafts of claims from the text of reports, and how right they are."""

import asyncio
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from schemas.draft import DraftEvent
from schemas.ledger import LedgerConfiguration
from services.cli.connect import configuration_of, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName, read_day
from services.cli.output import (
    Format,
    TableColumn,
    choose_format,
    print_json,
    print_line,
    print_note,
    print_text,
    write_records,
    write_table,
)
from services.cli.report_input import known_report, reports_of
from services.drafting.language_model import NoModelError
from services.drafting.reading import Proposer, ReportReader, reader_of
from services.extraction.evaluation import LabelledReport, Score, read_labels, scores_of
from services.extraction.highlights import page_of_drafts
from services.extraction.report import Report
from services.fetching.web import limits_of
from services.runtime.settings import Settings


class DraftFormat(StrEnum):
    """How drafts are written: as all lists are, or as a page with their words marked."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


ProposerName = Annotated[
    Proposer | None,
    typer.Option(
        "--by", help="Who reads them: rules, a model, or both; LEDGER_PROPOSER otherwise."
    ),
]
OutletName = Annotated[
    str | None, typer.Option("--outlet", metavar="NAME", help="Who published the report.")
]


def extract_claims(
    path: Annotated[
        str,
        typer.Argument(
            metavar="FILE|URL|-",
            help="The text of a report, a page, or JSON of reports: {text, url, outlet, published_at, lang}.",
        ),
    ],
    *,
    ledger: LedgerName = None,
    outlet: OutletName = None,
    url: Annotated[str | None, typer.Option("--url", help="The report's address.")] = None,
    published: Annotated[
        date | None,
        typer.Option(
            "--published-at",
            parser=read_day,
            metavar="DAY",
            help="The day it came out; without it no weekday, and no 'today', is a day.",
        ),
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", help="en, uk or ru; by its letters otherwise.")
    ] = None,
    form: Annotated[
        DraftFormat | None,
        typer.Option(
            "--format", help="A table on a terminal, JSON elsewhere; html marks the words."
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also the words that each field rests on.")
    ] = False,
    by: ProposerName = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch a URL of a private network too.")
    ] = False,
) -> int:
    """Read claims out of the text of reports, as drafts: events that `publish` takes, not published.

    Each draft says in `extraction` which rule made it, the words that its fields rest on, and what is
    wrong with it. Exits 1 if anything is wrong with one. By rules, which are offline and give the same bytes
    for the same text, unless a model of your own is set and asked for.
    """
    known = known_report(url=url, outlet=outlet, published_at=published, lang=lang)
    settings = settings_now()
    configuration = configuration_of(ledger, settings)
    reports = reports_of(path, known, limits_of(settings, allows_private=allow_private))
    read = asyncio.run(_read(reports, configuration, _reader(settings, by)))
    drafts = [draft for _, found in read for draft in found]
    if form is DraftFormat.HTML:
        print_text(page_of_drafts(read))
    elif explain:
        _write_explained(drafts)
    else:
        asked = Format(form.value) if form else None
        write_records(DraftEvent, drafts, DRAFT_COLUMNS, choose_format(asked))
    return ExitCode.FAILED if any(draft.draft.faults for draft in drafts) else ExitCode.DONE


async def _read(
    reports: Sequence[Report], configuration: LedgerConfiguration, reader: ReportReader
) -> list[tuple[Report, list[DraftEvent]]]:
    """Return reports with their drafts; what is to be said beside them goes to stderr."""
    found = []
    for report in reports:
        read = await reader.read(report, configuration)
        found.append((report, read.drafts))
        for note in read.notes:
            print_note(f"{report.url or 'report'}: {note}")
    return found


def _reader(settings: Settings, by: Proposer | None) -> ReportReader:
    try:
        return reader_of(settings, by)
    except NoModelError as error:
        raise CommandError(str(error)) from error


def _number(draft: DraftEvent) -> str:
    quantity = draft.data.quantity
    if quantity is None:
        return "–"
    if quantity.bound == "range":
        return f"{quantity.low}–{quantity.high}"
    return f"{quantity.bound} {'?' if quantity.value is None else quantity.value}"


def _day(draft: DraftEvent) -> str:
    claim = draft.data
    if claim.period.since or claim.period.as_of:
        return f"{claim.period.since or '…'} to {claim.period.as_of or '…'}"
    return str(claim.exchange.date or "–")


#: What a table shows of a draft.
DRAFT_COLUMNS: Sequence[TableColumn[DraftEvent]] = (
    TableColumn("measure", lambda draft: draft.data.measure),
    TableColumn("side", lambda draft: draft.data.side or "–"),
    TableColumn("who", lambda draft: draft.data.category),
    TableColumn("how many", _number),
    TableColumn("when", _day),
    TableColumn("who says so", lambda draft: draft.data.claimant.name),
    TableColumn("wording", lambda draft: draft.data.wording or ""),
    TableColumn("", lambda draft: "" if draft.data.modality == "asserted" else draft.data.modality),
    TableColumn("wrong", lambda draft: "; ".join(one.field for one in draft.draft.faults)),
)


def _write_explained(drafts: Sequence[DraftEvent]) -> None:
    for number, draft in enumerate(drafts, start=1):
        claim, notes = draft.data, draft.draft
        print_line(
            f"{number}. {claim.measure} {claim.side or '–'} {claim.category} {_number(draft)} "
            f"({_day(draft)}), {claim.claimant.name}"
        )
        print_line(f"   rule {notes.rule}" if notes.rule else f"   by {_method(draft)}")
        if claim.extraction is not None and claim.extraction.fallback:
            print_line(f"   instead of {claim.extraction.fallback}")
        for one in notes.evidence:
            print_line(f"   {one.field}: “{one.quote}” at {one.start}")
        for fault in notes.faults:
            print_line(f"   wrong: {fault.field}: expected {fault.expected}, found {fault.found}")


def _method(draft: DraftEvent) -> str:
    return draft.data.extraction.method if draft.data.extraction else "hand"


def evaluate(
    labels: Annotated[
        str,
        typer.Argument(
            metavar="LABELS",
            help="JSON lines of reports with their text and the claims that they make.",
        ),
    ],
    *,
    texts: Annotated[
        str | None,
        typer.Option(
            "--texts", metavar="FILE", help="JSON lines {url, text}, if labels have none."
        ),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="A table on a terminal, JSON elsewhere.")
    ] = None,
    by: ProposerName = None,
) -> int:
    """Measure how right drafts are against labelled reports: precision, recall and F1 by field."""
    try:
        labelled = read_labels(
            Path(labels).read_text(encoding="utf-8"),
            Path(texts).read_text(encoding="utf-8") if texts else "",
        )
    except (OSError, ValueError) as error:
        raise CommandError(f"{labels}: expected labelled reports, {error}") from error
    settings = settings_now()
    known, without = [], 0
    for one in labelled:
        try:
            known.append((one, configuration_of(one.report.subject, settings)))
        except CommandError as error:
            without += 1
            print_note(str(error))
    scores = asyncio.run(_scores(known, _reader(settings, by)))
    if choose_format(form) is Format.TABLE:
        write_table(scores, _SCOREDRAFT_COLUMNS)
    else:
        print_json("\n".join(score.model_dump_json() for score in scores))
    print_note(f"{len(known)} reports with text, {without} of ledgers that there are not")
    return ExitCode.DONE


async def _scores(
    labelled: Sequence[tuple[LabelledReport, LedgerConfiguration]], reader: ReportReader
) -> list[Score]:
    drafted = []
    for one, configuration in labelled:
        ((_, drafts),) = await _read([one.report], configuration, reader)
        drafted.append((one, drafts))
    return scores_of(drafted)


_SCOREDRAFT_COLUMNS: Sequence[TableColumn[Score]] = (
    TableColumn("reports", lambda score: score.group),
    TableColumn("fields", lambda score: score.fields),
    TableColumn("labels", lambda score: str(score.label_count), is_number=True),
    TableColumn("drafts", lambda score: str(score.draft_count), is_number=True),
    TableColumn("right", lambda score: str(score.right_count), is_number=True),
    TableColumn("precision", lambda score: f"{score.precision:.3f}", is_number=True),
    TableColumn("recall", lambda score: f"{score.recall:.3f}", is_number=True),
    TableColumn("F1", lambda score: f"{score.f1:.3f}", is_number=True),
)
