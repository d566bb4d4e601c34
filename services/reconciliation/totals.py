"""Running totals of one side: its series, their points, and the test of every claimed total.

A total belongs to the series of its category when it counts from about the same day as most totals
of that side; any other is the total of a window and is tested against the exchanges inside it alone.
A speaker who counts everybody and is quoted with "soldiers" is read both as said and, where nobody
gives a total for everybody that day, as everybody: flag `assumption_used`.

Totals are kept as claims and exchanges come and go. What one day's claims amount to depends on that
day's claims alone, and the series is worked out anew from the first day that changed.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec.structs import replace

from schemas.vocabulary import FigureKey, FigureStatus, Flag
from services.reconciliation.figures import core_of, figure_level
from services.reconciliation.interval import ANY, Interval
from services.reconciliation.policy import Policy
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import collapse
from services.reconciliation.rules.running_total import (
    Chain,
    Timeline,
    Total,
    check_total,
    closes_around,
    expect,
)
from services.reconciliation.rules.sum_check import Count, Tested, compare
from services.reconciliation.voices import ACTIVE, Standing, said_of
from services.records import FigureResult, PublishedTotal
from services.shelf import Shelf


@dataclass(slots=True)
class _Said:
    """What was said of one category on one day: the claims, and the figure they make together."""

    spoken: list[Reading]
    result: FigureResult | None = None
    tier: int = 0


@dataclass(slots=True)
class _Day:
    """What became of the claims on one day's totals.

    Attributes:
        series: By category, what belongs to the side's series.
        windows: Claims on totals of a window.
    """

    series: dict[str, _Said] = field(default_factory=dict)
    windows: list[Reading] = field(default_factory=list)

    def tested_in(self, category: str) -> Iterable[Reading]:
        """Give the claims tested in a category's series: everybody's, if they are read so too."""
        spoken = self.series[category].spoken
        if category == "all" or "all" not in self.series:
            return spoken
        everybody = {read.key for read in self.series["all"].spoken}
        return (reading for reading in spoken if reading.key not in everybody)


@dataclass(slots=True)
class _Series:
    """One category's days in order, the chain through them, and the exchanges between."""

    timeline: Timeline
    chain: Chain
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

    def __init__(self, side: str, policy: Policy) -> None:
        self.totals: dict[tuple[str, date], PublishedTotal] = {}
        self.tested: Shelf[ClaimKey, Tested] = Shelf(16)
        self.standings: dict[ClaimKey, Standing] = {}
        self.figure_of: dict[ClaimKey, FigureKey] = {}
        self.voice_of: dict[ClaimKey, str] = {}
        self.closed: set[str] = set()
        self._closed_by: dict[date, str] = {}
        self._side = side
        self._policy = policy
        self._readings: Shelf[ClaimKey, Reading] = Shelf(8)
        self._at: dict[date, set[ClaimKey]] = {}
        self._days: Shelf[date, _Day] = Shelf(8)
        self._series: dict[str, _Series] = {}
        self._windows: list[tuple[date, ClaimKey]] = []
        self._starts: Counter[date] = Counter()
        self._baseline: date | None = None
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
        is_active = reading.modality == "asserted" and not reading.is_derived
        self.standings[reading.key] = (
            ACTIVE
            if is_active
            else Standing("excluded", reading.modality if not reading.is_derived else "derived")
        )
        if is_active and reading.as_of is not None:
            self._at.setdefault(reading.as_of, set()).add(reading.key)
            self._stale.add(reading.as_of)

    def remove(self, key: ClaimKey) -> None:
        """Let go of a claim, if it is known."""
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
        """Give a claim."""
        return self._readings[key]

    def tested_on(self, day: date) -> list[ClaimKey]:
        """Name the tested claims on totals of a day."""
        return sorted(key for key in self._at.get(day, ()) if key in self.tested)

    def settle(
        self, timeline_of: Callable[[str], Timeline], changed_from: Mapping[str, date]
    ) -> Changed:
        """Work out what changed.

        Args:
            timeline_of: Gives the exchanges that count, by category; the same one each time.
            changed_from: By category, the first day on which an exchange changed.
        """
        changed = Changed(claims=self._moved)
        self._moved = set()
        baseline = _most_common(self._starts)
        if baseline != self._baseline:
            self._baseline = baseline
            self._stale |= self._at.keys()
        renew_from = {
            category: day for category, day in changed_from.items() if category in self._series
        }
        for day in sorted(self._stale):
            for category in self._settle_day(day, timeline_of, changed):
                renew_from[category] = min(day, renew_from.get(category, day))
        self._stale.clear()
        for category, start in sorted(renew_from.items()):
            self._renew(category, start, changed)
        self._test_windows(changed_from, timeline_of, changed)
        return changed

    def _settle_day(
        self, day: date, timeline_of: Callable[[str], Timeline], changed: Changed
    ) -> set[str]:
        """Work out what one day's claims amount to; give the categories it bears on."""
        before = self._days.pop(day, _Day())
        known = {reading.key for reading in (*before.windows, *_spoken(before))}
        stood = {key: self._stand(key) for key in known}
        self._let_go(day, before)
        found = self._read_day(day)
        for reading in found.windows:
            insort(self._windows, (day, reading.key))
            self.tested[reading.key] = _check_window(reading, timeline_of(reading.category))
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
                    timeline_of(category), Chain(self._policy)
                )
            insort(series.days, day)
        changed.points |= {(category, day) for category in found.series}
        return before.series.keys() | found.series.keys()

    def _let_go(self, day: date, before: _Day) -> None:
        """Forget what a day's claims amounted to, and the test of those that are gone."""
        for reading in (*before.windows, *_spoken(before)):
            self.figure_of.pop(reading.key, None)
            self.voice_of.pop(reading.key, None)
            if reading.key not in self._at.get(day, ()):
                self.tested.pop(reading.key, None)
        for reading in before.windows:
            del self._windows[bisect_left(self._windows, (day, reading.key))]

    def _stand(self, key: ClaimKey) -> tuple[object, ...] | None:
        """Say how a claim stands, null for one that is gone."""
        if key not in self._readings:
            return None
        return (
            self.standings.get(key),
            self.figure_of.get(key),
            self.voice_of.get(key),
            self.tested.get(key),
        )

    def _read_day(self, day: date) -> _Day:
        found = _Day()
        spoken: dict[str, list[Reading]] = {}
        readings = [self._readings[key] for key in self._at.get(day, ())]
        for reading in sorted(readings, key=said_of):
            self.standings[reading.key] = ACTIVE
            if _is_of_series(reading, self._baseline, self._policy):
                spoken.setdefault(reading.category, []).append(reading)
            else:
                found.windows.append(reading)
        self.standings |= _read_as_everybody(spoken)
        for category, said in sorted(spoken.items()):
            found.series[category] = self._figure(category, day, said)
        return found

    def _figure(self, category: str, day: date, spoken: list[Reading]) -> _Said:
        key = FigureKey(None, day, "cumulative_returned", self._side, category)
        heard = collapse([reading for reading in spoken if reading.tested is not None])
        self.standings |= heard.standings
        for reading in spoken:
            self.figure_of.setdefault(reading.key, key)
        for voice in heard.voices:
            self.voice_of |= {reading.key: voice.name for reading in voice.readings}
        if not heard.voices:
            return _Said(spoken)
        tier = min(voice.tier for voice in heard.voices)
        core = core_of(heard.voices)
        return _Said(spoken, figure_level(heard.voices, core, spoken, ANY, self._policy), tier)

    def _renew(self, category: str, start: date, changed: Changed) -> None:
        """Work a series out anew from a day on."""
        series = self._series[category]
        later = series.days[bisect_left(series.days, start) :]
        totals = (_total_of(day, self._days[day].series[category]) for day in later)
        start = series.chain.renew(
            start, [total for total in totals if total is not None], series.timeline
        )
        chain = series.chain
        if category == "all":
            self._close(series, start, changed)
        on_chain = {total.day for total in chain.links[chain.until(start) :]}
        for day in series.days[bisect_left(series.days, start) :]:
            said = self._days[day].series[category]
            # Claims with the same number meet the same test.
            outcomes: dict[tuple[object, ...], Tested] = {}
            for reading in self._days[day].tested_in(category):
                number = reading.tested, reading.value, reading.interval
                tested = outcomes.get(number)
                if tested is None:
                    tested = outcomes[number] = check_total(reading, chain, series.timeline, day)
                if tested != self.tested.get(reading.key):
                    self.tested[reading.key] = tested
                    changed.claims.add(reading.key)
            if said.result is None:
                if self.totals.pop((category, day), None) is not None:
                    changed.points.add((category, day))
                continue
            expected = None if day in on_chain else expect(chain, series.timeline, day)
            point = _point(self._side, category, day, said, expected)
            if point != self.totals.get((category, day)):
                self.totals[category, day] = point
                changed.points.add((category, day))

    def _close(self, series: _Series, start: date, changed: Changed) -> None:
        """Find the exchanges that totals close around, from a day on."""
        links = series.chain.links
        first = max(1, series.chain.until(start))
        found = {
            link.day: contribution.exchange
            for before, link in zip(links[first - 1 :], links[first:], strict=False)
            if (contribution := closes_around(before, link, series.timeline)) is not None
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
        timeline_of: Callable[[str], Timeline],
        changed: Changed,
    ) -> None:
        """Test the totals of windows again that end where an exchange changed, or later."""
        start = min(changed_from.values(), default=date.max)
        for _, key in self._windows[bisect_left(self._windows, (start, ("", ""))) :]:
            reading = self._readings[key]
            if reading.category in changed_from:
                tested = _check_window(reading, timeline_of(reading.category))
                if tested != self.tested[key]:
                    self.tested[key] = tested
                    changed.claims.add(key)


