"""`diff`: what changed between two places of the log, why, and by whose words."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated

import typer

from schemas.comparison import CitedFact, ExplainedDifference
from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError
from services.cli.history import shown_fact
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import Format, TableColumn, choose_format, print_line, write_records
from services.cli.what_if import shown_state
from services.queries.as_of import between, bodies_of, read_place
from services.queries.between import (
    Between,
    Extent,
    Place,
    PlaceOrderError,
)


#: Most ids and claims named below one row; all stand in the other formats.
NAMED_COUNT_MAX = 5
_TITLES = {
    "exchanges": "Exchanges",
    "figures": "Figures",
    "cumulative": "Running totals",
    "checks": "Checks",
    "operations": "Operations",
}


def _place(text: str) -> Place:
    try:
        return read_place(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def diff(
    start: Annotated[
        Place,
        typer.Argument(
            parser=_place, metavar="A", help="A log position, a day (meant whole) or RFC 3339."
        ),
    ],
    end: Annotated[
        Place | None,
        typer.Argument(parser=_place, metavar="[B]", help="Likewise; the end if not given."),
    ] = None,
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """Show what changed between two places of the log: from what to what, why, and by whose words.

    Both are shown as they were at the time: nothing is decided again. Position 0 is the empty log.
    """
    try:
        found = asyncio.run(_between(ledger, start, end or Place()))
    except PlaceOrderError as error:
        raise CommandError(str(error)) from error
    if choose_format(form) is Format.TABLE:
        for line in _lines(found):
            print_line(line)
        return
    columns: Sequence[TableColumn[ExplainedDifference]] = ()
    write_records(ExplainedDifference, found.differences, columns, form)


async def _between(ledger: str | None, start: Place, end: Place) -> Between:
    async with connect_to_ledger(ledger) as connection:
        bodies = await bodies_of(connection.log)
    return between(bodies, ledger=connection.configuration, start=start, end=end)


def _lines(found: Between) -> Iterator[str]:
    yield (
        f"From {_extent(found.start)} to {_extent(found.end)}: {found.recorded_count} recorded, "
        f"{len(found.differences)} rows differ"
    )
    for view, rows in groupby(found.differences, lambda row: row.view):
        yield ""
        yield _TITLES[view]
        for row in rows:
            yield from _row_lines(row)


def _extent(extent: Extent) -> str:
    if extent.recorded_at is None:
        return "the empty log"
    return f"position {extent.position} ({extent.recorded_at.isoformat(timespec='seconds')})"


def _row_lines(row: ExplainedDifference) -> Iterator[str]:
    cause = f"   {row.cause.replace('_', ' ')}" if row.cause else ""
    yield f"  {row.id}: {shown_state(row.old)} → {shown_state(row.new)}{cause}"
    yield from (f"    {reason.text}" for reason in row.reasons)
    for fact in row.facts[:NAMED_COUNT_MAX]:
        yield f"    {_fact(fact)}"
    if len(row.facts) > NAMED_COUNT_MAX:
        yield f"    and {len(row.facts) - NAMED_COUNT_MAX} more, the last at position {row.facts[-1].position}"
    if row.follows:
        more = len(row.follows) - NAMED_COUNT_MAX
        named = ", ".join(row.follows[:NAMED_COUNT_MAX])
        yield f"    follows from {named}{f' and {more} more' if more > 0 else ''}"


def _fact(fact: CitedFact) -> str:
    standing = f" ({fact.standing})" if fact.standing else ""
    published = f", {fact.published_at}" if fact.published_at else ""
    url = f" {fact.url}" if fact.url else ""
    return f"{shown_fact(fact)}{standing}{published}{url}"
