"""What exchanges add up to: the headline rows, their sums, and what the sums cover."""

from datetime import date
from typing import Annotated

from pydantic import Field

from schemas.record import Record
from schemas.vocabulary import ExchangeStatus, FigureStatus


#: The unit of a count stands in its schema, where exports and generated clients find it.
People = Annotated[int, Field(json_schema_extra={"x-unit": "persons"})]
Claims = Annotated[int, Field(json_schema_extra={"x-unit": "claims"})]


class HeadlineRow(Record, use_attribute_docstrings=True):
    """How many an exchange adds for one side: the sum of `best` over any days is right.

    There is a row for every exchange and side. One that did not take place adds 0. `best` null means
    that people may have come back and nobody gives a usable number: it adds nothing, and is a gap.
    An operation has a row where it adds people whom nobody counts on one of its days alone.
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    exchange: str
    """The exchange; an operation, named by its first and last day with two dots between them, where the
    people are counted of its days together alone."""
    date: date
    """Its day; of an operation the last one that nobody counts alone."""
    side: str
    """The side people came back to."""
    category: str
    """Who was counted: `all`, else the only ones counted, such as `military`; several with + between
    them."""
    low: People
    """The least it can be."""
    best: People | None
    """The number that it adds; null if nobody gives a usable one."""
    high: People | None
    """The most it can be, null if that is open. A sum over rows is open if one of them is."""
    status: ExchangeStatus
    """Whether the exchange took place, and how sure that is."""
    figure_status: FigureStatus | None
    """How the claims behind the number stand to one another; null where the 0 follows from the
    exchange's status alone."""
    figure: str | None
    """The figure that gives the number, null for none."""


class ListedSum(Record, use_attribute_docstrings=True):
    """What all exchanges listed since the ledger opened add up to, published totals left aside."""

    low: People
    """The least they add up to."""
    best: People
    """The sum of their best numbers."""
    high: People | None
    """The most they add up to, null if that is open."""


class HeadlineTotal(Record, use_attribute_docstrings=True):
    """How many came back to one side in a year or a month: a sum of headline rows.

    Of everybody, it sums the headline rows. Of a group, such as `women`, it sums what is known of the
    group in exchanges that count everybody too, and says in how many that is.
    """

    ledger: str
    """The ledger's name: which sides."""
    period: str
    """The year, or the year and month, such as `2024-01`."""
    side: str
    """The side people came back to."""
    category: str
    """Who is counted: `all`, or a group."""
    low: People
    """The least it can be."""
    best: People
    """The sum of the best numbers."""
    high: People | None
    """The most it can be; null if that is open, as it is where an exchange has no number."""
    exchanges: int
    """How many exchanges of the period took place."""
    counted: int
    """In how many of them a number is known."""
    whole: People
    """How many came back in all, the group among them, in those exchanges."""


class Coverage(Record, use_attribute_docstrings=True):
    """What the claims behind the headline cover."""

    claims: Claims
    """How many claims there are."""
    first_day: date | None
    """The first day that they speak of; null without one."""
    last_day: date | None
    """The last day that they speak of, plans left aside; null without one."""
    last_report: date | None
    """The day of the newest report; null if none says its day."""
    last_report_age_days: int | None
    """How many days before the day asked about that was; null without a report."""
    with_time_of_day: Claims
    """How many claims say at what time of day they were made or published."""
    without_time_of_day: Claims
    """How many do not: an answer for an hour takes them as said when their day begins, or at the noon
    that their publisher puts for it."""


class SideTotal(Record, use_attribute_docstrings=True):
    """The newest total of one side, beside the plain sum of the exchanges listed."""

    side: str
    """The side people came back to."""
    category: str
    """Who is counted."""
    as_of: date
    """The last day counted in."""
    low: People
    """The least it can be."""
    best: People | None
    """The best single number, null if nobody gave a usable one."""
    high: People | None
    """The most it can be, null if that is open."""
    status: FigureStatus
    """How the claims behind it stand to one another; `computed` for a sum."""
    listed: ListedSum | None
    """The sum of the exchanges listed; null if there is none."""
    gaps: int
    """How many exchanges took place of which nobody gives a number for this side."""


class Summary(Record, use_attribute_docstrings=True):
    """A ledger in brief: the newest totals, and what the claims behind them cover."""

    ledger: str
    """The ledger's name: which sides."""
    title: str
    """Its title."""
    position: int
    """The log position that it stands for."""
    totals: tuple[SideTotal, ...]
    """The newest total since the ledger opened, of everybody, by side."""
    coverage: Coverage
    """What the claims cover."""
