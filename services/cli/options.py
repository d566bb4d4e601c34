"""The options that many commands share, spelled once."""

from datetime import UTC, date, datetime, time
from typing import Annotated, NamedTuple

import typer

from services.cli.output import Format


def read_time(text: str) -> datetime:
    """Read a cut-off time: an instant with its offset, or a day, which is meant whole.

    >>> read_time("2024-01-03").isoformat()
    '2024-01-03T23:59:59.999999+00:00'
    """
    try:
        if len(text) == len("2024-01-03"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(
            f"expected a date (2024-01-03) or a time with its offset (2024-01-03T18:46:00Z), found {text!r}"
        )
    return instant


LedgerName = Annotated[
    str | None,
    typer.Option("--ledger", metavar="NAME", help="Which ledger; the first of LEDGER_NAMES."),
]
OutputFormat = Annotated[
    Format | None,
    typer.Option("--format", help="A table on a terminal, JSON elsewhere."),
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


class Cut(NamedTuple):
    """The two cut-off times; null means no cut."""

    asserted_by: datetime | None = None
    known_on: datetime | None = None
