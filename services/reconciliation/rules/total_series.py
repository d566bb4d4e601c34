"""What a side's published totals of one day amount to, before they are tested against exchanges.

A series starts at the day that the ledger opens (where that is not known: at the day that most totals of
that side count from). A total belongs to it when it counts from about that day; any other is the total of
a window, whatever is commonest, and is tested against the exchanges inside it alone.
A speaker who counts everybody and is quoted with "soldiers" is read both as said and, where nobody
gives a total for everybody that day, as everybody: flag `assumption_used`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from schemas.decisions import FigureResult, PublishedTotal
from schemas.vocabulary import FigureKey, FigureStatus, Flag
from services.reconciliation.claims.interval import ANY, Interval
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing, said_of
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import collapse
from services.reconciliation.rules.everybody import read_totals
from services.reconciliation.rules.level import core_of, figure_level
from services.reconciliation.rules.lower_totals import find_lower
from services.reconciliation.rules.sound_totals import Total, rounds_down
from services.reconciliation.rules.sum_check import Count


class DayTotal(msgspec.Struct, gc=False):
    """What was said of one category's total on one day.

    Attributes:
        spoken: The claims, read at that category.
        result: The figure they make together, null if nobody gives a number.
        tier: The best tier of its voices.
    """

    spoken: list[Reading]
    result: FigureResult | None = None
    tier: int = 0

    def as_total(self, day: date) -> Total | None:
        """Return it as one that later totals may be tested against, null if nobody gives a number."""
        result = self.result
        if result is None or result.best is None:
            return None
        return Total(day, Interval(result.low, result.high), result.best, self.tier)


class TotalsOfDay(msgspec.Struct, gc=False):
    """What became of the claims on one side's totals of one day.

    Attributes:
        series: By category, what belongs to the side's series.
        windows: The claims on totals of a window, in order of speech.
        standings: Where each claim stands.
        figure_of: The point of a series at whose level each claim speaks.
        voice_of: The voice each counting claim belongs to.
    """

    series: dict[str, DayTotal] = msgspec.field(default_factory=dict)
    windows: list[Reading] = msgspec.field(default_factory=list)
    standings: dict[ClaimKey, Standing] = msgspec.field(default_factory=dict)
    figure_of: dict[ClaimKey, FigureKey] = msgspec.field(default_factory=dict)
    voice_of: dict[ClaimKey, str] = msgspec.field(default_factory=dict)

    def tested_in(self, category: str) -> Iterable[Reading]:
        """Return the claims tested in a category's series: everybody's, if they are read so too."""
        spoken = self.series[category].spoken
        if category == "all" or "all" not in self.series:
            return spoken
        everybody = {read.key for read in self.series["all"].spoken}
        return (reading for reading in spoken if reading.key not in everybody)


def is_counted_total(reading: Reading) -> bool:
    """Return whether a claim on a running total counts: it is asserted, and no sum of others."""
    return reading.modality == "asserted" and not reading.is_derived


def total_standing(reading: Reading) -> Standing:
    """Return where a claim on a running total stands before it is held against others."""
    if is_counted_total(reading):
        return ACTIVE if reading.as_of is not None else Standing("excluded", "no-day")
    return Standing("excluded", "derived" if reading.is_derived else reading.modality)


def series_start(opened: date | None, starts: Mapping[date, int]) -> date | None:
    """Return the day that a side's series counts from, null if nobody says.

    Args:
        opened: The day that the ledger opens, null where that is not known: then it is the day that most
            totals count from, of as many the earlier.
        starts: How many claims count from each day.
    """
    if opened is not None:
        return opened
    most = max(starts.values(), default=0)
    return min(start for start, count in starts.items() if count == most) if most else None


def read_totals_of_day(
    readings: Iterable[Reading], *, side: str, day: date, start: date | None, policy: Policy
) -> TotalsOfDay:
    """Return what the counted claims on a side's totals of one day amount to.

    Args:
        readings: The claims, in any order.
        side: The side.
        day: The day.
        start: The day that the side's series counts from, null if that is not known.
        policy: The constants.
    """
    found = TotalsOfDay()
    spoken: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=said_of):
        found.standings[reading.key] = ACTIVE
        if _is_of_series(reading, start, policy):
            spoken.setdefault(reading.category, []).append(reading)
        else:
            found.windows.append(reading)
    found.standings |= _read_as_everybody(spoken)
    for category, said in sorted(spoken.items()):
        key = FigureKey(None, day, "cumulative_returned", side, category)
        found.series[category] = _figure(key, said, found, policy)
    return found


def _figure(key: FigureKey, spoken: list[Reading], found: TotalsOfDay, policy: Policy) -> DayTotal:
    lower = find_lower(spoken, policy)
    found.standings |= lower
    told = [one for one in spoken if one.tested is not None and one.key not in lower]
    heard = collapse(told)
    found.standings |= heard.standings
    for reading in spoken:
        found.figure_of.setdefault(reading.key, key)
    for voice in heard.voices:
        found.voice_of |= {reading.key: voice.shown for reading in voice.readings}
    if not heard.voices:
        return DayTotal(spoken)
    tier = min(voice.tier for voice in heard.voices)
    core = core_of(heard.voices)
    return DayTotal(spoken, figure_level(heard.voices, core, spoken, ANY, policy), tier)


def _is_of_series(reading: Reading, start: date | None, policy: Policy) -> bool:
    if reading.since is None or start is None:
        return True
    early = start - timedelta(days=policy.series_early_days)
    return early <= reading.since <= start + timedelta(days=policy.series_late_days)


def _read_as_everybody(spoken: dict[str, list[Reading]]) -> dict[ClaimKey, Standing]:
    """Read one day's totals of soldiers as everybody's where their speakers mean everybody.

    Args:
        spoken: The day's claims by category; changed in place.

    Returns:
        The standings of the claims so read.
    """
    whole = spoken.get("all", [])
    found = read_totals(spoken.get("military", ()), whole)
    drifted = {reading.key for reading in found.drifted}
    if drifted:
        spoken["military"] = [
            reading for reading in spoken["military"] if reading.key not in drifted
        ]
    if found.drifted or found.assumed:
        spoken["all"] = [*whole, *found.drifted, *found.assumed]
    if not spoken.get("military", True):
        del spoken["military"]
    drift = Standing("active", "category-drift")
    assumption = Standing("active", "assumed-to-count-everybody")
    return {reading.key: drift for reading in found.drifted} | {
        reading.key: assumption for reading in found.assumed
    }


def point_of_series(  # noqa: PLR0913  a point follows from what was said and from what was expected
    key: FigureKey,
    said: DayTotal,
    expected: Count | None,
    checks: Sequence[str],
    policy: Policy,
    *,
    is_base: bool,
) -> PublishedTotal | None:
    """Return the point of a day: as published where that is a base, else as expected.

    Args:
        key: The point's side, category and day.
        said: What was said of it.
        expected: What the base before it and the exchanges since make, null if there is neither.
        checks: The ids of the checks that test the claims of that day, in order.
        policy: The constants.
        is_base: Whether it is itself what later ones are tested against.

    Returns:
        Null if nobody gives a number.
    """
    result, spoken = said.result, said.spoken
    if result is None:
        return None
    assert key.day is not None, "a point is of a day"
    shown = _Shown(result.low, result.best, result.high, result.status, ())
    if expected is not None:
        shown = _as_base(shown, expected) if is_base else _as_expected(shown, expected, policy)
    flags: list[Flag] = [*result.flags, *shown.flags]
    if key.category == "all" and any(reading.stated_category == "military" for reading in spoken):
        flags.append("assumption_used")
    return PublishedTotal(
        side=key.side,
        category=key.category,
        as_of=key.day,
        since=min((reading.since for reading in spoken if reading.since), default=None),
        low=shown.low,
        best=shown.best,
        high=shown.high,
        status=shown.status,
        flags=tuple(dict.fromkeys(flags)),
        claims=tuple(sorted(reading.position for reading in spoken)),
        checks=tuple(checks),
        said=(result.low, result.best, result.high),
    )


class _Shown(NamedTuple):
    """What a point shows."""

    low: int
    best: int | None
    high: int | None
    status: FigureStatus
    flags: tuple[Flag, ...]


def _as_base(shown: _Shown, expected: Count) -> _Shown:
    """Return a base as it was published, with what the exchanges make of it as the range."""
    best = shown.best or 0
    if best < expected.interval.low:
        # The exchanges since the base before it are in doubt, not the total.
        high = expected.interval.high or expected.best
        return shown._replace(
            high=max(high, shown.high or 0), status="contradicted", flags=("series_break",)
        )
    if expected.interval.high is not None and best > expected.interval.high:
        return shown._replace(flags=("ledger_incomplete",))
    return shown


def _as_expected(shown: _Shown, expected: Count, policy: Policy) -> _Shown:
    """Return what a point is where its totals are no base."""
    interval, best = expected.interval, shown.best or 0
    if shown.high is None and best <= expected.best:
        return shown._replace(
            low=max(shown.low, interval.low), best=expected.best, high=interval.high
        )
    meets = interval.low <= (best if shown.high is None else shown.high) and (
        interval.high is None or shown.low <= interval.high
    )
    if meets or rounds_down(best, expected.best, policy):
        return _Shown(interval.low, expected.best, interval.high, shown.status, ())
    if best > expected.best:
        # Exchanges that are not listed may have been counted.
        return _Shown(interval.low, expected.best, None, shown.status, ("ledger_incomplete",))
    return _Shown(interval.low, expected.best, interval.high, "contradicted", ("stale",))
