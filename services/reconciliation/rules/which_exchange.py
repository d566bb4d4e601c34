"""Which exchange a claim means: reconciliation.md §4.

Evidence, in this order: the stated date; the stated ordinal with its counter; an equal figure of an
exchange on the publication day or the day before; an exchange that the same report names with its
date; for those who report rather than announce, an equal figure of an older exchange; the publication
day itself, then the day before; an equal figure of an older exchange. A guess never overrides a stated
date. Ids are dates, so they are stable for ever.

* A day that duplicates the day beside it (`neighbouring_days`) is that other day.
* An outlet's undated number that is far from all that officials count on the day is background: it
  is not about that day's exchange.
* A claim that states a month or a year alone means no day by itself, and makes none.
* A claim of which not even the day of publication is known means the one exchange that has its
  figure, else the one that most figures of its report point to.
* A number that is the sum of several days' counts means the exchange that took these days, as a whole.

The answer is a function of the set of claims: claims with a date make the exchanges, and the others
are matched to them through their marks.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

import msgspec

from schemas.vocabulary import FREED_TO_THIRD
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.neighbouring_days import Part, SideCount, is_background


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
#: Camps that also speak of older exchanges: they report, they do not announce.
LOOKING_BACK = frozenset({"outlets", "intl"})

#: What claims are matched by: a kind, and what it is of.
Mark = tuple[str | int, ...]


class Meant(msgspec.Struct, frozen=True, gc=False):
    """The exchange a claim means, null for none, and the evidence for it.

    Attributes:
        exchange: Its id.
        evidence: Why.
        other_day: The day beside the exchange's that the claim states in its place, null for none.
        parts: The counts of several days that the claim is the sum of, none if it means one day.
    """

    exchange: str | None
    evidence: str | None
    other_day: date | None = None
    parts: tuple[Part, ...] = ()


NOTHING = Meant(None, None)
#: What a claim means that states a month or a year and no day.
NO_DAY = Meant(None, "stated-month-or-year")


class KnownClaims(Protocol):
    """What the other claims say that a claim may be matched by.

    Dated claims here are those in force that state a day of an exchange, and those that an operator
    put on one; undated claims those in force that neither state a day nor were put on one.
    """

    @property
    def policy(self) -> Policy:
        """The constants."""

    def is_stated(self, day: date) -> bool:
        """Return whether a dated claim states a day."""

    def canonical_day(self, day: date) -> date:
        """Return the day that is meant by a stated one."""

    def official_counts(self, day: date, side: str) -> Sequence[int]:
        """Return what officials count of a side on a day, in ascending order."""

    def parts(self, counted: SideCount, day: date) -> tuple[Part, ...]:
        """Return the days' counts that a number said of a canonical day is the sum of."""

    def first_day_with(self, mark: Mark) -> date | None:
        """Return the first day that dated claims give a mark, null for none."""

    def last_day_with(self, mark: Mark, until: date) -> date | None:
        """Return the last day up to another that dated claims give a mark, null for none."""

    def few_days_with(self, mark: Mark) -> Sequence[date]:
        """Return the days that dated claims give a mark, in order; none if they are many."""

    def founders_on(self, day: date) -> Iterable[Reading]:
        """Return the undated claims published on a day that can found an exchange."""

    def timeless_in(self, report: Mark) -> Sequence[Reading]:
        """Return the undated claims of a report without a day of publication; none if they are many."""


def find_exchange(reading: Reading, known: KnownClaims) -> Meant:
    """Return which exchange a claim means, judgements aside."""
    if reading.measure not in ABOUT_AN_EXCHANGE:
        return NOTHING
    stated = reading.stated_date
    if stated is not None:
        day = known.canonical_day(stated)
        parts = _parts(reading, day, known)
        if day != stated:
            return Meant(day.isoformat(), "stated-neighbouring-date", stated, parts)
        return _stated(day) if not parts else Meant(day.isoformat(), "stated-date", None, parts)
    if reading.stated_span is not None:
        return NO_DAY
    found = _find_undated(reading, known)
    if found is None:
        return NOTHING
    day = known.canonical_day(found[0])
    return Meant(day.isoformat(), found[1], None, _parts(reading, day, known))


@lru_cache(maxsize=4096)
def _stated(day: date) -> Meant:
    # All claims that state a day, and mean nothing but that day, share one answer.
    return Meant(day.isoformat(), "stated-date")


def _parts(reading: Reading, day: date, known: KnownClaims) -> tuple[Part, ...]:
    return () if reading.counted is None else known.parts(reading.counted, day)


def _find_undated(reading: Reading, known: KnownClaims) -> tuple[date, str] | None:
    if (mark := ordinal_mark(reading)) is not None:
        by_ordinal = known.first_day_with(mark)
        if by_ordinal is not None:
            return by_ordinal, "stated-ordinal"
    if reading.published_on is None:
        return _by_content(reading, known)
    return _by_publication(reading, reading.published_on, known)


