"""Sums of exchanges over any span of days, kept as exchanges come and go in any order."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import date
from operator import itemgetter

from schemas.vocabulary import operation_days
from services.reconciliation.claims.interval import Interval
from services.reconciliation.rules.sound_totals import Contribution
from services.reconciliation.rules.sum_check import Count
from services.runtime.lazy_dict import LazyDict


class ExchangeSums:
    """The exchanges of one series in order of day, with their sums: `sound_totals.ExchangesOfSide`.

    Sums stand in a binary indexed tree over the days there can be, of which only the nodes in use are
    kept: an exchange is put or taken away, and a span of days added up, in steps that grow with the
    logarithm of the calendar's length alone, in whatever order exchanges come.
    """

    def __init__(self, contributions: Iterable[Contribution] = ()) -> None:
        self._contributions: LazyDict[str, Contribution] = LazyDict(16)
        self._days: list[date] = []
        self._in_order: list[tuple[date, str]] = []
        self._nodes: dict[int, list[int]] = {}
        self._until: dict[date, tuple[int, ...]] = {}
        self._by_number: dict[int, list[tuple[date, str]]] = {}
        self._operations: set[str] = set()
        for contribution in contributions:
            self.put(contribution.exchange, contribution)

    def put(self, exchange: str, contribution: Contribution | None) -> None:
        """Put what an exchange adds in the place of what it added before; null is nothing."""
        before = self._contributions.pop(exchange, None)
        if before is not None:
            self._add(before, -1)
            del self._days[bisect_left(self._days, before.day)]
            del self._in_order[bisect_left(self._in_order, (before.day, exchange))]
            _take_out(self._by_number, before.total.best, (before.day, exchange))
            self._operations.discard(exchange)
        if contribution is not None:
            self._contributions[exchange] = contribution
            self._add(contribution, 1)
            insort(self._days, contribution.day)
            insort(self._in_order, (contribution.day, exchange))
            with_number = self._by_number.setdefault(contribution.total.best, [])
            insort(with_number, (contribution.day, exchange))
            if operation_days(exchange):
                self._operations.add(exchange)
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
        """Return lows, bests, highs and open ends up to and including a day."""
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
        """Return the sum of the exchanges after a day (null: from the first) up to and including another."""
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
        """Return an exchange in that time with exactly that number, null if there is none."""
        with_number = self._by_number.get(number, [])
        index = bisect_right(with_number, after, key=itemgetter(0))
        if index == len(with_number) or with_number[index][0] > until:
            return None
        return self._contributions[with_number[index][1]]

    def days(self) -> Sequence[date]:
        """Return the exchanges' days, in order; what operations add beside their days is left out."""
        if not self._operations:
            return self._days
        return [day for day, exchange in self._in_order if exchange not in self._operations]

    def count(self, after: date | None, until: date) -> int:
        """Return how many exchanges there are after a day (null: from the first) up to and including another."""
        start = 0 if after is None else bisect_right(self._days, after)
        return bisect_right(self._days, until) - start

    def holds_any(self, after: date | None, until: date) -> bool:
        """Return whether there is an exchange in that time."""
        return self.count(after, until) > 0

    def latest(self, after: date | None, until: date, number: int) -> Sequence[Contribution]:
        """Return the last so many exchanges in that time, in order of day."""
        end = bisect_right(self._days, until)
        start = 0 if after is None else bisect_right(self._days, after)
        named = self._in_order[max(start, end - number) : end]
        return [self._contributions[exchange] for _, exchange in named]

    def last_before(self, day: date) -> date | None:
        """Return the last day before a day that has an exchange, null for none."""
        index = bisect_left(self._days, day)
        return self._days[index - 1] if index else None

    def last_with(self, best: int, *, after: date | None, until: date) -> date | None:
        """Return the last exchange day of a time on which the exchanges of that time made so many."""
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
