"""What stands around the headline totals: what they cover, sums by year and month, other totals.

Three totals are kept apart: since the ledger opened, which is the headline; in a window; by a mediator.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.headline import Coverage, HeadlineTotal
from schemas.ledger import LedgerConfiguration
from schemas.views import Check, ClaimView
from services.api.pages.frame import Frame
from services.api.pages.language import gettext
from services.api.pages.overview import Tables
from services.queries.coverage import coverage, gaps_of, is_for_hour, states_time_of_day
from services.queries.headline_totals import EVERYBODY, Period, headline_totals
from services.queries.window_totals import WindowTotal, window_totals


#: Groups that the table of years shows beside everybody.
SHOWN_GROUPS = ("military", "civilian", "women", "wounded")


class PeriodRow(NamedTuple):
    """One year or month: by side, everybody first, then the groups."""

    period: str
    sides: tuple[tuple[HeadlineTotal, ...], ...]


class MediatedShown(NamedTuple):
    """What somebody counts of one mediator's exchanges, and the outcome of its test."""

    claim: ClaimView
    check: Check


class TotalsShown(NamedTuple):
    """What the overview shows around its totals.

    Attributes:
        coverage: What the claims cover.
        untimed: How many claims name no hour, in a sentence; null unless an hour is asked for.
        gaps: By side, how many exchanges took place of which nobody gives a number.
        years: Sums by year.
        months: Sums by month.
        windows: What was published for windows.
        mediated: What was counted of mediators.
    """

    coverage: Coverage
    untimed: str | None
    gaps: Mapping[str, int]
    years: tuple[PeriodRow, ...]
    months: tuple[PeriodRow, ...]
    windows: tuple[WindowTotal, ...]
    mediated: tuple[MediatedShown, ...]


def totals_shown(tables: Tables, ledger: LedgerConfiguration, frame: Frame) -> TotalsShown:
    """Put together what stands around the totals."""
    claims = tuple(tables.claims.values())
    return TotalsShown(
        coverage=coverage(claims, frame.today),
        untimed=_untimed(frame, claims),
        gaps={side: gaps_of(side, tables.headline) for side in ledger.side_codes},
        years=_periods(tables, ledger.side_codes, "year"),
        months=_periods(tables, ledger.side_codes, "month"),
        windows=window_totals(tables.cumulative, claims),
        mediated=tuple(
            MediatedShown(tables.claims[check.claim], check)
            for check in tables.checks
            if check.kind == "mediated_count" and check.claim in tables.claims
        ),
    )


def _untimed(frame: Frame, claims: Sequence[ClaimView]) -> str | None:
    if not is_for_hour(frame.cut):
        return None
    return gettext(
        "%(untimed)s of the %(claims)s claims made by then do not say their time of day: they are taken as "
        "made when their day began, or at its noon",
        untimed=sum(not states_time_of_day(claim) for claim in claims),
        claims=len(claims),
    )


def _periods(tables: Tables, sides: Sequence[str], by: Period) -> tuple[PeriodRow, ...]:
    totals = headline_totals(tables.headline, tables.figures.values(), by)
    periods = sorted({total.period for total in totals}, reverse=True)
    return tuple(
        PeriodRow(
            period,
            tuple(
                tuple(
                    total
                    for who in (EVERYBODY, *SHOWN_GROUPS)
                    for total in totals
                    if (total.period, total.side, total.category) == (period, side, who)
                )
                for side in sides
            ),
        )
        for period in periods
    )
