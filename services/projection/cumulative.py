"""How many came back in all, day by day: the exchanges added up, beside the totals as published.

A point stands on each day on which an exchange brought people back, and on each day for which a
total was published. What is computed for a day starts from the last total published *before* it and
adds the exchanges since; without such a total it starts at the first exchange, and has no upper end,
because exchanges may be missing from the ledger; before the first of both there is nothing to compute.
What its day shows of a published total is decided by reconciliation (`rules.total_series`); the computed
one stays beside it, so that the difference can be seen.

A series never falls. Where exchanges make more than a total that is published later and stands, they are in
doubt: from the day on which they exceed it, the series shows that total, contradicted, and what they make is
the upper end of the range.

Beside both, `listed` is the plain sum of all exchanges since the ledger opened, no matter what was
published: its differences between two days are the sums of the headline rows between them
(`services.projection.headline`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from schemas.headline import HeadlineRow, ListedSum
from schemas.views import (
    Computed,
    CumulativePoint,
    Exchange,
    Figure,
    Published,
)
from schemas.vocabulary import CAME_BACK, operation_days
from services.projection.headline import listed_by_day
from services.projection.rows import TotalRow


class _Returned(NamedTuple):
    """How many came back; `high` null means open."""

    low: int
    best: int
    high: int | None

    def plus(self, other: "_Returned") -> "_Returned":
        is_open = self.high is None or other.high is None
        return _Returned(
            self.low + other.low,
            self.best + other.best,
            None if is_open else (self.high or 0) + (other.high or 0),
        )


_NOBODY = _Returned(0, 0, 0)


def cumulative(
    ledger: str,
    figures: Iterable[Figure],
    exchanges: Iterable[Exchange],
    totals: Iterable[TotalRow],
    rows: Iterable[HeadlineRow] = (),
) -> tuple[CumulativePoint, ...]:
    """Return the series of each side and category, in order of side, category and day.

    Args:
        ledger: The ledger's name.
        figures: All of the ledger's figures; those of `returned` at an exchange are added up.
        exchanges: All of its exchanges.
        totals: All of its published totals, none of them for a window of time.
        rows: What each exchange adds for each side: the headline rows.
    """
    rows = tuple(rows)
    listed = listed_by_day(rows)
    day_of = {exchange.id: exchange.date for exchange in exchanges if exchange.status in CAME_BACK}
    returned: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.measure == "returned" and figure.exchange in day_of:
            returned[figure.side].append(figure)
    beside: defaultdict[str, list[HeadlineRow]] = defaultdict(list)
    for row in rows:
        if operation_days(row.exchange) is not None:
            beside[row.side].append(row)
    published: defaultdict[tuple[str, str], dict[date, TotalRow]] = defaultdict(dict)
    for total in totals:
        published[total.side, total.category][total.as_of] = total
    series = {(side, "all") for side in (*returned, *beside)} | {
        (side, "all") for side, _ in published
    }
    return tuple(
        point
        for side, category in sorted(series | published.keys())
        for point in _never_falling(
            _points(
                (ledger, side, category),
                _by_day(returned[side], beside[side], category, day_of),
                published[side, category],
                listed.get(side, {}) if category == "all" else {},
            )
        )
    )


def _by_day(
    figures: Sequence[Figure],
    beside: Iterable[HeadlineRow],
    category: str,
    day_of: dict[str, date],
) -> dict[date, _Returned]:
    """Add up what came back on each day, one figure for each exchange, and what operations add beside.

    Where nobody counted everybody, the military count is the nearest there is to `all`.
    """
    chosen: dict[str, Figure] = {}
    for figure in figures:
        assert figure.exchange is not None, "figures at no exchange were left out"
        if figure.category == category:
            chosen[figure.exchange] = figure
        elif category == "all" and figure.category == "military":
            chosen.setdefault(figure.exchange, figure)
    days: defaultdict[date, _Returned] = defaultdict(lambda: _NOBODY)
    for exchange, figure in chosen.items():
        day = day_of[exchange]
        days[day] = days[day].plus(_interval(figure))
    for row in beside:
        if category == "all" and row.best is not None:
            days[row.date] = days[row.date].plus(_Returned(row.low, row.best, row.high))
    return days


def _points(
    about: tuple[str, str, str],
    returned: dict[date, _Returned],
    published: dict[date, TotalRow],
    listed: dict[date, ListedSum],
) -> Iterable[CumulativePoint]:
    ledger, side, category = about
    since: date | None = None
    running: _Returned | None = None  # Nothing to compute from before the first exchange or total.
    added: ListedSum | None = None
    for day in sorted(returned.keys() | published.keys()):
        added = listed.get(day, added)
        if day in returned:
            running = (running or _NOBODY).plus(returned[day])
        computed = _computed(running, since) if running else None
        total = published.get(day)
        shown = total or computed
        assert shown is not None, "a day stands here for an exchange or a total"
        yield CumulativePoint(
            ledger=ledger,
            side=side,
            category=category,
            as_of=day,
            low=shown.low,
            best=shown.best,
            high=shown.high,
            status=total.status if total else "computed",
            flags=total.flags if total else () if since else ("ledger_incomplete",),
            computed=computed,
            published=_published(total) if total else None,
            checks=total.checks if total else (),
            listed=added,
        )
        if total:
            since, running = day, _interval(total)


def _never_falling(points: Iterable[CumulativePoint]) -> Sequence[CumulativePoint]:
    """Return a series with no point above a later one."""
    found: list[CumulativePoint] = []
    least: int | None = None
    for point in reversed(list(points)):
        shown = point
        if least is not None and point.best is not None and point.best > least:
            shown = point.model_copy(
                update={
                    "low": min(point.low, least),
                    "best": least,
                    "high": point.high and max(point.high, point.best),
                    "status": "contradicted",
                }
            )
        if shown.best is not None:
            least = shown.best
        found.append(shown)
    return found[::-1]


def _computed(running: _Returned, since: date | None) -> Computed:
    # Without a total to start from, exchanges that nobody listed may come on top.
    high = running.high if since else None
    return Computed(low=running.low, best=running.best, high=high, since_total=since)


def _interval(counted: Figure | TotalRow) -> _Returned:
    """Read a count; where nobody knows the best number, the least one stands for it."""
    best = counted.low if counted.best is None else counted.best
    return _Returned(counted.low, best, counted.high)


def _published(total: TotalRow) -> Published:
    low, best, high = total.said or (total.low, total.best, total.high)
    return Published(low=low, best=best, high=high, claims=total.claims)
