"""How many each exchange adds for each side: rows whose plain sum over any days is right.

There is a row for every exchange and side of the ledger. Its number is what the exchange adds to the
side's running sum, so that sums of rows and differences of that sum are the same:

* an exchange that did not take place, or of which nobody says so yet, adds 0;
* where somebody counts everybody, it adds that figure;
* where nobody does, it adds what the counted parts make, and the row names who was counted;
* a release by one side alone adds 0 for the side whose people nobody speaks of;
* anything else is a gap: `best` is null, which sums leave out and readers see.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from schemas.decisions import ListedCount
from schemas.headline import HeadlineRow, ListedSum
from schemas.views import Exchange, Figure
from schemas.vocabulary import CAME_BACK, FigureKey, FigureStatus


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
    rows = [_row(ledger, exchange, side, by_id) for exchange in exchanges for side in sorted(sides)]
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
    # Soldiers of whom there may be none add nobody.
    if soldiers is not None and soldiers.best and soldiers.low:
        return ListedCount(side, "military", soldiers.low, soldiers.best, soldiers.best)
    return None


def _figure(exchange: Exchange, side: str, category: str, figures: Figures) -> Figure | None:
    return figures.get(str(FigureKey(exchange.id, None, "returned", side, category)))
