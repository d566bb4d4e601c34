"""Totals that somebody published for a window: counted from another day than the ledger's own.

They are rows of their own and never set, lower or end the series since the ledger opened. What officials
count from the same day to the same day is one row, by those best placed to count.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from schemas.views import ClaimView, CumulativePoint, Published
from schemas.vocabulary import FigureStatus


class Window(NamedTuple):
    """Whom a total counts, and from which day to which."""

    side: str
    category: str
    since: date
    as_of: date


class WindowTotal(NamedTuple):
    """A total of a window, and the claims that give it, those best placed to count first."""

    window: Window
    published: Published
    status: FigureStatus
    claims: tuple[ClaimView, ...]


def window_totals(
    points: Iterable[CumulativePoint], claims: Iterable[ClaimView]
) -> tuple[WindowTotal, ...]:
    """Return the totals of windows, in order of side, category, and their days.

    Args:
        points: The points of the series; claims that they rest on are of no window.
        claims: The ledger's claims.
    """
    in_series = {ref for point in points if point.published for ref in point.published.claims}
    found: defaultdict[Window, list[ClaimView]] = defaultdict(list)
    for claim in claims:
        if claim.measure != "cumulative_returned" or claim.state != "active":
            continue
        since, as_of = claim.period.since, claim.period.as_of
        if since is None or as_of is None or claim.side is None or claim.low is None:
            continue
        if claim.ref not in in_series:
            found[Window(claim.side, claim.category, since, as_of)].append(claim)
    return tuple(_total(window, said) for window, said in sorted(found.items()))


def _total(window: Window, said: list[ClaimView]) -> WindowTotal:
    ordered = sorted(said, key=lambda claim: (claim.tier or 0, claim.low != claim.high, claim.ref))
    nearest = [claim for claim in ordered if claim.tier == ordered[0].tier]
    first = nearest[0]
    highs = [claim.high for claim in nearest]
    published = Published(
        low=min(claim.low or 0 for claim in nearest),
        best=_best(first),
        high=None if None in highs else max(high or 0 for high in highs),
        claims=tuple(sorted(claim.ref for claim in said)),
    )
    exact = {claim.low for claim in nearest if claim.low == claim.high}
    status: FigureStatus = "single_source"
    if len(exact) > 1:
        status = "contradicted"
    elif len({claim.voice for claim in said}) > 1:
        status = "consistent"
    return WindowTotal(window, published, status, tuple(ordered))


def _best(claim: ClaimView) -> int | None:
    """Return the number that a claim gives, within what it allows: 1,001 for "more than 1,000"."""
    value = claim.quantity.value if claim.quantity else None
    if value is None or claim.low is None:
        return claim.low
    least = max(value, claim.low)
    return least if claim.high is None else min(least, claim.high)
