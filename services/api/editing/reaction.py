"""How the figures would react to what an editor is about to save, as the page shows it."""

from collections.abc import Sequence
from typing import NamedTuple

from fastapi import Request

from schemas.comparison import Difference
from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Figure, Numbers, Rejection
from schemas.vocabulary import figure_key, first_day
from services.api.http.state import LedgerState, state_of
from services.api.pages.names import DisplayNames
from services.api.pages.phrases import day, plural, span
from services.api.pages.words import STATUSES


#: Figures that are shown one by one; more are counted.
SHOWN_MAX = 30
#: Tables of which it is told how many rows would differ.
_OTHERS = ("exchanges", "cumulative", "checks", "operations")


class FigureReaction(NamedTuple):
    """One figure: what it is about, what it says now and would say."""

    about: str
    when: str
    now: str
    then: str


class ReactionShown(NamedTuple):
    """What the page shows before anything is saved.

    Attributes:
        figures: The figures that would change.
        left_out: How many more there are.
        others: What else would change, counted.
        claims: The claims as they would be read, with the figure each would speak of.
        is_known: Whether all of it is recorded already.
        rejections: Why it would be refused.
    """

    figures: tuple[FigureReaction, ...]
    left_out: int
    others: tuple[str, ...]
    claims: tuple[tuple[ClaimView, Figure | None], ...]
    is_known: bool
    rejections: tuple[Rejection, ...]


async def reaction_shown(
    request: Request,
    served: LedgerState,
    additions: Sequence[bytes],
    *,
    ledger: LedgerConfiguration | None = None,
) -> ReactionShown:
    """Work out how the figures would react to events, by the log as it stands.

    Args:
        request: The request.
        served: The ledger.
        additions: Events, or judgements by themselves.
        ledger: Another configuration to decide by, null for the ledger's own.

    Raises:
        UnmatchedError: A judgement makes no sense.
        LogUnavailableError: The log could not be read.
    """
    position = await served.log.last_position()
    told = await state_of(request).replayer.ask_supposed(
        served.configuration, position, additions, supposed_ledger=ledger
    )
    rows = [Difference.model_validate_json(line) for line in told["differences"].splitlines()]
    claims = [ClaimView.model_validate_json(line) for line in told["claims"].splitlines()]
    figures = {
        figure.id: figure
        for figure in map(Figure.model_validate_json, told["figures"].splitlines())
    }
    names = DisplayNames(served.configuration)
    changed = [_figure(row, names) for row in rows if row.view == "figures"]
    counted = {view: sum(row.view == view for row in rows) for view in _OTHERS}
    return ReactionShown(
        figures=tuple(changed[:SHOWN_MAX]),
        left_out=max(0, len(changed) - SHOWN_MAX),
        others=tuple(_counted(view, counted[view]) for view in _OTHERS if counted[view]),
        claims=tuple((claim, figures.get(claim.figure or "")) for claim in claims),
        is_known=bool(additions) and int(told["duplicates"]) == len(additions),
        rejections=tuple(map(Rejection.model_validate_json, told["rejections"].splitlines())),
    )


def _figure(row: Difference, names: DisplayNames) -> FigureReaction:
    key = figure_key(row.id)
    about = names.about(key)
    return FigureReaction(
        about=about[:1].upper() + about[1:],
        when=day(first_day(key.exchange) if key.exchange else key.day),
        now=_numbers(row.old),
        then=_numbers(row.new),
    )


def _counted(view: str, number: int) -> str:
    """Return how many rows of a table would differ."""
    match view:
        case "exchanges":
            return plural(number, "%(num)s exchange", "%(num)s exchanges")
        case "cumulative":
            return plural(number, "%(num)s running total", "%(num)s running totals")
        case "checks":
            return plural(number, "%(num)s check", "%(num)s checks")
        case _:
            return plural(number, "%(num)s operation", "%(num)s operations")


def _numbers(state: object) -> str:
    if not isinstance(state, Numbers):
        return "–"
    return f"{span(state.low, state.best, state.high)}, {STATUSES[state.status].label}"
