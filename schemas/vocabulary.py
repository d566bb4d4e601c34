"""The words that events and views share: states, statuses, flags and the key of a figure."""

import re
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from typing_extensions import override


ClaimState = Literal["active", "superseded", "retracted", "derived", "excluded"]
ExchangeStatus = Literal["completed", "planned", "cancelled", "unilateral", "unconfirmed"]
#: Exchanges of these statuses took place: whoever came back in them is counted.
CAME_BACK: frozenset[ExchangeStatus] = frozenset({"completed", "unilateral"})
#: `derived_only` is kept for readers: a sum is a check and makes no figure, so no rule gives it.
FigureStatus = Literal[
    "adjudicated",
    "contradicted",
    "disputed",
    "self_contradicted",
    "corroborated",
    "consistent",
    "single_source",
    "approximate",
    "floor_only",
    "computed",
    "derived_only",
    "undisclosed",
    "no_data",
]
Flag = Literal[
    "category_gap",
    "scope_explained",
    "stale",
    "ledger_incomplete",
    "series_break",
    "assumption_used",
]
#: SDMX observation status: A normal, E estimated, M missing, L missing because not disclosed.
ObservationStatus = Literal["A", "E", "M", "L"]
Camp = str
CheckKind = Literal[
    "running_total", "ordinal", "superlative", "first_since", "sum", "breakdown", "mediated_count"
]
CheckResult = Literal["pass", "within", "fail", "untestable"]
#: `reassigned` is kept for readers: a cause follows from the claims that a figure has, so none gives it.
Cause = Literal[
    "first_report",
    "further_report",
    "later_count",
    "correction",
    "scope_change",
    "arithmetic_slip",
    "translation",
    "misattribution",
    "withdrawn",
    "reassigned",
    "adjudicated",
]


class FigureKey(NamedTuple):
    """What a figure is about.

    Attributes:
        exchange: Id of the exchange, or of the operation (`2020-10-15..2020-10-16`), null for a figure
            about a day.
        day: The day that a stock (`held`), a hand-over of remains or a running total stands for, null
            for one about an exchange.
        measure: As in a claim, or `freed_to_third`.
        side: A side's code or `both`; of `freed_to_third` the third country.
        category: A node of the category lattice.
    """

    exchange: str | None
    day: date | None
    measure: str
    side: str
    category: str

    @override
    def __str__(self) -> str:
        """Return the figure's id, as used on the command line and in the read models.

        >>> str(FigureKey("2024-01-03", None, "returned", "UA", "all"))
        '2024-01-03:returned:UA:all'
        """
        about = self.exchange or (self.day.isoformat() if self.day else "undated")
        return f"{about}:{self.measure}:{self.side}:{self.category}"


#: Measures of a day: their figures are about that day and no exchange.
DAY_MEASURES = frozenset({"held", "remains_returned", "cumulative_remains_returned"})
#: The measure of people who were set free to a third country, which came back to no side.
FREED_TO_THIRD = "freed_to_third"
#: Measures of which there are figures; running totals of people are series.
FIGURE_MEASURES = frozenset({"returned", "exchanged_total", FREED_TO_THIRD}) | DAY_MEASURES
_OPERATION_ID = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)
_EXCHANGE_ID = re.compile(r"(\d{4}-\d{2}-\d{2})(-[a-z]{1,8})?", re.ASCII)


def figure_key(figure: str) -> FigureKey:
    """Read a figure's id.

    >>> figure_key("2024-01-03-b:returned:UA:all").exchange
    '2024-01-03-b'
    >>> figure_key("2024-01-03:held:UA:all").day
    datetime.date(2024, 1, 3)

    Raises:
        ValueError: It is no figure's id; the message says what was expected.
    """
    parts = figure.split(":", 3)
    if len(parts) != len(FigureKey._fields) - 1 or not all(parts):
        raise ValueError(f"expected EXCHANGE:MEASURE:SIDE:CATEGORY, found {figure!r}")
    about, measure, side, category = parts
    if measure not in FIGURE_MEASURES:
        known = ", ".join(sorted(FIGURE_MEASURES))
        raise ValueError(f"expected a measure that figures have ({known}), found {measure!r}")
    if measure in DAY_MEASURES:
        day = None if about == "undated" else exchange_day(about)
        return FigureKey(None, day, measure, side, category)
    first_day(about)
    return FigureKey(about, None, measure, side, category)


@lru_cache(maxsize=4096)
def first_day(about: str) -> date:
    """Return the day of an exchange, or the first day of an operation, whose figures these are.

    >>> first_day("2024-01-03-b"), first_day("2020-10-15..2020-10-16")
    (datetime.date(2024, 1, 3), datetime.date(2020, 10, 15))

    Raises:
        ValueError: It is no id of either.
    """
    return exchange_day(days[1] if (days := _OPERATION_ID.fullmatch(about)) else about)


@lru_cache(maxsize=4096)
def operation_days(about: str) -> tuple[date, date] | None:
    """Return the first and the last day of an operation, null for anything that is none.

    >>> operation_days("2020-10-15..2020-10-16")
    (datetime.date(2020, 10, 15), datetime.date(2020, 10, 16))
    >>> operation_days("2020-10-15")
    """
    days = _OPERATION_ID.fullmatch(about)
    return None if days is None else (exchange_day(days[1]), exchange_day(days[2]))


@lru_cache(maxsize=4096)
def exchange_day(exchange: str) -> date:
    """Return the day of an exchange, which its id begins with.

    >>> exchange_day("2024-01-03-b")
    datetime.date(2024, 1, 3)

    Raises:
        ValueError: It is no exchange's id.
    """
    found = _EXCHANGE_ID.fullmatch(exchange)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise ValueError(
            f"expected an exchange's id, a date or a date with letters behind it (2024-01-03-b), "
            f"found {exchange!r}"
        ) from None
