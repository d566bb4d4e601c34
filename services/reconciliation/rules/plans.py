"""What a plan means, reconciliation.md §9: its own day or a later one, never an exchange of the past.

A plan that names no day makes a planned exchange of the day it was announced, an agreement, with what was
promised. It becomes completed only by what is asserted of it. "1,200 by the end of the year", said on two
days, is one plan and no exchange. What a report of a day's exchange promises beside the number that it tells as
done ("30 were freed, two more will be next week") is an agreement beside that exchange. A number that was planned
shortly before, and that an outlet tells as done without naming the day, is that plan still: no party to it has
said so.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import (
    HANDFUL,
    NO_COUNTS,
    are_near,
    is_counted_otherwise,
    may_be_of_day,
)
from services.reconciliation.rules.known_claims import KnownClaims, day_before, last_with
from services.reconciliation.rules.marks import (
    done_mark,
    figure_mark,
    promised_mark,
    report_mark,
    reported_mark,
)


_DAY = timedelta(days=1)


def find_plan(reading: Reading, day: date, known: KnownClaims) -> tuple[date, str] | None:
    """Return what a plan means that names no day, said on a day of whose exchange it is none.

    The exchange of the next days that has its number; the agreement in which that number was first planned; an
    exchange of the two days after it that may have it, and the next one if nearly as many came, rather than
    the agreement whose numbers its report tells again, or what was agreed that day, or the day before. Of the two
    days a part is of the first.
    """
    carried_out = find_carried_out(reading, day, known)
    if carried_out is not None:
        return carried_out
    agreed = _find_agreed(reading, day, known)
    if agreed is not None:
        return agreed, "agreed-number"
    by_report = _find_agreed_by_report(reading, day, known)
    days = (day, day_before(day)) if reading.whole is not None else (day_before(day), day)
    agreed = by_report or next((one for one in days if is_agreed(one, known)), None)
    coming = _find_foretold(reading, day, known) if agreed is not None else None
    coming = coming or _find_nearly_carried_out(reading, day, known)
    if coming is None and agreed is not None:
        return agreed, "agreed-that-day" if by_report is None else "agreed-number"
    coming = coming or _find_coming(reading, day, known)
    return None if coming is None else (coming, "planned-figure")


def _find_agreed(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the first agreement, of the time in which plans are carried out, that a plan's number was told in."""
    mark, agreed = promised_mark(reading), None
    if mark is None:
        return None
    reach = known.policy.planned_days_max * _DAY
    earlier = known.last_day_with(mark, day_before(day))
    while earlier is not None and day - earlier <= reach:
        agreed = earlier if is_agreed(earlier, known) else agreed
        earlier = known.last_day_with(mark, day_before(earlier))
    return agreed


