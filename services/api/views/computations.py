"""Results that take seconds, computed once for all who ask, kept, and limited in number.

Each belongs to one position of the log and one question. Requests with the same question wait for one
computation. When too many different questions of a ledger are waiting, one more is refused.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from http import HTTPStatus
from typing import Any, TypeVar

from services.api.http.problems import ProblemError


Result = TypeVar("Result")
#: Results kept for one ledger.
KEPT_COUNT = 8
#: Different questions about one ledger that may be waited for at once.
WAITING_COUNT = 8
#: When to ask again if there are more, in seconds.
RETRY_AFTER_SECONDS = 5


class Computations:
    """The results about one ledger."""

    def __init__(self, ledger: str) -> None:
        self._ledger = ledger
        self._kept: OrderedDict[tuple[int, Hashable], asyncio.Future[Any]] = OrderedDict()

    async def get(
        self, position: int, question: Hashable, compute: Callable[[], Awaitable[Result]]
    ) -> Result:
        """Return the result of a question, from the log as it was at a position.

        Raises:
            ProblemError: Too many others are being worked out.
        """
        key = (position, question)
        if key not in self._kept:
            self._make_room(position)
            self._kept[key] = asyncio.ensure_future(compute())
        self._kept.move_to_end(key)
        try:
            # A cancelled request leaves the computation to the others that wait for it.
            result: Result = await asyncio.shield(self._kept[key])
        except BaseException:
            if key in self._kept and self._kept[key].done():
                del self._kept[key]
            raise
        return result

    def _make_room(self, position: int) -> None:
        waiting = [key for key, task in self._kept.items() if not task.done()]
        if len(waiting) >= WAITING_COUNT:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too many other times",
                f"expected at most {WAITING_COUNT} other times of ledger {self._ledger} asked "
                "for at once, found more",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        done = [key for key in self._kept if key not in waiting]
        # Nobody asks for what the log was at an earlier position.
        gone = [key for key in done if key[0] < position]
        for key in gone or done[: max(0, len(done) + 1 - KEPT_COUNT)]:
            del self._kept[key]
