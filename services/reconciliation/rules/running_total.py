"""Steps 9 to 11 of reconciliation.md §5 for running totals: like a ledger's balance assertions.

    total(t₂) − total(t₁) = exchanges in (t₁, t₂] + unlisted,   unlisted ≥ 0

Totals of one side and category form a series. The heaviest chain of totals that can all be true is
what later totals are tested against: a stale or mistyped total then fails by itself and drags no
other down. More people than the listed exchanges give is an incomplete ledger, not a conflict; fewer
is a failure, and is explained.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from services.reconciliation.interval import Interval, meet, plus, spell
from services.reconciliation.policy import Policy
from services.reconciliation.reading import Reading
from services.reconciliation.rules.sum_check import Count, Tested, compare, half_width
from services.records import Explanation
from services.shelf import Shelf


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


class Timeline:
    """The exchanges of one side in order of date, with their sums.

    Sums stand in a binary indexed tree over the days there can be, of which only the nodes in use are
    kept: an exchange is put or taken away, and a span of days added up, in steps that grow with the
    logarithm of the calendar's length alone, in whatever order exchanges come.
    """

    def __init__(self, contributions: Iterable[Contribution] = ()) -> None:
        self._contributions: Shelf[str, Contribution] = Shelf(16)
        self._days: list[date] = []
        self._nodes: dict[int, list[int]] = {}
        self._until: dict[date, tuple[int, ...]] = {}
        self._by_number: dict[int, list[tuple[date, str]]] = {}
        for contribution in contributions:
            self.put(contribution.exchange, contribution)

    def put(self, exchange: str, contribution: Contribution | None) -> None:
        """Put what an exchange adds in the place of what it added before; null is nothing."""
        before = self._contributions.pop(exchange, None)
        if before is not None:
            self._add(before, -1)
            del self._days[bisect_left(self._days, before.day)]
            _take_out(self._by_number, before.total.best, (before.day, exchange))
        if contribution is not None:
            self._contributions[exchange] = contribution
            self._add(contribution, 1)
            insort(self._days, contribution.day)
            with_number = self._by_number.setdefault(contribution.total.best, [])
            insort(with_number, (contribution.day, exchange))
        self._until.clear()

    def _add(self, contribution: Contribution, times: int) -> None:
        interval = contribution.total.interval
        low, high = interval.low, interval.high
        added = (low * times, contribution.total.best * times, (high or 0) * times, 0)
        opened = times if high is None else 0
        node = contribution.day.toordinal()
        while node <= _LAST_DAY:
            sums = self._nodes.setdefault(node, [0, 0, 0, 0])
            sums[0] += added[0]
            sums[1] += added[1]
            sums[2] += added[2]
            sums[3] += opened
            node += node & -node

    def _sums(self, until: date) -> tuple[int, ...]:
        """Add up lows, bests, highs and open ends up to and including a day."""
        known = self._until.get(until)
        if known is not None:
            return known
        low = best = high = opens = 0
        node = until.toordinal()
        while node:
            sums = self._nodes.get(node)
            if sums is not None:
                low += sums[0]
                best += sums[1]
                high += sums[2]
                opens += sums[3]
            node &= node - 1
        found = self._until[until] = (low, best, high, opens)
        return found

    def between(self, after: date | None, until: date) -> Count:
        """Add up the exchanges after a day (null: from the first) up to and including another."""
        low, best, high, opens = self._sums(until)
        if after is None:
            return Count(Interval(low, None if opens else high), best)
        if after >= until:
            return Count(Interval(0, 0), 0)
        before = self._sums(after)
        is_open = opens > before[3]
        return Count(
            Interval(low - before[0], None if is_open else high - before[2]), best - before[1]
        )

    def one_of(self, after: date, until: date, number: int) -> Contribution | None:
        """Find an exchange in that time with exactly that number, null if there is none."""
        with_number = self._by_number.get(number, [])
        index = bisect_right(with_number, after, key=itemgetter(0))
        if index == len(with_number) or with_number[index][0] > until:
            return None
        return self._contributions[with_number[index][1]]

    def count(self, after: date | None, until: date) -> int:
        """Count the exchanges after a day (null: from the first) up to and including another."""
        start = 0 if after is None else bisect_right(self._days, after)
        return bisect_right(self._days, until) - start

    def holds_any(self, after: date | None, until: date) -> bool:
        """Say whether there is an exchange in that time."""
        return self.count(after, until) > 0

    def last_before(self, day: date) -> date | None:
        """Give the last day before a day that has an exchange, null for none."""
        index = bisect_left(self._days, day)
        return self._days[index - 1] if index else None

    def last_with(self, best: int, *, after: date | None, until: date) -> date | None:
        """Find the last exchange day of a time on which the exchanges of that time made so many."""
        start = 0 if after is None else bisect_right(self._days, after)
        end = bisect_right(self._days, until)

        def made(day: date) -> int:
            return self.between(after, day).best

        # What has come back never grows less.
        index = bisect_right(self._days, best, start, end, key=made)
        return (
            self._days[index - 1] if index > start and made(self._days[index - 1]) == best else None
        )


#: The last node of the tree: the last day the calendar has.
_LAST_DAY = date.max.toordinal()


def _take_out(
    lists: dict[int, list[tuple[date, str]]], number: int, member: tuple[date, str]
) -> None:
    members = lists[number]
    del members[bisect_left(members, member)]
    if not members:
        del lists[number]


class Chain:
    """The heaviest chain of totals that can all be true, kept as totals and exchanges change.

    A total weighs more the better its speaker is placed, and a step that closes to the person weighs
    as much again, so that two that agree outweigh one that does not. What a total weighs follows from
    what was before it, so a change is worked out anew from its day on and no earlier.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        #: The chain, in order of day.
        self.links: list[Total] = []
        #: The greatest total that was true on any day up to each link's.
        self.reached: list[int] = []
        self._totals: list[Total] = []
        self._weights: list[float] = []
        self._before: list[int | None] = []
        self._heaviest: list[int] = []
        self._on_chain: list[int] = []

    def renew(self, start: date, totals: Iterable[Total], timeline: Timeline) -> date:
        """Put other totals in the place of those from a day on; exchanges changed from then on too.

        Args:
            start: That day.
            totals: All totals from then on, in order of day, one a day at most.
            timeline: The exchanges between totals.

        Returns:
            The day from which on a test against the chain may have another outcome.
        """
        kept = bisect_left(self._totals, start, key=_day_of)
        for table in (self._totals, self._weights, self._before, self._heaviest):
            del table[kept:]
        for total in totals:
            self._weigh(total, timeline)
        return min(start, self._link(kept, start, timeline))

    def until(self, day: date) -> int:
        """Count the links before a day."""
        return bisect_left(self.links, day, key=_day_of)

    def anchor(self, day: date) -> Total | None:
        """Give the last link before a day."""
        index = self.until(day)
        return self.links[index - 1] if index else None

    def _reached(self, index: int, timeline: Timeline) -> int:
        before = self.links[index - 1] if index else None
        link = self.links[index]
        added = timeline.between(before.day if before else None, link.day).best
        known = self.reached[index - 1] if index else 0
        return max(known, link.best, (before.best if before else 0) + added)

    def _weigh(self, total: Total, timeline: Timeline) -> None:
        index = len(self._totals)
        base = timeline.between(None, total.day).interval.low
        own = _weight(total, self._policy)
        closing = self._policy.closing_weight
        first = max(0, index - self._policy.totals_back_max)
        best_weight = own if _reaches(total.interval, base) else -1.0
        best_before = None
        # From the last one back, since chains grow heavier: the others are weighed too light at once.
        # Of equals the earliest is taken.
        for earlier in range(index - 1, first - 1, -1):
            known = self._weights[earlier]
            if known + own * closing < best_weight:
                continue
            times = _step(self._totals[earlier], total, timeline, closing)
            if times is None:
                continue
            gain = own * times
            is_own = best_before is None
            if known + gain > best_weight or (known + gain == best_weight and not is_own):
                best_weight, best_before = known + gain, earlier
        self._totals.append(total)
        self._weights.append(best_weight)
        self._before.append(best_before)
        heaviest = self._heaviest[-1] if self._heaviest else index
        is_heavier = best_weight > self._weights[heaviest]
        self._heaviest.append(index if is_heavier else heaviest)

    def _link(self, kept: int, start: date, timeline: Timeline) -> date:
        """Follow the heaviest chain back to where it joins the old one; give the day tests change."""
        old_end = bisect_left(self._on_chain, kept)
        at = self._heaviest[-1] if self._heaviest else None
        found: list[int] = []
        joint = 0
        while at is not None:
            place = bisect_left(self._on_chain, at, 0, old_end)
            if place < old_end and self._on_chain[place] == at:
                joint = place + 1
                break
            found.append(at)
            at = self._before[at]
        found.reverse()
        gone, come = self.links[joint:], [self._totals[index] for index in found]
        changed = min([start, *(total.day for total in (*gone[:1], *come[:1]))])
        self._on_chain[joint:] = found
        self.links[joint:] = come
        del self.reached[joint:]
        for index in range(joint, len(self.links)):
            self.reached.append(self._reached(index, timeline))
        if not gone and not come and not any(total.day >= start for total in self.links[-1:]):
            return changed
        # Tests look at the next link too, so the ones since the last link that stays are done again.
        staying = bisect_left(self.links, changed, key=_day_of)
        return self.links[staying - 1].day if staying else date.min