def _find_agreed_by_report(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the agreement whose numbers other plans of the same report tell again: a report tells of one."""
    report = report_mark(reading)
    if report is None or reading.modality != "planned":
        return None
    others = (
        other
        for other in known.undated_in(report)
        if other.modality == "planned" and other.published_on == day
    )
    found = (_find_agreed(other, day, known) for other in others)
    return min((agreed for agreed in found if agreed is not None), default=None)


def _find_nearly_carried_out(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the next exchange after a plan was told that counts its side, if nearly as many came, or a floor is met.

    It is of the two weeks after that; or it is the only one of the time in which plans are carried out.
    """
    if reading.whole is None or reading.modality != "planned":
        return None
    side, number = reading.whole
    planned = number.low if reading.value is None else reading.value
    coming = _counted_after(day, side, known)
    first = next(coming, None)
    if first is None:
        return None
    # More than a floor promises may come, up to the factor by which another number leaves it.
    is_met = number.high is None and planned <= first[1] <= planned * known.policy.background_factor
    if not is_met and not are_near(planned, first[1], known.policy):
        return None
    is_soon = first[0] - day <= known.policy.nearly_days_max * _DAY
    return first[0] if is_soon or next(coming, None) is None else None


def _counted_after(day: date, side: str, known: KnownClaims) -> Iterator[tuple[date, int]]:
    """Find the exchanges of the time in which plans are carried out that count a side, and the most they count."""
    last = day
    for stated in known.stated_after(day, known.policy.planned_days_max):
        canonical = known.canonical_day(stated)
        counted = known.counts_on(canonical, side).for_tier(OUTLET_TIER)
        if counted is not None and canonical > last:
            last = canonical
            yield canonical, counted.most


def _find_coming(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the next exchange of the few days after a plan was told that gives no number for everybody."""
    if reading.whole is not None:
        return None
    coming = next(iter(known.stated_after(day, known.policy.late_days_max)), None)
    canonical = None if coming is None else known.canonical_day(coming)
    return canonical if canonical is not None and canonical > day else None


def _find_foretold(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the next exchange of the few days after a plan for one side was told, if its number may be one of that."""
    if reading.whole is None or reading.side == "both":
        return None
    for coming in known.stated_after(day, known.policy.late_days_max):
        canonical = known.canonical_day(coming)
        if canonical <= day or not may_be_of_day(reading, canonical, known):
            return None
        return None if is_counted_otherwise(reading, canonical, known) else canonical
    return None


def find_promised_beside(reading: Reading, day: date, known: KnownClaims) -> str | None:
    """Return the agreement that a plan makes beside the exchange of its day, of which it cannot be.

    Its own report counts that exchange, and its number leaves by a factor whatever is counted there.

    Args:
        reading: The plan, which states no day.
        day: The day it was published.
        known: What the other claims say.
    """
    if reading.modality != "planned" or reading.tier >= OUTLET_TIER or reading.report is None:
        return None
    if figure_mark(reading) is None or reading.whole is None or reading.side == "both":
        return None
    side, number = reading.whole
    if day not in known.few_days_with(reported_mark(reading.report, side)):
        return None
    counted = known.counts_on(known.canonical_day(day), side).for_tier(OUTLET_TIER)
    factor = known.policy.background_factor
    if counted is None:
        return None
    is_far = number.low * factor < counted.around.low or number.low > counted.most * factor
    return f"{day}-plan" if is_far else None


def find_carried_out(reading: Reading, day: date, known: KnownClaims) -> tuple[date, str] | None:
    """Return the exchange of the days after a plan was told that has its number."""
    carried_out, figure = None, figure_mark(reading)
    coming = last_with(figure, day + known.policy.planned_days_max * _DAY, known)
    while coming is not None and coming > day:
        carried_out = coming
        coming = last_with(figure, day_before(coming), known)
    return None if carried_out is None else (carried_out, "planned-figure")


def find_next_day(reading: Reading, day: date, known: KnownClaims) -> tuple[date, str] | None:
    """Return the exchange of the day after a plan was told, if its number may be one of that day: 95, and 90 came."""
    coming = day + _DAY
    if reading.whole is None or not known.is_stated(coming):
        return None
    side, _ = reading.whole
    canonical = known.canonical_day(coming)
    counted = known.counts_on(canonical, side).for_tier(OUTLET_TIER)
    if counted is None or canonical <= day or not may_be_of_day(reading, canonical, known):
        return None
    return canonical, "planned-figure"


def find_postponed(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the exchange that a plan means which states a day on which nobody came back: the next one with its number.

    It is of the few days after that day; else it is that of the day before, if nearly as many came then. Without
    either, the plan is of its own day.

    Args:
        reading: The plan.
        day: The canonical day that it states.
        known: What is counted on days.
    """
    if reading.whole is None or not reading.whole[1].is_exact:
        return None
    # Nearly all plans are carried out on their day: no other one near has their number then.
    last = last_with(figure_mark(reading), day + known.policy.run_days_max * _DAY, known)
    is_early = known.is_stated(day_before(day))
    if (last is None or last <= day) and not is_early:
        return None
    if any(known.counts_on(day, one) != NO_COUNTS for one in (*known.sides, "both")):
        return None
    later = None if last is None or last <= day else _find_later(reading.whole, day, known)
    if later is not None:
        return later if later > day else None
    return _find_early(reading, day, known)


def _find_later(whole: tuple[str, Interval], day: date, known: KnownClaims) -> date | None:
    """Return the exchange of the few days after a day that has a number of a side."""
    side, number = whole
    for later in known.stated_after(day, known.policy.run_days_max):
        counted = known.counts_on(later, side).for_tier(OUTLET_TIER)
        if counted is not None and counted.around.holds(number.low):
            return known.canonical_day(later)
    return None


def _find_early(reading: Reading, day: date, known: KnownClaims) -> date | None:
    """Return the exchange of the day before a plan's if nearly as many of its side came then, and more than a handful.

    It is none of the past: the plan was told by that day.
    """
    if reading.whole is None or reading.published_on is None:
        return None
    side, number = reading.whole
    early = known.canonical_day(day_before(day))
    counted = known.counts_on(early, side).for_tier(OUTLET_TIER)
    if counted is None or not reading.published_on <= early < day or number.low <= HANDFUL:
        return None
    return early if are_near(number.low, counted.most, known.policy) else None


def is_still_to_come(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a plan's report tells of the same side that people came back that day, and nobody counts them.

    Or it tells of other numbers of the same side, far from the plan's, and states no day for these. What is planned
    beside what was done is of a later day, or of all that are to come.
    """
    if reading.report is None or reading.whole is None:
        return False
    if _is_told_apart(reading, known):
        return True
    side = reading.whole[0]
    sides = known.sides if side == "both" else (side,)
    if any(day not in known.few_days_with(done_mark(reading.report, one)) for one in sides):
        return False
    canonical = known.canonical_day(day)
    return all(known.counts_on(canonical, one) == NO_COUNTS for one in sides)


def _is_told_apart(reading: Reading, known: KnownClaims) -> bool:
    """Return whether a plan's report tells as done, without a day, of numbers that are far from what it plans for a side."""
    report = report_mark(reading)
    if report is None or reading.whole is None or not reading.whole[1].is_exact:
        return False
    told: dict[str, dict[str, list[int]]] = {}
    for other in known.undated_in(report):
        if other.whole is not None and other.whole[1].is_exact:
            side, number = other.whole
            told.setdefault(side, {}).setdefault(other.modality, []).append(number.low)
    if "asserted" not in told.get(reading.whole[0], {}):
        return False
    return any(
        not any(are_near(plan, done, known.policy) for done in numbers["asserted"])
        for numbers in told.values()
        if "asserted" in numbers
        for plan in numbers.get("planned", ())
    )


def is_told_as_done(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether an outlet tells a number as done that was planned on the day of its report or shortly before."""
    mark = promised_mark(reading)
    if mark is None or reading.modality != "asserted" or reading.tier < OUTLET_TIER:
        return False
    planned = known.last_day_with(mark, day)
    return planned is not None and day - planned <= known.policy.planned_days_max * _DAY


def is_called_off(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a denial may be of a day's exchange: one of which nobody counts the claim's side."""
    if reading.modality != "denied" or not known.is_stated(day):
        return False
    return not _is_counted(reading, known.canonical_day(day), known)


def _is_counted(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether somebody counts on a canonical day whom a claim speaks of."""
    sides = (*known.sides, "both") if reading.side == "both" else (reading.side,)
    return any(known.counts_on(day, side) != NO_COUNTS for side in sides)


def is_agreed(day: date, known: KnownClaims) -> bool:
    """Return whether parties or a go-between announced a plan that day, and no exchange is of that day."""
    if known.is_stated(day):
        return False
    return any(founder.modality == "planned" for founder in known.founders_on(day))
