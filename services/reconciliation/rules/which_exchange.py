"""Which exchange a claim means: reconciliation.md §4 and §9.

Evidence, in this order: the stated date; the stated ordinal with its counter; an equal figure of an
exchange on the publication day or the day before; an exchange that the same report names with its
date; the publication day itself, then the day before; an exchange that the report names further back.
A guess never overrides a stated date. Ids are dates, so they are stable for ever.

* A claim that states no day and whose words name one (`claims.said_days`) states that.
* A day that duplicates the day beside it (`neighbouring_days`) is that other day.
* A number for several days means the operation that took them, and none of its days (`neighbouring_days`).
* A number that cannot be one of a day (`day_counts`) is not about that day's exchange.
* An equal figure of an older exchange carries a claim there only where its report is about another
  exchange, of which that number is none. Equal numbers alone prove nothing: two exchanges may be of
  equal size.
* A number that one exchange of the last days alone has is of that one, and not of a day that undated reports
  alone make an exchange of.
* A number that leaves the counts of the likeliest day, and is far nearer to those of another day that its
  report may be about, is of the other day (`nearest_day`).
* A part that was told of an exchange of the last days, by category and number, is that exchange's, a few people
  of the day that their report names. So is what a report tells that names an exchange of the last days and counts
  nothing of its own day.
* A plan means its own day or a later one, never an exchange of the past (`plans`). One that no single
  exchange of the days after it may have carried out means those that did together, and so does what its report
  promises besides (`stages`).
* A plan that states a day on which nobody came back means an exchange of the few days after it that has its very
  number. One that is told beside what was done on its day, which nobody counts, is of what is to come.
* A superlative without a day is of the operation whose number its report tells.
* A number of which others state the days that it was made on means these days (`told_operation`).
* A part that is told with its whole, by one speaker in one report, is of the exchange that the whole is of.
* A claim on people that states the first and the last day of an operation means the whole of it.
* A claim that states a month or a year alone, or whose words name one (`claims.said_spans`), makes no exchange, and
  means the one in it that has its number (`stated_month`), or the only one that it may be of.
* Of two days with a claim's number that it may be news of, the one that its report names is meant. Of several
  days that a report names, the one that has a claim's number is. A report that names none is of the one of the two
  that alone has another number of it.
* A report that came out before noon is of the day before rather than of its own, and one of the evening that
  names its own day is of that (`leads`).
* A number of all sides together that no exchange has is of the one whose sides have it each, or its share
  (`equal_sides`). A list is of the exchange that has as many as its parts together (`list_of_days`).
* A denial on the day after an exchange of which nobody counts its side may be of that exchange.
* What is asserted means no exchange after its report: a number by a counter that began anew is the last such.
* Two numbers of a report that stood together before, one of them nowhere else, are of that exchange (`recollections`).
* What else means nothing is of the exchange two or three days before its report, if it may be, or of the last one
  of the week that has nearly its number (`late_news`). So is what reports tell of a side that nobody counts on the
  day that they may be news of.
* A claim of which not even the day of publication is known means the one exchange that has its
  figure, else the one that most figures of its report point to.
* A claim that states a day which it cannot mean (`claims.doubts`) means none, and is no evidence.

The answer is a function of the set of claims: claims with a date make the exchanges, and the others
are matched to them through their marks.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain

import msgspec

from schemas.vocabulary import FREED_TO_THIRD
from services.reconciliation.claims.reading import Reading
from services.reconciliation.claims.stated_days import StatedSpan
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.dateless_reports import (
    find_by_whole_report,
    find_of_ordinal,
    is_counted_anew,
    is_telling,
    with_count,
)
from services.reconciliation.rules.day_counts import (
    are_near,
    is_counted_on,
    is_counted_otherwise,
    may_be_of_day,
)
from services.reconciliation.rules.known_claims import KnownClaims, day_before, last_with
from services.reconciliation.rules.late_news import find_late_news, find_retold
from services.reconciliation.rules.leads import (
    Leads,
    find_told_beside,
    is_few_of_named,
    is_of_its_evening,
    named_with_figure,
)
from services.reconciliation.rules.list_of_days import (
    find_by_whole_list,
    find_run_of_list,
    find_whole_of_list,
)
from services.reconciliation.rules.marks import (
    figure_mark,
    ordinal_mark,
    part_mark,
    report_mark,
)
from services.reconciliation.rules.nearest_day import (
    distance_on,
    find_nearer,
    is_of_counted_day,
)
from services.reconciliation.rules.neighbouring_days import Part, operation_id
from services.reconciliation.rules.operation_near import (
    find_operation_near,
    number_of,
    parts_of,
)
from services.reconciliation.rules.plans import (
    find_carried_out,
    find_next_day,
    find_plan,
    find_postponed,
    find_promised_beside,
    is_told_as_done,
)
from services.reconciliation.rules.recollections import (
    LOOKING_BACK,
    find_alone,
    is_counted_by_report,
    is_recalled,
    is_small_of_old,
    is_tied,
    is_told_again,
)
from services.reconciliation.rules.stages import find_stages, find_stages_by_report
from services.reconciliation.rules.stated_month import find_in_span
from services.reconciliation.rules.told_operation import find_told_operation


#: Measures that speak of one exchange.
ABOUT_AN_EXCHANGE = frozenset(
    {
        "returned",
        FREED_TO_THIRD,
        "exchanged_total",
        "exchange_ordinal",
        "superlative",
        "first_since",
        "mediated_count",
    }
)

_DAY = timedelta(days=1)


class Meant(msgspec.Struct, frozen=True, gc=False):
    """The exchange a claim means, null for none, and the evidence for it.

    Attributes:
        exchange: Its id.
        evidence: Why.
        other_day: The day beside the exchange's that the claim states in its place, null for none.
        parts: What was counted on the days that the claim means together, none if it means one day.
        operation: The id of the operation that it means as a whole, null if it means none.
    """

    exchange: str | None
    evidence: str | None
    other_day: date | None = None
    parts: tuple[Part, ...] = ()
    operation: str | None = None


NOTHING = Meant(None, None)
#: What a claim means that states a month or a year and no day.
NO_DAY = Meant(None, "stated-month-or-year")


def find_exchange(reading: Reading, known: KnownClaims) -> Meant:
    """Return which exchange a claim means, judgements aside."""
    if reading.measure not in ABOUT_AN_EXCHANGE or reading.doubt is not None:
        return NOTHING
    stated = reading.stated_date
    if stated is None:
        span = reading.stated_span
        return (
            _meant_undated(reading, known) if span is None else _meant_by_span(reading, span, known)
        )
    day = known.canonical_day(stated)
    if reading.modality == "planned" and (later := find_postponed(reading, day, known)):
        return Meant(later.isoformat(), "planned-figure")
    parts = parts_of(reading, day, known)
    if parts:
        return _operation(parts, "sum-of-days")
    if day != stated:
        return Meant(day.isoformat(), "stated-neighbouring-date", stated)
    return _stated(day, "named-day" if reading.is_day_said else "stated-date")


def _meant_undated(reading: Reading, known: KnownClaims) -> Meant:
    if reading.measure == "superlative" and (told := _told_operation(reading, known)) is not None:
        return told
    found = _find_undated(reading, known)
    if found is None or isinstance(found, Meant):
        return found or NOTHING
    day = known.canonical_day(found[0])
    parts = parts_of(reading, day, known)
    return _operation(parts, "sum-of-days") if parts else Meant(day.isoformat(), found[1])


def _told_operation(reading: Reading, known: KnownClaims) -> Meant | None:
    """Return the operation that a report tells the whole number of, without a day, beside a claim without a number."""
    report = report_mark(reading)
    others = known.undated_in(report) if report is not None else ()
    told = (other for other in others if other.whole and other.measure != reading.measure)
    meant = (_meant_undated(other, known) for other in told)
    return next((one for one in meant if one.operation is not None), None)


def _meant_by_span(reading: Reading, span: StatedSpan, known: KnownClaims) -> Meant:
    """Return what a claim means that states several days: their operation, of a month or a year one of its days."""
    if reading.until is None or span.last - span.first > known.policy.operation_days_max * _DAY:
        day = find_in_span(reading, span, known)
        if day is None:
            return NO_DAY
        parts = parts_of(reading, day, known)
        return (
            _operation(parts, "sum-of-days") if parts else Meant(day.isoformat(), NO_DAY.evidence)
        )
    return Meant(None, "stated-days", operation=operation_id(span.first, span.last))


@lru_cache(maxsize=4096)
def _stated(day: date, evidence: str) -> Meant:
    # All claims that state a day, and mean nothing but that day, share one answer.
    return Meant(day.isoformat(), evidence)


def _operation(parts: Sequence[Part], evidence: str) -> Meant:
    """Return that a claim means an operation, by the counts of its days."""
    operation = operation_id(parts[0].day, parts[-1].day)
    return Meant(None, evidence, None, tuple(parts), operation)


#: A day and the evidence for it, or what is meant where that is no day.
Found = tuple[date, str] | Meant


def _find_undated(reading: Reading, known: KnownClaims) -> Found | None:
    # A part that stands with its whole is of the exchange that the whole is of; a promised one, if none has its number.
    told = reading.published_on if reading.modality == "planned" else None
    if told is not None and find_carried_out(reading, told, known):
        return _find_undated_whole(reading, known)
    return _find_undated_whole(find_whole_of_list(reading, known) or reading, known)


def _find_undated_whole(reading: Reading, known: KnownClaims) -> Found | None:
    by_ordinal = _by_ordinal(reading, known)
    if reading.published_on is None:
        if by_ordinal is not None:
            return find_of_ordinal(reading, by_ordinal, known), "stated-ordinal"
        return _by_content(reading, known)
    if by_ordinal is not None and not _is_misnumbered(reading, by_ordinal, known):
        return by_ordinal, "stated-ordinal"
    return _by_publication(reading, reading.published_on, known)


def _by_ordinal(reading: Reading, known: KnownClaims) -> date | None:
    """Return the exchange that bears a claim's number: what is asserted, none after its report."""
    mark, until = ordinal_mark(reading), reading.published_on
    if mark is None:
        return None
    if until is None or reading.modality != "asserted":
        return known.first_day_with(mark)
    last = known.last_day_with(mark, until)
    return None if last is None or is_counted_anew(reading, last, until, known) else last


