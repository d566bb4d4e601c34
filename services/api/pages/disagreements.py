"""Where what was said cannot all be true: figures, arithmetic, and the claims set aside."""

from datetime import date
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView
from services.api.pages.counts import Clash, Counts
from services.api.pages.exchange import CheckShown, expected_text
from services.api.pages.names import DisplayNames
from services.api.pages.overview import Tables
from services.queries.as_of import CLASHES


#: Rows of one list that are shown; the rest is read over the API.
ROW_COUNT_MAX = 300


class SetAside(NamedTuple):
    """One claim that does not count."""

    claim: ClaimView
    about: str


class Disagreements(NamedTuple):
    """What the page shows; each list's newest first, with how many of it are left out."""

    clashes: tuple[Clash, ...]
    checks: tuple[CheckShown, ...]
    set_aside: tuple[SetAside, ...]
    left_out: tuple[int, int, int]


def disagreements(tables: Tables, ledger: LedgerConfiguration) -> Disagreements:
    """Put the page together."""
    names = DisplayNames(ledger)
    counting = Counts(ledger, tables.figures, tables.claims)
    clashing = [figure for figure in tables.figures.values() if figure.status in CLASHES]
    clashing.sort(key=lambda figure: (figure.date or date.min, figure.id), reverse=True)
    failed = [check for check in tables.checks if check.result == "fail"]
    checks = [
        CheckShown(check, tables.claims.get(check.claim), expected_text(check)) for check in failed
    ]
    checks.sort(key=_day, reverse=True)
    aside = [
        SetAside(claim, names.about(claim))
        for claim in tables.claims.values()
        if claim.state in ("excluded", "retracted", "superseded")
    ]
    aside.sort(key=lambda one: (one.claim.published_at or "", one.claim.position), reverse=True)
    lists = (clashing, checks, aside)
    left_out = [max(0, len(rows) - ROW_COUNT_MAX) for rows in lists]
    return Disagreements(
        clashes=tuple(counting.clash(figure) for figure in clashing[:ROW_COUNT_MAX]),
        checks=tuple(checks[:ROW_COUNT_MAX]),
        set_aside=tuple(aside[:ROW_COUNT_MAX]),
        left_out=(left_out[0], left_out[1], left_out[2]),
    )


def _day(shown: CheckShown) -> tuple[str, str]:
    check = shown.check
    about = check.as_of.isoformat() if check.as_of else check.exchange or ""
    return about, check.id
