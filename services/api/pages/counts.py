"""An exchange as a row: one count for each side, and whether those who speak of it agree.

A count is disputed if its own figure is, or that of a narrower group of the same people: a reader must
not overlook that two camps clash over the soldiers because all agree on everybody.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Exchange, Figure
from schemas.vocabulary import CAME_BACK
from services.api.pages.names import DisplayNames, Saying, claims_of
from services.api.pages.phrases import span
from services.api.pages.words import STATUSES, Verdict, Word, is_contested, verdict_of
from services.queries.as_of import clashes_at, side_figure


class Clash(NamedTuple):
    """One figure about which what was said cannot all be true.

    Attributes:
        figure: The figure.
        about: What it is about.
        text: Its interval.
        status: How it clashes.
        standing: Who says what the ledger goes by.
        against: Who says what cannot be true together with that.
    """

    figure: Figure
    about: str
    text: str
    status: Word
    standing: tuple[Saying, ...]
    against: tuple[Saying, ...]


class SideCount(NamedTuple):
    """How many came back to one side in one exchange.

    Attributes:
        side: The side's code.
        name: The side's name.
        figure: The figure, null if nobody gave a number.
        text: Its interval.
        category: Who is counted, empty if it is everybody.
        verdict: Whether they agree, null without a figure.
        status: Its status in words.
        clashes: Its clashes, those of narrower groups included.
        sayings: Who gives the number.
    """

    side: str
    name: str
    figure: Figure | None
    text: str
    category: str
    verdict: Verdict | None
    status: Word
    clashes: tuple[Clash, ...]
    sayings: tuple[Saying, ...]

    @property
    def own_verdict(self) -> Verdict | None:
        """Whether they agree on the figure itself, whatever is said of narrower groups."""
        return self.verdict if self.figure is None else verdict_of(self.figure)

    @property
    def is_contested(self) -> bool:
        """Whether it is not disputed, and numbers are given against it nevertheless."""
        return self.figure is not None and not self.clashes and is_contested(self.figure)

    @property
    def is_partly(self) -> bool:
        """Whether only a narrower group is disputed."""
        return bool(self.clashes) and all(clash.figure is not self.figure for clash in self.clashes)


class Row(NamedTuple):
    """One exchange."""

    exchange: Exchange
    day: date
    sides: tuple[SideCount, ...]

    @property
    def is_disputed(self) -> bool:
        """Whether any of its counts is."""
        return any(side.clashes for side in self.sides)

    @property
    def came_back(self) -> bool:
        """Whether people came back."""
        return self.exchange.status in CAME_BACK


class Counts:
    """Makes rows of one ledger's exchanges."""

    def __init__(
        self,
        ledger: LedgerConfiguration,
        figures: Mapping[str, Figure],
        claims: Mapping[str, ClaimView],
    ) -> None:
        self._sides = ledger.side_codes
        self._names = DisplayNames(ledger)
        self._figures = figures
        self._claims = claims

    def row(self, exchange: Exchange) -> Row:
        """Make one exchange's row."""
        sides = tuple(self._side(exchange, side) for side in self._sides)
        return Row(exchange, exchange.date, sides)

    def clash(self, figure: Figure) -> Clash:
        """Return who stands against whom about a figure."""
        return Clash(
            figure=figure,
            about=self._names.about(figure),
            text=span(figure.low, figure.best, figure.high),
            status=STATUSES[figure.status],
            standing=self._names.sayings(claims_of(figure.claims.best, self._claims)),
            against=self._names.sayings(claims_of(figure.claims.disagreeing, self._claims)),
        )

    def _side(self, exchange: Exchange, side: str) -> SideCount:
        name = self._names.side(side)
        clashes = tuple(self.clash(figure) for figure in clashes_at(exchange, side, self._figures))
        figure = side_figure(exchange, side, self._figures)
        if figure is None:
            verdict: Verdict | None = "disputed" if clashes else None
            return SideCount(side, name, None, "–", "", verdict, STATUSES["no_data"], clashes, ())
        return SideCount(
            side=side,
            name=name,
            figure=figure,
            text=span(figure.low, figure.best, figure.high),
            category="" if figure.category == "all" else self._names.category(figure.category),
            verdict="disputed" if clashes else verdict_of(figure),
            status=STATUSES[figure.status],
            clashes=clashes,
            sayings=self._names.sayings(claims_of(figure.claims.best, self._claims)),
        )
