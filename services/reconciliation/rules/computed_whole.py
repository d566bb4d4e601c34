"""Nobody counts everybody: what the counted parts give, reconciliation.md §5 step 9.

Soldiers alone say nothing of others: no figure for everybody is made of them, and sums see a lower
bound. Soldiers and civilians are the whole partition, and a part that is all that anybody announced is
taken for the whole; both rest on an assumption, and say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.decisions import Explanation, FigureResult
from schemas.vocabulary import FigureKey, Flag
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.credibility import credibility_of
from services.reconciliation.rules.propagate import CIVILIAN, MILITARY, Level
from services.reconciliation.rules.sum_check import Count


class CountedPart(NamedTuple):
    """A counted part: its figure, and the claims at its level."""

    key: FigureKey
    result: FigureResult
    spoken: Sequence[Reading]


class ComputedWhole(NamedTuple):
    """What the parts say of everybody: to sums, and as a figure, null if they make none."""

    total: Count
    result: FigureResult | None


def compute_whole(
    parts: Mapping[Level, CountedPart],
    limit: Interval,
    policy: Policy,
    beside: Level | None = None,
    apart: Sequence[Level] = (),
) -> ComputedWhole | None:
    """Return what the counted parts give, null if none of them has a number.

    Args:
        parts: The parts that somebody counts, by level.
        limit: What they allow everybody to be.
        policy: The constants.
        beside: The group that is counted beside the soldiers, null for none.
        apart: Groups that a report counts beside each other.
    """
    counted = [part for part in parts.values() if part.result.best]
    if not counted:
        return None
    partition = _partition(parts, beside)
    together = [parts[level] for level in apart if level in parts]
    if _sum(together) > max(limit.low, _sum(partition)):
        partition = together
    best = max(limit.low, _sum(partition))
    total = Count(Interval(limit.low, None), best)
    if partition == [parts.get(MILITARY)]:
        return ComputedWhole(total, None)
    partition = [part for part in partition if part.result.best]
    basis = partition if len(partition) > 1 else counted
    high = None
    if len(partition) > 1 or any(_is_announced(part, policy) for part in parts.values()):
        high = _high(basis, best, is_sum=len(partition) > 1)
    flags: tuple[Flag, ...] = ("category_gap",) if high is None else ("assumption_used",)
    sentence = f"nobody counts everybody; the parts that are counted make {limit.low}"
    result = FigureResult(
        low=limit.low,
        best=best,
        high=high,
        status="computed",
        credibility=credibility_of("computed"),
        flags=flags,
        obs_status="E",
        reasons=(
            Explanation(code="category-gap", text=sentence + (" or more" if high is None else "")),
        ),
        checks=(),
        basis=tuple(sorted(str(part.key) for part in basis)),
        revision=max(part.result.revision for part in basis),
        cause="further_report",
    )
    return ComputedWhole(total, result)


def _sum(parts: Iterable[CountedPart]) -> int:
    return sum(part.result.best or 0 for part in parts)


def _partition(
    parts: Mapping[Level, CountedPart], beside: Level | None = None
) -> list[CountedPart]:
    """Return soldiers, who is counted beside them, and civilians; the only ones counted stand for all civilians."""
    partition = [parts[level] for level in (MILITARY, CIVILIAN) if level in parts]
    civilians = [part for (_, place), part in sorted(parts.items()) if place == "within-civilian"]
    if MILITARY in parts and CIVILIAN not in parts and len(civilians) == 1:
        partition += civilians
    if beside is not None and beside in parts and MILITARY in parts and len(partition) == 1:
        partition.append(parts[beside])
    return partition


def _is_announced(part: CountedPart, policy: Policy) -> bool:
    """Return whether an official of the receiving side gives a part by itself."""
    return any(
        not reading.is_breakdown and reading.tier <= policy.counting_tier for reading in part.spoken
    )


def _high(basis: Sequence[CountedPart], best: int, *, is_sum: bool) -> int | None:
    highs = [part.result.high for part in basis]
    counts = [value for value in highs if value is not None]
    if len(counts) < len(highs):
        return None
    return max(best, sum(counts) if is_sum else max(counts))
