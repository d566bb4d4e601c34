"""The dead who were handed over, day by day: a series of their own, apart from all people."""

from datetime import date
from typing import Annotated

from pydantic import Field

from schemas.record import Record


#: The unit of a count stands in its schema, where exports and generated clients find it.
Bodies = Annotated[int, Field(json_schema_extra={"x-unit": "bodies"})]


class RemainsDay(Record, use_attribute_docstrings=True):
    """What is known of the remains handed over to one side, up to and including a day.

    There is a row for every day of a hand-over, and for every day for which a number in all was
    published. The two are shown beside each other and not closed: hand-overs that nobody reported are in
    the one and not in the other.
    """

    ledger: str
    """The ledger's name: which sides."""
    side: str
    """To whom."""
    date: date
    """The day."""
    handed_over: Bodies | None
    """How many were handed over that day; null if that is not told."""
    figure: str | None
    """The figure that says so; null for none."""
    in_all: Bodies | None
    """How many were handed over in all by that day, as it was published; null if it was not."""
    in_all_figure: str | None
    """The figure that says so; null for none."""
    low: Bodies
    """The least that the hand-overs listed so far add up to."""
    best: Bodies
    """The sum of their best numbers."""
    high: Bodies | None
    """The most they add up to, null if that is open."""
    unlisted: int | None = Field(json_schema_extra={"x-unit": "bodies"})
    """How many more were published in all than the hand-overs listed make; negative where the hand-overs
    make more, null where nothing was published."""