def _day_of(total: Total) -> date:
    return total.day


def _weight(total: Total, policy: Policy) -> float:
    return (1.0 if total.interval.is_exact else policy.inexact_weight) / total.tier


def _step(earlier: Total, later: Total, timeline: Timeline, closing_weight: int) -> int | None:
    """Give how many times a step adds its total's weight, null if both totals cannot be true."""
    added = timeline.between(earlier.day, later.day)
    if not _reaches(later.interval, earlier.interval.low + added.interval.low):
        missing = earlier.best + added.best - later.best
        # A counter may leave one exchange out (a hand-over it counted before, or not as one).
        is_one_left_out = timeline.one_of(earlier.day, later.day, missing) is not None
        return 1 if is_one_left_out else None
    closes = later.best - earlier.best == added.best and later.interval.is_exact
    return closing_weight if closes else 1


def _reaches(interval: Interval, low: int) -> bool:
    return interval.high is None or interval.high >= low


def closes_around(before: Total, later: Total, timeline: Timeline) -> Contribution | None:
    """Give the one exchange between two exact totals that differ by just its number, null for none."""
    if not (before.interval.is_exact and later.interval.is_exact):
        return None
    if timeline.count(before.day, later.day) != 1:
        return None
    return timeline.one_of(before.day, later.day, later.best - before.best)


