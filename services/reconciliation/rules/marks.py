"""What claims are matched by: marks that a dated claim gives its day, and that others look up.

A mark is a kind and what it is of: an ordinal with its counter, an exact figure, whom and how many are
counted as a whole, a report, a report that counts a side. Undated plans mark the day on which they were
published with their number.
"""

from datetime import date

from services.reconciliation.claims.categories import is_unsaid
from services.reconciliation.claims.reading import Reading


#: Where a category stands whose number tells it from no other.
_PARTS = frozenset({"service", "within-military", "within-civilian", "cross-cut"})
#: A kind, and what it is of.
Mark = tuple[str | int, ...]
#: That somebody says of a day that something took place.
DONE: Mark = ("asserted",)


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


def part_mark(reading: Reading) -> Mark | None:
    """Return whom and how many a claim counts, exactly and as a part, by the category that it states."""
    if (
        reading.place in ("all", "military")
        or reading.whole is not None
        or figure_mark(reading) is None
    ):
        return None
    assert reading.interval is not None, "an exact figure has an interval"
    return ("part", reading.side, reading.stated_category, reading.interval.low)


def group_mark(reading: Reading) -> Mark | None:
    """Return which group of a side a claim says came back, however many, null for everybody and for soldiers."""
    if reading.measure != "returned" or reading.modality != "asserted" or reading.whole is not None:
        return None
    if reading.place in ("all", "military") or is_unsaid(reading.category):
        return None
    return ("group", reading.side, reading.stated_category)


def sought_mark(reading: Reading) -> Mark | None:
    """Return the exact figure by which a claim may be matched: of a part, with the category that it states.

    Two Russians are not the two Thais of the day before; everybody may be those whom others name a part.
    """
    if reading.measure == "returned" and reading.place in _PARTS:
        return part_mark(reading) if not is_unsaid(reading.category) else figure_mark(reading)
    return figure_mark(reading)


def side_mark(side: str, number: int) -> Mark:
    """Return that so many of a side are counted, all of them or a part."""
    return ("figure", "returned", side, number)


def whole_mark(side: str, number: int) -> Mark:
    """Return that so many of a side are counted as a whole."""
    return ("count", side, number)


def report_mark(reading: Reading) -> Mark | None:
    """Return the report that a claim stands in."""
    return None if reading.report is None else ("report", reading.report)


def reported_mark(report: str, side: str) -> Mark:
    """Return that a report counts a side exactly and as a whole."""
    return ("reported", report, side)


def done_mark(report: str, side: str) -> Mark:
    """Return that a report says that people of a side came back, and not how many."""
    return ("done", report, side)


def plan_mark(reading: Reading) -> Mark | None:
    """Return whom and how many a plan speaks of as a whole, null for a claim that is no such plan."""
    return None if reading.modality == "asserted" else promised_mark(reading)


def promised_mark(reading: Reading) -> Mark | None:
    """Return the mark of a plan of as many as a claim speaks of, null for one of no certain number."""
    if reading.whole is None or reading.whole[1].high is None:
        return None
    side, interval = reading.whole
    return ("plan", side, interval.low, interval.high or 0)


def marks_of(reading: Reading) -> list[Mark]:
    """Return what a dated claim lets undated ones be matched by, each mark once."""
    marks: list[Mark] = [DONE] if reading.modality == "asserted" else []
    if (ordinal := ordinal_mark(reading)) is not None:
        marks.append(ordinal)
    figure, count = figure_mark(reading), count_mark(reading)
    if figure is not None:
        marks.append(figure)
    if count is not None and count != figure:
        marks.append(count)
    if (part := part_mark(reading)) is not None:
        marks.append(part)
    if (group := group_mark(reading)) is not None:
        marks.append(group)
    if (report := report_mark(reading)) is not None:
        marks.append(report)
    if reading.report is not None:
        if reading.counted is not None:
            marks.append(reported_mark(reading.report, reading.counted[0]))
        elif reading.interval is None and _is_done(reading):
            marks.append(done_mark(reading.report, reading.side))
    return marks


def _is_done(reading: Reading) -> bool:
    return reading.measure == "returned" and reading.modality == "asserted"


def marks_of_undated(reading: Reading) -> list[Mark]:
    """Return what an undated claim lets others be matched by, with its day of publication."""
    mark = plan_mark(reading)
    return [] if mark is None or reading.published_on is None else [mark]


def operation_mark(side: str, number: int) -> Mark:
    """Return that somebody counts so many of a side on several days together."""
    return ("operation", side, number)


def start_mark(side: str, number: int, last: date) -> Mark:
    """Return likewise, of days that end on one."""
    return ("operation", side, number, last.toordinal())


def marks_of_days(reading: Reading) -> list[tuple[Mark, date]]:
    """Return what a claim on several days lets others be matched by, with the day that bears it."""
    if reading.counted is None or reading.stated_span is None or reading.until is None:
        return []
    if reading.modality != "asserted":
        return []
    first, last = reading.stated_span
    return [(operation_mark(*reading.counted), last), (start_mark(*reading.counted, last), first)]
