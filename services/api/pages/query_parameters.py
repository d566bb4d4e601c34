"""The query parameters of a page: nothing, or another time, as a form in a browser sends it.

The two times are those of the API. A form sends a day and an hour in fields of their own, and sends
empty ones too; an address written by hand may give an instant, as to the API. Parameters that nobody
here knows are ignored: addresses that are passed around collect them.
"""

import re
from datetime import date, datetime, time
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from schemas.instants import in_utc
from services.api.http.problems import wrong_parameter
from services.queries.as_of import Cut, read_cut_time, read_place
from services.queries.between import Place


FormText = Annotated[str, Field(max_length=100)]
_HOUR = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)


class PageParameters(BaseModel):
    """The times a page is asked for; a day alone is meant whole, hours are UTC."""

    model_config = ConfigDict(frozen=True)

    as_asserted_by: FormText = ""
    as_asserted_by_hour: FormText = ""
    as_known_on: FormText = ""
    as_known_on_hour: FormText = ""

    @property
    def cut(self) -> Cut:
        """The times asked for.

        Raises:
            ProblemError: One cannot be read; the problem names it.
        """
        return Cut(
            _time_of("as_asserted_by", self.as_asserted_by, self.as_asserted_by_hour),
            _time_of("as_known_on", self.as_known_on, self.as_known_on_hour),
        )

    @property
    def query(self) -> str:
        """The times as they stand in an address, empty if none is asked for."""
        times = self.model_dump(include=set(PageParameters.model_fields))
        given = {name: value for name, value in times.items() if value.strip()}
        return f"?{urlencode(given)}" if given else ""


class DiffPageParameters(PageParameters):
    """The two places that a page compares, as a form sends them; the other times carry over to its links."""

    first: Annotated[FormText, Field(alias="from")] = ""
    second: Annotated[FormText, Field(alias="to")] = ""

    def places(self, usual: date) -> tuple[Place, Place]:
        """Return the two places; from a usual day to the end if none is given.

        Raises:
            ProblemError: One cannot be read; the problem names it.
        """
        first = _place_of("from", self.first) or Place(time=read_cut_time(usual.isoformat()))
        return first, _place_of("to", self.second) or Place()


class TimeField(BaseModel):
    """A time as a form shows it."""

    day: str = ""
    hour: str = ""


def time_field(when: datetime | None) -> TimeField:
    """Return what a form shows for a time.

    >>> time_field(read_cut_time("2024-01-03"))
    TimeField(day='2024-01-03', hour='')
    """
    if when is None:
        return TimeField()
    utc = in_utc(when)
    hour = "" if utc.time() == time.max else f"{utc:%H:%M:%S}".removesuffix(":00")
    return TimeField(day=utc.date().isoformat(), hour=hour)


def _place_of(name: str, text: str) -> Place | None:
    if not text.strip():
        return None
    try:
        return read_place(text.strip())
    except ValueError:
        raise wrong_parameter(
            name,
            expected="a position of the log, a day as 2024-01-03, or a time with its offset",
            found=text,
        ) from None


def _time_of(name: str, day: str, hour: str) -> datetime | None:
    day, hour = day.strip(), hour.strip()
    if not day and not hour:
        return None
    if hour and not _HOUR.fullmatch(hour):
        raise wrong_parameter(f"{name}_hour", expected="an hour as 17:50, UTC", found=hour)
    if not day:
        raise wrong_parameter(name, expected=f"a day beside the hour {hour}", found=day)
    try:
        if not hour:
            return read_cut_time(day)
        return read_cut_time(f"{day[: len('2024-01-03')]}T{hour}Z")
    except ValueError:
        raise wrong_parameter(
            name,
            expected="a day as 2024-01-03, or a time with its offset, in the years 1 to 9999 of UTC",
            found=day,
        ) from None
