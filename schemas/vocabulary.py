"""The words that events and views share: states, statuses, flags and the key of a figure."""

from datetime import date
from typing import Literal, NamedTuple

from typing_extensions import override


ClaimState = Literal["active", "superseded", "retracted", "derived", "excluded"]
ExchangeStatus = Literal["completed", "planned", "cancelled", "unilateral", "unconfirmed"]
FigureStatus = Literal[
    "adjudicated",
    "contradicted",
    "disputed",
    "self_contradicted",
    "corroborated",
    "consistent",
    "single_source",
    "approximate",
    "floor_only",
    "computed",
    "derived_only",
    "undisclosed",
    "no_data",
]
Flag = Literal[
    "category_gap",
    "scope_explained",
    "stale",
    "ledger_incomplete",
    "series_break",
    "assumption_used",
]
#: SDMX observation status: A normal, E estimated, M missing, L missing because not disclosed.
ObservationStatus = Literal["A", "E", "M", "L"]
Camp = str
CheckKind = Literal[
    "running_total", "ordinal", "superlative", "first_since", "sum", "breakdown", "mediated_count"
]
CheckResult = Literal["pass", "within", "fail", "untestable"]
Cause = Literal[
    "first_report",
    "further_report",
    "later_count",
    "correction",
    "scope_change",
    "arithmetic_slip",
    "translation",
    "misattribution",
    "withdrawn",
    "reassigned",
]


class FigureKey(NamedTuple):
    """What a figure is about.

    Attributes:
        exchange: Id of the exchange, null for a figure about a day.
        day: The day a stock (`held`) or running total stands for, null for one about an exchange.
        measure: As in a claim.
        side: A side's code or `both`.
        category: A node of the category lattice.
    """

    exchange: str | None
    day: date | None
    measure: str
    side: str
    category: str

    @override
    def __str__(self) -> str:
        """Give the figure's id, as used on the command line and in the read models.

        >>> str(FigureKey("2024-01-03", None, "returned", "UA", "all"))
        '2024-01-03:returned:UA:all'
        """
        about = self.exchange or (self.day.isoformat() if self.day else "undated")
        return f"{about}:{self.measure}:{self.side}:{self.category}"
