"""Running totals of one side, kept as claims and exchanges come and go.

What one day's claims amount to depends on that day's claims alone (`rules.total_series`), and the series
is tested anew from the first day that changed.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.decisions import PublishedTotal
from schemas.vocabulary import FigureKey
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.engine.index.exchange_sums import ExchangeSums
from services.reconciliation.engine.index.kept_sound_totals import KeptSoundTotals
from services.reconciliation.policy import Policy
from services.reconciliation.rules.running_total import check_total, check_window, expect
from services.reconciliation.rules.sound_totals import closes_around
from services.reconciliation.rules.sum_check import Tested
from services.reconciliation.rules.total_series import (
    TotalsOfDay,
    is_counted_total,
    point_of_series,
    read_totals_of_day,
    series_start,
    total_standing,
)
from services.runtime.lazy_dict import LazyDict


@dataclass(slots=True)
class _Series:
    """One category's days in order, the sound ones among their totals, and the exchanges between."""

    exchanges: ExchangeSums
    sound: KeptSoundTotals
    days: list[date] = field(default_factory=list)


@dataclass(slots=True)
class Changed:
    """What changed since it was last asked.

    Attributes:
        claims: Claims whose standing or test did.
        points: Points of the series, by category and day.
        closed: Exchanges that two totals close around now, or no longer.
    """

    claims: set[ClaimKey] = field(default_factory=set)
    points: set[tuple[str, date]] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)


