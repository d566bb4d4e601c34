"""The days that claims give one mark, in order, and who asked for which of them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import date

from services.reconciliation.claims.reading import ClaimKey


class MarkedDays:
    """Days, each as often as claims give it, and the claims that asked for some of them."""

    __slots__ = ("_counts", "_days", "_readers", "_readers_of_few", "_readers_of_first")

    def __init__(self) -> None:
        self._days: list[date] = []
        self._counts: dict[date, int] = {}
        self._readers: list[tuple[date, ClaimKey]] = []
        # Most marks are asked for in one way or none.
        self._readers_of_first: set[ClaimKey] | None = None
        self._readers_of_few: set[ClaimKey] | None = None

    def add(self, day: date) -> bool:
        """Count one more claim; return whether the day is new."""
        count = self._counts.get(day, 0)
        self._counts[day] = count + 1
        if not count:
            insort(self._days, day)
        return not count

    def remove(self, day: date) -> bool:
        """Count one claim less; return whether the day is gone."""
        self._counts[day] -= 1
        is_gone = not self._counts[day]
        if is_gone:
            del self._counts[day]
            del self._days[bisect_left(self._days, day)]
        return is_gone

    def first(self, reader: ClaimKey) -> date | None:
        """Return the first day, null for none, and note who asked."""
        self._readers_of_first = self._readers_of_first or set()
        self._readers_of_first.add(reader)
        return self._days[0] if self._days else None

    def few(self, most: int, reader: ClaimKey) -> Sequence[date]:
        """Return the days, in order, none if there are more than so many, and note who asked."""
        self._readers_of_few = self._readers_of_few or set()
        self._readers_of_few.add(reader)
        return self._days if len(self._days) <= most else ()

    def last_until(self, until: date, reader: ClaimKey) -> date | None:
        """Return the last day up to another, null for none, and note who asked."""
        read = (until, reader)
        at = bisect_left(self._readers, read)
        if at == len(self._readers) or self._readers[at] != read:
            self._readers.insert(at, read)
        index = bisect_right(self._days, until)
        return self._days[index - 1] if index else None

    def readers_of(self, day: date, most: int) -> set[ClaimKey]:
        """Return who was told something else before a day came or went.

        Args:
            day: The day.
            most: How many days are few.
        """
        readers = self._readers_until(day)
        if not self._days or day <= self._days[0]:
            readers.update(self._readers_of_first or ())
        # One day more or less than few changes what is told; one of many does not.
        if len(self._days) <= most + 1:
            readers.update(self._readers_of_few or ())
        return readers

    def _readers_until(self, day: date) -> set[ClaimKey]:
        """Return who asked for the last day up to one of those that a day, come or gone, is the last of."""
        if not self._readers:
            return set()
        following = bisect_right(self._days, day)
        end = len(self._readers)
        if following < len(self._days):
            end = bisect_left(self._readers, (self._days[following], ("", "")))
        start = bisect_left(self._readers, (day, ("", "")), 0, end)
        return {reader for _, reader in self._readers[start:end]}
