"""A number said of all sides together that nobody else gives, reconciliation.md §4: as many came back to each.

    "24 prisoners of war", or "exchanged 12 prisoners", where 12 came back to one side and 12 to the other

Where each side gets as many as the others, reports tell the sum, or the one number that both have. A number of
all together that no exchange has by itself is of the last one of which somebody counts its share for every side;
within the last days, of one of which somebody counts the whole number for every side.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import side_mark


_DAY = timedelta(days=1)


def find_by_sides(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the last exchange up to a day whose sides' equal numbers a claim may tell as one, null for none."""
    found: list[date] = []
    for number, is_share in _numbers(reading, known):
        days = {known.last_day_with(side_mark(side, number), day) for side in known.sides}
        one = days.pop() if len(days) == 1 else None
        if one is None or _is_of_several_days(number, one, known):
            continue
        if is_share or day - one <= known.policy.report_days_max * _DAY:
            found.append(one)
    return max(found, default=None)


def days_by_sides(reading: Reading, known: KnownClaims) -> set[date]:
    """Return all such exchanges, whenever they were; none where few numbers would point to many."""
    found: set[date] = set()
    for number, _ in _numbers(reading, known):
        each = [set(known.few_days_with(side_mark(side, number))) for side in known.sides]
        found |= {known.canonical_day(day) for day in set.intersection(*each)}
    return found


def _numbers(reading: Reading, known: KnownClaims) -> Iterator[tuple[int, bool]]:
    """Return what each side may have got by a total of all, and whether it is a share of it."""
    if reading.measure != "exchanged_total" or reading.whole is None:
        return
    _, total = reading.whole
    if not total.is_exact or not total.low:
        return
    share, rest = divmod(total.low, len(known.sides))
    if not rest:
        yield share, True
    yield total.low, False


def _is_of_several_days(number: int, day: date, known: KnownClaims) -> bool:
    canonical = known.canonical_day(day)
    return any(known.parts((side, number), canonical) for side in known.sides)
