"""Which operation a number is of, reconciliation.md §9: the days together whose counts make or allow it."""

from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.day_counts import are_near, find_run
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.neighbouring_days import Part, SideCount


_DAY = timedelta(days=1)


def parts_of(reading: Reading, day: date, known: KnownClaims) -> tuple[Part, ...]:
    """Return the days' counts that a claim's number, said of a canonical day, is the sum of, none for no sum.

    What is told as done before the last of the days is no sum of them; nor is a plan of which nearly all came on
    one of them, and the rest later: it is of that day.
    """
    counted = number_of(reading)
    parts = () if counted is None else known.parts(counted, day)
    if not parts or counted is None:
        return ()
    if reading.modality == "planned":
        is_nearly_all = any(are_near(part.number, counted[1], known.policy) for part in parts)
        return () if is_nearly_all else parts
    if reading.modality != "asserted" or reading.published_on is None:
        return parts
    return parts if parts[-1].day <= reading.published_on else ()


def number_of(reading: Reading) -> SideCount | None:
    """Return whom and how many a claim speaks of exactly and as a whole, done or planned."""
    if reading.counted is None and reading.whole is not None and reading.whole[1].is_exact:
        side, interval = reading.whole
        return (side, interval.low)
    return reading.counted


def find_operation_near(reading: Reading, day: date, known: KnownClaims) -> tuple[Part, ...]:
    """Return the days' counts of the operation that a number said on a day is of, none if of none.

    The last days of which it is the sum, else the shortest run of days that allows it, of these the one that
    most are counted in.
    """
    if reading.whole is None or reading.is_breakdown:
        return ()
    runs: list[tuple[Part, ...]] = []
    for distance in range(known.policy.run_days_max + 1):
        near = day - distance * _DAY
        if not known.is_stated(near):
            continue
        canonical = known.canonical_day(near)
        if found := parts_of(reading, canonical, known):
            return found
        if run := find_run(reading, canonical, known):
            runs.append(run)
    return min(runs, key=_length_and_rest, default=())


def _length_and_rest(run: tuple[Part, ...]) -> tuple[int, int]:
    return len(run), -sum(part.number for part in run)
