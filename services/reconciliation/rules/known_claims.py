"""What rules of matching look up about the other claims: reconciliation.md §4."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.day_counts import DayCounts
from services.reconciliation.rules.marks import Mark
from services.reconciliation.rules.neighbouring_days import Part, SideCount


class KnownClaims(Protocol):
    """What the other claims say that a claim may be matched by.

    Dated claims here are those in force that state a day of an exchange, and those that an operator
    put on one; undated claims those in force that state neither a day nor several, and were not put on one.
    """

    @property
    def policy(self) -> Policy:
        """The constants."""

    def is_stated(self, day: date) -> bool:
        """Return whether a dated claim states a day."""

    def stated_after(self, day: date, days_max: int) -> Iterable[date]:
        """Return the days, up to so many after a day, that dated claims state, in order.

        Whoever finds among the first ones what it looks for reads no further.
        """

    def canonical_day(self, day: date) -> date:
        """Return the day that is meant by a stated one."""

    def counts_on(self, day: date, side: str) -> DayCounts:
        """Return what dated claims count on a day as a whole, of a side or of all sides together.

        The sums of several days are left out.
        """

    @property
    def sides(self) -> Sequence[str]:
        """The sides' codes."""

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

    def undated_in(self, report: Mark) -> Sequence[Reading]:
        """Return a report's undated claims; none if they are many."""


def day_before(day: date) -> date:
    """Return the day before a day."""
    return day - timedelta(days=1)


def last_with(mark: Mark | None, until: date, known: KnownClaims) -> date | None:
    """Return the last day up to another that dated claims give a mark, null for none or where there is no mark."""
    return None if mark is None else known.last_day_with(mark, until)
