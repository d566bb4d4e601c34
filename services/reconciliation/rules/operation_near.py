"""Which operation a number is of, reconciliation.md §9: the days together whose counts make or allow it."""

from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.day_counts import find_run
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.neighbouring_days import Part, SideCount


_DAY = timedelta(days=1)


def parts_of(reading: Reading, day: date, known: KnownClaims) -> tuple[Part, ...]:
    """Return the days' counts that a claim's number, said of a canonical day, is the sum of, none for no sum."""
    counted = number_of(reading)
    return () if counted is None else known.parts(counted, day)


def number_of(reading: Reading) -> SideCount | None:
    """Return whom and how many a claim speaks of exactly and as a whole, done or planned."""
    if reading.counted is None and reading.whole is not None and reading.whole[1].is_exact:
        side, interval = reading.whole
        return (side, interval.low)
    return reading.counted


def find_operation_near(reading: Reading, day: date, known: KnownClaims) -> tuple[Part, ...]:
    """Return the days' counts of the operation that a number said on a day is of, none if of none."""
    if reading.whole is None or reading.is_breakdown:
        return ()
    for distance in range(known.policy.run_days_max + 1):
        near = day - distance * _DAY
        if not known.is_stated(near):
            continue
        canonical = known.canonical_day(near)
        found = parts_of(reading, canonical, known) or find_run(reading, canonical, known)
        if found:
            return found
    return ()
