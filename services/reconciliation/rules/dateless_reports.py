"""What a page without any date is about, reconciliation.md §4: its numbers point to it together."""

from collections import Counter
from datetime import date

from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.day_counts import are_few
from services.reconciliation.rules.equal_sides import days_by_sides
from services.reconciliation.rules.known_claims import KnownClaims
from services.reconciliation.rules.marks import (
    Mark,
    count_mark,
    ordinal_mark,
    part_mark,
    report_mark,
    whole_mark,
)


def with_count(reading: Reading, known: KnownClaims) -> set[date]:
    """Return the exchanges of which somebody counts as many as a claim does, none if they are many."""
    mark = count_mark(reading) or part_mark(reading) or _planned_mark(reading)
    days = known.few_days_with(mark) if mark else ()
    if not days and reading.measure == "exchanged_total":
        return days_by_sides(reading, known)
    return {known.canonical_day(day) for day in days}


def _planned_mark(reading: Reading) -> Mark | None:
    """Return whom and how many a plan speaks of exactly and as a whole."""
    if reading.modality != "planned" or reading.whole is None or not reading.whole[1].is_exact:
        return None
    return whole_mark(reading.whole[0], reading.whole[1].low)


def with_ordinal(reading: Reading, known: KnownClaims) -> set[date]:
    """Return the exchanges that bear the ordinal that a claim states; a counter may begin anew."""
    mark = ordinal_mark(reading)
    days = known.few_days_with(mark) if mark else ()
    return {known.canonical_day(day) for day in days}


def is_telling(reading: Reading, policy: Policy) -> bool:
    """Return whether a claim's number is of more than a few people, whose numbers come by chance again."""
    return reading.interval is not None and not are_few(reading.interval.low, policy)


def find_by_whole_report(reading: Reading, known: KnownClaims) -> date | None:
    """Return the exchange that most claims of a report point to, or most to it alone; null if several.

    Numbers of a few people alone point to none.
    """
    report = report_mark(reading)
    if report is None:
        return None
    votes = Counter(known.few_days_with(report))
    alone: Counter[date] = Counter()
    alike: Counter[date] = Counter()
    telling = set(votes)
    for other in known.undated_in(report):
        if other.published_on is not None:
            continue
        numbered = with_ordinal(other, known)
        days = numbered or with_count(other, known)
        votes.update(days)
        alike.update(days if other.modality == reading.modality else ())
        telling |= days if numbered or is_telling(other, known.policy) else set()
        alone.update(days if len(days) == 1 else ())
    ranked = sorted(((count, alone[day], alike[day]), day) for day, count in votes.items())
    is_tied = len(ranked) > 1 and ranked[-1][0] == ranked[-2][0]
    if not ranked or is_tied or ranked[-1][1] not in telling:
        return None
    return ranked[-1][1]


def find_of_ordinal(reading: Reading, first: date, known: KnownClaims) -> date:
    """Return which exchange of a claim's ordinal is meant: of several the one that its report points to, else the first."""
    days = with_ordinal(reading, known)
    pointed_to = find_by_whole_report(reading, known) if len(days) > 1 else None
    return pointed_to if pointed_to in days else first


def is_counted_anew(reading: Reading, last: date, until: date, known: KnownClaims) -> bool:
    """Return whether a counter began anew after it last gave an exchange a claim's number: it gave the number before it later.

    Args:
        reading: A claim that states an ordinal.
        last: The last exchange that bears it.
        until: The last day that is looked at.
        known: What the other claims say.
    """
    if not reading.stated_ordinal:
        return False
    before = known.last_day_with(("ordinal", reading.counter, reading.stated_ordinal - 1), until)
    return before is not None and before > last
