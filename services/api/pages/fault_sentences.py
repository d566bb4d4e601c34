"""What was expected and found, in the language of the page.

What refuses something says so in English, once, for programs, the log and people: "expected X, found Y". Here
each thing that is expected has its pattern, as the sentences of rules have theirs (`sentences`); what no
pattern fits stays as it was written.
"""

import re

from services.api.http.languages import DEFAULT
from services.api.pages.language import gettext, spoken
from services.api.pages.sentences import in_pattern


#: What is expected of a field of a form, a parameter, an event or a judgement.
EXPECTED = (
    "words",
    "words for whoever reads it later",
    "text",
    "a text",
    "text without control characters",
    "printable text",
    "a whole number",
    "a whole number without words",
    "a number of people",
    "an integer from %(n)s to %(n2)s",
    "0 or more",
    "no field of this name",
    "error or report",
    "present",
    "JSON",
    "a JSON object",
    "a JSON array",
    "at least 1 character",
    "at most %(n)s characters",
    "at most %(n)s items",
    "at most %(n)s bytes",
    "at most %(n)s web addresses among the words",
    "at most %(n)s fields in UTF-8",
    "a web address that begins with http:// or https://",
    "a date (YYYY-MM-DD)",
    "a date (YYYY-MM-DD), a month (YYYY-MM) or a year (YYYY)",
    "a date and time with a time zone (RFC 3339)",
    "an event that intake takes",
    "a figure's id",
    "a figure's id%(t)s",
    "an exchange's id",
    "an exchange's id%(t)s",
    "an exchange's id, a date or a date with letters behind it (2024-01-03-b)",
    "the id of a new exchange",
    "a claim as figures name it",
    "a claim as figures name it%(t)s",
    "a claim about an exchange",
    "claims on exchange %(d)s",
    "an exchange that was not merged",
    "two exchanges",
    "low <= best <= high",
    "low <= high for bound range",
    "low and high for bound range",
    "one of %(t)s; nearest: %(t2)s",
    "one of %(t)s",
    "nothing on this page",
    "a year as 2024",
    "a year from %(t)s on",
    "a time zone as Europe/Kyiv",
    "an hour as 17:50",
    "a day beside the hour %(t)s",
    "a day as 2024-01-03, or a time with its offset, in the years 1 to 9999 of UTC",
    "a position of the log, a day as 2024-01-03, or a time with its offset",
    "a known exchange",
    "a known submission",
    "a known parked claim",
    "a known pair of speakers",
    "a known decision in force",
    "a known judgement in force",
    "a known chart",
    "a known file",
    "fewer wrong keys",
    "the key of an editor (`exchange-ledger keys create NAME --role editor`)",
    "a form that a page of this ledger sent",
    "a form of this session",
    "at most %(n)s submissions an hour",
    "a worker to take the claim in",
    "a text or a link",
    "a report that waits",
    "a decision on each draft",
    "JSON of Label Studio",
    "a task that somebody annotated",
)
#: What is found in its place, where that is words of ours.
FOUND = (
    "nothing",
    "blanks",
    "more",
    "something else",
    "one that is not known",
    "that of a reader",
    "that of a publisher",
    "that of an operator",
    "one from another site",
    "none at work: it waits in the inbox; save again once a worker runs, which does no harm",
    "another: open the page again and repeat it",
    "more: this one was not kept, send it again later",
    "%(t)s, a known one",
    "%(d)s twice",
    "%(n)s characters: %(t)s",
    "neither",
    "none",
    "none of that id: it was reviewed meanwhile",
    "%(n)s open",
)
#: Faults of another form.
WHOLE = (
    "expected, because a report needs it",
    "leave this field empty; programs fill it in, and people do not see it",
    "expected fewer wrong keys; try again in %(n)s seconds",
    "nothing was decided yet",
    "of %(n)s characters the first %(n2)s are read",
    "does not count",
    "means none",
    "means %(d)s",
    "is %(d)s",
    "%(d)s is another: %(t)s",
)
_FAULT = re.compile(
    r"(?P<where>(?:/|draft|[a-z_]+)\S*: )?expected (?P<expected>.+?)(?:, found (?P<found>.+))?",
    re.DOTALL,
)


def translated_fault(text: str) -> str:
    """Write a fault in the language of the page.

    >>> translated_fault("expected words, found nothing")
    'expected words, found nothing'
    """
    if spoken().language == DEFAULT or not text:
        return text
    whole = in_pattern(text, WHOLE, str)
    if whole is not None:
        return whole
    found = _FAULT.fullmatch(text)
    if found is None:
        return text
    return (found["where"] or "") + told(found["expected"], found["found"])


def told(expected: str, found: str | None) -> str:
    """Write what was expected, and what was found, in the language of the page."""
    expected = translated_expected(expected)
    if found is None:
        return gettext("expected %(expected)s", expected=expected)
    found = in_pattern(found, FOUND, str) or found
    return gettext("expected %(expected)s, found %(found)s", expected=expected, found=found)


def translated_expected(text: str) -> str:
    """Write what was expected in the language of the page."""
    return in_pattern(text, EXPECTED, str) or text


def messages() -> tuple[str, ...]:
    """Return the messages of faults, for the catalogues."""
    return (*EXPECTED, *FOUND, *WHOLE)
