"""The book of one ledger: what was recorded, what was decided, and what is to be decided now.

    evolve   takes in an event from the log; never decides
    decide   works out what must be said because of what was recorded since; changes nothing
    confirm  notes that a decision was appended

The book is rebuilt by evolving the log from its first event. What it decides is a function of the set
of recorded events, the ledger's configuration and the policy: arrival order is never an input. A
decision is made only where the result differs from the last one in the log.
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from schemas.events import (
    AssignedClaims,
    Assignment,
    CheckEvaluated,
    CheckResultDetail,
    ClaimRecorded,
    ClaimRetracted,
    ClaimsAssigned,
    Decision,
    DecisionData,
    EvaluatedCheck,
    ExchangeForgotten,
    ExchangeIdentified,
    FigureReconciled,
    FigureResult,
    ForgottenExchange,
    IdentifiedExchange,
    JudgementMade,
    JudgementUndone,
    PublishedTotal,
    ReconciledFigure,
    ReconciledTotal,
    Recorded,
    TotalReconciled,
)
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FigureKey, exchange_day
from services.reconciliation.chronicle import ORDER, Chronicle, Outcome
from services.reconciliation.decisions import Decided
from services.reconciliation.identify import Meant
from services.reconciliation.judgements import JudgedIdentification, Judgements
from services.reconciliation.policy import policy_of
from services.reconciliation.reading import ClaimKey, Reading, read_claim
from services.reconciliation.voices import Standing


#: Most assignments in one event: an exchange with ten thousand claims never writes them at once.
ASSIGNMENTS_MAX = 200

Key = TypeVar("Key")
Value = TypeVar("Value")


class Book:
    """One ledger's recorded claims and the decisions about them."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        self.position = 0
        self._ledger = ledger
        self._policy = policy_of(ledger.policy)
        self._readings: dict[ClaimKey, Reading] = {}
        self._withdrawn: dict[ClaimKey, Standing] = {}
        self._meant: dict[ClaimKey, Meant] = {}
        self._judgements = Judgements()
        self._identification = JudgedIdentification(self._judgements)
        self._chronicle = Chronicle(ledger, self._policy, self._judgements)
        self._woken: dict[str, Recorded] = {}
        self._last: Recorded | None = None
        self._said = _Said()

    def evolve(self, event: Recorded | Decision) -> None:
        """Take in the next event of the log."""
        self.position = max(self.position, event.position)
        match event:
            case ClaimRecorded():
                self._record(event)
            case ClaimRetracted():
                self._retract(event)
            case JudgementMade() | JudgementUndone():
                self._judge(event)
            case (
                ExchangeIdentified()
                | ExchangeForgotten()
                | ClaimsAssigned()
                | FigureReconciled()
                | CheckEvaluated()
                | TotalReconciled()
            ):
                self._said.note(event.data, event.position)

    def decide(self, *, after: int) -> list[Decided]:
        """Say what follows from the events recorded at positions above `after`.

        Returns:
            Decisions in a fixed order: exchanges, assignments, figures, checks, totals. The same
            call gives the same answer until an event is evolved or a decision confirmed.
        """
        self._woken = {
            subject: cause for subject, cause in self._woken.items() if cause.position > after
        }
        if self._said.other_policy(self._ledger.policy) and self._last is not None:
            self._woken |= dict.fromkeys(self._chronicle.subjects(), self._last)
        if not self._woken:
            return []
        causes = dict(self._woken)
        outcomes = self._chronicle.reconcile(causes)
        # What an operator says of a claim comes before what its publisher does.
        withdrawn = ChainMap(self._judgements.excluded, self._withdrawn)
        last = max(causes.values(), key=lambda cause: cause.position)
        decided = [
            Decided(data, subject, causes.get(outcome.subject, last))
            for outcome in outcomes
            for subject, data in self._said.differences(outcome, withdrawn, self._ledger)
        ]
        return sorted(decided, key=lambda decision: _ORDER[type(decision.data)])

    def confirm(self, decided: Decided, position: int) -> None:
        """Note that a decision stands in the log at `position`."""
        self._said.note(decided.data, position)

    def _record(self, event: ClaimRecorded) -> None:
        key = (event.data.source, event.data.id)
        if key in self._readings:
            return
        reading = read_claim(
            event.data, position=event.position, ledger=self._ledger, policy=self._policy
        )
        self._readings[key] = reading
        self._last = event
        if reading.revises is not None and reading.revises != key:
            why = Standing("superseded", f"revised-by:{key[1]}")
            self._withdraw(reading.revises, why, event)
        self._place(reading, event)

    def _retract(self, event: ClaimRetracted) -> None:
        self._last = event
        retraction = event.data.retraction
        target = (retraction.retracts.source, retraction.retracts.id)
        self._withdraw(target, Standing("retracted", retraction.reason or "withdrawn"), event)

    def _withdraw(self, key: ClaimKey, why: Standing, event: Recorded) -> None:
        """Take a claim out of force, now or when it arrives; a retraction outranks a revision."""
        known = self._withdrawn.get(key)
        if known is not None and (known.state, known.reason or "") <= (why.state, why.reason or ""):
            return
        self._withdrawn[key] = why
        reading = self._readings.get(key)
        if reading is None:
            return
        self._place(reading, event)

    def _judge(self, event: JudgementMade | JudgementUndone) -> None:
        self._last = event
        affected = self._judgements.take(event.data)
        for key in sorted(affected.claims & self._readings.keys()):
            self._place(self._readings[key], event)
        for subject in sorted(affected.subjects):
            for reading in self._chronicle.touch(subject):
                self._move(reading, event)
            self._woken[subject] = event

    def _place(self, reading: Reading, event: Recorded) -> None:
        """Put a claim where it belongs, and whatever moves because of it."""
        woken = self._identification.weigh(reading, in_force=self._is_in_force(reading))
        self._move(reading, event)
        self._wake_all(woken, event)

    def _wake_all(self, keys: Iterable[ClaimKey], event: Recorded) -> None:
        for key in sorted(keys):
            self._move(self._readings[key], event)

    def _move(self, reading: Reading, event: Recorded) -> None:
        meant = self._identification.meant_by(reading)
        before = self._meant.get(reading.key)
        if before is not None and before.exchange != meant.exchange:
            self._woken[self._chronicle.remove(reading, before)] = event
        self._meant[reading.key] = meant
        in_force = self._is_in_force(reading)
        self._woken[self._chronicle.put(reading, meant, in_force=in_force)] = event

    def _is_in_force(self, reading: Reading) -> bool:
        return not (reading.key in self._withdrawn or reading.key in self._judgements.excluded)


