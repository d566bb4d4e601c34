"""The numbers one counter gave to exchanges, and which of them can all be right.

A counter that calls one exchange the 64th and the next but one the 9th counts something else the
second time, or is misquoted. The longest chain of numbers that grow with the days is what ordinals are
tested against, so that one number out of line fails by itself and lets no other fail. Equal numbers on
days close together are the phases of one exchange. The chain is kept as exchanges come and go: a
change is worked out anew from its day on and no earlier.
"""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta

from schemas.vocabulary import exchange_day
from services.reconciliation.policy import Policy
from services.reconciliation.rules.ordinal import are_phases


class Numbering:
    """One counter's numbers, in order of exchange, and the chain through them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._exchanges: list[str] = []
        self._numbers: list[int] = []
        self._lengths: list[int] = []
        self._before: list[int | None] = []
        self._longest: list[int] = []
        self._links: list[int] = []
        self._known = 0

    def put(self, exchange: str, number: int | None) -> None:
        """Put a number in the place of what an exchange bore; null is none."""
        at = bisect_left(self._exchanges, exchange)
        self._known = min(self._known, at)
        if at < len(self._exchanges) and self._exchanges[at] == exchange:
            del self._exchanges[at], self._numbers[at]
        if number is not None:
            self._exchanges.insert(at, exchange)
            self._numbers.insert(at, number)

    def renew(self) -> date:
        """Work the chain out anew; give the day from which a test may have another outcome."""
        start = self._known
        for table in (self._lengths, self._before, self._longest):
            del table[start:]
        for index in range(start, len(self._numbers)):
            self._join(index)
        self._known = len(self._numbers)
        kept = self._follow(start)
        if not kept:
            return date.min
        # The last link that stays is looked at by tests that come after it.
        return exchange_day(self._exchanges[self._links[kept - 1]])

    def bearing_on(self, stated: date | None, until: date) -> dict[str, int]:
        """Give the numbers that bear on a claimed one.

        Args:
            stated: The day of the exchange that the claim gives its number to, null if it states none.
            until: The last day that the claim counts.

        Returns:
            By exchange: the chain's last number before `until`, and where a day is stated what that
            exchange bears, and the chain's numbers before and after it.
        """
        places = set(self._links[self._place(until) - 1 : self._place(until)])
        if stated is not None:
            here, end = stated.isoformat(), (stated + timedelta(days=1)).isoformat()
            first, last = bisect_left(self._exchanges, here), bisect_left(self._exchanges, end)
            places.update(range(first, last))
            place = bisect_left(self._links, first)
            places.update(self._links[max(0, place - 1) : place])
            places.update(self._links[bisect_left(self._links, last) :][:1])
        return {self._exchanges[place]: self._numbers[place] for place in sorted(places)}

    def _place(self, until: date) -> int:
        """Count the links before a day."""
        return bisect_left(self._links, bisect_left(self._exchanges, until.isoformat()))

    def _join(self, index: int) -> None:
        number, exchange = self._numbers[index], self._exchanges[index]
        # Of chains as long the one that ends closest below is taken: small numbers are those of windows.
        best, before = (0, 0), None
        for earlier in range(max(0, index - self._policy.ordinals_back_max), index):
            known = self._numbers[earlier]
            is_phase = known == number and are_phases(
                self._exchanges[earlier], exchange, self._policy
            )
            if (known < number or is_phase) and (self._lengths[earlier], known) > best:
                best, before = (self._lengths[earlier], known), earlier
        self._lengths.append(best[0] + 1)
        self._before.append(before)
        longest = self._longest[-1] if self._longest else index
        self._longest.append(index if best[0] + 1 > self._lengths[longest] else longest)

    def _follow(self, start: int) -> int:
        """Follow the longest chain back to where it joins the old one; count the links that stay."""
        kept = bisect_left(self._links, start)
        del self._links[kept:]
        at = self._longest[-1] if self._longest else None
        found: list[int] = []
        joint = 0
        while at is not None:
            place = bisect_right(self._links, at)
            if place and self._links[place - 1] == at:
                joint = place
                break
            found.append(at)
            at = self._before[at]
        del self._links[joint:]
        self._links.extend(reversed(found))
        return joint
