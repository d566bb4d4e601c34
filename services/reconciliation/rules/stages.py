"""What a promise of many came to, reconciliation.md §9: the exchanges that carried it out, one after another.

    "50 will be released": 24, 17 and 17 came on the three days after it

What is promised together may come in stages. Where the first exchange after it cannot have the number by itself,
and the counts of all that followed make it, or most of it, the plan means their operation. A promise that is
repeated while it is carried out is the one that was made first.

    "1,000 of both sides", agreed in May: 610 and 340 came on two days of June

What nothing of the next days carried out was carried out by the exchanges close together that made nearly its number.
What a report promises besides a number that came in stages came with it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from operator import attrgetter

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import Counted, are_few, are_near, may_be_of_day
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import promised_mark, report_mark
from services.reconciliation.rules.neighbouring_days import Part


_DAY = timedelta(days=1)


def find_stages(reading: Reading, day: date, known: KnownClaims) -> Sequence[Part]:
    """Return the days that carried a plan out together, none where one day may have, or all had too few.

    The first of them is of the week after it was told; the last is that on which the number was reached, or
    the last one within the time in which plans are carried out.

    Args:
        reading: The plan, which names no day.
        day: The day it was told.
        known: What is counted on days.
    """
    if reading.whole is None or reading.is_breakdown:
        return ()
    side, interval = reading.whole
    number = interval.low if reading.value is None else reading.value
    policy = known.policy
    eve = day_before(_first_told(reading, day, known))
    # Most plans are carried out on one day of the first week: the others of their time are not looked at then.
    first = next(_counts_after(eve, policy.report_days_max + 1, side, known), None)
    if first is None or may_be_of_day(reading, first[0], known):
        return _find_run(number, eve, side, known)
    found: list[Part] = []
    reached = 0
    for one, counted in _counts_after(eve, policy.planned_days_max, side, known):
        found.append(Part(one, counted.around.low))
        reached += counted.most
        if reached >= number:
            break
    is_carried_out = reached * policy.background_factor >= number
    return found if len(found) > 1 and is_carried_out else ()


def find_stages_by_report(reading: Reading, day: date, known: KnownClaims) -> Sequence[Part]:
    """Return the days that carried out together what another plan of a plan's report promises: a report tells of one.

    Args:
        reading: The plan, which names no day, and means none by its own number.
        day: The day it was told.
        known: What is counted on days.
    """
    report = report_mark(reading)
    if report is None or reading.modality != "planned":
        return ()
    # As many of another side came on the same days, or on none.
    own = reading.whole and reading.whole[1]
    others = [
        other
        for other in known.undated_in(report)
        if other.modality == "planned" and other.published_on == day
        if other.whole is not None and other.whole[1] != own
    ]
    found = (find_stages(other, day, known) for other in sorted(others, key=attrgetter("key")))
    return next((stages for stages in found if stages), ())


def _find_run(number: int, eve: date, side: str, known: KnownClaims) -> Sequence[Part]:
    """Return the first exchanges close together that made nearly a number, none if one had it by itself before.

    Nearly as many as a few people come by chance. Once more came than was promised, nothing later is looked at.
    """
    policy = known.policy
    if are_few(number, policy):
        return ()
    run: list[Part] = []
    nearest: Sequence[Part] = ()
    reached, passed, distance, last = 0, 0, number, eve
    for one, counted in _counts_after(eve, policy.planned_days_max, side, known):
        passed += counted.most
        is_apart = one - last > policy.run_days_max * _DAY
        is_over = passed > number and not are_near(number, passed, policy)
        if is_over or are_near(number, counted.most, policy) or (nearest and is_apart):
            break
        if is_apart:
            run, reached = [], 0
        run.append(Part(one, counted.around.low))
        reached, last = reached + counted.most, one
        is_nearer = abs(number - reached) < distance and are_near(number, reached, policy)
        if len(run) > 1 and is_nearer:
            nearest, distance = tuple(run), abs(number - reached)
    return nearest


def _counts_after(
    day: date, days_max: int, side: str, known: KnownClaims
) -> Iterator[tuple[date, Counted]]:
    """Find what is counted of a side on the canonical days up to so many after a day, in order."""
    for one in known.stated_after(day, days_max):
        counted = known.counts_on(one, side).for_tier(OUTLET_TIER)
        if counted is not None and known.canonical_day(one) == one:
            yield one, counted


def _first_told(reading: Reading, day: date, known: KnownClaims) -> date:
    """Return the first of the days on which a plan's number was promised, its own day the last."""
    mark, first = promised_mark(reading), day
    if mark is None:
        return first
    earliest = day - known.policy.planned_days_max * _DAY
    earlier = known.last_day_with(mark, day_before(first))
    while earlier is not None and earlier >= earliest:
        first = earlier
        earlier = known.last_day_with(mark, day_before(first))
    return first
