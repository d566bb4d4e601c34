"""Operations of several days, as the pages of their days and the list of all exchanges show them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.decisions import ListedCount
from schemas.ledger import LedgerConfiguration
from schemas.operation import Operation
from schemas.views import ClaimView, Figure
from services.api.pages.language import gettext
from services.api.pages.names import DisplayNames, Saying, claims_of
from services.api.pages.phrases import span
from services.api.pages.words import STATUSES, Verdict, Word, verdict_of


class FigureOfWhole(NamedTuple):
    """One figure of an operation: what it is about, who gives it, and all claims at it."""

    figure: Figure
    about: str
    text: str
    verdict: Verdict
    status: Word
    standing: tuple[Saying, ...]
    claims: tuple[ClaimView, ...]


class OperationShown(NamedTuple):
    """An operation: its days, and what is said of them together.

    Attributes:
        operation: The operation.
        text: Its main numbers, in words.
        added: How many of them it adds to the sides' totals, in words; empty for nobody.
        figures: All of its figures.
    """

    operation: Operation
    text: str
    added: str
    figures: tuple[FigureOfWhole, ...]


class OperationDisplay:
    """Shows the operations of one ledger."""

    def __init__(
        self,
        ledger: LedgerConfiguration,
        figures: Mapping[str, Figure],
        claims: Mapping[str, ClaimView],
    ) -> None:
        self._names = DisplayNames(ledger)
        self._figures = figures
        self._claims = claims

    def shown(self, operations: Iterable[Operation]) -> tuple[OperationShown, ...]:
        """Return what is shown of operations."""
        return tuple(self._shown(operation) for operation in operations)

    def _shown(self, operation: Operation) -> OperationShown:
        figures = [self._figures[name] for name in operation.figures if name in self._figures]
        return OperationShown(
            operation,
            self._in_all(figures),
            "; ".join(map(self._added, operation.listed)),
            tuple(self._figure(figure) for figure in figures),
        )

    def _added(self, listed: ListedCount) -> str:
        number = span(listed.low, listed.best, listed.high)
        return gettext("%(number)s to %(side)s", number=number, side=self._names.side(listed.side))

    def _in_all(self, figures: Sequence[Figure]) -> str:
        """Return the number of all sides together, else those of the sides, else of any group."""
        everybody = [figure for figure in figures if figure.category == "all"]
        together = [figure for figure in everybody if figure.measure == "exchanged_total"]
        if together:
            return gettext("%(number)s in all", number=_text(together[0]))
        told = [f"{_text(figure)} {self._names.about(figure)}" for figure in everybody or figures]
        return "; ".join(told)

    def _figure(self, figure: Figure) -> FigureOfWhole:
        behind = figure.claims
        refs = (*behind.best, *behind.agreeing, *behind.disagreeing, *behind.explained)
        return FigureOfWhole(
            figure=figure,
            about=self._names.about(figure),
            text=_text(figure),
            verdict=verdict_of(figure),
            status=STATUSES[figure.status],
            standing=self._names.sayings(claims_of(behind.best, self._claims)),
            claims=tuple(claims_of((*refs, *(one.claim for one in behind.excluded)), self._claims)),
        )


def by_first_phase(
    operations: Iterable[OperationShown], shown: Iterable[str]
) -> dict[str, list[OperationShown]]:
    """Return operations by the exchange that they are listed under: the first of their phases.

    Args:
        operations: All operations.
        shown: The exchanges that are listed. Operations without any of them are under the empty id.
    """
    listed = set(shown)
    found: dict[str, list[OperationShown]] = {}
    for one in operations:
        phases = [phase for phase in one.operation.phases if phase in listed]
        found.setdefault(phases[0] if phases else "", []).append(one)
    return found


def _text(figure: Figure) -> str:
    return span(figure.low, figure.best, figure.high)