def _is_misnumbered(reading: Reading, by_ordinal: date, known: KnownClaims) -> bool:
    """Return whether a claim means another exchange than the one that bears its number.

    Day of publication and figure both point to another one; or a least number, or a rounded one, is among the
    counts of the day and not of the other one; or it leaves by a factor those of an exchange of long ago.
    """
    day = reading.published_on
    if day is None or by_ordinal in (day, day_before(day)):
        return False
    fresh = (day, day_before(day))
    mark = figure_mark(reading)
    if mark is not None and known.last_day_with(mark, day) in fresh:
        return known.last_day_with(mark, by_ordinal) != by_ordinal
    if reading.whole is None or not is_counted_otherwise(reading, by_ordinal, known):
        return False
    is_old = day - by_ordinal > known.policy.retold_days_max * _DAY
    if is_old and not may_be_of_day(reading, known.canonical_day(by_ordinal), known):
        return True
    return any(is_counted_on(reading, known.canonical_day(one), known) for one in fresh)


def _by_publication(reading: Reading, day: date, known: KnownClaims) -> Found | None:
    leads = Leads(reading, day, known)
    beside = find_promised_beside(reading, day, known)
    candidates = chain(
        _by_news(reading, leads, known)
        if beside is None
        else [find_carried_out(reading, day, known), *_by_stages(reading, leads, known)],
        [] if reading.modality != "asserted" else _by_recollection(reading, leads, known),
        _by_plan(reading, day, known),
        [find_late_news(reading, leads.day, leads.fresh, known)],
        [find_retold(reading, day, known)],
        [find_alone(reading, day, known)],
        [] if beside is None else [Meant(beside, "agreed-that-day")],
    )
    return next((found for found in candidates if found is not None), None)


