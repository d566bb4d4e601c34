"""What the log already says, so that only differences are decided."""

from collections.abc import Mapping
from operator import itemgetter
from typing import NamedTuple, TypeVar

from typing_extensions import override

from schemas.decisions import (
    AssignedClaims,
    Assignment,
    CheckResultDetail,
    DecisionData,
    Decisions,
    EvaluatedCheck,
    FigureChange,
    FigureResult,
    ForgottenExchange,
    IdentifiedExchange,
    PublishedTotal,
    ReconciledFigure,
    ReconciledTotal,
)
from schemas.vocabulary import DAY_MEASURES, CheckKind
from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.claims.voices import Standing
from services.reconciliation.engine.outcome import Outcome, Pending, PointKey
from services.reconciliation.procedure import Stand, subject_named
from services.reconciliation.reference import Answer
from services.runtime.lazy_dict import LazyDict


#: Checks of these kinds look at one exchange alone.
CHECKED_INSIDE: frozenset[CheckKind] = frozenset({"sum", "breakdown"})

Key = TypeVar("Key")
Value = TypeVar("Value")


class NotYetDecided(NamedTuple):
    """What an outcome says that the log does not say yet.

    Attributes:
        decisions: The decisions that say it; empty if there are none.
        pending: What of a large subject is still not known to stand in the log.
    """

    decisions: Decisions
    pending: Pending | None


