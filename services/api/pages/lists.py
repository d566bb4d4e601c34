"""The lists in which people look for exchanges, figures and claims: what each row can be found by."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Figure
from schemas.vocabulary import first_day
from services.api.pages.counts import Counts, Row
from services.api.pages.finding import (
    Findable,
    Finder,
    Finding,
    FindParameters,
    FormChoice,
    Sorting,
)
from services.api.pages.frame import Frame
from services.api.pages.names import DisplayNames, Saying, claims_of, voice_of
from services.api.pages.overview import Tables
from services.api.pages.phrases import span
from services.api.pages.words import (
    EXCHANGE_STATUSES,
    STATES,
    STATUSES,
    VERDICTS,
    Verdict,
    Word,
    verdict_of,
)


#: Rows of one page.
ROW_COUNT = 50
NEWEST = Sorting("newest", "newest first")
OLDEST = Sorting("oldest", "oldest first", is_descending=False)
LARGEST = Sorting("largest", "largest number first")
CLAIMED = Sorting("claims", "most claims first")
VOICES = Sorting("voices", "most sources first")
#: The lists, by the last part of their addresses.
LISTS = {
    "exchanges": "Exchanges",
    "figures": "Figures",
    "claims": "Claims",
    "claimants": "Claimants",
    "disagreements": "Disagreements",
}


class FigureFound(NamedTuple):
    """One figure in the list of figures."""

    figure: Figure
    about: str
    text: str
    verdict: Verdict
    status: Word
    standing: tuple[Saying, ...]


class ClaimFound(NamedTuple):
    """One claim in the list of claims."""

    claim: ClaimView
    about: str
    state: Word


class ListShown(NamedTuple):
    """What the page of a list shows."""

    name: str
    found: Finding
    offers: tuple[FormChoice, ...]


#: Makes the rows of one list: from the views to what each can be found by.
_Make = Callable[[Tables, LedgerConfiguration], list[Findable]]


def list_shown(
    name: str, tables: Tables, ledger: LedgerConfiguration, asked: FindParameters, frame: Frame
) -> ListShown:
    """Put the page of a list together."""
    make, ways, statuses = _MADE[name]
    items = make(tables, ledger)
    finder = Finder(asked, frame)
    return ListShown(
        name,
        finder.finding(items, ways, size=ROW_COUNT),
        finder.offers(items, labels_of(*statuses), ways),
    )


def labels_of(*vocabularies: Mapping[Any, Word]) -> dict[str, str]:
    """Return how the words of vocabularies are shown."""
    return {str(code): word.label for words in vocabularies for code, word in words.items()}


def exchanges_findable(tables: Tables, ledger: LedgerConfiguration) -> list[Findable]:
    """Return what each exchange can be found by."""
    counting = Counts(ledger, tables.figures, tables.claims)
    claims = _claims_by_exchange(tables)
    return [
        _exchange(counting.row(exchange), claims.get(exchange.id, ()))
        for exchange in tables.exchanges
    ]


def _exchange(row: Row, claims: Sequence[ClaimView]) -> Findable:
    counts = [side for side in row.sides if row.came_back and side.figure]
    numbers = [side.figure.best or side.figure.low for side in counts if side.figure]
    verdicts = [side.verdict for side in counts if side.verdict]
    day = row.day.isoformat()
    return Findable(
        row,
        year=day[:4],
        sides=[side.side for side in counts],
        statuses=[row.exchange.status, *verdicts],
        categories=sorted({claim.category for claim in claims}),
        claimants=sorted({voice_of(claim) for claim in claims}),
        text=" ".join((row.exchange.id, *row.exchange.mediators, *map(_text_of, claims))),
        order={
            "newest": (day, row.exchange.id),
            "oldest": (day, row.exchange.id),
            "largest": sum(numbers) if numbers else None,
            "claims": row.exchange.claim_count,
        },
    )


def figures_findable(tables: Tables, ledger: LedgerConfiguration) -> list[Findable]:
    """Return what each figure can be found by."""
    names = DisplayNames(ledger)

    def shown(figure: Figure) -> Findable:
        standing = claims_of(figure.claims.best, tables.claims)
        about = names.about(figure)
        day = figure.date.isoformat() if figure.date else ""
        return Findable(
            FigureFound(
                figure,
                about,
                span(figure.low, figure.best, figure.high),
                verdict_of(figure),
                STATUSES[figure.status],
                names.sayings(standing),
            ),
            year=day[:4],
            sides=[figure.side],
            statuses=[figure.status],
            categories=[figure.category],
            claimants=sorted({voice_of(claim) for claim in standing}),
            text=f"{figure.id} {about}",
            order={
                "newest": (day, figure.id),
                "oldest": (day, figure.id),
                "largest": figure.low if figure.best is None else figure.best,
                "voices": figure.voices,
            },
        )

    return [shown(figure) for figure in tables.figures.values()]


def claims_findable(tables: Tables, ledger: LedgerConfiguration) -> list[Findable]:
    """Return what each claim can be found by."""
    names = DisplayNames(ledger)
    return [
        claim_findable(
            claim, ClaimFound(claim, names.about(claim), STATES[claim.state]), [claim.state]
        )
        for claim in tables.claims.values()
    ]


def claim_findable(claim: ClaimView, row: Any, statuses: Sequence[str]) -> Findable:
    """Return what one claim can be found by, shown as a row of some list."""
    said = claim.asserted_at.isoformat() if claim.asserted_at else claim.published_at or ""
    about = first_day(claim.exchange).isoformat() if claim.exchange else said
    return Findable(
        row,
        year=about[:4],
        sides=[claim.side] if claim.side else [],
        statuses=statuses,
        categories=[claim.category],
        claimants=sorted({voice_of(claim), claim.claimant.name}),
        text=_text_of(claim),
        order={
            "newest": (said, claim.position),
            "oldest": (said, claim.position),
            "largest": claim.low,
        },
    )


def _text_of(claim: ClaimView) -> str:
    parts = (claim.ref, claim.exchange, claim.wording, claim.reported_by, claim.category)
    return " ".join(filter(None, (*parts, claim.claimant.name)))


def _claims_by_exchange(tables: Tables) -> dict[str, list[ClaimView]]:
    found: dict[str, list[ClaimView]] = {}
    for claim in tables.claims.values():
        if claim.exchange:
            found.setdefault(claim.exchange, []).append(claim)
    return found


_MADE: Mapping[str, tuple[_Make, tuple[Sorting, ...], tuple[Mapping[Any, Word], ...]]] = {
    "exchanges": (
        exchanges_findable,
        (NEWEST, OLDEST, LARGEST, CLAIMED),
        (EXCHANGE_STATUSES, VERDICTS),
    ),
    "figures": (figures_findable, (NEWEST, OLDEST, LARGEST, VOICES), (STATUSES,)),
    "claims": (claims_findable, (NEWEST, OLDEST, LARGEST), (STATES,)),
}
