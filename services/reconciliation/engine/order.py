"""What is tested across exchanges beside totals: ordinals, superlatives and gaps.

Each test looks at exchanges up to a certain day, or at the numbers that one counter gave. Tests are
kept, and after a change only those are done again that look at a day at or after the first change, or
at a number of a counter whose chain changed; the answers are those of testing all anew.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from schemas.vocabulary import CheckKind
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.engine.index.exchange_sums import ExchangeSums
from services.reconciliation.engine.index.numbering import Numbering
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import TOGETHER, ExchangeInSeries, SeriesName, day_tested
from services.reconciliation.rules.first_since import check_first_since, last_return
from services.reconciliation.rules.mediated_count import check_mediated, listed_with
from services.reconciliation.rules.ordinal import as_ordinal, check_ordinal, side_counted
from services.reconciliation.rules.sound_totals import Contribution
from services.reconciliation.rules.sum_check import Count, Tested
from services.reconciliation.rules.superlative import Measured, check_superlative
from services.runtime.lazy_dict import LazyDict


class Checked(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one test across exchanges."""

    kind: CheckKind
    reading: Reading
    exchange: str | None
    day: date
    tested: Tested


class _Peaks:
    """The greatest low of a series in any time, in a tree over the days there can be."""

    def __init__(self) -> None:
        self._nodes: dict[int, int] = {}
        self._on: LazyDict[date, dict[str, int]] = LazyDict(32)

    def put(self, exchange: str, day: date, low: int | None) -> None:
        """Put a low in the place of what an exchange had; null is none."""
        lows = self._on.setdefault(day, {})
        lows.pop(exchange, None)
        if low is not None:
            lows[exchange] = low
        node = _LEAVES + day.toordinal()
        greatest = max(lows.values(), default=None)
        # What is above a node hangs on the node alone: where that stays, all above it does.
        while node and self._nodes.get(node) != greatest:
            if greatest is None:
                self._nodes.pop(node, None)
            else:
                self._nodes[node] = greatest
            beside = self._nodes.get(node ^ 1)
            greatest = beside if greatest is None else max(greatest, beside or 0)
            node >>= 1

    def greatest(self, since: date | None, day: date, exchange: str) -> int | None:
        """Return the greatest low from a day on (null: the first) and before an exchange."""
        start = _LEAVES + (since.toordinal() if since else 0)
        end = _LEAVES + day.toordinal()
        same_day = self._on.get(day, {}).items() if start <= end else ()
        found: list[int | None] = [low for earlier, low in same_day if earlier < exchange]
        while start < end:
            if start & 1:
                found.append(self._nodes.get(start))
                start += 1
            if end & 1:
                end -= 1
                found.append(self._nodes.get(end))
            start >>= 1
            end >>= 1
        return max((low for low in found if low is not None), default=None)


#: Leaves of that tree: the least power of two above the calendar's last day.
_LEAVES = 1 << date.max.toordinal().bit_length()


@dataclass(slots=True)
class _Asked:
    """An ordered claim: the exchange it means, and the last day that its test looks at."""

    reading: Reading
    exchange: str | None
    day: date | None = None
    reach: date = date.max


@dataclass(slots=True)
class _Changes:
    """What changed since the tests were last done."""

    claims: set[ClaimKey] = field(default_factory=set)
    first_day: date | None = None
    counters: set[str] = field(default_factory=set)


