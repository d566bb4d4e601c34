"""Which exchange a claim means that states a month or a year, reconciliation.md §9: the one with its number.

    "In October 20 people came home": the one exchange of that October of which somebody counts 20
    "In October some 400 were freed", and nobody counts 400: the one exchange of that October there was, or the only
    one of several that has nearly 400
    "200 are to be freed in October": the one exchange of that October, from then on, of which somebody counts 200

A number that several of its days have, or none, says nothing: it may be the month's. Nor does a count so far.
How many days of other months have it does not matter.
"""

from datetime import date

from services.reconciliation.claims.reading import Reading
from services.reconciliation.claims.stated_days import StatedSpan
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import NO_COUNTS, are_near, may_be_of_day
from services.reconciliation.rules.known_claims import KnownClaims, day_before, last_with
from services.reconciliation.rules.marks import (
    Mark,
    count_mark,
    figure_mark,
    group_mark,
    part_mark,
)


#: Most days of a month.
_MONTH_DAYS = 31


def find_in_span(reading: Reading, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a span that a claim may mean by its number, null for none or several."""
    if reading.is_so_far:
        return None
    if reading.modality == "planned":
        return _foreseen(reading, span, known)
    mark = count_mark(reading) or part_mark(reading)
    last = last_with(mark, span.last, known)
    if mark is None or last is None or last < span.first:
        return _only_exchange(reading, span, known) or _only_of_group(reading, span, known)
    return _only_with(mark, span, known)


def _foreseen(reading: Reading, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a span, from the plan's report on, that has a plan's number, null for none or several."""
    mark, told = figure_mark(reading), reading.published_on
    if mark is None or told is None:
        return None
    day = _only_with(mark, span, known)
    return None if day is None or day < told else day


def _only_of_group(reading: Reading, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a month on which those came back whom a claim speaks of as a group."""
    mark = group_mark(reading)
    if mark is None or (span.last - span.first).days >= _MONTH_DAYS:
        return None
    return _only_with(mark, span, known)


def _only_with(mark: Mark, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a span that has a mark, null for none or several."""
    last = known.last_day_with(mark, span.last)
    if last is None or last < span.first:
        return None
    day, before = known.canonical_day(last), _last_before(mark, last, known)
    while before is not None and before >= span.first:
        if known.canonical_day(before) != day:
            return None
        before = _last_before(mark, before, known)
    return day


def _last_before(mark: Mark, day: date, known: KnownClaims) -> date | None:
    """Return the last day with a mark before a day, null for none."""
    return known.last_day_with(mark, day_before(day))


def _only_exchange(reading: Reading, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a month on which those are counted of whom a claim speaks, if its number may be that day's.

    A part, and what gives no number, is of the month's only exchange of which its side, or any, is counted. Of several,
    or of a year's only one, nearly as many as that day's must be meant: a year may have had more than are known.
    """
    if reading.modality != "asserted":
        return None
    length = (span.last - span.first).days + 1
    sides = (*known.sides, "both") if reading.side in (None, "both") else (reading.side,)
    is_month = length <= _MONTH_DAYS
    counted: set[date] = set()
    for stated in known.stated_after(day_before(span.first), length):
        day = known.canonical_day(stated)
        if any(known.counts_on(day, side) != NO_COUNTS for side in sides):
            counted.add(day)
        if len(counted) > 1 and not is_month:
            return None
    may_be = _may_be_of if is_month and len(counted) == 1 else _is_near
    meant = [day for day in counted if may_be(reading, day, known)]
    return meant[0] if len(meant) == 1 else None


def _may_be_of(reading: Reading, day: date, known: KnownClaims) -> bool:
    return reading.whole is None or may_be_of_day(reading, day, known)


def _is_near(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a claim counts nearly as many as somebody counts of its side on a day."""
    if reading.whole is None:
        return False
    side, interval = reading.whole
    counted = known.counts_on(day, side).for_tier(OUTLET_TIER)
    number = interval.low if reading.value is None else reading.value
    return counted is not None and are_near(number, counted.most, known.policy)
