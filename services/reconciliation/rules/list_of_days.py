"""A list of parts that is of several days, reconciliation.md §9: an operation has phases.

    497 of the ground forces, 97 sailors, 72 of the airborne, on the day after the last of three: 303 came
    back that day

Undated parts are of the day that their report is news of. Where one part alone is more than everybody who
came back on that day, the list is of all the days in a row that it ends: so is every part of it. Where all
parts together are as many as somebody counts of an exchange of the last days, the list is of that one.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import report_mark, whole_mark
from services.reconciliation.rules.neighbouring_days import Part


_DAY = timedelta(days=1)


def find_run_of_list(reading: Reading, day: date, known: KnownClaims) -> Sequence[Part]:
    """Return the days that a report's list of parts is of, if one part alone is more than a day's whole."""
    report = report_mark(reading)
    if report is None or not reading.is_breakdown or reading.modality != "asserted":
        return ()
    parts = (
        other.interval.low
        for other in known.undated_in(report)
        if other.is_breakdown and other.side == reading.side and other.interval is not None
    )
    most = max(parts, default=0)
    return _find_run_around(reading.side, most, known.canonical_day(day), known)


def _find_run_around(side: str, number: int, day: date, known: KnownClaims) -> tuple[Part, ...]:
    """Return the days in a row on which a side is counted, a day among them, where it has too few.

    There are none where the day may have the number, or where all of them together have too few.
    """
    own = known.counts_on(day, side).for_tier(OUTLET_TIER)
    if own is None or own.around.high is None or number <= own.around.high:
        return ()
    counted = {day: own.around}
    for step in (-_DAY, _DAY):
        one = day + step
        while len(counted) < known.policy.run_days_max:
            other = known.counts_on(one, side).for_tier(OUTLET_TIER)
            if other is None:
                break
            counted[one] = other.around
            one += step
    most = [around.high for around in counted.values()]
    if sum(high or 0 for high in most) < number and None not in most:
        return ()
    return tuple(Part(one, counted[one].low) for one in sorted(counted))


def find_whole_of_list(reading: Reading, known: KnownClaims) -> Reading | None:
    """Return the undated whole that an undated part is told or promised with: by its speaker, of its side, in its report."""
    report = report_mark(reading)
    if report is None or not reading.is_breakdown or reading.modality == "denied":
        return None
    if reading.published_on is None:
        return None  # All numbers of a page without any date say together what it is about.
    wholes = [
        other
        for other in known.undated_in(report)
        if (other.counted is not None or other.modality == "planned")
        and other.whole is not None
        and other.voice == reading.voice
        and other.side == reading.side
        and other.published_on == reading.published_on
        and other.modality == reading.modality
        and not other.is_breakdown
    ]
    return wholes[0] if len({whole.whole for whole in wholes}) == 1 else None


def find_by_whole_list(
    reading: Reading, day: date, named: date | None, known: KnownClaims
) -> date | None:
    """Return the exchange of the last days that has as many as the parts of a claim's list together.

    Of several that have, the one that the report names with its day, else the last one.

    Args:
        reading: The claim, which states no day.
        day: The day it was published.
        named: The last day that its report names, null for none.
        known: What the other claims say.
    """
    report = report_mark(reading)
    if report is None or not reading.is_breakdown or reading.modality != "asserted":
        return None
    # A part that two claims of a report tell is one part.
    parts = {
        (other.stated_category, other.interval.low)
        for other in known.undated_in(report)
        if other.is_breakdown
        and other.side == reading.side
        and other.voice == reading.voice
        and other.published_on == day
        and other.modality == "asserted"
        and other.interval is not None
        and other.interval.is_exact
    }
    if len(parts) < 2:  # noqa: PLR2004  one part is no list
        return None
    whole = whole_mark(reading.side, sum(number for _, number in parts))
    last = known.last_day_with(whole, day)
    if last is None or day - last > known.policy.report_days_max * _DAY:
        return None
    is_named = named is not None and named <= day and known.last_day_with(whole, named) == named
    return named if is_named else last
