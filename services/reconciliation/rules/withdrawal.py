"""Step 1 of reconciliation.md §5: a claim that its publisher took back or corrected counts no more.

A retraction outranks a revision; of two retractions the reason that comes first in the alphabet stands,
so that it plays no part which came first. A revision that was itself retracted, or that an operator
excluded, revises nothing; one that was revised in turn still does.
"""

from collections.abc import Iterable

from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.claims.voices import Standing


def retracted_for(reason: str | None, known: Standing | None) -> Standing:
    """Return how a retracted claim stands.

    Args:
        reason: The retraction's reason, null if it gives none.
        known: How it stands by an earlier retraction, null for none.
    """
    why = reason or "withdrawn"
    if known is not None and known.reason is not None:
        why = min(why, known.reason)
    return Standing("retracted", why)


def why_withdrawn(retracted: Standing | None, revisers: Iterable[ClaimKey]) -> Standing | None:
    """Return how a claim stands by its publisher's word, null if it is in force.

    Args:
        retracted: How it stands by retractions, null if there is none.
        revisers: The claims that revise it and count.
    """
    if retracted is not None:
        return retracted
    first = min((claim_id for _, claim_id in revisers), default=None)
    return None if first is None else Standing("superseded", f"revised-by:{first}")
