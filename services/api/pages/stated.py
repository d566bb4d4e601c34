"""What a claim says about its exchange beside a number, in words."""

import re
from collections.abc import Iterator
from datetime import date

from schemas.views import ClaimView
from services.api.pages.phrases import day
from services.api.pages.words import COUNTERPARTS, MEDIATORS


def stated_of(claim: ClaimView) -> tuple[str, ...]:
    """Return in clauses what a claim states of its exchange that its day and number do not say."""
    return tuple(_clauses(claim))


def _clauses(claim: ClaimView) -> Iterator[str]:
    about = claim.stated_exchange
    if isinstance(about.date, str):
        yield f"said of {month_or_year(about.date)}"
    elif about.date is not None and about.until is not None:
        yield f"said of {day(about.date)} to {day(about.until)} together"
    if claim.quantity is not None and claim.quantity.so_far:
        yield "counted while people were still coming"
    if about.counterpart is not None:
        yield COUNTERPARTS[about.counterpart]
    if about.third is not None:
        yield f"set free to {MEDIATORS.get(about.third, about.third)}"


def month_or_year(text: str) -> str:
    """Write a month or a year.

    >>> month_or_year("2020-10"), month_or_year("2020")
    ('October 2020', '2020')
    """
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    return f"{date(int(found[1]), int(found[2]), 1):%B %Y}" if found else text
