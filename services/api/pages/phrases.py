"""Numbers, days and other people's text as the pages write them.

The templates escape text from others; a link is kept only if it is a web address.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from babel.dates import format_date, get_timezone_location
from babel.numbers import format_decimal

from schemas.claim import Quantity
from schemas.instants import day_written, in_utc
from services.api.http.languages import DEFAULT
from services.api.pages.language import gettext, ngettext, spoken
from services.api.pages.words import BOUNDS, REASONS
from services.reconciliation.rules.explanations import canonical_code


#: Reasons that carry something for people behind the colon, and no id.
_TELLING = frozenset({"misquote", "rounded", "sum-of-days"})


def count(number: int | None) -> str:
    """Write a number of people.

    >>> count(2828), count(None)
    ('2,828', '–')
    """
    return "–" if number is None else _grouped(number)


def signed(number: int) -> str:
    """Write a difference.

    >>> signed(-90), signed(0), signed(3)
    ('−90', '0', '+3')
    """
    return f"{'−' if number < 0 else '+'}{_grouped(abs(number))}" if number else "0"


def mean(number: float) -> str:
    """Write a mean difference.

    >>> mean(-3.72), mean(0.04), mean(0.5)
    ('−3.7', '0.0', '+0.5')
    """
    shown = f"{number:+.1f}"
    shown = shown[1:] if shown in ("+0.0", "-0.0") else shown.replace("-", "−")
    return shown if spoken().language == DEFAULT else shown.replace(".", ",")


def span(low: int, best: int | None, high: int | None) -> str:
    """Write an interval as a person would say it; an open one says what is known of it.

    >>> span(230, 230, 230), span(201, 201, None), span(90, 130, 130), span(0, None, None)
    ('230', 'at least 201', '130 (range 90–130)', 'not known')
    """
    if low == best == high:
        return count(low)
    if high is None:
        if best is None and low == 0:
            return gettext("not known")
        if best is None or best == low:
            return gettext("at least %(low)s", low=count(low))
        return gettext("%(best)s (at least %(low)s)", best=count(best), low=count(low))
    between = f"{count(low)}–{count(high)}"
    if best is None:
        return between
    return gettext("%(best)s (range %(between)s)", best=count(best), between=between)


def allowed(low: int | None, high: int | None) -> str:
    """Write what one claim allows.

    >>> allowed(230, 230), allowed(201, None), allowed(439, 457), allowed(0, 230)
    ('230', '201 or more', '439–457', 'at most 230')
    """
    if low is None:
        return "–"
    if high is None:
        return gettext("%(low)s or more", low=count(low))
    if low == high:
        return count(low)
    return f"{count(low)}–{count(high)}" if low else gettext("at most %(high)s", high=count(high))


def said(quantity: Quantity | None) -> str:
    """Write how exactly a number was said.

    >>> said(Quantity(bound="more_than", value=200))
    'more than 200'
    """
    if quantity is None:
        return gettext("no number")
    ends = {
        "value": count(quantity.value),
        "low": count(quantity.low),
        "high": count(quantity.high),
    }
    return BOUNDS[quantity.bound] % ends


def day(when: date | None) -> str:
    """Write a day.

    >>> day(date(2024, 1, 3))
    '3 January 2024'
    """
    return gettext("day not known") if when is None else _date(when, "d MMMM y")


def short_day(when: date) -> str:
    """Write a day for a table.

    >>> short_day(date(2024, 1, 3))
    '3 Jan 2024'
    """
    return _date(when, "d MMM y")


def instant(when: datetime) -> str:
    """Write an instant in the time zone of the page; the end of a day is the day.

    >>> instant(datetime.fromisoformat("2024-01-03T17:50Z"))
    '3 January 2024, 17:50 UTC'
    """
    here = in_utc(when).astimezone(spoken().zone)
    if here.time() == datetime.max.time():
        return gettext("the end of %(day)s", day=day(here.date()))
    seconds = f"{here:%H:%M}" if not here.second else f"{here:%H:%M:%S}"
    return f"{day(here.date())}, {seconds} {zone_name(spoken().zone.key)}"


def zone_name(zone: str) -> str:
    """Write a time zone, by its city.

    >>> zone_name("UTC"), zone_name("Europe/Kyiv"), zone_name("Etc/GMT+3")
    ('UTC', 'Kyiv', 'GMT+3')
    """
    if spoken().language == DEFAULT or "/" not in zone or zone.startswith("Etc/"):
        return zone.rpartition("/")[2].replace("_", " ")
    return str(get_timezone_location(zone, locale=spoken().language, return_city=True))


def said_on(asserted: datetime | None, published: str | None) -> str:
    """Write when something was said: the hour only if the report has one.

    >>> said_on(datetime.fromisoformat("2024-01-03T12:00Z"), "2024-01-03")
    '3 January 2024'
    """
    if asserted is None:
        return day(day_written(published))
    when = in_utc(asserted).date()
    if published == when.isoformat():
        return day(when)
    return instant(asserted)


def knows_hour(asserted: datetime | None, published: str | None) -> bool:
    """Return whether the hour at which something was said is known, as `said_on` writes it."""
    return asserted is not None and published != in_utc(asserted).date().isoformat()


def ordinal(number: int) -> str:
    """Write an ordinal.

    >>> [ordinal(number) for number in (1, 2, 3, 11, 49, 101, 112)]
    ['1st', '2nd', '3rd', '11th', '49th', '101st', '112th']
    """
    if spoken().language != DEFAULT:
        return f"{count(number)}-й"
    teens = range(11, 14)
    ending = "th" if number % 100 in teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def plural(number: int, one: str, many: str) -> str:
    """Write how many of a thing.

    >>> plural(1, "%(num)s voice", "%(num)s voices"), plural(2828, "%(num)s body", "%(num)s bodies")
    ('1 voice', '2,828 bodies')
    """
    return ngettext(one, many, number, num=count(number))


def reason(text: str | None) -> str:
    """Write why a claim is set aside or read otherwise.

    >>> reason("misquote:140")
    'misquotes its speaker, whom other reports quote with another number (140)'
    """
    if text is None:
        return ""
    more = text.partition(":")[2]
    kind = canonical_code(text)
    known = REASONS.get(kind, text.replace("-", " ").replace("_", " "))
    words = known.replace("'", "’")
    return f"{words} ({more})" if kind in _TELLING else words


def web_address(text: str | None) -> str | None:
    """Return a link that a browser may follow, null for anything but http and https.

    >>> web_address("https://example.org/a"), web_address("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    if text is None or any(character.isspace() for character in text):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and host else None


@lru_cache(maxsize=4_096)
def _grouped_in(number: int, language: str) -> str:
    return format_decimal(number, locale=language)


def _grouped(number: int) -> str:
    language = spoken().language
    return f"{number:,}" if language == DEFAULT else _grouped_in(number, language)


@lru_cache(maxsize=8_192)
def _date_in(when: date, form: str, language: str) -> str:
    return format_date(when, form, locale=language)


def _date(when: date, form: str) -> str:
    return _date_in(when, form, spoken().language)


def month(when: date) -> str:
    """Write a month.

    >>> month(date(2020, 10, 1))
    'October 2020'
    """
    return _date(when, "LLLL y")


def month_or_year(text: str) -> str:
    """Write a month or a year that stands as `2020-10` or `2020`; anything else stays as it is.

    >>> month_or_year("2020-10"), month_or_year("2020")
    ('October 2020', '2020')
    """
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    return month(date(int(found[1]), int(found[2]), 1)) if found else text