class AlreadyDecided:
    """All decisions that stand in the log."""

    def __init__(self) -> None:
        self._exchanges: LazyDict[str, IdentifiedExchange] = LazyDict(16)
        self._assignments: LazyDict[int, Stand] = LazyDict(32)
        self._stands: dict[Stand, Stand] = {}
        self._figures: LazyDict[str, dict[str, _Figure]] = LazyDict(8)
        self._checks: LazyDict[str, CheckResultDetail] = LazyDict(16)
        self._checks_of: dict[str, set[str]] = {}
        self._totals: dict[PointKey, PublishedTotal] = {}
        self._policies: dict[str, int] = {}
        self._position = 0
        self._has_read = False

    @override
    def __getstate__(self) -> dict[str, object]:
        """Be kept without what only saves room."""
        return vars(self) | {"_stands": {}}

    def is_of_other_policy(self, policy: str) -> bool:
        """Return whether a figure in the log was decided under another policy."""
        return any(count for known, count in self._policies.items() if known != policy)

    def subjects(self) -> list[str]:
        """Return the exchanges, and the subjects with figures, that the log holds."""
        return [*self._exchanges, *(subject for subject, known in self._figures.items() if known)]

    def answer(self) -> Answer:
        """Return all decisions that stand."""
        return Answer(
            exchanges=dict(self._exchanges.items()),
            figures={
                figure: known.result
                for figures in self._figures.values()
                for figure, known in figures.items()
            },
            checks=dict(self._checks.items()),
            totals=dict(self._totals),
            stands=dict(self._assignments.items()),
        )

    def read(self, data: DecisionData, position: int) -> None:
        """Take in a decision as the log holds it; one that was noted before changes nothing.

        Nobody else decides between what we read last and what we append next, or we could not
        append: a decision up to the last one known is known.
        """
        if position > self._position:
            self._has_read = True
            self.note(data, position)

    def take_read(self) -> Pending | None:
        """Return the checks and totals the log holds if others' decisions came since last asked."""
        if not self._has_read:
            return None
        self._has_read = False
        return Pending(checks=dict.fromkeys(self._checks), totals=dict.fromkeys(self._totals))

    def note(self, data: DecisionData, position: int) -> None:
        """Take in the next decision."""
        self._position = max(self._position, position)
        match data:
            case Decisions():
                self._note_decisions(data)
            case AssignedClaims():
                for assignment in data.assignments:
                    self._assign(assignment, assignment.exchange)
            case IdentifiedExchange():
                self._exchanges[data.exchange] = data
            case ForgottenExchange():
                self._exchanges.pop(data.exchange, None)
            case ReconciledFigure():
                self._note_figure(data.figure, data.policy, data.new)
            case EvaluatedCheck():
                self._note_check(data.id, data.check)
            case ReconciledTotal():
                _set(self._totals, (data.side, data.category, data.as_of), data.total)

    def difference(
        self, outcome: Outcome, withdrawn: Mapping[ClaimKey, Standing], policy: str
    ) -> NotYetDecided:
        """Return what an outcome says that the log does not say yet."""
        identified = outcome.exchange
        if identified is not None and identified == self._exchanges.get(identified.exchange):
            identified = None
        pending = None if outcome.pending is None else Pending()
        figures = self._figure_changes(outcome, policy)
        checks, gone = self._check_changes(outcome, pending)
        decisions = Decisions(
            exchange=outcome.exchange_id,
            identified=identified,
            assignments=self._assignment_changes(outcome, withdrawn, pending),
            policy=policy if figures else None,
            figures=figures,
            checks=checks,
            withdrawn=gone,
            totals=self._total_changes(outcome, pending),
            forgotten=outcome.forgotten if outcome.forgotten in self._exchanges else None,
        )
        return NotYetDecided(decisions, pending)

    def _assignment_changes(
        self, outcome: Outcome, withdrawn: Mapping[ClaimKey, Standing], pending: Pending | None
    ) -> tuple[Assignment, ...]:
        changed: list[Assignment] = []
        for claim, stand in outcome.stands(withdrawn):
            if stand != self._assignments.get(claim.position):
                changed.append(_assignment(claim.position, stand))
                if pending is not None:
                    pending.claims.add(claim.key)
        return tuple(changed)

    def _figure_changes(self, outcome: Outcome, policy: str) -> tuple[FigureChange, ...]:
        if outcome.figures is None:
            return ()
        known = self._figures.get(outcome.subject, {})
        figures = {str(key): result for key, result in outcome.figures.items()}
        changed: list[FigureChange] = []
        for figure, result in sorted(figures.items(), key=itemgetter(0)):
            old = known.get(figure)
            if old is None or old.result != result or old.policy != policy:
                changed.append(FigureChange(figure, old.numbers if old else None, result))
        changed += (
            FigureChange(figure, known[figure].numbers)
            for figure in sorted(known.keys() - figures.keys())
        )
        return tuple(changed)

    def _check_changes(
        self, outcome: Outcome, pending: Pending | None
    ) -> tuple[tuple[CheckResultDetail, ...], tuple[str, ...]]:
        """Return the checks with a new outcome, and the ids of those that are gone."""
        checks: dict[str, CheckResultDetail | None] = {}
        if outcome.checks is not None:
            checks = dict.fromkeys(self._checks_of.get(outcome.subject, ()))
            checks |= {check.id: check for check in outcome.checks}
        elif outcome.pending is not None:
            checks = outcome.pending.checks
        changed = {
            known: check for known, check in checks.items() if check != self._checks.get(known)
        }
        if pending is not None and outcome.checks is None:
            pending.checks = changed
        found = sorted(changed.items(), key=itemgetter(0))
        return (
            tuple(check for _, check in found if check is not None),
            tuple(gone for gone, check in found if check is None),
        )

    def _total_changes(
        self, outcome: Outcome, pending: Pending | None
    ) -> tuple[ReconciledTotal, ...]:
        if outcome.pending is None or pending is None:
            return ()
        pending.totals = {
            key: total
            for key, total in outcome.pending.totals.items()
            if total != self._totals.get(key)
        }
        return tuple(
            ReconciledTotal(side=side, category=category, as_of=as_of, total=total)
            for (side, category, as_of), total in sorted(pending.totals.items(), key=itemgetter(0))
        )

    def _assign(self, assignment: Assignment, exchange: str | None) -> None:
        stand = _stand(assignment, exchange)
        # Claims alike stand alike: each way to stand is kept once.
        self._assignments[assignment.claim] = self._stands.setdefault(stand, stand)

    def _note_decisions(self, data: Decisions) -> None:
        for assignment in data.assignments:
            self._assign(assignment, data.exchange)
        if data.identified is not None:
            self._exchanges[data.identified.exchange] = data.identified
        for change in data.figures:
            self._note_figure(change.figure, data.policy or "", change.new)
        for check in data.checks:
            self._note_check(check.id, check)
        for withdrawn in data.withdrawn:
            self._note_check(withdrawn, None)
        for total in data.totals:
            _set(self._totals, (total.side, total.category, total.as_of), total.total)
        if data.forgotten is not None:
            self._exchanges.pop(data.forgotten, None)

    def _note_figure(self, figure: str, policy: str, new: FigureResult | None) -> None:
        about, measure, *_ = figure.split(":", 2)
        # As subjects are named: a figure of a day is one by itself.
        subject = f"stock:{figure}" if measure in DAY_MEASURES else subject_named(about)
        figures = self._figures.setdefault(subject, {})
        before = figures.get(figure)
        if before is not None:
            self._policies[before.policy] -= 1
        if new is not None:
            self._policies[policy] = self._policies.get(policy, 0) + 1
        _set(figures, figure, _Figure(policy, new) if new is not None else None)

    def _note_check(self, check: str, new: CheckResultDetail | None) -> None:
        before = self._checks.get(check)
        if before is not None and before.exchange is not None:
            self._checks_of.get(subject_named(before.exchange), set()).discard(check)
        if new is not None and new.kind in CHECKED_INSIDE:
            assert new.exchange is not None, f"check {check} is about an exchange"
            self._checks_of.setdefault(subject_named(new.exchange), set()).add(check)
        _set(self._checks, check, new)


class _Figure(NamedTuple):
    """A figure as the log says it, and the policy it was decided under."""

    policy: str
    result: FigureResult

    @property
    def numbers(self) -> tuple[int, int | None, int | None]:
        return self.result.low, self.result.best, self.result.high


def _set(known: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value


def _stand(assignment: Assignment, exchange: str | None) -> Stand:
    return Stand(
        exchange,
        assignment.figure,
        assignment.voice,
        assignment.camp,
        assignment.tier,
        assignment.low,
        assignment.high,
        assignment.state,
        assignment.reason,
        assignment.evidence,
    )


def _assignment(claim: int, stand: Stand) -> Assignment:
    # Without its exchange, which stands once over all of them.
    return Assignment(
        claim=claim,
        figure=stand.figure,
        voice=stand.voice,
        camp=stand.camp,
        tier=stand.tier,
        low=stand.low,
        high=stand.high,
        state=stand.state,
        reason=stand.reason,
        evidence=stand.evidence,
    )
