"""The reading commands: exchanges, operations, figures, cumulative, headline, checks, claims."""

import asyncio
from datetime import date
from typing import Annotated

import typer

from schemas.claim import Measure
from schemas.headline import HeadlineRow, HeadlineTotal
from schemas.operation import Operation
from schemas.views import Check, ClaimView, CumulativePoint, Exchange, Figure
from schemas.vocabulary import CheckResult, ClaimState, ExchangeStatus
from services.cli.columns import (
    CHECK_COLUMNS,
    CLAIM_COLUMNS,
    CUMULATIVE_COLUMNS,
    FIGURE_COLUMNS,
    HEADLINE_COLUMNS,
    HEADLINE_TOTAL_COLUMNS,
    exchange_columns,
    operation_columns,
)
from services.cli.exit_code import ExitCode
from services.cli.load import load
from services.cli.options import (
    AsAssertedBy,
    AsKnownOn,
    CategoryFilter,
    ClaimantFilter,
    ExchangeFilter,
    FigureStatusFilter,
    FirstDay,
    LastDay,
    LedgerName,
    OutputFormat,
    SideFilter,
    Since,
    read_day,
)
from services.cli.output import write_records
from services.queries.as_of import Cut, current_id
from services.queries.days import day_of_claim, is_between
from services.queries.headline_totals import (
    Period,
    headline_totals,
    points_since,
    rows_between,
)
from services.queries.window_totals import window_totals


def exchanges(
    *,
    status: Annotated[
        ExchangeStatus | None, typer.Option("--status", help="Only those of this status.")
    ] = None,
    first: FirstDay = None,
    last: LastDay = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List exchanges, with how many came back to each side: low / best / high."""
    configuration, models = asyncio.run(load(ledger, Cut(as_asserted_by, as_known_on)))
    figures = {figure.id: figure for figure in models.figures}
    rows = [
        row
        for row in models.exchanges
        if status in (None, row.status) and is_between(row.date, first, last)
    ]
    write_records(Exchange, rows, exchange_columns(configuration, figures), form)


def operations(
    *,
    status: Annotated[
        ExchangeStatus | None, typer.Option("--status", help="Only those of this status.")
    ] = None,
    first: FirstDay = None,
    last: LastDay = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List operations of several days, with what is said of each as a whole."""
    _, models = asyncio.run(load(ledger, Cut(as_asserted_by, as_known_on)))
    figures = {figure.id: figure for figure in models.figures}
    rows = [
        row
        for row in models.operations
        if status in (None, row.status) and is_between(row.first_day, first, last)
    ]
    write_records(Operation, rows, operation_columns(figures), form)


def figures(
    *,
    exchange: ExchangeFilter = None,
    side: SideFilter = None,
    category: CategoryFilter = None,
    measure: Annotated[
        Measure | None, typer.Option("--measure", help="Only what is counted so.")
    ] = None,
    status: FigureStatusFilter = None,
    first: FirstDay = None,
    last: LastDay = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List figures: how many, between which bounds, and how sure."""
    _, models = asyncio.run(load(ledger, Cut(as_asserted_by, as_known_on), side=side))
    exchange_id = current_id(exchange, models.exchanges)
    rows = [
        row
        for row in models.figures
        if exchange_id in (None, row.exchange)
        and side in (None, row.side)
        and category in (None, row.category)
        and measure in (None, row.measure)
        and status in (None, row.status)
        and is_between(row.date, first, last)
    ]
    write_records(Figure, rows, FIGURE_COLUMNS, form)


def cumulative(
    *,
    side: SideFilter = None,
    category: CategoryFilter = None,
    status: FigureStatusFilter = None,
    since: Since = None,
    first: FirstDay = None,
    last: LastDay = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List running totals: how many came back to each side up to a day, since the ledger opened."""
    cut = Cut(as_asserted_by, as_known_on)
    configuration, models = asyncio.run(load(ledger, cut, side=side, with_claims=since is not None))
    points = models.cumulative
    if since is not None:
        windows = window_totals(models.cumulative, models.claims)
        points = points_since(configuration.name, models.headline, since, windows)
    rows = [
        row
        for row in points
        if side in (None, row.side)
        and category in (None, row.category)
        and status in (None, row.status)
        and is_between(row.as_of, first, last)
    ]
    write_records(CumulativePoint, rows, CUMULATIVE_COLUMNS, form)


def headline(
    *,
    side: SideFilter = None,
    category: CategoryFilter = None,
    since: Annotated[
        date | None,
        typer.Option(
            "--since", "--from", parser=read_day, metavar="DAY", help="Only from this day on."
        ),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(
            "--until", "--to", parser=read_day, metavar="DAY", help="Only up to this day."
        ),
    ] = None,
    by: Annotated[
        Period | None, typer.Option("--by", help="Sums by year or month, groups among them.")
    ] = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List how many each exchange adds for each side: rows that can be summed over any days."""
    _, models = asyncio.run(load(ledger, Cut(as_asserted_by, as_known_on), side=side))
    inside = rows_between(models.headline, since, until)
    rows = [row for row in inside if side in (None, row.side)]
    if by is not None:
        totals = headline_totals(rows, models.figures, by, category=category)
        write_records(HeadlineTotal, totals, HEADLINE_TOTAL_COLUMNS, form)
        return
    rows = [row for row in rows if category in (None, row.category)]
    write_records(HeadlineRow, rows, HEADLINE_COLUMNS, form)


def checks(
    *,
    exchange: ExchangeFilter = None,
    side: SideFilter = None,
    category: CategoryFilter = None,
    result: Annotated[
        CheckResult | None,
        typer.Option("--result", "--status", help="Only those that ended so."),
    ] = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> int:
    """List checks: identities that claims must satisfy. Exits 1 if a listed one failed."""
    _, models = asyncio.run(load(ledger, Cut(as_asserted_by, as_known_on), side=side))
    exchange_id = current_id(exchange, models.exchanges)
    rows = [
        row
        for row in models.checks
        if exchange_id in (None, row.exchange)
        and side in (None, row.side)
        and category in (None, row.category)
        and result in (None, row.result)
    ]
    write_records(Check, rows, CHECK_COLUMNS, form)
    return ExitCode.FAILED if any(row.result == "fail" for row in rows) else ExitCode.DONE


def claims(
    *,
    exchange: ExchangeFilter = None,
    side: SideFilter = None,
    category: CategoryFilter = None,
    state: Annotated[
        ClaimState | None,
        typer.Option("--state", "--status", help="Only those in this state."),
    ] = None,
    claimant: ClaimantFilter = None,
    first: FirstDay = None,
    last: LastDay = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List claims: who said what, where it stands, and why; days are those on which they were said."""
    _, models = asyncio.run(
        load(ledger, Cut(as_asserted_by, as_known_on), side=side, with_claims=True)
    )
    exchange_id = current_id(exchange, models.exchanges)
    rows = [
        row
        for row in models.claims
        if exchange_id in (None, row.exchange)
        and side in (None, row.side)
        and category in (None, row.category)
        and state in (None, row.state)
        and (claimant is None or claimant.casefold() in row.claimant.name.casefold())
        and is_between(day_of_claim(row), first, last)
    ]
    write_records(ClaimView, rows, CLAIM_COLUMNS, form)