class Order:
    """The exchanges of a ledger in order, and the claims that speak of that order."""

    def __init__(self, sides: Sequence[str], policy: Policy) -> None:
        self.checks: LazyDict[ClaimKey, Checked] = LazyDict(8)
        self._sides = sides
        self._policy = policy
        self._exchanges: LazyDict[str, ExchangeInSeries] = LazyDict(16)
        self._days: list[date] = []
        self._numbers: dict[str, Numbering] = {}
        self._sums: dict[SeriesName, ExchangeSums] = {}
        #: What operations add beside their days, by series and operation.
        self._remainders: dict[SeriesName, dict[str, Contribution]] = {}
        self._peaks: dict[SeriesName, _Peaks] = {}
        self._asked: LazyDict[ClaimKey, _Asked] = LazyDict(8)
        self._by_reach: list[tuple[date, ClaimKey]] = []
        self._changes = _Changes()
        self._changed_from: dict[SeriesName, date] = {}

    def keep(self, exchange: str, counted: ExchangeInSeries | None) -> None:
        """Put what an exchange is in the place of what it was; null for one that is no more."""
        before = self._exchanges.get(exchange)
        if counted == before:
            return
        if counted is None:
            del self._exchanges[exchange]
        else:
            self._exchanges[exchange] = counted
        for known, step in ((before, -1), (counted, 1)):
            if known is None or not known.is_counted:
                continue
            if step < 0:
                del self._days[bisect_left(self._days, known.day)]
            else:
                insort(self._days, known.day)
        day = min(known.day for known in (before, counted) if known is not None)
        self._changed_on(day)
        self._number(exchange, before, counted)
        for series in _series_of(before) | _series_of(counted):
            old = before.listed(series) if before else None
            new = counted.listed(series) if counted else None
            if old != new:
                self._list(exchange, series, day, new)

    def add(self, series: SeriesName, operation: str, remainder: Contribution | None) -> None:
        """Put what an operation adds beside its days in the place of what it added; null is nothing."""
        remainders = self._remainders.setdefault(series, {})
        before = remainders.pop(operation, None)
        if remainder is not None:
            remainders[operation] = remainder
        days = [known.day for known in (before, remainder) if known is not None]
        if not days:
            return
        self._changed_on(min(days))
        self._changed_from[series] = min(*days, self._changed_from.get(series, days[0]))
        if series in self._sums:
            self._sums[series].put(operation, remainder)

    def sums(self, series: SeriesName) -> ExchangeSums:
        """Return the exchanges of a series; kept up from now on."""
        if series not in self._sums:
            timeline = self._sums[series] = ExchangeSums()
            for exchange, counted in self._exchanges.items():
                timeline.put(exchange, _adding(exchange, counted.day, counted.listed(series)))
            for operation, remainder in self._remainders.get(series, {}).items():
                timeline.put(operation, remainder)
        return self._sums[series]

    def take_changed(self, side: str) -> dict[str, date]:
        """Return, by category, the first day on which a side's series changed since last asked."""
        changed = {
            category: day for (of, category), day in self._changed_from.items() if of == side
        }
        for category in changed:
            del self._changed_from[side, category]
        return changed

    def put(self, reading: Reading, exchange: str | None) -> None:
        """Take in a claim in force that speaks of the order of exchanges."""
        self.remove(reading.key)
        if reading.modality != "asserted":
            return
        self._asked[reading.key] = _Asked(as_ordinal(reading), exchange)
        insort(self._by_reach, (date.max, reading.key))

    def remove(self, key: ClaimKey) -> None:
        """Remove a claim, if it is known."""
        self._changes.claims.add(key)
        asked = self._asked.pop(key, None)
        if asked is None:
            return
        del self._by_reach[bisect_left(self._by_reach, (asked.reach, key))]

    def update(self) -> list[tuple[Checked | None, Checked | None]]:
        """Repeat the tests that a change bears on; return each that changed, as it was and as it is."""
        affected = self._changes.claims
        if self._changes.first_day is not None:
            at = bisect_left(self._by_reach, (self._changes.first_day, ("", "")))
            affected.update(key for _, key in self._by_reach[at:])
        for counter in self._changes.counters:
            at = bisect_left(self._by_reach, (self._numbers[counter].renew(), ("", "")))
            affected.update(
                key for _, key in self._by_reach[at:] if self._asked[key].reading.counter == counter
            )
        self._changes = _Changes()
        changed = []
        for key in sorted(affected):
            before, after = self.checks.get(key), self._check(key)
            if before == after:
                continue
            changed.append((before, after))
            if after is None:
                del self.checks[key]
            else:
                self.checks[key] = after
        return changed

    def _changed_on(self, day: date) -> None:
        first = self._changes.first_day
        self._changes.first_day = day if first is None else min(first, day)

    def _number(
        self, exchange: str, before: ExchangeInSeries | None, after: ExchangeInSeries | None
    ) -> None:
        old = before.ordinals if before and before.is_counted else {}
        new = after.ordinals if after and after.is_counted else {}
        for counter in old.keys() | new.keys():
            was, now = old.get(counter), new.get(counter)
            if was != now:
                self._numbers.setdefault(counter, Numbering(self._policy)).put(exchange, now)
                self._changes.counters.add(counter)

    def _list(self, exchange: str, series: SeriesName, day: date, count: Count | None) -> None:
        self._changed_from[series] = min(day, self._changed_from.get(series, day))
        if series in self._sums:
            self._sums[series].put(exchange, _adding(exchange, day, count))
        if series in self._peaks:
            self._peaks[series].put(exchange, day, count.interval.low if count else None)

    def _check(self, key: ClaimKey) -> Checked | None:
        asked = self._asked.get(key)
        if asked is None:
            return None
        reading, exchange = asked.reading, asked.exchange
        counted = self._exchanges.get(exchange) if exchange else None
        day = asked.day = day_tested(reading, exchange, counted)
        known = [known for known in (day, reading.stated_date, reading.since) if known]
        del self._by_reach[bisect_left(self._by_reach, (asked.reach, key))]
        # What means no exchange, and stands for no day, is tested against nothing.
        asked.reach = max(known, default=date.min) if counted or not exchange else date.max
        insort(self._by_reach, (asked.reach, key))
        if day is None:
            return None
        kind, tested = self._test(reading, exchange, day)
        return Checked(kind, reading, exchange, day, tested)

    def _test(self, reading: Reading, exchange: str | None, day: date) -> tuple[CheckKind, Tested]:
        match reading.measure:
            case "exchange_ordinal":
                side = side_counted(reading)
                days = self.sums((side, "all")).days() if side else self._days
                # A window starts after the ledger's first exchange.
                is_window = bool(reading.since is not None and days and reading.since > days[0])
                numbers = self._numbers.get(reading.counter)
                return "ordinal", check_ordinal(
                    reading,
                    listed_days=days,
                    window=(reading.since if is_window else None, day),
                    given=numbers.bearing_on(reading.stated_date, day) if numbers else {},
                    policy=self._policy,
                )
            case "superlative":
                measures = self._measures(reading, exchange)
                return "superlative", check_superlative(reading, measures)
            case "mediated_count":
                listed = listed_with(reading, self._exchanges.values(), day)
                return "mediated_count", check_mediated(reading, listed)
            case _:
                before = self._day_before(reading, day)
                return "first_since", check_first_since(
                    reading, day=day, before=before, policy=self._policy
                )

    def _measures(self, reading: Reading, exchange: str | None) -> list[Measured]:
        counted = self._exchanges.get(exchange) if exchange else None
        if counted is None or exchange is None:
            return []
        sides = self._sides if reading.side == "both" else (reading.side,)
        series = {f"returned to {side}": (side, "all") for side in sides}
        if reading.side == "both":
            series["both sides together"] = TOGETHER
        return [
            Measured(
                named,
                counted.counts.get(name),
                self._peaks_of(name).greatest(reading.since, counted.day, exchange),
            )
            for named, name in series.items()
        ]

    def _peaks_of(self, series: SeriesName) -> _Peaks:
        if series not in self._peaks:
            peaks = self._peaks[series] = _Peaks()
            for exchange, counted in self._exchanges.items():
                count = counted.listed(series)
                if count is not None:
                    peaks.put(exchange, counted.day, count.interval.low)
        return self._peaks[series]

    def _day_before(self, reading: Reading, day: date) -> date | None:
        if reading.category not in ("all", "military", "unspecified"):
            return self.sums((reading.side, reading.category)).last_before(day)
        if reading.side in self._sides:
            return last_return(self.sums((reading.side, "all")), day)
        at = bisect_left(self._days, day)
        return self._days[at - 1] if at else None


def _adding(exchange: str, day: date, count: Count | None) -> Contribution | None:
    return None if count is None else Contribution(day, exchange, count)


def _series_of(counted: ExchangeInSeries | None) -> set[SeriesName]:
    return set(counted.counts) if counted and counted.is_counted else set()
