"""Operations, and what their totals leave for their days, kept as claims come and go."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from operator import attrgetter
from typing import TypeVar

from schemas.decisions import FigureResult
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FigureKey
from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.engine.outcome import Outcome
from services.reconciliation.operations import as_day_of_operation, reconcile_operation
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import (
    ExchangeInSeries,
    Member,
    SeriesName,
)
from services.reconciliation.rules.day_by_difference import (
    DayByDifference,
    OperationDay,
    find_difference,
    first_difference,
    with_difference,
)
from services.reconciliation.rules.neighbouring_days import days_of_operation
from services.reconciliation.rules.operation_remainder import (
    WHOLES,
    Whole,
    as_whole,
    count_days,
    find_remainders,
)
from services.reconciliation.rules.propagate import ALL
from services.reconciliation.rules.sound_totals import Contribution
from services.reconciliation.rules.sum_check import Count


_DAY = timedelta(days=1)
_spoken_at = attrgetter("reading.said")
_is_in_force = attrgetter("in_force")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Operations:
    """The operations of a ledger, and the exchanges of their days."""

    def __init__(self, ledger: LedgerConfiguration, policy: Policy) -> None:
        self._ledger = ledger
        self._policy = policy
        #: By operation: how many came back by it, of those of which that is known.
        self._wholes: dict[str, int] = {}
        #: By operation: what is counted of it as a whole, by side.
        self._of_sides: dict[str, dict[str, Whole]] = {}
        #: By side and operation: what it adds beside its days.
        self._remainders: dict[tuple[str, str], Contribution] = {}
        self._changed: dict[tuple[str, str], Contribution | None] = {}
        self._on: dict[date, set[str]] = {}
        self._days: dict[date, dict[str, ExchangeInSeries]] = {}
        self._stale: set[str] = set()
        self._differences: dict[str, tuple[str, DayByDifference]] = {}

    def reconcile(self, subject: str, members: Mapping[ClaimKey, Member]) -> Outcome:
        """Return what an operation amounts to."""
        operation = subject.removeprefix("operation:")
        in_force = sorted(filter(_is_in_force, members.values()), key=_spoken_at)
        found = reconcile_operation(operation, in_force, ledger=self._ledger, policy=self._policy)
        together = found.figured.results.get(_together(operation))
        of_sides = {
            side: whole
            for side in self._ledger.side_codes
            if (whole := _whole_of(operation, side, found.figured.results)) is not None
        }
        self._put(operation, together.best if together is not None else None, of_sides)
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
            before = self._differences.pop(operation, None)
            whole = self._wholes.get(operation)
            found = None if whole is None else find_difference(whole, self._days_of(operation))
            if found is not None:
                self._differences[operation] = found
            if found != before:
                changed |= {exchange for exchange, _ in filter(None, (before, found))}
        if self._stale:
            self._find_remainders(self._that_touch(self._stale))
        self._stale.clear()
        return changed

    def take_changed(self) -> list[tuple[SeriesName, str, Contribution | None]]:
        """Return what operations add beside their days where that changed: null where it is nothing now."""
        changed = [
            ((side, ALL[0]), operation, self._changed[side, operation])
            for side, operation in sorted(self._changed)
        ]
        self._changed.clear()
        return changed

    def complete(self, exchange: str, outcome: Outcome) -> None:
        """Put what an operation leaves for an exchange into that exchange's total."""
        difference = first_difference(exchange, self._differences)
        key = _together(exchange)
        if difference is None or outcome.figures is None or key not in outcome.figures:
            return
        outcome.figures = {
            **outcome.figures,
            key: with_difference(outcome.figures[key], difference),
        }

    def _put(self, operation: str, whole: int | None, of_sides: dict[str, Whole]) -> None:
        if (self._wholes.get(operation), self._of_sides.get(operation, {})) == (whole, of_sides):
            return
        self._stale.add(operation)
        is_counted = whole is not None or bool(of_sides)
        for day in _days(operation):
            on = self._on.setdefault(day, set())
            (on.add if is_counted else on.discard)(operation)
        _set(self._wholes, operation, whole)
        _set(self._of_sides, operation, of_sides or None)

    def _that_touch(self, operations: Iterable[str]) -> set[str]:
        """Return operations, and all whose days overlap those of one of them, or of one found so."""
        found: set[str] = set()
        waiting = list(operations)
        while waiting:
            operation = waiting.pop()
            if operation not in found:
                found.add(operation)
                for day in _days(operation):
                    waiting.extend(self._on.get(day, set()) - found)
        return found

    def _find_remainders(self, operations: set[str]) -> None:
        """Find anew what operations add beside their days."""
        known = [self._of_sides[operation] for operation in operations & self._of_sides.keys()]
        days = sorted({day for operation in operations for day in _days(operation)})
        for side in self._ledger.side_codes:
            counted = count_days(self._counts_of(side, days))
            found = find_remainders((of[side] for of in known if side in of), counted)
            for operation in operations:
                about = side, operation
                if self._remainders.get(about) != found.get(operation):
                    self._changed[about] = found.get(operation)
                    _set(self._remainders, about, found.get(operation))

    def _counts_of(self, side: str, days: Iterable[date]) -> Iterator[tuple[date, Count]]:
        for day in days:
            for _, known in sorted(self._days.get(day, {}).items()):
                if (count := known.listed((side, ALL[0]))) is not None:
                    yield day, count

    def _days_of(self, operation: str) -> list[OperationDay]:
        found = (
            as_day_of_operation(exchange, known)
            for day in _days(operation)
            for exchange, known in sorted(self._days.get(day, {}).items())
        )
        return [day for day in found if day is not None]


def _whole_of(operation: str, side: str, figures: Mapping[FigureKey, FigureResult]) -> Whole | None:
    keys = (FigureKey(operation, None, "returned", side, who) for who in WHOLES)
    return as_whole(operation, *(figures.get(key) for key in keys))


def _set(kept: dict[_Key, _Value], key: _Key, value: _Value | None) -> None:
    if value is None:
        kept.pop(key, None)
    else:
        kept[key] = value


def _together(about: str) -> FigureKey:
    return FigureKey(about, None, "exchanged_total", "both", "all")


def _days(operation: str) -> Iterator[date]:
    first, last = days_of_operation(operation)
    for ahead in range((last - first).days + 1):
        yield first + ahead * _DAY
