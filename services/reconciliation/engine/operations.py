"""Operations, and what their totals leave for one of their days, kept as claims come and go."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from operator import attrgetter

from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FigureKey
from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.engine.outcome import Outcome
from services.reconciliation.operations import as_day_of_operation, reconcile_operation
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import (
    ExchangeInSeries,
    Member,
)
from services.reconciliation.rules.neighbouring_days import days_of_operation
from services.reconciliation.rules.operation_rest import (
    OperationDay,
    Rest,
    find_rest,
    first_rest,
    with_rest,
)


_DAY = timedelta(days=1)
_spoken_at = attrgetter("reading.said")
_is_in_force = attrgetter("in_force")


class Operations:
    """The operations of a ledger."""

    def __init__(self, ledger: LedgerConfiguration, policy: Policy) -> None:
        self._ledger = ledger
        self._policy = policy
        #: By operation: how many came back by it, of those of which that is known.
        self._wholes: dict[str, int] = {}
        self._on: dict[date, set[str]] = {}
        self._days: dict[date, dict[str, ExchangeInSeries]] = {}
        self._stale: set[str] = set()
        self._rests: dict[str, tuple[str, Rest]] = {}

    def reconcile(self, subject: str, members: Mapping[ClaimKey, Member]) -> Outcome:
        """Return what an operation amounts to."""
        operation = subject.removeprefix("operation:")
        in_force = sorted(filter(_is_in_force, members.values()), key=_spoken_at)
        found = reconcile_operation(operation, in_force, ledger=self._ledger, policy=self._policy)
        together = found.figured.results.get(_together(operation))
        self._put(operation, together.best if together is not None else None)
        return Outcome(
            subject,
            figures=found.figured.results,
            checks=found.checks,
            members=members,
            standings=found.figured.standings,
            figure_of=found.figured.figure_of,
            voice_of=found.figured.voice_of,
        )

    def keep(self, exchange: str, known: ExchangeInSeries | None, day: date) -> None:
        """Put what an exchange of a day is in the place of what it was; null for one that is no more."""
        here = self._days.setdefault(day, {})
        if here.get(exchange) == known:
            return
        if known is None:
            here.pop(exchange, None)
        else:
            here[exchange] = known
        self._stale |= self._on.get(day, set())

    def update(self) -> set[str]:
        """Find anew what operations leave; return the exchanges for which that changed."""
        changed: set[str] = set()
        for operation in sorted(self._stale):
            before = self._rests.pop(operation, None)
            whole = self._wholes.get(operation)
            found = None if whole is None else find_rest(whole, self._days_of(operation))
            if found is not None:
                self._rests[operation] = found
            if found != before:
                changed |= {exchange for exchange, _ in filter(None, (before, found))}
        self._stale.clear()
        return changed

    def complete(self, exchange: str, outcome: Outcome) -> None:
        """Put what an operation leaves for an exchange into that exchange's total."""
        rest = first_rest(exchange, self._rests)
        key = _together(exchange)
        if rest is None or outcome.figures is None or key not in outcome.figures:
            return
        outcome.figures = {**outcome.figures, key: with_rest(outcome.figures[key], rest)}

    def _put(self, operation: str, whole: int | None) -> None:
        if self._wholes.get(operation) == whole:
            return
        self._stale.add(operation)
        for day in _days(operation):
            on = self._on.setdefault(day, set())
            (on.discard if whole is None else on.add)(operation)
        if whole is None:
            self._wholes.pop(operation, None)
        else:
            self._wholes[operation] = whole

    def _days_of(self, operation: str) -> list[OperationDay]:
        found = (
            as_day_of_operation(exchange, known)
            for day in _days(operation)
            for exchange, known in sorted(self._days.get(day, {}).items())
        )
        return [day for day in found if day is not None]


def _together(about: str) -> FigureKey:
    return FigureKey(about, None, "exchanged_total", "both", "all")


def _days(operation: str) -> Iterator[date]:
    first, last = days_of_operation(operation)
    for ahead in range((last - first).days + 1):
        yield first + ahead * _DAY