def _by_plan(reading: Reading, day: date, known: KnownClaims) -> Iterator[Found | None]:
    """Return what a plan may mean, or a plan that is told as done: what came of it, else the agreement."""
    is_plan = reading.modality != "asserted"
    if not is_plan and not is_told_as_done(reading, day, known):
        return
    yield find_carried_out(reading, day, known)
    # Without a number it is no sum, of whatever days.
    reach = known.policy.planned_days_max if number_of(reading) else 0
    for coming in known.stated_after(day, reach) if reach else ():
        parts = parts_of(reading, coming, known)
        if parts and parts[0].day > day:
            yield _operation(parts, "planned-figure")
    yield find_next_day(reading, day, known) if is_plan else None
    if reading.modality == "planned" and (stages := find_stages_by_report(reading, day, known)):
        yield _operation(stages, "planned-figure")
    # What is asserted of an agreement would make an exchange of it.
    yield find_plan(reading, day, known) if is_plan else None


def _by_news(reading: Reading, leads: Leads, known: KnownClaims) -> Iterator[Found | None]:
    """Return what a claim may be news of, the likeliest first."""
    told = find_told_operation(reading, leads.day, known)
    if told is not None:
        yield Meant(None, "number-of-several-days", operation=told)
    yield from _by_number(reading, leads, known)
    yield _in_last_days(reading, leads, known)
    yield from _by_stages(reading, leads, known)
    if reading.modality != "asserted" and leads.near and distance_on(reading, leads.day, known):
        yield find_carried_out(reading, leads.day, known)
    fitting = [
        lead
        for lead in leads.near
        if _may_mean(reading, lead[0], known) and _is_of_its_report(reading, lead[0], known)
    ]
    yield find_nearer(reading, fitting, known)
    yield _find_nearly_told(reading, leads.day, fitting, known)
    beside = find_told_beside(reading, leads, known) if fitting else None
    if beside is not None and beside != fitting[0][0] and _may_mean(reading, beside, known):
        yield beside, "same-report"
    if fitting and (run := find_run_of_list(reading, fitting[0][0], known)):
        yield _operation(run, "number-of-several-days")
    for day, evidence in fitting:
        if day == leads.fresh[0] or _is_among(reading, day, known):
            yield day, evidence
    parts = find_operation_near(reading, leads.day, known)
    yield _operation(parts, "number-of-several-days") if parts else None
    yield from fitting