def _spoken(day: _Day) -> Iterable[Reading]:
    return (reading for said in day.series.values() for reading in said.spoken)


def _total_of(day: date, said: _Said) -> Total | None:
    """Give a day's total as a link of the chain, null for one that is open or not known."""
    result = said.result
    if result is None or result.best is None or result.high is None:
        return None
    return Total(day, Interval(result.low, result.high), result.best, said.tier)


def _most_common(starts: Mapping[date, int]) -> date | None:
    """Give the day most totals count from, null if none says."""
    most = max(starts.values(), default=0)
    return min(start for start, count in starts.items() if count == most) if most else None


def _is_of_series(reading: Reading, baseline: date | None, policy: Policy) -> bool:
    if reading.since is None or baseline is None:
        return True
    early = baseline - timedelta(days=policy.series_early_days)
    return early <= reading.since <= baseline + timedelta(days=policy.series_late_days)


def _check_window(reading: Reading, timeline: Timeline) -> Tested:
    assert reading.since is not None, "a total without a start is of the series"
    assert reading.as_of is not None, "a total without a day is not tested"
    before = reading.since - timedelta(days=1)
    if not timeline.holds_any(before, reading.as_of):
        return compare(reading, None)
    inside = timeline.between(before, reading.as_of)
    # Exchanges that are not listed may have been counted: the sum is a lower bound.
    return compare(reading, Count(Interval(inside.interval.low, None), inside.best))