def expect(chain: Chain, timeline: Timeline, day: date) -> Count | None:
    """Give what the total of a day should be: the last sound total before it, plus exchanges since.

    Null where the ledger holds nothing before that day. With no earlier total the sum of the listed
    exchanges is a lower bound: unlisted ones may exist.
    """
    anchor = chain.anchor(day)
    added = timeline.between(anchor.day if anchor else None, day)
    if anchor is not None:
        return Count(plus(anchor.interval, added.interval), anchor.best + added.best)
    if not timeline.holds_any(None, day):
        return None
    return Count(Interval(added.interval.low, None), added.best)


def check_total(reading: Reading, chain: Chain, timeline: Timeline, day: date) -> Tested:
    """Test one claimed total against the chain."""
    expected = expect(chain, timeline, day)
    if expected is None or reading.tested is None:
        return compare(reading, None)
    arithmetic = _arithmetic(reading, chain, timeline, day)
    links = chain.links
    after = bisect_right(links, day, key=_day_of)
    follows = links[after] if after < len(links) else None
    tested = compare(reading, expected)
    if tested.result != "fail" or tested.got is None:
        return replace(tested, explanations=arithmetic)
    excess = tested.got - expected.best
    here = links[after - 1] if after and links[after - 1].day == day else None
    is_on_chain = here is not None and meet(here.interval, reading.tested) is not None
    if excess > 0 and is_on_chain:
        sentence = f"{excess} came back otherwise than by the exchanges listed here"
        return replace(
            tested,
            result="within",
            explanations=(Explanation(code="ledger-incomplete", text=sentence), *arithmetic),
        )
    anchor = chain.anchor(day)
    found = [
        *_left_out(expected.best - tested.got, anchor, timeline, day),
        *_stale(tested.got, expected.best, chain, timeline, day),
        *_transposed(tested.got, expected.best),
        *_overshot(tested.got, expected.best, timeline, day, follows),
    ]
    if half_width(reading) and not found:
        sentence = f"a round number, {abs(excess)} off"
        found.append(Explanation(code="rounded", text=sentence))
    return replace(tested, explanations=(*found, *arithmetic), radius=(f"total = {expected.best}",))


