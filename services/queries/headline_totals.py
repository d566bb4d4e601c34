"""Sums of headline rows: by year or month, of everybody and of groups, and from any day on.

A group is summed where everybody was counted too, beside how many exchanges say so: nobody knows how
many women came back in the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from schemas.headline import HeadlineRow, HeadlineTotal, ListedSum
from schemas.views import CumulativePoint, Figure
from schemas.vocabulary import CAME_BACK
from services.projection.headline import listed_by_day, plus


Period = Literal["year", "month"]
#: Groups that are summed unless one is asked for.
GROUPS = ("military", "civilian", "women", "men", "children", "wounded")
EVERYBODY = "all"


def rows_between(
    rows: Iterable[HeadlineRow], since: date | None, until: date | None
) -> tuple[HeadlineRow, ...]:
    """Return the rows of a span of days, both included."""
    return tuple(row for row in rows if (since or row.date) <= row.date <= (until or row.date))


def headline_totals(
    rows: Iterable[HeadlineRow],
    figures: Iterable[Figure],
    by: Period,
    *,
    category: str | None = None,
) -> tuple[HeadlineTotal, ...]:
    """Return the sums of rows by year or month, in order of period, side and category.

    Args:
        rows: The headline rows to be summed.
        figures: The ledger's figures.
        by: The length of a period.
        category: The one group, or `all`, that is wanted; null for everybody and the usual groups.
    """
    periods: defaultdict[tuple[str, str], list[HeadlineRow]] = defaultdict(list)
    for row in rows:
        if row.status in CAME_BACK:
            periods[_period(row.date, by), row.side].append(row)
    known = {
        (figure.exchange, figure.side, figure.category): figure
        for figure in figures
        if figure.measure == "returned" and figure.best is not None
    }
    wanted = (EVERYBODY, *GROUPS) if category is None else (category,)
    found = (
        total
        for (period, side), of in periods.items()
        for who in wanted
        if (total := _total(period, side, who, of, known)) is not None
    )
    return tuple(sorted(found, key=lambda total: (total.period, total.side, total.category)))


def points_since(rows: Sequence[HeadlineRow], since: date) -> tuple[CumulativePoint, ...]:
    """Return how many came back from a day on, up to each day of an exchange, by side.

    No published total is among them: those that count from this very day are rows of their own.
    """
    days = listed_by_day(row for row in rows if row.date >= since)
    return tuple(
        CumulativePoint(
            ledger=rows[0].ledger,
            side=side,
            category=EVERYBODY,
            as_of=day,
            low=listed.low,
            best=listed.best,
            high=listed.high,
            status="computed",
            flags=(),
            computed=None,
            published=None,
            checks=(),
            listed=listed,
            since=since,
        )
        for side, by_day in sorted(days.items())
        for day, listed in by_day.items()
    )


class _Counted(NamedTuple):
    # One number, and how many came back in all in the same exchange.
    low: int
    best: int
    high: int | None
    whole: int


def _total(
    period: str,
    side: str,
    category: str,
    rows: Sequence[HeadlineRow],
    known: Mapping[tuple[str | None, str, str], Figure],
) -> HeadlineTotal | None:
    counted = [one for row in rows if (one := _counted(row, category, known)) is not None]
    if not counted and category != EVERYBODY:
        return None
    total = ListedSum(low=0, best=0, high=0)
    for one in counted:
        total = plus(total, one.low, one.best, one.high)
    return HeadlineTotal(
        ledger=rows[0].ledger,
        period=period,
        side=side,
        category=category,
        low=total.low,
        best=total.best,
        high=total.high if len(counted) == len(rows) else None,
        exchanges=len(rows),
        counted=len(counted),
        whole=sum(one.whole for one in counted),
    )


def _counted(
    row: HeadlineRow, category: str, known: Mapping[tuple[str | None, str, str], Figure]
) -> _Counted | None:
    if row.best is None:
        return None
    if category == EVERYBODY:
        return _Counted(row.low, row.best, row.high, row.best)
    figure = known.get((row.exchange, row.side, category))
    if figure is None or figure.best is None or row.category != EVERYBODY:
        return None
    return _Counted(figure.low, figure.best, figure.high, row.best)


def _period(day: date, by: Period) -> str:
    return f"{day:%Y}" if by == "year" else f"{day:%Y-%m}"
