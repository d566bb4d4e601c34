"""How long entries have been pending by the looker's own stopwatch, where the server's clock is no help.

A server counts from the time of day at which it handed an entry out. If that clock is set back, what was handed
out before looks fresh for as long as the clock was wrong, and nobody would take it over.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Delivery(NamedTuple):
    """One handing out of an entry: the entry's id, and how often it was handed out by then."""

    entry: str
    times: int


class PendingWatch:
    """Notes since when deliveries are seen pending."""

    def __init__(self) -> None:
        self._since_ms: dict[Delivery, float] = {}

    def overdue(
        self, pending: Iterable[Delivery], *, now_ms: float, after_ms: float
    ) -> list[Delivery]:
        """Return those of the deliveries pending now that were seen pending for too long.

        Args:
            pending: All that are looked at; what is not among them is forgotten.
            now_ms: Of a clock that is never set.
            after_ms: How long is too long.

        >>> watch, one = PendingWatch(), Delivery("1-0", 1)
        >>> watch.overdue([one], now_ms=0.0, after_ms=10.0)
        []
        >>> watch.overdue([one], now_ms=10.0, after_ms=10.0)
        [Delivery(entry='1-0', times=1)]
        >>> watch.overdue([Delivery("1-0", 2)], now_ms=20.0, after_ms=10.0)
        []
        """
        self._since_ms = {one: self._since_ms.get(one, now_ms) for one in pending}
        return [one for one, since in self._since_ms.items() if now_ms - since >= after_ms]
