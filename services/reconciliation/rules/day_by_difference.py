"""What an operation's total leaves for one of its days, reconciliation.md §9: 704 = 1,056 − 352.

While people were still coming, somebody counted a day's first ones; later the same day is said to have
brought more, and the whole operation is counted. Where an official's total of the day rules out what its
sides' counts make, and allows what the operation's total leaves beside the other days, that is the day's
number. Where no official gives a total of the day, what all outlets together allow takes its place. Nothing
is left where several days might have it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from schemas.decisions import Explanation, FigureResult
from services.reconciliation.claims.interval import Interval


class OperationDay(NamedTuple):
    """A day of an operation.

    Attributes:
        exchange: Its exchange.
        best: How many its sides' counts make together.
        said: What officials and go-betweens, or else outlets, say of all sides together that day.
    """

    exchange: str
    best: int
    said: tuple[Interval, ...]


class DayByDifference(NamedTuple):
    """What is left for a day, and how."""

    number: int
    sentence: str


def find_difference(whole: int, days: Sequence[OperationDay]) -> tuple[str, DayByDifference] | None:
    """Return the exchange that an operation's total leaves another number for, null if it leaves none.

    Args:
        whole: How many came back by the operation.
        days: Its days, in order.
    """
    found = []
    for day in days:
        others = [other.best for other in days if other is not day]
        number = whole - sum(others)
        is_ruled_out = any(not said.holds(day.best) for said in day.said)
        if (
            others
            and number > day.best
            and is_ruled_out
            and all(said.holds(number) or said.holds(day.best) for said in day.said)
        ):
            written = " − ".join(map(str, [whole, *others]))
            found.append((day.exchange, DayByDifference(number, f"{written} = {number}")))
    return found[0] if len(found) == 1 else None


def first_difference(
    exchange: str, differences: Mapping[str, tuple[str, DayByDifference]]
) -> DayByDifference | None:
    """Return what operations leave for an exchange: the first of those that do, null if none does.

    Args:
        exchange: Its id.
        differences: By operation, the exchange that it leaves a number for.
    """
    found = (differences[operation] for operation in sorted(differences))
    return next((difference for left_for, difference in found if left_for == exchange), None)


def with_difference(result: FigureResult, difference: DayByDifference) -> FigureResult:
    """Return the total of a day with what its operation leaves for it; an operator's word stands."""
    if result.status == "adjudicated":
        return result
    reason = Explanation(code="rest-of-operation", text=difference.sentence)
    high = result.high
    return replace(
        result,
        best=difference.number,
        high=None if high is None else max(high, difference.number),
        reasons=(reason, *result.reasons),
    )
