"""What an operation amounts to, and what its total leaves for one of its days.

An operation is an exchange that took several days: its days are exchanges of their own, and what is said of
all of them together is the operation's. Everything here is a pure function of its arguments.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.decisions import CheckResultDetail, FigureResult
from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.interval import Interval
from services.reconciliation.figures import Figured, figure_exchange
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import (
    TOGETHER,
    CheckSubject,
    ExchangeInSeries,
    Member,
    SeriesName,
    check_detail,
    name_checks,
)
from services.reconciliation.rules.day_by_difference import (
    DayByDifference,
    OperationDay,
    find_difference,
    first_difference,
    with_difference,
)
from services.reconciliation.rules.day_sum import add_days
from services.reconciliation.rules.neighbouring_days import days_of_operation
from services.reconciliation.rules.operation_remainder import (
    WHOLES,
    as_whole,
    count_days,
    find_remainders,
)
from services.reconciliation.rules.propagate import ALL
from services.reconciliation.rules.sound_totals import Contribution


class ReconciledOperation(NamedTuple):
    """What one operation amounts to.

    Attributes:
        figured: Its figures, and where its claims stand.
        checks: How the days' counts add up to its numbers.
    """

    figured: Figured
    checks: tuple[CheckResultDetail, ...]


def reconcile_operation(
    operation: str, members: Sequence[Member], *, ledger: LedgerConfiguration, policy: Policy
) -> ReconciledOperation:
    """Reconcile the numbers that are said of the days of an operation together.

    Its days are exchanges of their own, and add to totals; the operation adds what is counted of none of
    them alone.

    Args:
        operation: Its id.
        members: The claims that mean it and are in force, in order of speech.
        ledger: The sides.
        policy: The constants.
    """
    readings = [member.reading for member in members]
    figured = figure_exchange(operation, readings, ledger=ledger, policy=policy)
    checks = []
    for member in members:
        reading, parts = member.reading, member.meant.parts
        total = sum(part.number for part in parts)
        if not parts or reading.interval != Interval(total, total):
            continue  # "About 1,000" is no sum that could be written out.
        about = CheckSubject(
            exchange=operation,
            side=None if reading.side == "both" else reading.side,
            category=reading.category,
        )
        tested = add_days(reading, parts)
        checks.append(check_detail("sum", reading.key, reading.position, tested, about))
    name_checks(figured, operation, checks)
    return ReconciledOperation(figured, tuple(checks))


def as_day_of_operation(exchange: str, known: ExchangeInSeries) -> OperationDay | None:
    """Return an exchange as the operation that it is a day of needs it, null if it counts nobody."""
    count = known.listed(TOGETHER)
    return None if count is None else OperationDay(exchange, count.best, known.together)


def figures_with_differences(
    operations: Iterable[str],
    figures: Mapping[str, FigureResult],
    in_series: Mapping[str, ExchangeInSeries],
) -> dict[str, FigureResult]:
    """Return the totals of days that operations leave another number for, by the figure's id.

    Args:
        operations: The operations' ids.
        figures: All figures, by id.
        in_series: The exchanges.
    """
    differences: dict[str, tuple[str, DayByDifference]] = {}
    for operation in operations:
        whole = figures.get(f"{operation}:{_TOGETHER}")
        first, last = days_of_operation(operation)
        days = [
            as_day_of_operation(exchange, known)
            for exchange, known in sorted(in_series.items())
            if first <= known.day <= last
        ]
        if whole is not None and whole.best is not None:
            found = find_difference(whole.best, [day for day in days if day is not None])
            if found is not None:
                differences[operation] = found
    return {
        key: with_difference(figures[key], difference)
        for exchange, _ in differences.values()
        if (key := f"{exchange}:{_TOGETHER}") in figures
        and (difference := first_difference(exchange, differences)) is not None
    }


def remainders_of(
    operations: Collection[str],
    figures: Mapping[str, FigureResult],
    in_series: Mapping[str, ExchangeInSeries],
    sides: Iterable[str],
) -> dict[SeriesName, tuple[Contribution, ...]]:
    """Return what operations add to the sides' series beside their days.

    Args:
        operations: The operations' ids.
        figures: All figures, by id.
        in_series: The exchanges.
        sides: The sides' codes.
    """
    found = {}
    for side in sides:
        name = (side, ALL[0])
        wholes = (
            as_whole(
                operation,
                *(figures.get(f"{operation}:returned:{side}:{who}") for who in WHOLES),
            )
            for operation in operations
        )
        counted = count_days(
            (known.day, count)
            for known in in_series.values()
            if (count := known.listed(name)) is not None
        )
        remainders = find_remainders(filter(None, wholes), counted)
        found[name] = tuple(remainders.values())
    return found


_TOGETHER = "exchanged_total:both:all"
