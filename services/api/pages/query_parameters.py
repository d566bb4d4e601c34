"""The query parameters of a page: nothing, or another time, as a form in a browser sends it.

The two times are those of the API. A form sends a day and an hour in fields of their own, with the time zone
that both are of, and sends empty ones too; an address written by hand may give an instant, as to the API. Parameters that nobody
here knows are ignored: addresses that are passed around collect them.
"""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from schemas.instants import in_utc
from services.api.http.languages import PARAMETER, Language, language_named
from services.api.http.problems import wrong_parameter
from services.api.pages.language import UTC_ZONE
from services.queries.as_of import Cut, read_place
from services.queries.between import Place
from services.queries.cut_times import read_cut_time


FormText = Annotated[str, Field(max_length=100)]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)


class PageParameters(BaseModel):
    """The times and the language a page is asked for; a day alone is meant whole.

    Days and hours are those of `zone`, and of UTC_ZONE where none is named.
    """

    model_config = ConfigDict(frozen=True)

    as_asserted_by: FormText = ""
    as_asserted_by_hour: FormText = ""
    as_known_on: FormText = ""
    as_known_on_hour: FormText = ""
    zone: FormText = ""
    lang: FormText = ""

    @property
    def language(self) -> Language | None:
        """The language that the address names, null for none that pages are in."""
        return language_named(self.lang.strip())

    @property
    def time_zone(self) -> ZoneInfo:
        """The time zone of days and hours.

        Raises:
            ProblemError: It is not known.
        """
        if not (named := self.zone.strip()):
            return UTC_ZONE
        try:
            return ZoneInfo(named)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise wrong_parameter(
                "zone", expected="a time zone as Europe/Kyiv", found=named
            ) from None

    @property
    def cut(self) -> Cut:
        """The times asked for.

        Raises:
            ProblemError: One cannot be read; the problem names it.
        """
        return Cut(
            self._time("as_asserted_by", self.as_asserted_by, self.as_asserted_by_hour),
            self._time("as_known_on", self.as_known_on, self.as_known_on_hour),
        )

    @property
    def query(self) -> str:
        """The times as they stand in an address, empty if none is asked for."""
        times = self.model_dump(include=set(PageParameters.model_fields) - {PARAMETER})
        given = {name: value for name, value in times.items() if value.strip()}
        if self.language:
            given[PARAMETER] = self.language
        return f"?{urlencode(given)}" if given else ""

    @property
    def now(self) -> Self:
        """The same without any time, in the same language."""
        times = set(PageParameters.model_fields) - {PARAMETER}
        return self.model_copy(update=dict.fromkeys(times, ""))

    def _time(self, name: str, day: str, hour: str) -> datetime | None:
        day, hour = day.strip(), hour.strip()
        if not day and not hour:
            return None
        if hour and not _HOUR.fullmatch(hour):
            raise wrong_parameter(f"{name}_hour", expected="an hour as 17:50", found=hour)
        if not day:
            raise wrong_parameter(name, expected=f"a day beside the hour {hour}", found=day)
        try:
            return _read_time(day, hour, self.time_zone)
        except (ValueError, OverflowError):
            raise wrong_parameter(
                name,
                expected="a day as 2024-01-03, or a time with its offset, in the years 1 to 9999 of UTC",
                found=day,
            ) from None


class DiffPageParameters(PageParameters):
    """The two places that a page compares, as a form sends them."""

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


def time_field(when: datetime | None, zone: ZoneInfo = UTC_ZONE) -> TimeField:
    """Return what a form shows for a time.

    >>> time_field(read_cut_time("2024-01-03"))
    TimeField(day='2024-01-03', hour='')
    >>> time_field(read_cut_time("2024-01-03T16:00Z"), ZoneInfo("Europe/Kyiv"))
    TimeField(day='2024-01-03', hour='18:00')
    """
    if when is None:
        return TimeField()
    here = in_utc(when).astimezone(zone)
    hour = "" if here.time() == time.max else f"{here:%H:%M:%S}".removesuffix(":00")
    return TimeField(day=here.date().isoformat(), hour=hour)


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


def _read_time(day: str, hour: str, zone: ZoneInfo) -> datetime:
    if not hour:
        if zone.key == UTC_ZONE.key or not _DAY.fullmatch(day):
            return read_cut_time(day)
        # The whole day as people there have it.
        return datetime.combine(date.fromisoformat(day), time.max, zone).astimezone(UTC)
    at = read_cut_time(f"{day[: len('2024-01-03')]}T{hour}Z")
    return at if zone.key == UTC_ZONE.key else at.replace(tzinfo=zone).astimezone(UTC)
