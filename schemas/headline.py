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
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    exchange: str
    """The exchange."""
    date: date
    """Its day."""
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
