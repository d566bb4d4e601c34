"""The numbers one counter gave to exchanges, kept as exchanges come and go.

Which of them can all be right is `rules.ordinal.longest_chain`; a change is worked out anew from its
place on and no earlier.
"""

from bisect import bisect_left, bisect_right
from datetime import date
from operator import itemgetter

from schemas.vocabulary import exchange_day
from services.reconciliation.policy import Policy
from services.reconciliation.rules.ordinal import Link, bearing_on, link_back


class Numbering:
    """One counter's numbers, in order of exchange, and the chain through them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._numbers: list[tuple[str, int]] = []
        self._links: list[Link] = []
        self._longest: list[int] = []
        self._chain: list[int] = []
        self._known = 0

    def put(self, exchange: str, number: int | None) -> None:
        """Put a number in the place of what an exchange bore; null is none."""
        at = bisect_left(self._numbers, exchange, key=itemgetter(0))
        self._known = min(self._known, at)
        if at < len(self._numbers) and self._numbers[at][0] == exchange:
            del self._numbers[at]
        if number is not None:
            self._numbers.insert(at, (exchange, number))

    def renew(self) -> date:
        """Work the chain out anew; return the day from which a test may have another outcome."""
        start = self._known
        for table in (self._links, self._longest):
            del table[start:]
        for place in range(start, len(self._numbers)):
            link = link_back(self._numbers, self._links, place, self._policy)
            self._links.append(link)
            longest = self._longest[-1] if self._longest else place
            is_longer = link.length > self._links[longest].length
            self._longest.append(place if is_longer else longest)
        self._known = len(self._numbers)
        kept = self._follow(start)
        if not kept:
            return date.min
        # The last link that stays is looked at by tests that come after it.
        return exchange_day(self._numbers[self._chain[kept - 1]][0])

    def bearing_on(self, stated: date | None, until: date) -> dict[str, int]:
        """Return the numbers that bear on a claimed one, as `rules.ordinal.bearing_on` has it."""
        return bearing_on(self._numbers, self._chain, stated, until)

    def _follow(self, start: int) -> int:
        """Follow the longest chain back to where it joins the old one; return how many links stay."""
        del self._chain[bisect_left(self._chain, start) :]
        at = self._longest[-1] if self._longest else None
        found: list[int] = []
        joint = 0
        while at is not None:
            place = bisect_right(self._chain, at)
            if place and self._chain[place - 1] == at:
                joint = place
                break
            found.append(at)
            at = self._links[at].before
        del self._chain[joint:]
        self._chain.extend(reversed(found))
        return joint
