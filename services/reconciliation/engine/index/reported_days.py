"""On which days reports came out that speak of each exchange, and of anything."""

from datetime import date


class ReportedDays:
    """The days of the reports that count, with how many claims are of each.

    Attributes:
        latest: The latest day of all, null if there is none.
    """

    def __init__(self) -> None:
        self.latest: date | None = None
        self._all: dict[date, int] = {}
        self._of: dict[str, dict[date, int]] = {}

    def note(self, exchange: str | None, day: date, times: int) -> None:
        """Add to how many claims on an exchange, null for none, were reported on a day."""
        _add(self._all, day, times)
        if self.latest is None or day >= self.latest:
            self.latest = day if day in self._all else max(self._all, default=None)
        if exchange is not None:
            _add(self._of.setdefault(exchange, {}), day, times)

    def latest_of(self, exchange: str) -> date | None:
        """Return the latest day on which an exchange was spoken of, null if there is none."""
        return max(self._of.get(exchange, ()), default=None)


def _add(counted: dict[date, int], day: date, times: int) -> None:
    count = counted.get(day, 0) + times
    if count:
        counted[day] = count
    else:
        counted.pop(day, None)
