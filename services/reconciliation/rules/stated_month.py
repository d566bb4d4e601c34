"""Which exchange a claim means that states a month or a year, reconciliation.md §9: the one with its number.

    "In October 20 people came home": the one exchange of that October of which somebody counts 20

A number that several of its days have, or none, says nothing: it may be the month's. Nor does a count so far.
"""

from datetime import date

from services.reconciliation.claims.reading import Reading
from services.reconciliation.claims.stated_days import StatedSpan
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import count_mark, part_mark


def find_in_span(reading: Reading, span: StatedSpan, known: KnownClaims) -> date | None:
    """Return the only day of a span on which somebody counts as many as a claim does, null for none or several."""
    mark = count_mark(reading) or part_mark(reading)
    if mark is None or reading.is_so_far:
        return None
    marked = known.few_days_with(mark)
    days = {known.canonical_day(day) for day in marked if span.first <= day <= span.last}
    return days.pop() if len(days) == 1 else None
