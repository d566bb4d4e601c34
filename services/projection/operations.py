"""Operations of several days, from the exchanges and the figures that readers see.

An operation is there as long as a figure is said of its days together. Its phases are the exchanges on
these days. It took place if one of them did; where none did, or nobody speaks of them, a number that is
counted of the whole says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from schemas.decisions import ListedCount
from schemas.headline import HeadlineRow
from schemas.operation import Operation
from schemas.views import Exchange, Figure
from schemas.vocabulary import CAME_BACK, ExchangeStatus, operation_days
from services.reconciliation.rules.neighbouring_days import days_of_operation


#: What an operation is of which nobody counts anybody: as the surest of its phases.
_NOT_YET: tuple[ExchangeStatus, ...] = ("planned", "unconfirmed", "cancelled")


def operations(
    ledger: str,
    exchanges: Iterable[Exchange],
    figures: Iterable[Figure],
    rows: Iterable[HeadlineRow],
) -> tuple[Operation, ...]:
    """Return all operations, in order of id, which begins with the first day.

    Args:
        ledger: The ledger's name.
        exchanges: All of its exchanges.
        figures: All of its figures.
        rows: Its headline rows.
    """
    listed: defaultdict[str, list[ListedCount]] = defaultdict(list)
    for row in rows:
        if row.best is not None and operation_days(row.exchange) is not None:
            counted = ListedCount(row.side, row.category, row.low, row.best, row.high)
            listed[row.exchange].append(counted)
    said: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.exchange is not None and operation_days(figure.exchange) is not None:
            said[figure.exchange].append(figure)
    by_day = sorted(exchanges, key=lambda exchange: (exchange.date, exchange.id)) if said else ()
    return tuple(
        _operation(ledger, name, by_day, said[name], listed[name]) for name in sorted(said)
    )


def _operation(
    ledger: str,
    name: str,
    exchanges: Sequence[Exchange],
    figures: Sequence[Figure],
    listed: Iterable[ListedCount],
) -> Operation:
    first, last = days_of_operation(name)
    phases = phases_of(name, exchanges)
    refs = {ref for figure in figures for ref in _claims_at(figure)}
    return Operation(
        ledger=ledger,
        id=name,
        first_day=first,
        last_day=last,
        status=status_of(phases, figures),
        phases=tuple(phase.id for phase in phases),
        claim_count=len(refs),
        figures=tuple(sorted(figure.id for figure in figures)),
        listed=tuple(listed),
        position=max(figure.position for figure in figures),
    )


def phases_of(operation: str, exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return the exchanges on the days of an operation."""
    first, last = days_of_operation(operation)
    return [exchange for exchange in exchanges if first <= exchange.date <= last]


def status_of(phases: Iterable[Exchange], figures: Iterable[Figure]) -> ExchangeStatus:
    """Return whether an operation took place, by its phases, else by what is counted of it as a whole."""
    found = {phase.status for phase in phases}
    if came_back := found & CAME_BACK:
        return "completed" if "completed" in came_back else "unilateral"
    if any(figure.best or figure.low for figure in figures):
        return "completed"
    return next((status for status in _NOT_YET if status in found), "unconfirmed")


def _claims_at(figure: Figure) -> Iterator[str]:
    behind = figure.claims
    yield from (*behind.best, *behind.agreeing, *behind.disagreeing, *behind.explained)
    yield from (excluded.claim for excluded in behind.excluded)
