"""The days that are stated, in order, and who looks through them."""

from bisect import bisect_right, insort
from collections.abc import Iterator
from datetime import date

from services.reconciliation.claims.reading import ClaimKey


#: Who looks for the days that are stated in some weeks is kept by so many days together.
_BLOCK_DAYS = 32


class StatedDaysInOrder:
    """The days that dated claims state, as they come and go."""

    def __init__(self) -> None:
        self._days: list[date] = []
        #: By block of days, who looked through them: from which day to which.
        self._looking: dict[int, dict[ClaimKey, tuple[int, int]]] = {}

    def add(self, day: date) -> set[ClaimKey]:
        """Note that a day is stated; return who looked for it."""
        insort(self._days, day)
        return self._lookers(day)

    def remove(self, day: date) -> set[ClaimKey]:
        """Note that a day is stated no longer; return who looked at it."""
        self._days.remove(day)
        return self._lookers(day)

    def after(self, day: date, days_max: int, reader: ClaimKey) -> Iterator[date]:
        """Find the days, up to so many after a day, in order; note for a claim how far it looked."""
        first = day.toordinal() + 1
        until = first + days_max - 1
        for place in range(bisect_right(self._days, day), len(self._days)):
            found = self._days[place]
            number = found.toordinal()
            if number > until:
                break
            # Who finds what it looks for does not look at what comes after.
            self._note(first, number, reader)
            yield found
        self._note(first, until, reader)

    def _note(self, first: int, last: int, reader: ClaimKey) -> None:
        for block in range(first // _BLOCK_DAYS, last // _BLOCK_DAYS + 1):
            looking = self._looking.setdefault(block, {})
            known = looking.get(reader)
            if known is None:
                looking[reader] = first, last
            elif first < known[0] or last > known[1]:
                looking[reader] = min(first, known[0]), max(last, known[1])

    def _lookers(self, day: date) -> set[ClaimKey]:
        number = day.toordinal()
        looking = self._looking.get(number // _BLOCK_DAYS)
        if looking is None:
            return set()
        return {reader for reader, (first, last) in looking.items() if first <= number <= last}