def _arithmetic(
    reading: Reading, chain: Chain, timeline: Timeline, day: date
) -> tuple[Explanation, ...]:
    """Write a test out: this total less the exchanges since the last one, beside that one."""
    anchor = chain.anchor(day)
    if anchor is None or reading.value is None:
        return ()
    added = timeline.between(anchor.day, day).best
    sentence = (
        f"{reading.value} − {added} = {reading.value - added}; "
        f"the total of {anchor.day.isoformat()} is {spell(anchor.interval)}"
    )
    return (Explanation(code="arithmetic", text=sentence),)


def _left_out(
    missing: int, anchor: Total | None, timeline: Timeline, day: date
) -> Iterator[Explanation]:
    left_out = timeline.one_of(anchor.day, day, missing) if anchor and missing > 0 else None
    if left_out is not None:
        sentence = f"the {missing} of {left_out.exchange} are not counted in it"
        yield Explanation(code="exchange-left-out", text=sentence)


def _stale(
    got: int, expected: int, chain: Chain, timeline: Timeline, day: date
) -> Iterator[Explanation]:
    stale = _stale_since(got, chain, timeline, day)
    if stale is not None:
        sentence = f"{got} was the total of {stale.isoformat()}, {expected - got} fewer than now"
        yield Explanation(code="stale-total", text=sentence)


def _transposed(got: int, expected: int) -> Iterator[Explanation]:
    written, meant = str(got), str(expected)
    places = [
        index
        for index, (one, other) in enumerate(zip(written, meant, strict=False))
        if one != other
    ]
    if len(written) == len(meant) and len(places) == 2:  # noqa: PLR2004  two digits changed places
        first, second = places
        if written[first] == meant[second] and written[second] == meant[first]:
            sentence = f"{got} is {expected} with two digits in each other's place"
            yield Explanation(code="digits-transposed", text=sentence)


def _overshot(
    got: int, expected: int, timeline: Timeline, day: date, follows: Total | None
) -> Iterator[Explanation]:
    if follows is None or got <= expected:
        return
    room = follows.best - timeline.between(day, follows.day).best
    if got > room:
        sentence = f"the total of {follows.day.isoformat()}, {follows.best}, leaves room for {room}"
        yield Explanation(code="later-total-leaves-less", text=sentence)


def _stale_since(got: int, chain: Chain, timeline: Timeline, day: date) -> date | None:
    """Find the last earlier exchange day whose total this was, else the last total."""
    last = timeline.last_before(day)
    links, count = chain.links, chain.until(day)
    for index in range(count, -1, -1):
        if index < count and chain.reached[index] < got:
            break
        # From just after one link up to and including the next, or the day before the claim's.
        anchor = links[index - 1] if index else None
        until = links[index].day if index < count else last
        if until is None or (anchor and anchor.best > got != links[min(index, count - 1)].best):
            continue
        if index < count and links[index].best == got and timeline.holds_any(_eve(until), until):
            return until
        found = timeline.last_with(
            got - (anchor.best if anchor else 0), after=anchor.day if anchor else None, until=until
        )
        if found is not None:
            return found
    return next((total.day for total in reversed(links[:count]) if total.best == got), None)


def _eve(day: date) -> date | None:
    return day - timedelta(days=1) if day > date.min else None
