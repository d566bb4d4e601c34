"""People counted beside the soldiers, found by the total of all sides, reconciliation.md §5 step 9.

    538 together = 277 + 246 + 15: the 15 wounded came beside the 246 soldiers, not among them

"246 soldiers, and 15 wounded" leaves open whether the wounded are among the soldiers, and where nobody
counts everybody no figure is made of it. An official's exact total of all sides says it: where that total
is met with the group beside the soldiers and is not met without it, the group came beside them. It has to
be met in one way only.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from schemas.claim import OF_WHOM_DEAD
from schemas.decisions import Explanation, FigureResult
from schemas.vocabulary import FigureKey
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.credibility import credibility_of
from services.reconciliation.rules.propagate import ALL, CIVILIAN, MILITARY
from services.reconciliation.rules.sum_check import Count


class CountedGroup(NamedTuple):
    """People of one side that are counted by a category of their own, exactly."""

    key: FigureKey
    number: int


class Beside(NamedTuple):
    """A group that came beside a side's soldiers, and the total that says so."""

    group: CountedGroup
    soldiers: int
    total: int

    @property
    def whole(self) -> int:
        """Return how many came back to the side in all."""
        return self.soldiers + self.group.number


def tell_by_total(
    totals: Iterable[Reading],
    sides: Mapping[str, Count],
    results: Mapping[FigureKey, FigureResult],
) -> dict[FigureKey, FigureResult]:
    """Return the figures for everybody of the sides that a group came back to beside their soldiers.

    Args:
        totals: The claims on all sides together, one at least.
        sides: What is known of everybody who came back to each side.
        results: The exchange's figures.
    """
    soldiers = {
        key.side: key
        for key in results
        if (key.measure, key.category) == ("returned", MILITARY[0])
        and key.side in sides
        and key._replace(category=ALL[0]) not in results
    }
    groups = {side: _groups_of(key, results) for side, key in soldiers.items()}
    return {
        soldiers[side]._replace(category=ALL[0]): _figure(beside, soldiers[side])
        for side, beside in find_beside(totals, sides, groups).items()
    }


def _groups_of(
    soldiers: FigureKey, results: Mapping[FigureKey, FigureResult]
) -> list[CountedGroup]:
    """Return a side's groups other than soldiers that are counted exactly; none beside civilians."""
    if soldiers._replace(category=CIVILIAN[0]) in results:
        return []
    return [
        CountedGroup(key, result.best)
        for key, result in results.items()
        if key[:4] == soldiers[:4]
        and key.category not in (MILITARY[0], OF_WHOM_DEAD)
        and result.best
        and result.low == result.high
    ]


def find_beside(
    totals: Iterable[Reading],
    sides: Mapping[str, Count],
    groups: Mapping[str, Sequence[CountedGroup]],
) -> dict[str, Beside]:
    """Return by side which group came beside its soldiers.

    Args:
        totals: The claims on all sides together.
        sides: What is known of everybody who came back to each side.
        groups: By side for which soldiers alone are counted, its other groups; empty for none.
    """
    exact = {
        reading.interval.low
        for reading in totals
        if reading.tier < OUTLET_TIER and reading.interval and reading.interval.is_exact
    }
    known = sum(count.best for count in sides.values())
    if known in exact:
        return {}
    ways = list(product(*([None, *_by_number(groups[side])] for side in sorted(groups))))
    found = [
        {side: group for side, group in zip(sorted(groups), way, strict=True) if group is not None}
        for way in ways
        if known + sum(group.number for group in way if group is not None) in exact
    ]
    if len(found) != 1:
        return {}
    total = known + sum(group.number for group in found[0].values())
    return {side: Beside(group, sides[side].best, total) for side, group in found[0].items()}


def _by_number(groups: Sequence[CountedGroup]) -> list[CountedGroup]:
    """Return one group for each number: the same people are counted by several names."""
    return list({group.number: group for group in sorted(groups, reverse=True)}.values())


def _figure(found: Beside, soldiers: FigureKey) -> FigureResult:
    """Return the figure of everybody who came back to a side."""
    whole, number = found.whole, found.group.number
    rest = found.total - whole
    sentence = (
        f"{found.total} = {rest} + {found.soldiers} + {number}: the {number} "
        f"({found.group.key.category}) came beside the {found.soldiers}"
    )
    return FigureResult(
        low=whole,
        best=whole,
        high=whole,
        status="computed",
        credibility=credibility_of("computed"),
        flags=("assumption_used",),
        obs_status="E",
        reasons=(Explanation(code="told-by-total", text=sentence),),
        checks=(),
        basis=tuple(sorted((str(soldiers), str(found.group.key)))),
        revision=1,
        cause="further_report",
    )
