"""Sums of headline rows: by year or month, of everybody and of groups, and from any day on.

A group is summed where everybody was counted too, beside how many exchanges say so: nobody knows how
many women came back in the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from schemas.headline import HeadlineRow, HeadlineTotal, ListedSum
from schemas.views import CumulativePoint, Figure, ReadModels
from schemas.vocabulary import CAME_BACK, operation_days
from services.projection.headline import listed_by_day, plus
from services.queries.window_totals import WindowTotal, window_totals


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


def points_since(
    ledger: str,
    rows: Iterable[HeadlineRow],
    since: date,
    windows: Iterable[WindowTotal] = (),
) -> tuple[CumulativePoint, ...]:
    """Return how many came back from a day on, up to each day of an exchange, by side.

    Args:
        ledger: The ledger's name.
        rows: Its headline rows.
        since: The first day counted in.
        windows: What was published for windows; those that begin on this very day have a point each.
    """
    listed = listed_by_day(row for row in rows if row.date >= since)
    published = {
        (total.window.side, total.window.category, total.window.as_of): total
        for total in windows
        if total.window.since == since
    }
    sums = {(side, EVERYBODY, day) for side, by_day in listed.items() for day in by_day}
    return tuple(
        _point_since(
            (ledger, *key, since),
            published.get(key),
            _listed_until(listed.get(key[0], {}), key[2]) if key[1] == EVERYBODY else None,
        )
        for key in sorted(sums | published.keys())
    )


def windows_published(models: ReadModels) -> tuple[CumulativePoint, ...]:
    """Return what was published for windows, beside what the exchanges in each add up to, in order of key.

    Args:
        models: The read models of one ledger, with its claims.
    """
    by_start: defaultdict[date, list[WindowTotal]] = defaultdict(list)
    for total in window_totals(models.cumulative, models.claims):
        by_start[total.window.since].append(total)
    points = (
        point
        for since, totals in by_start.items()
        for point in points_since(totals[0].claims[0].ledger, models.headline, since, totals)
        if point.published is not None
    )
    return tuple(sorted(points, key=_window_key))


def _window_key(point: CumulativePoint) -> tuple[str, str, date, date]:
    return point.side, point.category, point.since or date.min, point.as_of


def _listed_until(by_day: Mapping[date, ListedSum], day: date) -> ListedSum | None:
    last = max((known for known in by_day if known <= day), default=None)
    return None if last is None else by_day[last]


def _point_since(
    about: tuple[str, str, str, date, date],
    window: WindowTotal | None,
    listed: ListedSum | None,
) -> CumulativePoint:
    ledger, side, category, day, since = about
    published = window.published if window else None
    shown = published or listed
    assert shown is not None, "a day stands here for an exchange or a total"
    return CumulativePoint(
        ledger=ledger,
        side=side,
        category=category,
        as_of=day,
        low=shown.low,
        best=shown.best,
        high=shown.high,
        status=window.status if window else "computed",
        flags=(),
        computed=None,
        published=published,
        checks=(),
        listed=listed,
        since=since,
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
    exchanges = [row for row in rows if operation_days(row.exchange) is None]
    return HeadlineTotal(
        ledger=rows[0].ledger,
        period=period,
        side=side,
        category=category,
        low=total.low,
        best=total.best,
        high=total.high if len(counted) == len(rows) else None,
        exchanges=len(exchanges),
        counted=len(counted) - (len(rows) - len(exchanges) if category == EVERYBODY else 0),
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
    # Of a group in what an operation adds beside its days nothing is known.
    is_beside = operation_days(row.exchange) is not None
    if is_beside or figure is None or figure.best is None or row.category != EVERYBODY:
        return None
    return _Counted(figure.low, figure.best, figure.high, row.best)


def _period(day: date, by: Period) -> str:
    return f"{day:%Y}" if by == "year" else f"{day:%Y-%m}"
