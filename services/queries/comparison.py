"""What differs between two versions of a ledger's read models: a pure function of the two.

Rows are identified by their keys and compared by content: a figure and a running total by their numbers
and status, an exchange by its attributes, a check by its outcome and numbers, an operation by its status and
the exchanges on its days. How a row came about, its
positions, revisions, reasons and refs, is not compared.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from schemas.comparison import CheckState, Difference, ExchangeState, OperationState
from schemas.operation import Operation
from schemas.views import Check, CumulativePoint, Exchange, Figure, Numbers, ReadModels
from services.projection.rows import total_key


View = Literal["exchanges", "figures", "cumulative", "checks", "operations"]
State = Numbers | ExchangeState | CheckState | OperationState


def differences(old: ReadModels, new: ReadModels) -> tuple[Difference, ...]:
    """List the rows that two versions do not share, or share with other content.

    Returns:
        Exchanges, figures, running totals, checks, then operations, each in order of id.
    """
    before, after = _states(old), _states(new)
    return tuple(
        difference for view in before for difference in _compared(view, before[view], after[view])
    )


def _compared(
    view: View, old: Mapping[str, State], new: Mapping[str, State]
) -> Iterator[Difference]:
    for key in sorted(old.keys() | new.keys()):
        was, becomes = old.get(key), new.get(key)
        if was == becomes:
            continue
        kind: Literal["appears", "vanishes", "changes"] = "changes"
        if was is None:
            kind = "appears"
        elif becomes is None:
            kind = "vanishes"
        yield Difference(view=view, id=key, kind=kind, old=was, new=becomes)


def _states(models: ReadModels) -> dict[View, dict[str, State]]:
    return {
        "exchanges": {row.id: _exchange(row) for row in models.exchanges},
        "figures": {row.id: _numbers(row) for row in models.figures},
        "cumulative": {
            total_key(side=row.side, category=row.category, as_of=row.as_of): _numbers(row)
            for row in models.cumulative
        },
        "checks": {row.id: _check(row) for row in models.checks},
        "operations": {row.id: _operation(row) for row in models.operations},
    }


def _numbers(row: Figure | CumulativePoint) -> Numbers:
    return Numbers(low=row.low, best=row.best, high=row.high, status=row.status)


def _exchange(row: Exchange) -> ExchangeState:
    return ExchangeState(
        date=row.date, status=row.status, ordinals=row.ordinals, mediators=row.mediators
    )


def _check(row: Check) -> CheckState:
    return CheckState(**{name: getattr(row, name) for name in CheckState.model_fields})


def _operation(row: Operation) -> OperationState:
    return OperationState(status=row.status, phases=row.phases)
