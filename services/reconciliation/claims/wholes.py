"""What a claim's number counts as a whole, and what it is tested against."""

from services.log_events.facts import FactClaimant, FactQuantity
from services.reconciliation.claims.categories import Place
from services.reconciliation.claims.interval import NOBODY, Interval


#: Measures whose words may say that people were let go and nobody was got for them.
SAID_ONE_SIDED = frozenset({"returned", "exchanged_total", "breakdown"})


#: Who may be all that came back. Civilians are where nobody else did: whoever counts them with soldiers counts
#: the soldiers too.
_WHOLE = frozenset({"all", "military", "civilian", "within-civilian"})


def counted_of(side: str, place: Place, interval: Interval | None) -> tuple[str, int] | None:
    """Return whom and how many a count gives exactly and as a whole, null if it does not."""
    if interval is None or interval.low != interval.high or not interval.low:
        return None
    return (side, interval.low) if place in _WHOLE else None


def whole_of(
    measure: str, side: str, place: Place, interval: Interval | None
) -> tuple[str, Interval] | None:
    """Return whom and how many a claim speaks of as a whole, however exactly, null if of a part or of nobody."""
    if interval is None or interval == NOBODY:
        return None
    if measure == "exchanged_total":
        return ("both", interval)
    return (side, interval) if measure == "returned" and place in ("all", "military") else None


def tested_of(
    claimant: FactClaimant, quantity: FactQuantity | None, interval: Interval | None
) -> Interval | None:
    """Return the interval that contradictions are tested against."""
    # "More than 230" from an outlet, where the party said exactly 230, is loose, not false.
    if (
        interval is not None
        and claimant.party == "media"
        and quantity is not None
        and quantity.bound == "more_than"
    ):
        return Interval(interval.low - 1, None)
    return interval