_ORDER: Mapping[type, int] = {
    IdentifiedExchange: 0,
    AssignedClaims: 1,
    ReconciledFigure: 2,
    EvaluatedCheck: 3,
    ReconciledTotal: 4,
    ForgottenExchange: 5,
}


class _Said:
    """What the log already says, so that only differences are decided."""

    def __init__(self) -> None:
        self._exchanges: dict[str, IdentifiedExchange] = {}
        self._assignments: dict[int, Assignment] = {}
        self._figures: dict[str, dict[str, ReconciledFigure]] = {}
        self._checks: dict[str, dict[str, CheckResultDetail]] = {}
        self._check_owner: dict[str, str] = {}
        self._totals: dict[tuple[str, str, date], PublishedTotal] = {}
        self._positions: dict[str, int] = {}
        self._policies: dict[str, int] = {}

    def other_policy(self, policy: str) -> bool:
        """Say whether a figure in the log was decided under another policy."""
        return any(count for known, count in self._policies.items() if known != policy)

    def note(self, data: DecisionData, position: int) -> None:
        """Take in a decision; one that a later decision replaced changes nothing."""
        match data:
            case AssignedClaims():
                self._note_assignments(data, position)
            case IdentifiedExchange() | ForgottenExchange():
                if self._is_newer(f"exchange:{data.exchange}", position):
                    found = data if isinstance(data, IdentifiedExchange) else None
                    _set(self._exchanges, data.exchange, found)
            case ReconciledFigure():
                if self._is_newer(f"figure:{data.figure}", position):
                    self._note_figure(data)
            case EvaluatedCheck():
                if self._is_newer(f"check:{data.id}", position):
                    self._note_check(data)
            case ReconciledTotal():
                key = (data.side, data.category, data.as_of)
                if self._is_newer(f"total:{key}", position):
                    _set(self._totals, key, data.total)

    def differences(
        self,
        outcome: Outcome,
        withdrawn: Mapping[ClaimKey, Standing],
        ledger: LedgerConfiguration,
    ) -> Iterator[tuple[str, DecisionData]]:
        """Give what an outcome says that the log does not say yet, each with its subject."""
        exchange = outcome.exchange
        if exchange is not None and exchange != self._exchanges.get(exchange.exchange):
            yield f"exchange:{exchange.exchange}", exchange
        yield from self._assignment_differences(outcome, withdrawn)
        yield from self._figure_differences(outcome, ledger)
        yield from self._check_differences(outcome)
        yield from self._total_differences(outcome)
        if outcome.forgotten is not None and outcome.forgotten in self._exchanges:
            subject = f"exchange:{outcome.forgotten}"
            yield subject, ForgottenExchange(exchange=outcome.forgotten)

    def _assignment_differences(
        self, outcome: Outcome, withdrawn: Mapping[ClaimKey, Standing]
    ) -> Iterator[tuple[str, DecisionData]]:
        changed = [
            assignment
            for assignment in outcome.assignments(withdrawn)
            if assignment != self._assignments.get(assignment.claim)
        ]
        for index in range(0, len(changed), ASSIGNMENTS_MAX):
            chunk = tuple(changed[index : index + ASSIGNMENTS_MAX])
            yield (
                f"claims:{outcome.subject}:{index}",
                AssignedClaims(exchange=outcome.exchange_id, assignments=chunk),
            )

    def _figure_differences(
        self, outcome: Outcome, ledger: LedgerConfiguration
    ) -> Iterator[tuple[str, DecisionData]]:
        if outcome.figures is None:
            return
        known = self._figures.get(outcome.subject, {})
        for key, result in sorted(outcome.figures.items(), key=lambda item: str(item[0])):
            old = known.get(str(key))
            if old is None or old.new != result or old.policy != ledger.policy:
                yield f"figure:{key}", _figure_event(key, old, result, ledger.policy)
        for figure in sorted(known.keys() - {str(key) for key in outcome.figures}):
            yield (
                f"figure:{figure}",
                known[figure].model_copy(update={"old": _numbers(known[figure].new), "new": None}),
            )

    def _check_differences(self, outcome: Outcome) -> Iterator[tuple[str, DecisionData]]:
        if outcome.checks is None:
            return
        known = self._checks.get(outcome.subject, {})
        for check in outcome.checks:
            if check != known.get(check.id):
                yield f"check:{check.id}", EvaluatedCheck(id=check.id, check=check)
        current = {check.id for check in outcome.checks}
        for gone in sorted(known.keys() - current):
            yield f"check:{gone}", EvaluatedCheck(id=gone)

    def _total_differences(self, outcome: Outcome) -> Iterator[tuple[str, DecisionData]]:
        if outcome.totals is None:
            return
        known = {key for key in self._totals if key[0] == outcome.side}
        for key, total in sorted(outcome.totals.items()):
            if total != self._totals.get(key):
                side, category, as_of = key
                yield (
                    f"total:{key}",
                    ReconciledTotal(side=side, category=category, as_of=as_of, total=total),
                )
        for side, category, as_of in sorted(known - outcome.totals.keys()):
            yield (
                f"total:{(side, category, as_of)}",
                ReconciledTotal(side=side, category=category, as_of=as_of),
            )

    def _note_assignments(self, data: AssignedClaims, position: int) -> None:
        for assignment in data.assignments:
            if self._is_newer(f"claim:{assignment.claim}", position):
                self._assignments[assignment.claim] = assignment

    def _note_figure(self, data: ReconciledFigure) -> None:
        figures = self._figures.setdefault(data.exchange or f"stock:{data.figure}", {})
        before = figures.get(data.figure)
        if before is not None:
            self._policies[before.policy] -= 1
        if data.new is not None:
            self._policies[data.policy] = self._policies.get(data.policy, 0) + 1
        _set(figures, data.figure, data if data.new is not None else None)

    def _note_check(self, data: EvaluatedCheck) -> None:
        owner = self._check_owner.pop(data.id, None)
        if owner is not None:
            del self._checks[owner][data.id]
        if data.check is not None:
            owner = _owner_of(data.check)
            self._check_owner[data.id] = owner
            self._checks.setdefault(owner, {})[data.id] = data.check

    def _is_newer(self, subject: str, position: int) -> bool:
        if self._positions.get(subject, 0) > position:
            return False
        self._positions[subject] = position
        return True


def _set(known: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value


def _owner_of(check: CheckResultDetail) -> str:
    """Name the subject that a check belongs to."""
    match check.kind:
        case "sum" | "breakdown" | "mediated_count":
            assert check.exchange is not None, f"check {check.id} is about an exchange"
            return check.exchange
        case "running_total":
            return f"totals:{check.side}"
        case "ordinal" | "superlative" | "first_since":
            return ORDER


def _figure_event(
    key: FigureKey, old: ReconciledFigure | None, new: FigureResult, policy: str
) -> ReconciledFigure:
    return ReconciledFigure(
        figure=str(key),
        exchange=key.exchange,
        date=exchange_day(key.exchange) if key.exchange else key.day,
        measure=key.measure,
        side=key.side,
        category=key.category,
        policy=policy,
        old=_numbers(old.new) if old else None,
        new=new,
    )


def _numbers(result: FigureResult | None) -> tuple[int | None, int | None, int | None] | None:
    return None if result is None else (result.low, result.best, result.high)
