"""How many submissions are taken in an hour: from each address, and from all together.

Counted in the process, as requests are. Of IPv6 a network counts as one address.
"""

from math import ceil

from limits import RateLimitItemPerHour
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from services.api.http.wrong_keys import network_of


#: How many times one address's limit all of them have together.
ALL_TOGETHER = 20
_ALL = "submissions"


class SubmissionLimits:
    """The submissions of the last hour."""

    def __init__(self, per_hour: int) -> None:
        """Begin to count.

        Args:
            per_hour: Most from one address; 0 sets no limit.
        """
        self._each = RateLimitItemPerHour(per_hour) if per_hour else None
        self._all = RateLimitItemPerHour(ALL_TOGETHER * per_hour) if per_hour else None
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, address: str, *, now: float) -> int | None:
        """Count a submission; return after how many seconds to come back, null while within the limits."""
        if self._each is None or self._all is None:
            return None
        # An hour that is full for all is no reason to note further addresses.
        if not await self._limiter.test(self._all, _ALL):
            return await self._seconds_left(self._all, (_ALL,), now)
        names = (_ALL, network_of(address))
        if not await self._limiter.hit(self._each, *names):
            return await self._seconds_left(self._each, names, now)
        await self._limiter.hit(self._all, _ALL)
        return None

    async def _seconds_left(
        self, item: RateLimitItemPerHour, names: tuple[str, ...], now: float
    ) -> int:
        window = await self._limiter.get_window_stats(item, *names)
        return max(1, ceil(window.reset_time - now))
