"""Which of a side's published totals can all be true, reconciliation.md §5 step 9.

The sound totals are the bases of a series: what it is on a later day is the last of them plus the
exchanges since. They are the heaviest chain of totals that never falls. A total weighs more the better its
speaker is placed, and a step that closes to the person weighs as much again, so that two that agree
outweigh one that does not. A number said again while nobody came back is the same evidence again, and
weighs less; so does one that passes over a greater number of a day before, by an official placed as well, and
closes on nothing: it may be that of an earlier day.

* An exact total of an official of the side that people come back to is firm. It is a base even where the
  exchanges since the last one make more than it says: then the exchanges are in doubt, not the total, and
  such a step weighs less. It is none where it repeats the total of an earlier day, before the last
  exchanges: it is stale.
* An official's round number is not firm where officials gave a number before that it rounds down ("1,000"
  after 1,005).
* Any other total is a base only before the first firm one, and only where it knows of more people than
  the exchanges listed; or where the next firm one follows from it to the person.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

import msgspec

from schemas.vocabulary import operation_days
from services.reconciliation.claims.interval import Interval, plus
from services.reconciliation.policy import Policy
from services.reconciliation.rules.sum_check import Count


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What one exchange adds to the total of one side."""

    day: date
    exchange: str
    total: Count


class Total(msgspec.Struct, frozen=True, gc=False):
    """A published total: its day, what it allows, its best number, and how well placed its speaker is."""

    day: date
    interval: Interval
    best: int
    tier: int

    def is_firm(self, policy: Policy) -> bool:
        """Return whether it is an exact count by an official of the side that people come back to."""
        return self.interval.is_exact and self.tier <= policy.counting_tier


class ExchangesOfSide(Protocol):
    """The counted exchanges of one series, in order of day."""

    def between(self, after: date | None, until: date) -> Count:
        """Return the sum of those after a day (null: from the first) up to and including another."""

    def count(self, after: date | None, until: date) -> int:
        """Return how many there are in that time."""

    def holds_any(self, after: date | None, until: date) -> bool:
        """Return whether there is one in that time."""

    def one_of(self, after: date, until: date, number: int) -> Contribution | None:
        """Return the first in that time with exactly that number, null if there is none."""

    def latest(self, after: date | None, until: date, number: int) -> Sequence[Contribution]:
        """Return the last so many in that time, in order of day."""

    def last_before(self, day: date) -> date | None:
        """Return the last day before a day that has one, null for none."""

    def last_with(self, best: int, *, after: date | None, until: date) -> date | None:
        """Return the last day of a time on which those of that time made so many, null for none."""


class SoundTotals:
    """The sound totals of a series, in order of day.

    Attributes:
        links: The totals.
        reached: The greatest total that was true on any day up to each link's.
    """

    def __init__(self) -> None:
        self.links: list[Total] = []
        self.reached: list[int] = []

    def until(self, day: date) -> int:
        """Return how many there are before a day."""
        return bisect_left(self.links, day, key=day_of)

    def anchor(self, day: date) -> Total | None:
        """Return the last one before a day, null for none."""
        index = self.until(day)
        return self.links[index - 1] if index else None

    def append(self, link: Total, exchanges: ExchangesOfSide) -> None:
        """Add the next one."""
        before = self.links[-1] if self.links else None
        added = exchanges.between(before.day if before else None, link.day).best
        known = self.reached[-1] if self.reached else 0
        self.links.append(link)
        self.reached.append(max(known, link.best, (before.best if before else 0) + added))


class Weight(msgspec.Struct, frozen=True, gc=False):
    """What the heaviest chain weighs that ends with a total, and the place of the total before it.

    Attributes:
        weight: What it weighs; negative where the total is no base of any chain.
        before: The place of the total before it, null where the chain begins with it.
        is_firm: Whether the total is firm among those before it.
        rests_on_firm: Whether it, or one before it in the chain, is firm.
    """

    weight: float
    before: int | None
    is_firm: bool
    rests_on_firm: bool


def find_sound_totals(
    totals: Sequence[Total], exchanges: ExchangesOfSide, policy: Policy
) -> SoundTotals:
    """Return the totals that the others are tested against.

    Args:
        totals: The totals of a series, one a day, in order of day.
        exchanges: The exchanges between them.
        policy: The constants.
    """
    weights: list[Weight] = []
    for place in range(len(totals)):
        weights.append(weigh(totals, weights, place, exchanges, policy))
    # What weighs nothing is no base.
    bases = [place for place, known in enumerate(weights) if known.weight > 0]
    at = max(bases, key=lambda place: (weights[place].weight, -place), default=None)
    chain: list[Total] = []
    while at is not None:
        chain.insert(0, totals[at])
        at = weights[at].before
    sound = SoundTotals()
    for link in chain:
        sound.append(link, exchanges)
    return sound


