"""The sound totals of a series, kept as totals and exchanges change.

What a total weighs follows from what was before it, so a change is worked out anew from its day on and
no earlier.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date

from services.reconciliation.policy import Policy
from services.reconciliation.rules.sound_totals import (
    ExchangesOfSide,
    SoundTotals,
    Total,
    Weight,
    day_of,
    weigh,
)


class KeptSoundTotals(SoundTotals):
    """What `rules.sound_totals.find_sound_totals` returns, after each change."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self._totals: list[Total] = []
        self._weights: list[Weight] = []
        #: By total: the place of the heaviest chain's end among it and those before.
        self._heaviest: list[int] = []
        #: By link: its place among the totals.
        self._places: list[int] = []

    def renew(self, start: date, totals: Iterable[Total], exchanges: ExchangesOfSide) -> date:
        """Put other totals in the place of those from a day on; exchanges changed from then on too.

        Args:
            start: That day.
            totals: All totals from then on, in order of day, one a day at most.
            exchanges: The exchanges between totals.

        Returns:
            The day from which on a test against the sound totals may have another outcome.
        """
        kept = bisect_left(self._totals, start, key=day_of)
        for table in (self._totals, self._weights, self._heaviest):
            del table[kept:]
        for total in totals:
            self._add(total, exchanges)
        return min(start, self._link(kept, start, exchanges))

    def _add(self, total: Total, exchanges: ExchangesOfSide) -> None:
        place = len(self._totals)
        self._totals.append(total)
        found = weigh(self._totals, self._weights, place, exchanges, self._policy)
        self._weights.append(found)
        heaviest = self._heaviest[-1] if self._heaviest else place
        is_heavier = found.weight > self._weights[heaviest].weight
        self._heaviest.append(place if is_heavier else heaviest)

    def _link(self, kept: int, start: date, exchanges: ExchangesOfSide) -> date:
        """Follow the heaviest chain back to where it joins the old one; return the day tests change."""
        old_end = bisect_left(self._places, kept)
        at = self._heaviest[-1] if self._heaviest else None
        if at is not None and self._weights[at].weight < 0:
            at = None  # None of them is a base.
        found: list[int] = []
        joint = 0
        while at is not None:
            place = bisect_left(self._places, at, 0, old_end)
            if place < old_end and self._places[place] == at:
                joint = place + 1
                break
            found.append(at)
            at = self._weights[at].before
        found.reverse()
        gone, come = self.links[joint:], [self._totals[index] for index in found]
        changed = min([start, *(total.day for total in (*gone[:1], *come[:1]))])
        self._places[joint:] = found
        staying = self.links[:joint]
        del self.links[joint:], self.reached[joint:]
        for link in come:
            self.append(link, exchanges)
        if not gone and not come and not any(total.day >= start for total in staying[-1:]):
            return changed
        # Tests look at the next link too, so the ones since the last link that stays are done again.
        before = self.until(changed)
        return self.links[before - 1].day if before else date.min
