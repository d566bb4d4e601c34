"""Running totals of one side: its series, their points, and the test of every claimed total.

A total belongs to the series of its category when it counts from about the same day as most totals
of that side; any other is the total of a window and is tested against the exchanges inside it alone.
A speaker who counts everybody and is quoted with "soldiers" is read both as said and, where nobody
gives a total for everybody that day, as everybody: flag `assumption_used`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from schemas.events import FigureResult, PublishedTotal
from schemas.vocabulary import FigureKey, FigureStatus, Flag
from services.reconciliation.figures import figure_level
from services.reconciliation.interval import ANY, Interval
from services.reconciliation.policy import Policy
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import collapse
from services.reconciliation.rules.running_total import (
    Timeline,
    Total,
    check_total,
    expect,
    find_chain,
)
from services.reconciliation.rules.sum_check import Count, Tested, compare
from services.reconciliation.voices import ACTIVE, Heard, Standing


@dataclass(slots=True)
class Totalled:
    """What became of one side's running totals.

    Attributes:
        totals: The points of its series, without checks' ids.
        tested: The outcome for every claim.
        standings: Where each claim stands.
        figure_of: The point at whose level each claim speaks.
        voice_of: The voice each counting claim belongs to.
    """

    totals: dict[tuple[str, date], PublishedTotal] = field(default_factory=dict)
    tested: dict[ClaimKey, Tested] = field(default_factory=dict)
    standings: dict[ClaimKey, Standing] = field(default_factory=dict)
    figure_of: dict[ClaimKey, FigureKey] = field(default_factory=dict)
    voice_of: dict[ClaimKey, str] = field(default_factory=dict)


def total_side(
    side: str,
    readings: Sequence[Reading],
    timelines: Mapping[str, Timeline],
    *,
    policy: Policy,
) -> Totalled:
    """Reconcile the running totals of one side.

    Args:
        side: Its code.
        readings: Claims in force on totals of people who came back to it, in any order.
        timelines: The exchanges that count, by category; one for `all` at least.
        policy: How far starts may differ inside one series.
    """
    totalled = Totalled()
    series: dict[str, dict[date, list[Reading]]] = {}
    baseline = _baseline(readings)
    for reading in sorted(readings, key=lambda reading: reading.said):
        totalled.standings[reading.key] = (
            ACTIVE
            if reading.modality == "asserted" and not reading.is_derived
            else Standing("excluded", reading.modality if not reading.is_derived else "derived")
        )
        if totalled.standings[reading.key] != ACTIVE or reading.as_of is None:
            continue
        if not _is_of_series(reading, baseline, policy):
            timeline = timelines.get(reading.category, timelines["all"])
            totalled.tested[reading.key] = _check_window(reading, timeline)
            continue
        series.setdefault(reading.category, {}).setdefault(reading.as_of, []).append(reading)
    _read_as_everybody(series, totalled)
    for category, days in sorted(series.items()):
        timeline = timelines.get(category, Timeline(()))
        _reconcile_series(side, category, days, timeline, totalled, policy)
    return totalled


def _baseline(readings: Sequence[Reading]) -> date | None:
    """Give the day most totals count from, null if none says."""
    starts = Counter(reading.since for reading in readings if reading.since is not None)
    if not starts:
        return None
    most = max(starts.values())
    return min(start for start, count in starts.items() if count == most)


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


def _read_as_everybody(series: dict[str, dict[date, list[Reading]]], totalled: Totalled) -> None:
    everybody = series.setdefault("all", {})
    for day, narrow in list(series.get("military", {}).items()):
        whole = everybody.get(day, [])
        for reading in list(narrow):
            if reading.scope != "all" or reading.tested is None:
                continue
            same_camp = [known for known in whole if known.camp == reading.camp]
            if any(known.tested == reading.tested for known in same_camp):
                narrow.remove(reading)
                whole.append(replace(reading, category="all", place="all"))
                totalled.standings[reading.key] = Standing("active", "category_drift")
            elif not whole:
                everybody.setdefault(day, []).append(replace(reading, category="all", place="all"))
                totalled.standings[reading.key] = Standing("active", "assumed_to_count_everybody")
        if not narrow:
            del series["military"][day]


def _reconcile_series(  # noqa: PLR0913, PLR0917  a series is named by side and category
    side: str,
    category: str,
    days: Mapping[date, Sequence[Reading]],
    timeline: Timeline,
    totalled: Totalled,
    policy: Policy,
) -> None:
    results: dict[date, FigureResult] = {}
    heard: dict[date, Heard] = {}
    for day, spoken in sorted(days.items()):
        key = FigureKey(None, day, "cumulative_returned", side, category)
        heard[day] = collapse([reading for reading in spoken if reading.tested is not None])
        totalled.standings |= heard[day].standings
        for reading in spoken:
            totalled.figure_of.setdefault(reading.key, key)
        for voice in heard[day].voices:
            totalled.voice_of |= {reading.key: voice.name for reading in voice.readings}
        if heard[day].voices:
            results[day] = figure_level(heard[day], spoken, ANY, policy)
    chain = find_chain(
        [
            Total(
                day,
                Interval(result.low, result.high),
                result.best,
                min(voice.tier for voice in heard[day].voices),
            )
            for day, result in results.items()
            if result.best is not None and result.high is not None
        ],
        timeline,
    )
    on_chain = {total.day for total in chain}
    for day, spoken in days.items():
        for reading in spoken:
            # A claim read at two levels is tested where it is read as everybody.
            if reading.category == "all" or reading.key not in totalled.tested:
                totalled.tested[reading.key] = check_total(reading, chain, timeline, day)
        if day in results:
            expected = None if day in on_chain else expect(chain, timeline, day)
            totalled.totals[category, day] = _point(
                side, category, day, spoken, results[day], expected
            )


def _point(  # noqa: PLR0913, PLR0917  a point is named by side, category and day
    side: str,
    category: str,
    day: date,
    spoken: Sequence[Reading],
    result: FigureResult,
    expected: Count | None,
) -> PublishedTotal:
    """Make the point of a day: as published, or, where that cannot be true, as expected."""
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
