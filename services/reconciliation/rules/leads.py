"""What points a claim to days that states none: its number, its report, the hour of its report. reconciliation.md §4.

A report of the evening is news of its day; one of the morning, of the day before, which was over when it was
written. Where no hour is known, the day of publication comes first. A report that names several days gives a
number to the one that has it; of a report that names none, one number shows of which day the others are. Where
everything that is said of a day is planned or denied, outlets may still be writing of what came before: only an equal
number, and officials, are news of such a day.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.dateless_reports import is_telling
from services.reconciliation.rules.equal_sides import find_by_sides
from services.reconciliation.rules.founding import is_founded
from services.reconciliation.rules.known_claims import KnownClaims, day_before, last_with
from services.reconciliation.rules.marks import DONE, report_mark, sought_mark
from services.reconciliation.rules.nearest_day import distance_on
from services.reconciliation.rules.plans import is_called_off, is_still_to_come


_DAY = timedelta(days=1)


class Leads:
    """What points an undated claim to days.

    Attributes:
        day: The day it was published.
        fresh: The days it can be about as news, the likeliest first.
        by_figure: The last day with its figure.
        by_report: The last day that its report names.
    """

    def __init__(self, reading: Reading, day: date, known: KnownClaims) -> None:
        """Look up what points a claim, which was published on a day, to days."""
        self._reading, self._known = reading, known
        self.day = day
        is_past = reading.modality == "asserted" or is_called_off(reading, day_before(day), known)
        self.fresh: Sequence[date] = (day, day_before(day)) if is_past else (day,)
        if is_past and reading.part_of_day == "morning":
            self.fresh = (day_before(day), day)
        self.by_report = last_with(report_mark(reading), day, known)
        self.by_figure = self._last_with_figure()

    def _last_with_figure(self) -> date | None:
        reading, day, known = self._reading, self.day, self._known
        figure, likeliest = sought_mark(reading), self.fresh[0]
        last = last_with(figure, day, known)
        if likeliest != last == day and last_with(figure, likeliest, known) == likeliest:
            return likeliest
        if last == day and self._is_only_foreseen(day):
            before = last_with(figure, day_before(day), known)
            if before == day_before(day) and not self._is_only_foreseen(before):
                return before
        reach = known.policy.report_days_max * _DAY
        if reading.measure == "exchanged_total" and (last is None or day - last > reach):
            return find_by_sides(reading, day, known) or last
        return last

    # Most claims have the number of a day that they may be news of: what else is near is not asked for then.
    @cached_property
    def near(self) -> Sequence[tuple[date, str]]:
        """Days with an exchange that it may be news of, and why, the likeliest first."""
        reading, known = self._reading, self._known
        near: list[tuple[date, str]] = []
        if (
            self.by_report is not None
            and self.by_report in self.fresh
            and self._is_news_of(self.by_report)
        ):
            near.append((self.by_report, "same-report"))
        near += [
            (one, "published-that-day" if one == self.day else "published-next-day")
            for one in self.fresh
            if (known.is_stated(one) and self._is_news_of(one)) or is_founded(one, known)
        ]
        is_planned = reading.modality == "planned"
        return [] if near and is_planned and is_still_to_come(reading, self.day, known) else near

    def _is_news_of(self, day: date) -> bool:
        """Return whether a claim can be news of a stated day: an outlet's, of one on which somebody says it took place."""
        is_outlets = self._reading.tier >= OUTLET_TIER and self._reading.modality == "asserted"
        return not (is_outlets and self._is_only_foreseen(day))

    def _is_only_foreseen(self, day: date) -> bool:
        """Return whether whatever is said of a day is planned or denied."""
        return self._known.last_day_with(DONE, day) != day

    @property
    def tied(self) -> date | None:
        """The day that its report is about, as far as that is known."""
        return self.by_report or (self.near[0][0] if self.near else None)


def named_with_figure(reading: Reading, leads: Leads, known: KnownClaims) -> date | None:
    """Return the day that a claim's report names, if its number is of that day as well as of a later one.

    Of several days that are named, the only one that has the number; an older one, if no day of the news has it.
    """
    named = leads.by_report
    figure, report = sought_mark(reading), report_mark(reading)
    if named is None or figure is None or report is None:
        return None
    if reading.modality == "asserted" and len(days := known.few_days_with(report)) > 1:
        having = [
            day for day in days if day <= leads.day and known.last_day_with(figure, day) == day
        ]
        is_news = leads.by_figure is not None and leads.by_figure in leads.fresh
        if len(having) == 1 and (having[0] in leads.fresh or not is_news):
            return having[0]
    if named == leads.by_figure or named not in leads.fresh:
        return None
    return named if known.last_day_with(figure, named) == named else None


def find_told_beside(reading: Reading, leads: Leads, known: KnownClaims) -> date | None:
    """Return the one of two days of the news that has another undated number of a claim's report, null for both or none.

        "20 were freed in exchange for Khan", on the day after Khan, and nobody else, is known to have come back

    Args:
        reading: The claim, whose report names no day.
        leads: What points it to days.
        known: What the other claims say.
    """
    report = report_mark(reading)
    if report is None or leads.by_report is not None or reading.modality != "asserted":
        return None
    told = {
        last_with(sought_mark(other), leads.day, known)
        for other in known.undated_in(report)
        if other.modality == reading.modality and other.published_on == leads.day
    }
    having = [day for day in leads.fresh if day in told]
    return having[0] if len(having) == 1 else None


def is_of_its_evening(reading: Reading, leads: Leads, known: KnownClaims) -> bool:
    """Return whether a report of the evening that names its own day tells of that, though a day before has its number."""
    if reading.part_of_day != "evening" or reading.modality != "asserted":
        return False
    if leads.by_report != leads.day or leads.by_figure is None or leads.by_figure == leads.day:
        return False
    if leads.day - leads.by_figure > known.policy.report_days_max * _DAY:
        return False
    return not distance_on(reading, leads.day, known)


def is_few_of_named(reading: Reading, leads: Leads, known: KnownClaims) -> bool:
    """Return whether a claim tells of a few people in a report that names one day, of the news: they are of that day."""
    report = report_mark(reading)
    if report is None or leads.by_report not in leads.fresh or is_telling(reading, known.policy):
        return False
    return len(known.few_days_with(report)) == 1
