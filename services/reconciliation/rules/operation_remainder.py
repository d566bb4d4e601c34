"""What an operation adds to a side's sums beside its days, reconciliation.md §9.

Often a number of several days is all that anybody gives: of some days nobody counts the people. What is
counted of the days together, less what is counted of its days, then came back on the others, and is added on
the last of these. Where every day has a number of its own, a greater number of all days contradicts these and
adds nobody. Of operations whose days overlap the shortest is read first, and what it adds is counted in the
others; no operation adds more than those of which it is a part leave room for.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from schemas.vocabulary import operation_days
from services.reconciliation.claims.interval import NOBODY, Interval, plus
from services.reconciliation.rules.propagate import ALL, MILITARY
from services.reconciliation.rules.sound_totals import Contribution
from services.reconciliation.rules.sum_check import Count


#: Who is counted as a whole: everybody, or soldiers, who stand for everybody where nobody counts these.
WHOLES = (ALL[0], MILITARY[0])


class Whole(NamedTuple):
    """What is counted of an operation as a whole.

    Attributes:
        first: Its first day.
        last: Its last day.
        operation: Its id.
        total: How many came back by it to the side.
    """

    first: date
    last: date
    operation: str
    total: Count

    def overlaps(self, other: "Whole") -> bool:
        """Return whether a day is of both."""
        return self.first <= other.last and other.first <= self.last

    def holds(self, other: "Whole") -> bool:
        """Return whether another's days are all days of this one."""
        return self.first <= other.first and other.last <= self.last


class FigureOfSide(Protocol):
    """A figure as it is decided, or as readers see it."""

    @property
    def low(self) -> int: ...  # noqa: D102

    @property
    def best(self) -> int | None: ...  # noqa: D102

    @property
    def high(self) -> int | None: ...  # noqa: D102


def as_whole(operation: str, *figures: FigureOfSide | None) -> Whole | None:
    """Return what is counted of an operation as a whole, null if that is not known.

    Args:
        operation: Its id.
        figures: A side's figures of `WHOLES`, in this order, null where there is none.
    """
    days = operation_days(operation)
    assert days is not None, f"{operation} is no operation"
    for figure in figures:
        if figure is not None and figure.best is not None:
            return Whole(*days, operation, Count(Interval(figure.low, figure.high), figure.best))
    return None


def count_days(counts: Iterable[tuple[date, Count]]) -> dict[date, Count]:
    """Return how many came back on each day on which anybody did, from its exchanges' counts."""
    found: dict[date, Count] = {}
    for day, count in counts:
        if count.best:
            known = found.get(day)
            found[day] = count if known is None else _add(known, count)
    return found


def find_remainders(
    wholes: Iterable[Whole], counted: Mapping[date, Count]
) -> dict[str, Contribution]:
    """Return what operations add to a side's sums beside their days, by the operation.

    Args:
        wholes: What is counted of each operation as a whole, of that side.
        counted: How many came back on each day, of days on which somebody counts anybody.

    >>> day = date(2031, 5, 10)
    >>> whole = Whole(day, date(2031, 5, 12), "2031-05-10..2031-05-12", Count(Interval(90, 90), 90))
    >>> added = find_remainders([whole], {day: Count(Interval(30, 40), 35)})[whole.operation]
    >>> added.day, added.total
    (datetime.date(2031, 5, 12), Count(interval=Interval(low=50, high=60), best=55))
    """
    in_order = sorted(wholes, key=_shortest_first)
    found: dict[str, Contribution] = {}
    added: list[tuple[Whole, Count]] = []
    for whole in in_order:
        days = [day for day in _days(whole) if day not in counted]
        if not days:
            continue
        known = _known(whole, counted, added)
        room = (
            other.total.interval.high - _known(other, counted, added).best
            for other in in_order
            if other is not whole and other.holds(whole) and other.total.interval.high is not None
        )
        left = min([whole.total.best - known.best, *room])
        if left <= 0:
            continue
        remainder = Count(_beside(known.interval, whole.total.interval, left), left)
        added.append((whole, remainder))
        found[whole.operation] = Contribution(days[-1], whole.operation, remainder)
    return found


def _beside(known: Interval, whole: Interval, left: int) -> Interval:
    """Return how many an operation may add of which `left` is the best number."""
    low = 0 if known.high is None else max(0, whole.low - known.high)
    high = None if whole.high is None else max(left, whole.high - known.low)
    return Interval(min(low, left), high)


def _shortest_first(whole: Whole) -> tuple[timedelta, date, str]:
    return whole.last - whole.first, whole.first, whole.operation


def _days(whole: Whole) -> Iterable[date]:
    length = (whole.last - whole.first).days + 1
    return (whole.first + timedelta(days=ahead) for ahead in range(length))


def _known(
    whole: Whole, counted: Mapping[date, Count], added: Iterable[tuple[Whole, Count]]
) -> Count:
    """Return how many are known to have come back on an operation's days."""
    of_days = (counted[day] for day in _days(whole) if day in counted)
    of_others = (remainder for other, remainder in added if whole.overlaps(other))
    known = Count(NOBODY, 0)
    for count in (*of_days, *of_others):
        known = _add(known, count)
    return known


def _add(one: Count, other: Count) -> Count:
    return Count(plus(one.interval, other.interval), one.best + other.best)