def _find_nearly_told(
    reading: Reading, day: date, fitting: Sequence[tuple[date, str]], known: KnownClaims
) -> Found | None:
    """Return the exchange of the week with nearly a report's number, if it is no number of the day of the news.

    Nobody counts its side there, nor nearly as many of another side.
    """
    if not fitting or reading.whole is None or reading.camp not in LOOKING_BACK:
        return None
    side, interval = reading.whole
    number = interval.low if reading.value is None else reading.value
    news = known.canonical_day(fitting[0][0])
    for one in (*known.sides, "both"):
        counted = known.counts_on(news, one).for_tier(OUTLET_TIER)
        if counted is not None and (one == side or are_near(number, counted.most, known.policy)):
            return None
    return find_retold(reading, day, known)


def _by_stages(reading: Reading, leads: Leads, known: KnownClaims) -> Iterator[Found | None]:
    """Return the exchanges that carried a plan out together."""
    if reading.modality == "planned" and (stages := find_stages(reading, leads.day, known)):
        yield _operation(stages, "planned-figure")


def _by_number(reading: Reading, leads: Leads, known: KnownClaims) -> Iterator[Found | None]:
    """Return what a claim may mean by its number, and by what its report names."""
    by_figure = leads.by_figure
    if (named := named_with_figure(reading, leads, known)) is not None:
        yield named, "same-report"
    if is_of_its_evening(reading, leads, known):
        yield leads.day, "same-report"
    if by_figure is not None and by_figure in leads.fresh:
        yield by_figure, "equal-figure"
    if by_figure is not None and (
        is_recalled(reading, by_figure, leads.tied, known)
        or is_told_again(reading, by_figure, leads.tied, leads.day, known)
        or is_tied(reading, by_figure, known)
    ):
        yield by_figure, "equal-figure"