class RunningTotals:
    """The running totals of one side.

    Attributes:
        totals: The points of its series by category and day, without checks' ids.
        tested: The outcome for every claim.
        standings: Where each claim stands.
        figure_of: The point at whose level each claim speaks.
        voice_of: The voice each counting claim belongs to.
        closed: The exchanges that stand alone between two exact totals of everybody which differ by
            just their number.
    """

    def __init__(self, side: str, opened: date | None, policy: Policy) -> None:
        self.totals: dict[tuple[str, date], PublishedTotal] = {}
        self.tested: LazyDict[ClaimKey, Tested] = LazyDict(16)
        self.standings: dict[ClaimKey, Standing] = {}
        self.figure_of: dict[ClaimKey, FigureKey] = {}
        self.voice_of: dict[ClaimKey, str] = {}
        self.closed: set[str] = set()
        self._closed_by: dict[date, str] = {}
        self._side = side
        self._opened = opened
        self._policy = policy
        self._readings: LazyDict[ClaimKey, Reading] = LazyDict(8)
        self._at: dict[date, set[ClaimKey]] = {}
        self._days: LazyDict[date, TotalsOfDay] = LazyDict(8)
        self._series: dict[str, _Series] = {}
        self._windows: list[tuple[date, ClaimKey]] = []
        self._starts: Counter[date] = Counter()
        self._start: date | None = None
        self._stale: set[date] = set()
        self._moved: set[ClaimKey] = set()

    def put(self, reading: Reading) -> None:
        """Take in a claim in force on a total of people who came back to this side."""
        if reading.key in self._readings:
            self.remove(reading.key)
        self._readings[reading.key] = reading
        self._moved.add(reading.key)
        if reading.since is not None:
            self._starts[reading.since] += 1
        self.standings[reading.key] = total_standing(reading)
        if is_counted_total(reading) and reading.as_of is not None:
            self._at.setdefault(reading.as_of, set()).add(reading.key)
            self._stale.add(reading.as_of)

    def remove(self, key: ClaimKey) -> None:
        """Remove a claim, if it is known."""
        reading = self._readings.pop(key, None)
        if reading is None:
            return
        self._moved.add(key)
        if reading.since is not None:
            self._starts[reading.since] -= 1
        self.standings.pop(key, None)
        self.tested.pop(key, None)
        if reading.as_of is not None and key in self._at.get(reading.as_of, ()):
            self._at[reading.as_of].discard(key)
            self._stale.add(reading.as_of)

    def reading(self, key: ClaimKey) -> Reading:
        """Return a claim."""
        return self._readings[key]

    def tested_on(self, day: date) -> list[ClaimKey]:
        """Return the tested claims on totals of a day."""
        return sorted(key for key in self._at.get(day, ()) if key in self.tested)

    def update(
        self, exchanges_of: Callable[[str], ExchangeSums], changed_from: Mapping[str, date]
    ) -> Changed:
        """Work out what changed.

        Args:
            exchanges_of: Gives the exchanges that count, by category; the same one each time.
            changed_from: By category, the first day on which an exchange changed.
        """
        changed = Changed(claims=self._moved)
        self._moved = set()
        start = series_start(self._opened, self._starts)
        if start != self._start:
            self._start = start
            self._stale |= self._at.keys()
        renew_from = {
            category: day for category, day in changed_from.items() if category in self._series
        }
        for day in sorted(self._stale):
            for category in self._update_day(day, exchanges_of, changed):
                renew_from[category] = min(day, renew_from.get(category, day))
        self._stale.clear()
        for category, start in sorted(renew_from.items()):
            self._renew(category, start, changed)
        self._test_windows(changed_from, exchanges_of, changed)
        return changed

    def _update_day(
        self, day: date, exchanges_of: Callable[[str], ExchangeSums], changed: Changed
    ) -> set[str]:
        """Work out what one day's claims amount to; return the categories it bears on."""
        before = self._days.pop(day, TotalsOfDay())
        known = {reading.key for reading in (*before.windows, *_spoken(before))}
        stood = {key: self._stand(key) for key in known}
        self._forget_day(day, before)
        found = self._read_day(day)
        for reading in found.windows:
            insort(self._windows, (day, reading.key))
            self.tested[reading.key] = check_window(reading, exchanges_of(reading.category))
        present = known | self._at.get(day, set())
        changed.claims |= {key for key in present if stood.get(key) != self._stand(key)}
        if self._at.get(day):
            self._days[day] = found
        else:
            self._at.pop(day, None)
        for category in before.series.keys() - found.series.keys():
            days = self._series[category].days
            del days[bisect_left(days, day)]
            self.totals.pop((category, day), None)
            changed.points.add((category, day))
        for category in found.series.keys() - before.series.keys():
            series = self._series.get(category)
            if series is None:
                series = self._series[category] = _Series(
                    exchanges_of(category), KeptSoundTotals(self._policy)
                )
            insort(series.days, day)
        changed.points |= {(category, day) for category in found.series}
        return before.series.keys() | found.series.keys()

    def _forget_day(self, day: date, before: TotalsOfDay) -> None:
        """Forget what a day's claims amounted to, and the test of those that are gone."""
        for reading in (*before.windows, *_spoken(before)):
            self.figure_of.pop(reading.key, None)
            self.voice_of.pop(reading.key, None)
            if reading.key not in self._at.get(day, ()):
                self.tested.pop(reading.key, None)
        for reading in before.windows:
            del self._windows[bisect_left(self._windows, (day, reading.key))]

    def _stand(self, key: ClaimKey) -> tuple[object, ...] | None:
        """Return how a claim stands, null for one that is gone."""
        if key not in self._readings:
            return None
        return (
            self.standings.get(key),
            self.figure_of.get(key),
            self.voice_of.get(key),
            self.tested.get(key),
        )

    def _read_day(self, day: date) -> TotalsOfDay:
        found = read_totals_of_day(
            [self._readings[key] for key in self._at.get(day, ())],
            side=self._side,
            day=day,
            start=self._start,
            policy=self._policy,
        )
        self.standings |= found.standings
        self.figure_of |= found.figure_of
        self.voice_of |= found.voice_of
        return found

    def _renew(self, category: str, start: date, changed: Changed) -> None:
        """Test a series anew from a day on."""
        series = self._series[category]
        later = series.days[bisect_left(series.days, start) :]
        totals = (self._days[day].series[category].as_total(day) for day in later)
        start = series.sound.renew(
            start, [total for total in totals if total is not None], series.exchanges
        )
        if category == "all":
            self._close(series, start, changed)
        sound_days = {link.day for link in series.sound.links[series.sound.until(start) :]}
        for day in series.days[bisect_left(series.days, start) :]:
            self._test_day(category, day, changed)
            expected = expect(series.sound, series.exchanges, day)
            key = FigureKey(None, day, "cumulative_returned", self._side, category)
            # The ids of checks are put in when the point is decided.
            said = self._days[day].series[category]
            point = point_of_series(
                key, said, expected, (), self._policy, is_base=day in sound_days
            )
            if point != self.totals.get((category, day)):
                _set(self.totals, (category, day), point)
                changed.points.add((category, day))

    def _test_day(self, category: str, day: date, changed: Changed) -> None:
        series = self._series[category]
        # Claims with the same number meet the same test.
        outcomes: dict[tuple[object, ...], Tested] = {}
        for reading in self._days[day].tested_in(category):
            number = reading.tested, reading.value, reading.interval
            tested = outcomes.get(number)
            if tested is None:
                tested = check_total(reading, series.sound, series.exchanges, day, self._policy)
                outcomes[number] = tested
            if tested != self.tested.get(reading.key):
                self.tested[reading.key] = tested
                changed.claims.add(reading.key)

    def _close(self, series: _Series, start: date, changed: Changed) -> None:
        """Find the exchanges that totals close around, from a day on."""
        links = series.sound.links
        first = max(1, series.sound.until(start))
        found = {
            link.day: contribution.exchange
            for before, link in zip(links[first - 1 :], links[first:], strict=False)
            if (contribution := closes_around(before, link, series.exchanges)) is not None
        }
        gone = [day for day in self._closed_by if day >= start and day not in found]
        for day in gone:
            self._toggle(self._closed_by.pop(day), changed)
        for day, exchange in found.items():
            known = self._closed_by.get(day)
            if known != exchange:
                if known is not None:
                    self._toggle(known, changed)
                self._closed_by[day] = exchange
                self._toggle(exchange, changed)

    def _toggle(self, exchange: str, changed: Changed) -> None:
        self.closed ^= {exchange}
        changed.closed ^= {exchange}

    def _test_windows(
        self,
        changed_from: Mapping[str, date],
        exchanges_of: Callable[[str], ExchangeSums],
        changed: Changed,
    ) -> None:
        """Test the totals of windows again that end where an exchange changed, or later."""
        start = min(changed_from.values(), default=date.max)
        for _, key in self._windows[bisect_left(self._windows, (start, ("", ""))) :]:
            reading = self._readings[key]
            if reading.category in changed_from:
                tested = check_window(reading, exchanges_of(reading.category))
                if tested != self.tested[key]:
                    self.tested[key] = tested
                    changed.claims.add(key)


def _spoken(day: TotalsOfDay) -> Iterable[Reading]:
    return (reading for said in day.series.values() for reading in said.spoken)


def _set(
    points: dict[tuple[str, date], PublishedTotal],
    key: tuple[str, date],
    point: PublishedTotal | None,
) -> None:
    if point is None:
        points.pop(key, None)
    else:
        points[key] = point
