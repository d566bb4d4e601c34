"""The canonical day of every day, kept as what is said of days changes."""

from collections.abc import Mapping
from datetime import date, timedelta

from services.reconciliation.rules.neighbouring_days import (
    DayStatements,
    find_canonical_day,
    nearly_repeats,
    repeats,
)


_DAY = timedelta(days=1)
#: Whether a day duplicates another one hangs on the days so far around.
_NEAR_DAYS = 2


class CanonicalDays:
    """What `rules.neighbouring_days.find_canonical_day` returns, after each change."""

    def __init__(self, days: Mapping[date, DayStatements]) -> None:
        """Begin without a duplicate day.

        Args:
            days: What is said of each day, now and whenever it is asked.
        """
        self._days = days
        #: The pairs of days of which what is counted on the first is counted on the second too, or nearly.
        self._repeating: set[tuple[date, date]] = set()
        #: The duplicate days and what they duplicate; every other day is its own canonical day.
        self._canonical: dict[date, date] = {}

    def of(self, day: date) -> date:
        """Return the canonical day of a day."""
        return self._canonical.get(day, day)

    def renew(self, day: date) -> list[date]:
        """Find the canonical days around a changed day; return the days of which it changed."""
        if not self._renew_repeating(day):
            return []
        moved = []
        for distance in range(-_NEAR_DAYS, _NEAR_DAYS + 1):
            near = day + distance * _DAY
            canonical = find_canonical_day(near, self._days.get)
            if canonical == self.of(near):
                continue
            moved.append(near)
            if canonical == near:
                del self._canonical[near]
            else:
                self._canonical[near] = canonical
        return moved

    def _renew_repeating(self, day: date) -> bool:
        """Compare a day with the days beside it; return whether one repeats, or repeated, another."""
        is_any = False
        here = self._days.get(day)
        for other in (day - _DAY, day + _DAY):
            there = self._days.get(other)
            for pair, one, another in (((day, other), here, there), ((other, day), there, here)):
                is_any |= pair in self._repeating
                if (
                    one is not None
                    and another is not None
                    and (repeats(one, another) or nearly_repeats(one, another))
                ):
                    self._repeating.add(pair)
                    is_any = True
                else:
                    self._repeating.discard(pair)
        return is_any
