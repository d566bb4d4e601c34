"""The dead who were handed over, to each side, day by day."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Figure
from services.api.pages.language import gettext
from services.api.pages.names import DisplayNames, Saying, claims_of
from services.api.pages.phrases import count, span
from services.api.pages.words import Verdict, verdict_of
from services.queries.remains import RemainsOfDay, series_of_remains


#: Days shown of one side; older ones are read over the API.
DAY_COUNT_MAX = 200


class RemainsCounted(NamedTuple):
    """One number of the dead, how sure it is, and who gives it."""

    text: str
    verdict: Verdict
    standing: tuple[Saying, ...]


class RemainsRow(NamedTuple):
    """What is known of one day.

    Attributes:
        day: The day.
        handed_over: How many were handed over that day, null if that is not told.
        in_all: How many in all by that day, as published, null if it was not.
        added_up: What the hand-overs listed up to that day make.
        difference: How that leaves the number in all, in words; null where none was published.
    """

    day: date
    handed_over: RemainsCounted | None
    in_all: RemainsCounted | None
    added_up: str
    difference: str | None


class RemainsShown(NamedTuple):
    """What was handed over to one side, the newest day first."""

    name: str
    rows: tuple[RemainsRow, ...]
    left_out: int

    @property
    def last_told(self) -> RemainsRow | None:
        """The newest day for which a number in all was published."""
        return next((row for row in self.rows if row.in_all is not None), None)


def remains_shown(
    figures: Mapping[str, Figure], claims: Mapping[str, ClaimView], ledger: LedgerConfiguration
) -> tuple[RemainsShown, ...]:
    """Return what was handed over to each side to which anything was."""
    names = DisplayNames(ledger)

    def counted(figure: Figure | None) -> RemainsCounted | None:
        if figure is None:
            return None
        return RemainsCounted(
            text=span(figure.low, figure.best, figure.high),
            verdict=verdict_of(figure),
            standing=names.sayings(claims_of(figure.claims.best, claims)),
        )

    def row(of_day: RemainsOfDay) -> RemainsRow:
        added_up = (
            count(of_day.best)
            if of_day.low == of_day.high
            else span(of_day.low, of_day.best, of_day.high)
        )
        return RemainsRow(
            of_day.day,
            counted(of_day.handed_over),
            counted(of_day.in_all),
            added_up,
            _difference(of_day.unlisted),
        )

    found = []
    for side in (*ledger.side_codes, "both"):
        series = series_of_remains(figures.values(), side)
        if series:
            rows = tuple(row(of_day) for of_day in reversed(series))
            left_out = max(0, len(rows) - DAY_COUNT_MAX)
            found.append(RemainsShown(names.side(side), rows[:DAY_COUNT_MAX], left_out))
    return tuple(found)


def _difference(unlisted: int | None) -> str | None:
    """Return in words how the sum of hand-overs leaves the number published in all.

    >>> _difference(88), _difference(-1), _difference(0), _difference(None)
    ('88 fewer than published', '1 more than published', 'as many as published', None)
    """
    if unlisted is None:
        return None
    if unlisted == 0:
        return gettext("as many as published")
    number = count(abs(unlisted))
    if unlisted > 0:
        return gettext("%(number)s fewer than published", number=number)
    return gettext("%(number)s more than published", number=number)
