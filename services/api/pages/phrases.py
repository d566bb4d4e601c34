"""Numbers, days and other people's text as the pages write them.

The templates escape text from others; a link is kept only if it is a web address.
"""

from datetime import date, datetime
from urllib.parse import urlsplit

from schemas.claim import Quantity
from schemas.instants import day_written, in_utc
from services.api.pages.words import BOUNDS, REASONS
from services.reconciliation.rules.explanations import canonical_code


#: Reasons that carry something for people behind the colon, and no id.
_TELLING = frozenset({"misquote", "sum-of-days"})


def count(number: int | None) -> str:
    """Write a number of people.

    >>> count(2828), count(None)
    ('2,828', '–')
    """
    return "–" if number is None else f"{number:,}"


def signed(number: int) -> str:
    """Write a difference.

    >>> signed(-90), signed(0), signed(3)
    ('−90', '0', '+3')
    """
    return f"{number:+,}".replace("-", "−") if number else "0"


def mean(number: float) -> str:
    """Write a mean difference.

    >>> mean(-3.72), mean(0.04), mean(0.5)
    ('−3.7', '0.0', '+0.5')
    """
    shown = f"{number:+.1f}"
    return shown[1:] if shown in ("+0.0", "-0.0") else shown.replace("-", "−")


def span(low: int, best: int | None, high: int | None) -> str:
    """Write an interval as a person would say it; an open one says what is known of it.

    >>> span(230, 230, 230), span(201, 201, None), span(90, 130, 130), span(0, None, None)
    ('230', 'at least 201', '130 (range 90–130)', 'not known')
    """
    if low == best == high:
        return count(low)
    if high is None:
        if best is None and low == 0:
            return "not known"
        if best is None or best == low:
            return f"at least {count(low)}"
        return f"{count(best)} (at least {count(low)})"
    between = f"{count(low)}–{count(high)}"
    return between if best is None else f"{count(best)} (range {between})"


def allowed(low: int | None, high: int | None) -> str:
    """Write what one claim allows.

    >>> allowed(230, 230), allowed(201, None), allowed(439, 457), allowed(0, 230)
    ('230', '201 or more', '439–457', 'at most 230')
    """
    if low is None:
        return "–"
    if high is None:
        return f"{count(low)} or more"
    if low == high:
        return count(low)
    return f"{count(low)}–{count(high)}" if low else f"at most {count(high)}"


def said(quantity: Quantity | None) -> str:
    """Write how exactly a number was said.

    >>> said(Quantity(bound="more_than", value=200))
    'more than 200'
    """
    if quantity is None:
        return "no number"
    return BOUNDS[quantity.bound].format(
        value=count(quantity.value), low=count(quantity.low), high=count(quantity.high)
    )


def day(when: date | None) -> str:
    """Write a day.

    >>> day(date(2024, 1, 3))
    '3 January 2024'
    """
    return "day not known" if when is None else f"{when.day} {when:%B} {when:%Y}"


def short_day(when: date) -> str:
    """Write a day for a table.

    >>> short_day(date(2024, 1, 3))
    '3 Jan 2024'
    """
    return f"{when.day} {when:%b} {when:%Y}"


def instant(when: datetime) -> str:
    """Write an instant in UTC; the end of a day is the day.

    >>> instant(datetime.fromisoformat("2024-01-03T17:50Z"))
    '3 January 2024, 17:50 UTC'
    """
    utc = in_utc(when)
    if utc.time() == datetime.max.time():
        return f"the end of {day(utc.date())}"
    seconds = f"{utc:%H:%M}" if not utc.second else f"{utc:%H:%M:%S}"
    return f"{day(utc.date())}, {seconds} UTC"


def said_on(asserted: datetime | None, published: str | None) -> str:
    """Write when something was said: the hour only if the report has one.

    >>> said_on(datetime.fromisoformat("2024-01-03T12:00Z"), "2024-01-03")
    '3 January 2024'
    """
    if asserted is None:
        return "day not known" if (stated := day_written(published)) is None else day(stated)
    when = in_utc(asserted).date()
    if published == when.isoformat():
        return day(when)
    return instant(asserted)


def ordinal(number: int) -> str:
    """Write an ordinal.

    >>> [ordinal(number) for number in (1, 2, 3, 11, 49, 101, 112)]
    ['1st', '2nd', '3rd', '11th', '49th', '101st', '112th']
    """
    teens = range(11, 14)
    ending = "th" if number % 100 in teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Write how many of a thing.

    >>> plural(1, "voice"), plural(3, "voice"), plural(2, "body", "bodies")
    ('1 voice', '3 voices', '2 bodies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def reason(text: str | None) -> str:
    """Write why a claim is set aside or read otherwise.

    >>> reason("misquote:140")
    'misquotes its speaker, whom other reports quote with another number (140)'
    """
    if text is None:
        return ""
    more = text.partition(":")[2]
    kind = canonical_code(text)
    words = REASONS.get(kind, text.replace("-", " ").replace("_", " "))
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