def _read_as_everybody(spoken: dict[str, list[Reading]]) -> dict[ClaimKey, Standing]:
    """Let one day's totals of soldiers stand for everybody where their speakers mean everybody.

    Args:
        spoken: The day's claims by category; changed in place.

    Returns:
        The standings of the claims so read.
    """
    standings: dict[ClaimKey, Standing] = {}
    narrow, whole = spoken.get("military", []), spoken.get("all", [])
    read: list[Reading] = []
    for reading in list(narrow):
        if reading.scope != "all" or reading.tested is None:
            continue
        same_camp = [known for known in whole if known.camp == reading.camp]
        if any(known.tested == reading.tested for known in same_camp):
            narrow.remove(reading)
            whole.append(replace(reading, category="all", place="all"))
            standings[reading.key] = Standing("active", "category-drift")
        elif not whole:
            read.append(replace(reading, category="all", place="all"))
            standings[reading.key] = Standing("active", "assumed-to-count-everybody")
    if read:
        spoken["all"] = read
    if "military" in spoken and not narrow:
        del spoken["military"]
    return standings


def _point(
    side: str, category: str, day: date, said: _Said, expected: Count | None
) -> PublishedTotal:
    """Make the point of a day: as published, or, where that cannot be true, as expected."""
    result, spoken = said.result, said.spoken
    assert result is not None, "a day without a figure is no point"
    low, best, high = result.low, result.best, result.high
    status: FigureStatus = result.status
    flags: list[Flag] = list(result.flags)
    is_open = high is None
    if expected is not None and is_open:
        low, best = max(low, expected.interval.low), max(best or 0, expected.best)
    elif expected is not None:
        low, best, high = expected.interval.low, expected.best, expected.interval.high
        status = "contradicted"
        flags.append("stale" if (result.best or 0) < expected.best else "series_break")
    if category == "all" and any(reading.stated_category == "military" for reading in spoken):
        flags.append("assumption_used")
    return PublishedTotal(
        side=side,
        category=category,
        as_of=day,
        since=min((reading.since for reading in spoken if reading.since), default=None),
        low=low,
        best=best,
        high=high,
        status=status,
        flags=tuple(dict.fromkeys(flags)),
        claims=tuple(sorted(reading.position for reading in spoken)),
        checks=(),
    )
