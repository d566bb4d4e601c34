"""Which exchange a claim means that states a month or a year, reconciliation.md §9: the one with its number.

    "In October 20 people came home": the one exchange of that October of which somebody counts 20

A number that several of its days have, or none, says nothing: it may be the month's. Nor does a count so far.
How many days of other months have it does not matter.
"""

from datetime import date

from services.reconciliation.claims.reading import Reading
from services.reconciliation.claims.stated_days import StatedSpan
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import Mark, count_mark, part_mark


def find_in_span(reading: Reading, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a span on which somebody counts as many as a claim does, null for none or several."""
    mark = count_mark(reading) or part_mark(reading)
    if mark is None or reading.is_so_far:
        return None
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
