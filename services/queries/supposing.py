"""How the figures would react to events that are not recorded yet: a replay beside the log as it is."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.comparison import Difference
from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Figure, ReadModels, Rejection
from services.queries.as_of import Cut
from services.queries.comparison import differences
from services.queries.what_if import Exclusions, read_additions, suppose


class Reaction(NamedTuple):
    """What events would do.

    Attributes:
        differences: The rows that would differ.
        claims: The events that are claims, as they would be read.
        figures: The figures that these claims would speak of.
        rejections: Why events would be refused.
        duplicate_count: Events that are recorded already.
    """

    differences: tuple[Difference, ...]
    claims: tuple[ClaimView, ...]
    figures: tuple[Figure, ...]
    rejections: tuple[Rejection, ...]
    duplicate_count: int


def reaction_to(
    additions: Sequence[bytes],
    bodies: Sequence[bytes],
    *,
    ledger: LedgerConfiguration,
    before: ReadModels,
) -> Reaction:
    """Work out what events would do to a log.

    Args:
        additions: Inbound events, or judgements by themselves, one JSON object each.
        bodies: The log's events as JSON, in order.
        ledger: The ledger.
        before: What today's rules make of the log as it is: a replay, since what the log holds may have been
            decided by others.

    Raises:
        UnmatchedError: A judgement makes no sense.
    """
    known = {(claim.source, claim.id) for claim in before.claims}
    supposed = suppose(
        bodies,
        ledger=ledger,
        without=Exclusions(),
        additions=read_additions(additions, ledger),
        cut=Cut(),
    )
    after = supposed.replayed.read_models
    added = [claim for claim in after.claims if (claim.source, claim.id) not in known]
    named = {claim.figure for claim in added}
    return Reaction(
        differences=differences(before, after),
        claims=tuple(added),
        figures=tuple(figure for figure in after.figures if figure.id in named),
        rejections=tuple(
            reason
            for line in supposed.replayed.rejections
            if line.number > len(bodies)
            for reason in line.reasons
        ),
        duplicate_count=supposed.replayed.duplicate_count,
    )