def _by_publication(reading: Reading, day: date, known: KnownClaims) -> tuple[date, str] | None:
    fresh = (day, day_before(day))
    by_figure = _last_with(figure_mark(reading), day, known)
    by_report = _last_with(report_mark(reading), day, known)
    by_day = next(
        (near for near in fresh if known.is_stated(near) or _is_founded(near, known)), None
    )
    looks_back = reading.camp in LOOKING_BACK and not reading.is_breakdown
    if looks_back:
        by_report, by_day = (
            _unless_background(reading, near, known) for near in (by_report, by_day)
        )
    candidates = (
        (by_figure if by_figure in fresh or looks_back else None, "equal-figure"),
        (by_report if by_report in fresh else None, "same-report"),
        (by_day, "published-that-day" if by_day == day else "published-next-day"),
        (by_report, "same-report"),
        (by_figure, "equal-figure"),
    )
    return next(((found, evidence) for found, evidence in candidates if found is not None), None)


def _last_with(mark: Mark | None, until: date, known: KnownClaims) -> date | None:
    return None if mark is None else known.last_day_with(mark, until)


def _unless_background(reading: Reading, day: date | None, known: KnownClaims) -> date | None:
    """Return a day again unless a claim's number can be none of that day's."""
    if day is None or reading.counted is None:
        return day
    canonical = known.canonical_day(day)
    side, number = reading.counted
    is_far = is_background(
        number, known.official_counts(canonical, side), known.policy.background_factor
    )
    return None if is_far and not known.parts(reading.counted, canonical) else day


def _is_founded(day: date, known: KnownClaims) -> bool:
    """Return whether officials gave numbers that day without naming the day of the exchange.

    Only a number that no known exchange has makes a new one, and only where no exchange of that
    day or the day before is known by its date.
    """
    if known.is_stated(day_before(day)):
        return False
    return any(
        _last_with(figure_mark(founder), day, known) is None for founder in known.founders_on(day)
    )


def can_found(reading: Reading, policy: Policy) -> bool:
    """Return whether a claim that states no day may make an exchange of the day it was published."""
    return (
        reading.measure == "returned"
        and reading.modality == "asserted"
        and reading.tier <= policy.counting_tier
        and reading.stated_ordinal is None
        and reading.stated_span is None
        and figure_mark(reading) is not None
    )


def _by_content(reading: Reading, known: KnownClaims) -> tuple[date, str] | None:
    """Return what a claim means of which no day at all is known."""
    own = _with_count(reading, known)
    if len(own) == 1:
        return min(own), "equal-figure"
    pointed_to = _by_whole_report(reading, known)
    if pointed_to is not None and (not own or pointed_to in own):
        return pointed_to, "same-report"
    return None


def _with_count(reading: Reading, known: KnownClaims) -> set[date]:
    """Return the exchanges of which somebody counts as many as a claim does, none if they are many."""
    mark = count_mark(reading)
    days = known.few_days_with(mark) if mark else ()
    return {known.canonical_day(day) for day in days}


def _by_whole_report(reading: Reading, known: KnownClaims) -> date | None:
    """Return the exchange that most claims of a report point to, null if none or several are."""
    report = report_mark(reading)
    if report is None:
        return None
    votes = Counter(known.few_days_with(report))
    for other in known.timeless_in(report):
        days = _with_count(other, known)
        votes.update(days if len(days) == 1 else ())
    ranked = votes.most_common(2)
    is_tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]  # noqa: PLR2004  the first two
    return ranked[0][0] if ranked and not is_tied else None


def day_before(day: date) -> date:
    """Return the day before a day."""
    return day - timedelta(days=1)


def ordinal_mark(reading: Reading) -> Mark | None:
    """Return the ordinal that a claim states, with its counter."""
    if reading.stated_ordinal is None:
        return None
    return ("ordinal", reading.counter, reading.stated_ordinal)


def figure_mark(reading: Reading) -> Mark | None:
    """Return the exact figure that a claim gives."""
    if reading.interval is None or not reading.interval.is_exact or not reading.interval.low:
        return None
    if reading.measure not in ("returned", "exchanged_total"):
        return None
    return ("figure", reading.measure, reading.side, reading.interval.low)


def count_mark(reading: Reading) -> Mark | None:
    """Return whom and how many a claim counts, as a whole."""
    if reading.counted is None and reading.measure == "exchanged_total":
        return figure_mark(reading)
    return reading.counted and ("count", *reading.counted)


def report_mark(reading: Reading) -> Mark | None:
    """Return the report that a claim stands in."""
    return None if reading.report is None else ("report", reading.report)


def marks_of(reading: Reading) -> list[Mark]:
    """Return what a dated claim lets undated ones be matched by, each mark once."""
    marks: list[Mark] = []
    if (ordinal := ordinal_mark(reading)) is not None:
        marks.append(ordinal)
    figure, count = figure_mark(reading), count_mark(reading)
    if figure is not None:
        marks.append(figure)
    if count is not None and count != figure:
        marks.append(count)
    if (report := report_mark(reading)) is not None:
        marks.append(report)
    return marks
