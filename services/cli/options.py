"""The options that several commands share, defined once."""

from datetime import date, datetime
from typing import Annotated

import typer

from schemas.vocabulary import FigureStatus
from services.cli.output import Format
from services.queries.cut_times import read_cut_time


def read_day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"expected a day (2024-01-03), found {text!r}") from error


def read_time(text: str) -> datetime:
    """Read a cut-off time: an instant with its offset, or a day, which is meant whole."""
    try:
        return read_cut_time(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


LedgerName = Annotated[
    str | None,
    typer.Option("--ledger", metavar="NAME", help="Which ledger; the first of LEDGER_NAMES."),
]
OutputFormat = Annotated[
    Format | None,
    typer.Option("--format", help="A table on a terminal, JSON elsewhere."),
]
FigureName = Annotated[
    str,
    typer.Argument(metavar="FIGURE", help="A figure's id, e.g. 2024-01-03:returned:UA:all."),
]
PolicyVersion = Annotated[
    str | None, typer.Option("--policy", metavar="P", help="Decide by another policy.")
]
AsAssertedBy = Annotated[
    datetime | None,
    typer.Option(
        parser=read_time,
        metavar="T",
        help="Only what had been said by T: a date (meant whole, UTC) or RFC 3339.",
    ),
]
AsKnownOn = Annotated[
    datetime | None,
    typer.Option(
        parser=read_time,
        metavar="T",
        help="What this ledger held at T: a date (meant whole, UTC) or RFC 3339.",
    ),
]
Since = Annotated[
    date | None,
    typer.Option("--since", parser=read_day, metavar="DAY", help="Only from this day on."),
]
FirstDay = Annotated[
    date | None,
    typer.Option("--from", parser=read_day, metavar="DAY", help="Only from this day on."),
]
LastDay = Annotated[
    date | None,
    typer.Option("--to", parser=read_day, metavar="DAY", help="Only up to this day, inclusive."),
]
ClaimantFilter = Annotated[
    str | None,
    typer.Option(
        "--claimant", metavar="NAME", help="Only what this one says: a part of the name does."
    ),
]
ExchangeFilter = Annotated[
    str | None,
    typer.Option("--exchange", metavar="ID", help="Only this exchange, e.g. 2024-01-03."),
]
SideFilter = Annotated[
    str | None, typer.Option("--side", metavar="SIDE", help="Only this side, e.g. UA.")
]
CategoryFilter = Annotated[
    str | None,
    typer.Option("--category", metavar="WHO", help="Only who is counted, e.g. military."),
]
FigureStatusFilter = Annotated[
    FigureStatus | None, typer.Option("--status", help="Only those of this status.")
]