def weigh(
    totals: Sequence[Total],
    weights: Sequence[Weight],
    place: int,
    exchanges: ExchangesOfSide,
    policy: Policy,
) -> Weight:
    """Return the heaviest chain that ends with a total: alone, or after one of those before it.

    Args:
        totals: The totals of a series in order of day.
        weights: What the earlier ones weigh.
        place: The total's place among them.
        exchanges: The exchanges between them.
        policy: The constants.
    """
    total = totals[place]
    is_firm = _is_firm_after(totals, weights, place, policy)
    own = _own_weight(total, policy, is_firm=is_firm)
    alone = _step(None, total, exchanges, policy, _Firmness(before=False, later=is_firm))
    best = Weight(-1.0 if alone is None else own * alone, None, is_firm, is_firm)
    # The greatest firm one, by somebody placed as well, that a chain from an earlier total would pass over.
    passed = 0
    # From the last one back, since chains grow heavier: the others are weighed too light at once. Of
    # equals the earliest is taken.
    for earlier in range(place - 1, max(0, place - policy.totals_back_max) - 1, -1):
        known = weights[earlier]
        if known.weight >= 0 and known.weight + own * policy.closing_weight >= best.weight:
            firm = _Firmness(before=known.rests_on_firm, later=is_firm)
            times = _step(totals[earlier], total, exchanges, policy, firm)
            if times is not None:
                if passed > total.best and times < policy.closing_weight:
                    times *= policy.excess_weight
                found = known.weight + own * times
                if found > best.weight or (found == best.weight and best.before is not None):
                    best = Weight(found, earlier, is_firm, is_firm or known.rests_on_firm)
        if known.is_firm and totals[earlier].tier <= total.tier:
            passed = max(passed, totals[earlier].best)
    return best


def day_of(total: Total) -> date:
    """Return a total's day."""
    return total.day


def _is_firm_after(
    totals: Sequence[Total], weights: Sequence[Weight], place: int, policy: Policy
) -> bool:
    """Return whether a total is firm, and no rounded word for a number that was given before."""
    total = totals[place]
    if not total.is_firm(policy):
        return False
    if total.best % _ROUND:
        return True
    first = max(0, place - policy.totals_back_max)
    return not any(
        weights[earlier].is_firm and rounds_down(total.best, totals[earlier].best, policy)
        for earlier in range(first, place)
    )


#: What is not divisible by this is no round number.
_ROUND = 10


def rounds_down(rounded: int, number: int, policy: Policy) -> bool:
    """Return whether a round number is another one, rounded down.

    >>> from services.reconciliation.policy import LATEST_POLICY as policy
    >>> [rounds_down(1000, number, policy) for number in (1005, 1020, 1021, 1000, 995)]
    [True, True, False, False, False]
    >>> rounds_down(999, 1005, policy)
    False
    """
    more = number - rounded
    if rounded % _ROUND or not 0 < more * 100 <= policy.about_percent * rounded:
        return False
    grain = _ROUND
    while rounded % (grain * _ROUND) == 0:
        grain *= _ROUND
    return bool(number % grain)


def _own_weight(total: Total, policy: Policy, *, is_firm: bool) -> float:
    return (1.0 if is_firm else policy.inexact_weight) / total.tier


class _Firmness(NamedTuple):
    """Whether any total of a chain is firm, and whether the one is that follows."""

    before: bool
    later: bool


def _step(
    earlier: Total | None,
    later: Total,
    exchanges: ExchangesOfSide,
    policy: Policy,
    firm: _Firmness,
) -> float | None:
    """Return how many times a step adds its total's weight, null if the later one is no base after it.

    Args:
        earlier: The total before it in the chain, null for none.
        later: The total.
        exchanges: The exchanges between.
        policy: The constants.
        firm: Which of them are firm.
    """
    added = exchanges.between(earlier.day if earlier else None, later.day)
    expected = (earlier.best if earlier else 0) + added.best
    if not firm.later:
        return _step_to_other(later, expected, follows_firm=firm.before)
    if later.best == expected and earlier is not None and added.best:
        return policy.closing_weight
    if later.best > expected or (later.best == expected and earlier is None):
        return 1.0
    allowed = plus(earlier.interval, added.interval) if earlier else added.interval
    if allowed.holds(later.best):
        return 1.0 if added.best else policy.excess_weight
    if earlier is not None and (later.best < earlier.best or _is_stale(earlier, later, exchanges)):
        return None
    after = earlier.day if earlier else date.min
    # A counter may leave one exchange out (a hand-over it counted before, or not as one).
    is_one_left_out = exchanges.one_of(after, later.day, expected - later.best) is not None
    return 1.0 if is_one_left_out else policy.excess_weight


def _step_to_other(later: Total, expected: int, *, follows_firm: bool) -> float | None:
    """Return the same for a total that is not firm: vaguer than the sum, or no official's."""
    if not follows_firm:
        # It is a base only where it knows of more people.
        return 1.0 if later.interval.low > expected else None
    # After a firm one it is a burden, unless the next firm one closes on it.
    is_bounded = later.interval.high is not None
    return -1.0 if is_bounded and later.best > expected else None


def _is_stale(earlier: Total, later: Total, exchanges: ExchangesOfSide) -> bool:
    """Return whether a total is the one of a day before the last exchanges that it should count."""
    last = exchanges.last_before(later.day + timedelta(days=1))
    if last is None or last <= earlier.day:
        return False
    if later.best == earlier.best:
        return exchanges.between(earlier.day, later.day).best > 0
    before = last - timedelta(days=1)
    since = later.best - earlier.best
    return exchanges.last_with(since, after=earlier.day, until=before) is not None


def closes_around(before: Total, later: Total, exchanges: ExchangesOfSide) -> Contribution | None:
    """Return the one exchange between two exact totals that differ by just its number, null for none."""
    if not (before.interval.is_exact and later.interval.is_exact):
        return None
    if exchanges.count(before.day, later.day) != 1:
        return None
    known = exchanges.one_of(before.day, later.day, later.best - before.best)
    # What an operation adds beside its days is no figure of its own.
    return None if known is None or operation_days(known.exchange) else known
