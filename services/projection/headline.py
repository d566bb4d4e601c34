"""How many each exchange adds for each side: rows whose plain sum over any days is right.

There is a row for every exchange and side of the ledger, and one for each operation that adds to a side's
sum beside its days. Its number is what is added to the side's running sum, so that sums of rows and
differences of that sum are the same:

* an exchange that did not take place, or of which nobody says so yet, adds 0;
* where somebody counts everybody, it adds that figure;
* where nobody does, it adds what the counted parts make, and the row names who was counted;
* a release by one side alone adds 0 for the side whose people nobody speaks of;
* anything else is a gap: `best` is null, which sums leave out and readers see;
* an operation adds what is counted of its days together and of none of them
  (`reconciliation.rules.operation_remainder`), on the last of the days that nobody counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from schemas.decisions import ListedCount
from schemas.headline import HeadlineRow, ListedSum
from schemas.views import Exchange, Figure
from schemas.vocabulary import (
    CAME_BACK,
    ExchangeStatus,
    FigureKey,
    FigureStatus,
    operation_days,
)
from services.projection.operations import phases_of, status_of
from services.reconciliation.claims.interval import Interval
from services.reconciliation.rules.operation_remainder import (
    WHOLES,
    as_whole,
    count_days,
    find_remainders,
)
from services.reconciliation.rules.sum_check import Count


#: Figures by id.
Figures = Mapping[str, Figure]


def headline(
    ledger: str, sides: Sequence[str], exchanges: Iterable[Exchange], figures: Iterable[Figure]
) -> tuple[HeadlineRow, ...]:
    """Return the rows of all exchanges, in order of exchange and side.

    Args:
        ledger: The ledger's name.
        sides: The codes of its sides.
        exchanges: All of its exchanges.
        figures: All of its figures.
    """
    by_id = {figure.id: figure for figure in figures if figure.measure == "returned"}
    exchanges = tuple(exchanges)
    rows = [_row(ledger, exchange, side, by_id) for exchange in exchanges for side in sorted(sides)]
    said: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in by_id.values():
        if figure.exchange is not None and operation_days(figure.exchange) is not None:
            said[figure.exchange].append(figure)
    if said:
        statuses = {
            name: status_of(phases_of(name, exchanges), of) for name, of in sorted(said.items())
        }
        rows += [row for side in sides for row in _beside(ledger, side, statuses, rows, by_id)]
    return tuple(sorted(rows, key=lambda row: (row.exchange, row.side)))


def listed_by_day(rows: Iterable[HeadlineRow]) -> dict[str, dict[date, ListedSum]]:
    """Return the sum of all rows up to each day of an exchange that took place, by side.

    A row without a number adds nothing, and leaves open how many there are at most.
    """
    days: defaultdict[str, dict[date, ListedSum]] = defaultdict(dict)
    running: dict[str, ListedSum] = {}
    for row in sorted(rows, key=lambda row: row.date):
        if row.status in CAME_BACK:
            added = plus(running.get(row.side), row.low, row.best or 0, row.high)
            running[row.side] = days[row.side][row.date] = added
    return days


def plus(listed: ListedSum | None, low: int, best: int, high: int | None) -> ListedSum:
    """Return a sum with one more count, the first of all if there is none yet."""
    if listed is None:
        return ListedSum(low=low, best=best, high=high)
    is_open = listed.high is None or high is None
    return ListedSum(
        low=listed.low + low,
        best=listed.best + best,
        high=None if is_open else (listed.high or 0) + (high or 0),
    )


def _beside(
    ledger: str,
    side: str,
    statuses: Mapping[str, ExchangeStatus],
    rows: Iterable[HeadlineRow],
    figures: Figures,
) -> Iterator[HeadlineRow]:
    """Return what operations, of which each has its status, add for a side beside their days."""
    counted = count_days(
        (row.date, Count(Interval(row.low, row.high), row.best))
        for row in rows
        if row.side == side and row.status in CAME_BACK and row.best is not None
    )
    found = {
        name: [figures.get(str(FigureKey(name, None, "returned", side, who))) for who in WHOLES]
        for name in statuses
    }
    wholes = (as_whole(name, *of_side) for name, of_side in found.items())
    for name, added in find_remainders(filter(None, wholes), counted).items():
        figure = next(one for one in found[name] if one is not None and one.best is not None)
        yield HeadlineRow(
            ledger=ledger,
            exchange=name,
            date=added.day,
            side=side,
            category=figure.category,
            low=added.total.interval.low,
            best=added.total.best,
            high=added.total.interval.high,
            status=statuses[name],
            figure_status=figure.status,
            figure=figure.id,
        )


def _row(ledger: str, exchange: Exchange, side: str, figures: Figures) -> HeadlineRow:
    whole, soldiers = (_figure(exchange, side, who, figures) for who in ("all", "military"))
    figure: Figure | None = None
    figure_status: FigureStatus | None = None
    if exchange.status not in CAME_BACK:
        count = ListedCount(side, "all", 0, 0, 0)
    elif (listed := _listed(exchange, side, whole, soldiers)) is not None:
        count = listed
        figure = whole if whole is not None and whole.best is not None else soldiers
        figure_status = figure.status if figure is not None else None
    elif exchange.status == "unilateral" and whole is None:
        count = ListedCount(side, "all", 0, 0, 0)
    else:
        return HeadlineRow(
            ledger=ledger,
            exchange=exchange.id,
            date=exchange.date,
            side=side,
            category="all",
            low=0,
            best=None,
            high=None,
            status=exchange.status,
            figure_status=whole.status if whole is not None else "no_data",
            figure=whole.id if whole is not None else None,
        )
    return HeadlineRow(
        ledger=ledger,
        exchange=exchange.id,
        date=exchange.date,
        side=side,
        category=count.category,
        low=count.low,
        best=count.best,
        high=count.high,
        status=exchange.status,
        figure_status=figure_status,
        figure=figure.id if figure is not None else None,
    )


def _listed(
    exchange: Exchange, side: str, whole: Figure | None, soldiers: Figure | None
) -> ListedCount | None:
    """Return what an exchange that took place adds to a side's sum, null for nothing."""
    for listed in exchange.listed:
        if listed.side == side:
            return listed
    if whole is not None and whole.best is not None:
        return ListedCount(side, "all", whole.low, whole.best, whole.high)
    # Logs of before do not say what the counted parts make: there soldiers stood for everybody.
    # Soldiers of whom there may be none add nobody, nor do those beside a mere ceiling for everybody.
    if whole is None and soldiers is not None and soldiers.best and soldiers.low:
        return ListedCount(side, "military", soldiers.low, soldiers.best, soldiers.best)
    return None


def _figure(exchange: Exchange, side: str, category: str, figures: Figures) -> Figure | None:
    return figures.get(str(FigureKey(exchange.id, None, "returned", side, category)))
