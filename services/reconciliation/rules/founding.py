"""Whether what names no day makes an exchange of the day on which it was said, reconciliation.md §4 and §9."""

from datetime import date, timedelta

from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import are_few
from services.reconciliation.rules.known_claims import KnownClaims, day_before, last_with
from services.reconciliation.rules.late_news import find_retold
from services.reconciliation.rules.marks import figure_mark, report_mark
from services.reconciliation.rules.operation_near import find_operation_near
from services.reconciliation.rules.plans import is_told_as_done
from services.reconciliation.rules.recollections import LOOKING_BACK, is_tied


_DAY = timedelta(days=1)
#: The camp of those who take no part, such as relief organisations.
OBSERVERS = "intl"


def is_founded(day: date, known: KnownClaims) -> bool:
    """Return whether numbers were given that day, without naming the day, that make an exchange of it.

    They are of officials of the side that people came back to, or of one report on several sides, and no
    exchange of the last weeks has them, nor one of the last week nearly: a number that one has is a recollection. Those
    who let people go, or went between, speak of it for longer. A number that is told day by day since it made an
    exchange makes no further one. One that was planned shortly before, and that outlets alone tell as done, is a plan
    still.
    Nothing is founded where the day before is known by its date. Of whoever let people go, or went between, a report
    that names no other exchange does, where the day after is not known either: it may be what was announced on the
    eve. Of observers, such as relief organisations, a number does that another report tells by the day after, where no
    exchange near is known.
    """
    if known.is_stated(day_before(day)):
        return False
    founders = [
        founder
        for founder in known.founders_on(day)
        if founder.modality == "asserted" and _is_new(founder, day, known)
    ]
    if any(_founds_alone(founder, day, known) for founder in founders):
        return True
    sides: dict[str | None, set[str]] = {}
    for founder in founders:
        sides.setdefault(founder.report, set()).add(founder.side)
    if any(len(named) > 1 for report, named in sides.items() if report is not None):
        return True
    return any(_is_observed(founder, day, known) for founder in founders)


def _founds_alone(founder: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a number makes an exchange of its day by itself: an official's, or whoever's let people go."""
    if founder.tier <= known.policy.counting_tier:
        return True
    return _lets_go(founder, known) and not known.is_stated(day + _DAY)


def _is_told_again(founder: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a number was told day by day since it made an exchange of a day of the last week."""
    mark, one = figure_mark(founder), day
    for _ in range(known.policy.retold_nearly_days_max if mark is not None else 0):
        one = day_before(one)
        told = [
            other
            for other in known.founders_on(one)
            if other.modality == "asserted" and figure_mark(other) == mark
        ]
        if not told:
            return False
        is_first = not known.is_stated(day_before(one))
        if is_first and any(_founds_alone(other, one, known) for other in told):
            return True
    return False


def _is_observed(founder: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether an observer's number is told by another report by the day after, and no day near is known."""
    mark = figure_mark(founder)
    if founder.camp != OBSERVERS or founder.report is None or mark is None:
        return False
    reach = known.policy.late_days_max + 1
    if any(known.is_stated(day + step * _DAY) for step in range(-reach, reach + 1)):
        return False
    return any(
        figure_mark(other) == mark and other.report not in (None, founder.report)
        for one in (day, day + _DAY)
        for other in known.founders_on(one)
    )


def _lets_go(founder: Reading, known: KnownClaims) -> bool:
    """Return whether whoever let people go, or a go-between, tells of them, in a report that names no exchange."""
    if founder.tier >= OUTLET_TIER or founder.camp in LOOKING_BACK:
        return False
    report = report_mark(founder)
    return report is None or known.first_day_with(report) is None


def _is_new(founder: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether no exchange or operation of the last weeks has a founder's number."""
    if is_told_as_done(founder, day, known) or find_retold(founder, day, known) is not None:
        return False
    if _is_told_again(founder, day, known):
        return False
    last = last_with(figure_mark(founder), day, known)
    policy = known.policy
    reach = policy.recalled_days_max if _announces(founder, policy) else policy.retold_days_max
    if last is not None and (day - last <= reach * _DAY or is_tied(founder, last, known)):
        return False
    return not find_operation_near(founder, day, known)


def _announces(founder: Reading, policy: Policy) -> bool:
    """Return whether an official counts people of a side's own, or so few others that their number comes again."""
    if founder.tier >= OUTLET_TIER or founder.camp in LOOKING_BACK:
        return False
    is_few = founder.interval is None or are_few(founder.interval.low, policy)
    return founder.tier <= policy.counting_tier or is_few


def can_found(reading: Reading, policy: Policy) -> bool:
    """Return whether a claim that states no day may make an exchange, or an agreement, of its day."""
    is_of_a_day = reading.stated_ordinal is None and reading.stated_span is None
    if not is_of_a_day or reading.measure not in ("returned", "exchanged_total"):
        return False
    if reading.modality == "planned":
        return reading.tier < OUTLET_TIER and reading.whole is not None
    if reading.modality != "asserted" or reading.measure != "returned" or reading.is_breakdown:
        return False
    if reading.tier > policy.counting_tier and reading.camp not in LOOKING_BACK:
        return reading.whole is not None and reading.bound in ("exact", "at_least")
    if figure_mark(reading) is None:
        return False
    return reading.tier <= policy.counting_tier or (
        reading.counted is not None and reading.report is not None
    )
