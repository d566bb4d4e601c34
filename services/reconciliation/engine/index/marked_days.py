"""The days that claims give one mark, in order, and who asked for the last one up to some day."""

from bisect import bisect_left, bisect_right, insort
from datetime import date

from services.reconciliation.claims.reading import ClaimKey


class MarkedDays:
    """Days, each as often as claims give it, and the readers of `last_until`.

    Attributes:
        days: Each day once, in order.
    """

    __slots__ = ("_counts", "_readers", "days")

    def __init__(self) -> None:
        self.days: list[date] = []
        self._counts: dict[date, int] = {}
        self._readers: list[tuple[date, ClaimKey]] = []

    def add(self, day: date) -> bool:
        """Count one more claim; return whether the day is new."""
        count = self._counts.get(day, 0)
        self._counts[day] = count + 1
        if not count:
            insort(self.days, day)
        return not count

    def remove(self, day: date) -> bool:
        """Count one claim less; return whether the day is gone."""
        self._counts[day] -= 1
        is_gone = not self._counts[day]
        if is_gone:
            del self._counts[day]
            del self.days[bisect_left(self.days, day)]
        return is_gone

    def first(self) -> date | None:
        """Return the first day, null for none."""
        return self.days[0] if self.days else None

    def last_until(self, until: date, reader: ClaimKey) -> date | None:
        """Return the last day up to another, null for none, and note who asked."""
        read = (until, reader)
        at = bisect_left(self._readers, read)
        if at == len(self._readers) or self._readers[at] != read:
            self._readers.insert(at, read)
        index = bisect_right(self.days, until)
        return self.days[index - 1] if index else None

    def readers_until(self, day: date) -> set[ClaimKey]:
        """Return who asked for the last day up to one of those that a day, come or gone, is the last of."""
        if not self._readers:
            return set()
        following = bisect_right(self.days, day)
        end = len(self._readers)
        if following < len(self.days):
            end = bisect_left(self._readers, (self.days[following], ("", "")))
        start = bisect_left(self._readers, (day, ("", "")), 0, end)
        return {reader for _, reader in self._readers[start:end]}
