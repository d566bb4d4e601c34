"""Where what was said cannot all be true: figures, arithmetic, and the claims set aside."""

from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import Check, ClaimView
from services.api.pages.counts import Counts
from services.api.pages.exchange import CheckShown, expected_text
from services.api.pages.finding import Findable, Finder, Finding, FindParameters, FormChoice
from services.api.pages.frame import Frame
from services.api.pages.lists import NEWEST, OLDEST, claim_findable, labels_of
from services.api.pages.names import DisplayNames, voice_of
from services.api.pages.overview import Tables
from services.api.pages.words import STATES, STATUSES
from services.queries.as_of import CLASHES


#: Rows of one list on one page.
ROW_COUNT = 15
_WAYS = (NEWEST, OLDEST)


class SetAside(NamedTuple):
    """One claim that does not count."""

    claim: ClaimView
    about: str


class Disagreements(NamedTuple):
    """What the page shows: three lists, each cut into pages of its own.

    `count_sides` is how many of the overview's counts, one for each side of each exchange, are disputed.
    """

    clashes: Finding
    checks: Finding
    set_aside: Finding
    offers: tuple[FormChoice, ...]
    count_sides: int


def disagreements(
    tables: Tables, ledger: LedgerConfiguration, asked: FindParameters, frame: Frame
) -> Disagreements:
    """Put the page together."""
    names = DisplayNames(ledger)
    clashes = _clashes(tables, ledger)
    checks = [_check(check, tables) for check in tables.checks if check.result == "fail"]
    aside = [
        claim_findable(claim, SetAside(claim, names.about(claim)), [claim.state])
        for claim in tables.claims.values()
        if claim.state in ("excluded", "retracted", "superseded")
    ]
    finder = Finder(asked, frame)
    return Disagreements(
        clashes=finder.finding(clashes, _WAYS, size=ROW_COUNT),
        checks=finder.finding(checks, _WAYS, size=ROW_COUNT, page="page_checks"),
        set_aside=finder.finding(aside, _WAYS, size=ROW_COUNT, page="page_aside"),
        count_sides=disputed_counts(tables, ledger),
        offers=finder.offers((*clashes, *checks, *aside), labels_of(STATUSES, STATES), _WAYS),
    )


def disputed_counts(tables: Tables, ledger: LedgerConfiguration) -> int:
    """Return how many of the overview's counts are disputed: one for each side of each exchange."""
    counting = Counts(ledger, tables.figures, tables.claims)
    rows = [counting.row(exchange) for exchange in tables.exchanges]
    return sum(bool(side.clashes) for row in rows if row.came_back for side in row.sides)


def _clashes(tables: Tables, ledger: LedgerConfiguration) -> list[Findable]:
    counting = Counts(ledger, tables.figures, tables.claims)
    found = []
    for figure in tables.figures.values():
        if figure.status not in CLASHES:
            continue
        clash = counting.clash(figure)
        day = figure.date.isoformat() if figure.date else ""
        said = (*clash.standing, *clash.against)
        found.append(
            Findable(
                clash,
                year=day[:4],
                sides=[figure.side],
                statuses=[figure.status],
                categories=[figure.category],
                claimants=[one.voice for saying in said for one in saying.speakers],
                text=" ".join((figure.id, clash.about, *(one.wording or "" for one in said))),
                order={"newest": (day, figure.id), "oldest": (day, figure.id)},
            )
        )
    return found


def _check(check: Check, tables: Tables) -> Findable:
    claim = tables.claims.get(check.claim)
    about = check.as_of.isoformat() if check.as_of else check.exchange or ""
    claimants = [voice_of(claim), claim.claimant.name] if claim else []
    words = (claim.wording or "", claim.reported_by or "") if claim else ()
    reasons = (why.text for why in check.explanations)
    return Findable(
        CheckShown(check, claim, expected_text(check)),
        year=about[:4],
        sides=[check.side] if check.side else [],
        categories=[check.category] if check.category else [],
        claimants=claimants,
        text=" ".join((about, check.kind, *words, *reasons)),
        order={"newest": (about, check.id), "oldest": (about, check.id)},
    )
