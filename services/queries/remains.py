"""The dead who were handed over: a series of their own, day by day, which is part of no sum of people.

What was handed over on each day is added up beside what was published of all so far. The two are shown
and not closed: hand-overs that nobody reported are in the one and not in the other.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from schemas.claim import MEASURES_OF_REMAINS
from schemas.remains import RemainsDay
from schemas.views import Figure


class RemainsOfDay(NamedTuple):
    """What is known of the remains that were handed over to one side, up to and including a day.

    Attributes:
        side: To whom.
        day: The day.
        handed_over: How many were handed over that day, null if that is not told.
        in_all: How many were handed over in all by that day, as it was published, null if it was not.
        low: The least that the hand-overs listed so far add up to.
        best: The sum of their best numbers.
        high: The most they add up to, null if that is open.
    """

    side: str
    day: date
    handed_over: Figure | None
    in_all: Figure | None
    low: int
    best: int
    high: int | None

    @property
    def unlisted(self) -> int | None:
        """How many more were published in all than the hand-overs make; null if nobody published it."""
        told = self.in_all
        return None if told is None or told.best is None else told.best - self.best


def remains_days(figures: Iterable[Figure]) -> tuple[RemainsDay, ...]:
    """Return what is known of remains as rows, in order of side and day."""
    known = [figure for figure in figures if figure.measure in MEASURES_OF_REMAINS]
    sides = sorted({figure.side for figure in known})
    return tuple(
        RemainsDay(
            ledger=known[0].ledger,
            side=side,
            date=row.day,
            handed_over=row.handed_over.best if row.handed_over else None,
            figure=row.handed_over.id if row.handed_over else None,
            in_all=row.in_all.best if row.in_all else None,
            in_all_figure=row.in_all.id if row.in_all else None,
            low=row.low,
            best=row.best,
            high=row.high,
            unlisted=row.unlisted,
        )
        for side in sides
        for row in series_of_remains(known, side)
    )


def series_of_remains(figures: Iterable[Figure], side: str) -> Sequence[RemainsOfDay]:
    """Return the days on which remains were handed over to a side, or counted in all, in order."""
    of_day: dict[date, dict[str, Figure]] = {}
    for figure in figures:
        if figure.side == side and figure.category == "all" and figure.date is not None:
            of_day.setdefault(figure.date, {})[figure.measure] = figure
    found = []
    low, best, high = 0, 0, 0
    is_open = False
    for day, known in sorted(of_day.items()):
        handed_over, in_all = (
            known.get(measure) for measure in ("remains_returned", "cumulative_remains_returned")
        )
        if handed_over is None and in_all is None:
            continue
        if handed_over is not None:
            low += handed_over.low
            best += handed_over.best if handed_over.best is not None else handed_over.low
            high += handed_over.high or 0
            is_open = is_open or handed_over.high is None
        sums = (low, best, None if is_open else high)
        found.append(RemainsOfDay(side, day, handed_over, in_all, *sums))
    return found