def _by_recollection(reading: Reading, leads: Leads, known: KnownClaims) -> Iterator[Found | None]:
    """Return what a claim may look back to, the likeliest first."""
    by_figure, by_report = leads.by_figure, leads.by_report
    reach = known.policy.report_days_max * _DAY
    if by_figure is not None and leads.day - by_figure <= reach:
        yield by_figure, "equal-figure"
    is_older = by_report is not None and by_report not in leads.fresh
    if by_report is not None and is_older and _may_mean(reading, by_report, known):
        yield by_report, "same-report"
    if by_figure is None or leads.tied is None:
        return
    if not is_small_of_old(reading, leads.day - by_figure, known.policy):
        yield by_figure, "equal-figure"


def _in_last_days(reading: Reading, leads: Leads, known: KnownClaims) -> Found | None:
    """Return an exchange of the last days that a claim means rather than that of its publication day.

    The one with its part, by category and number, unless its report names a day of the news and the part is of a
    few people; and the one that its report names, if the report counts nothing of its own day.
    """
    first = leads.day - known.policy.report_days_max * _DAY
    part = last_with(part_mark(reading), leads.day, known)
    if part is not None and part >= first and not is_few_of_named(reading, leads, known):
        return part, "equal-figure"
    if reading.is_breakdown:
        listed = find_by_whole_list(reading, leads.day, leads.by_report, known)
        if listed is not None:
            return listed, "equal-figure"
    if reading.camp not in LOOKING_BACK or reading.modality != "asserted":
        return None
    named = leads.by_report
    if named is None or named in leads.fresh or named < first or _is_news(reading, leads, known):
        return None
    distance = distance_on(reading, named, known)
    # The numbers of a few people come by chance again: where nobody counts its side, the report's day goes before them.
    is_few = distance is None and not is_telling(reading, known.policy)
    is_of_named = reading.whole is None or distance == 0 or is_few
    return (named, "same-report") if is_of_named else None


def _is_news(reading: Reading, leads: Leads, known: KnownClaims) -> bool:
    """Return whether an undated number of a claim's report is counted on the day that it may be news of."""
    report = report_mark(reading)
    if report is None or not leads.near:
        return False
    day = leads.near[0][0]
    return any(distance_on(other, day, known) == 0 for other in known.undated_in(report))


def _may_mean(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a claim's number may be one of a day's exchange."""
    if reading.is_breakdown or reading.whole is None:
        return True
    canonical = known.canonical_day(day)
    if parts_of(reading, canonical, known):
        return True
    if is_counted_by_report(reading, day, known):
        return False
    return may_be_of_day(reading, canonical, known)


def _is_among(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether nothing else than a day's exchange need be meant by a claim's number."""
    if reading.is_breakdown or reading.whole is None:
        return True
    return is_counted_on(reading, known.canonical_day(day), known)


def _is_of_its_report(reading: Reading, day: date, known: KnownClaims) -> bool:
    """Return whether a report's undated numbers are of a day, as far as this one can tell.

    Where one of them cannot be, the report speaks of something else, such as the days before together.
    """
    report = report_mark(reading)
    is_part = reading.is_breakdown and reading.modality == "asserted"
    if report is None or is_part or reading.camp not in LOOKING_BACK:
        return True
    if is_of_counted_day(reading, day, known):
        return True
    if reading.whole is None and known.last_day_with(report, day) == day:
        return True
    return all(
        _may_mean(other, day, known)
        for other in known.undated_in(report)
        if other.whole is not None
        and other.published_on == reading.published_on
        and (other.modality == reading.modality or reading.whole is None)
    )


def _by_content(reading: Reading, known: KnownClaims) -> tuple[date, str] | None:
    """Return what a claim means of which no day at all is known."""
    own = with_count(reading, known)
    if len(own) == 1 and is_telling(reading, known.policy):
        return min(own), "equal-figure"
    pointed_to = find_by_whole_report(reading, known)
    if pointed_to is None or (own and pointed_to not in own):
        return None
    return (pointed_to, "same-report") if _may_mean(reading, pointed_to, known) else None
