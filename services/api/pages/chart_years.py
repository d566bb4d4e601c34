"""The years that the charts of the overview show: `since` and `until` of an address, both inclusive.

They stand in the address of the page, of a chart as a file and of what others frame, so that all three show
the same; a brush on the chart and two fields of a form ask for them.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

from services.api.http.problems import wrong_parameter
from services.api.pages.query_parameters import FormText, PageParameters


_YEAR = re.compile(r"[1-9]\d{3}", re.ASCII)
_Dated = TypeVar("_Dated", bound=tuple[date, object])


class ShownYears(NamedTuple):
    """The first and the last year that charts show; null: from the first, to the last there is."""

    since: int | None = None
    until: int | None = None

    @property
    def query(self) -> str:
        """The years as they stand in an address, empty if all are shown.

        >>> ShownYears(2023, None).query, ShownYears().query
        ('since=2023', '')
        """
        return urlencode({name: year for name, year in self._asdict().items() if year})

    @property
    def first_day(self) -> date | None:
        """The first day that is shown, null for the first that there is."""
        return date(self.since, 1, 1) if self.since else None

    @property
    def last_day(self) -> date | None:
        """The last day that is shown, null for the last that there is."""
        return date(self.until, 12, 31) if self.until else None

    def has(self, day: date) -> bool:
        """Return whether a day is shown.

        >>> [ShownYears(2023, 2024).has(date(year, 5, 1)) for year in (2022, 2023, 2025)]
        [False, True, False]
        """
        return (self.since or day.year) <= day.year <= (self.until or day.year)

    def steps(self, steps: Iterable[_Dated]) -> list[_Dated]:
        """Return the steps of a curve that are shown: those of the years, and the last before them.

        >>> ShownYears(2023, 2023).steps([(date(2021, 3, 1), 5), (date(2022, 3, 1), 9), (date(2024, 1, 3), 12)])
        [(datetime.date(2022, 3, 1), 9)]
        """
        kept = [step for step in steps if step[0].year <= (self.until or step[0].year)]
        before = [step for step in kept if step[0].year < (self.since or 0)]
        return [*before[-1:], *kept[len(before) :]]


class ChartParameters(PageParameters):
    """The years that charts show, beside the times and the language."""

    since: FormText = ""
    until: FormText = ""

    @property
    def years(self) -> ShownYears:
        """The years asked for.

        Raises:
            ProblemError: One is no year, or the last lies before the first.
        """
        since, until = _year("since", self.since), _year("until", self.until)
        if since and until and until < since:
            raise wrong_parameter("until", expected=f"a year from {since} on", found=until)
        return ShownYears(since, until)


def years_of(days: Iterable[date]) -> tuple[int, ...]:
    """Return the years from the first to the last of some days.

    >>> years_of([date(2024, 1, 3), date(2022, 9, 21)]), years_of([])
    ((2022, 2023, 2024), ())
    """
    found = {day.year for day in days}
    return tuple(range(min(found), max(found) + 1)) if found else ()


def _year(name: str, text: str) -> int | None:
    if not (text := text.strip()):
        return None
    if not _YEAR.fullmatch(text):
        raise wrong_parameter(name, expected="a year as 2024", found=text)
    return int(text)
