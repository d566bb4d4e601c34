"""What a claim says about its exchange beside a number, in words."""

from collections.abc import Iterator

from schemas.views import ClaimView
from services.api.pages.language import gettext
from services.api.pages.phrases import day, month_or_year
from services.api.pages.words import COUNTERPARTS, MEDIATORS


def stated_of(claim: ClaimView) -> tuple[str, ...]:
    """Return in clauses what a claim states of its exchange that its day and number do not say."""
    return tuple(_clauses(claim))


def _clauses(claim: ClaimView) -> Iterator[str]:
    about = claim.stated_exchange
    if isinstance(about.date, str):
        yield gettext("said of %(time)s", time=month_or_year(about.date))
    elif about.date is not None and about.until is not None:
        yield gettext(
            "said of %(first)s to %(last)s together", first=day(about.date), last=day(about.until)
        )
    if claim.quantity is not None and claim.quantity.so_far:
        yield gettext("counted while people were still coming")
    if about.counterpart is not None:
        yield COUNTERPARTS[about.counterpart]
    if about.third is not None:
        yield gettext("set free to %(third)s", third=MEDIATORS.get(about.third, about.third))
