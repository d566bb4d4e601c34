"""What a plan means, reconciliation.md §9: its own day or a later one, never an exchange of the past.

A plan that names no day makes a planned exchange of the day it was announced, an agreement, with what was
promised. It becomes completed only by what is asserted of it. "1,200 by the end of the year", said on two
days, is one plan and no exchange.
"""

from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.known_claims import KnownClaims, day_before
from services.reconciliation.rules.marks import figure_mark, plan_mark


_DAY = timedelta(days=1)


def find_plan(reading: Reading, day: date, known: KnownClaims) -> tuple[date, str] | None:
    """Return what a plan means that names no day, said on a day of whose exchange it is none.

    The exchange of the next days that has its number; the agreement in which that number was first
    planned; what was agreed that day, or the day before.
    """
    reach = known.policy.planned_days_max * _DAY
    figure = figure_mark(reading)
    coming = known.few_days_with(figure) if figure else ()
    carried_out = next((one for one in coming if day < one <= day + reach), None)
    if carried_out is not None:
        return carried_out, "planned-figure"
    mark, agreed = plan_mark(reading), None
    if mark is not None:
        earlier = known.last_day_with(mark, day_before(day))
        while earlier is not None and day - earlier <= reach:
            agreed = earlier if is_agreed(earlier, known) else agreed
            earlier = known.last_day_with(mark, day_before(earlier))
    if agreed is not None:
        return agreed, "agreed-number"
    for one in (day, day_before(day)):
        if is_agreed(one, known):
            return one, "agreed-that-day"
    return None


def is_agreed(day: date, known: KnownClaims) -> bool:
    """Return whether parties or a go-between announced a plan that day, and no exchange is of that day."""
    if known.is_stated(day):
        return False
    return any(founder.modality == "planned" for founder in known.founders_on(day))
