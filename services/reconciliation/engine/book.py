"""The book of one ledger: what was recorded, what was decided, and what is to be decided now.

    take     takes in an event from the log; never decides
    decide   works out what must be said because of what was recorded since; changes nothing
    confirm  notes that a decision was appended

The book is rebuilt by evolving the log from its first event. What it decides is a function of the set
of recorded events, the ledger's configuration and the policy: arrival order is never an input. A
decision is made only where the result differs from the last one in the log.
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from operator import itemgetter
from typing import NamedTuple, TypeVar

from typing_extensions import override

from schemas.decisions import (
    AssignedClaims,
    Assignment,
    CheckResultDetail,
    Decision,
    DecisionData,
    DecisionEvent,
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
from schemas.events import ClaimRetracted, JudgementMade, JudgementUndone
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import CheckKind
from services.log_events.facts import ClaimHeard, Fact, hear
from services.reconciliation.claims.reading import ClaimKey, ClaimReader, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.engine.matching import Matching
from services.reconciliation.engine.outcome import Decided, cut
from services.reconciliation.engine.subjects import Chronicle, Outcome, Unsaid
from services.reconciliation.policy import policy_of
from services.reconciliation.procedure import Stand
from services.reconciliation.reference import Answer
from services.reconciliation.rules.quotes import quoted_claim, with_first_speaker
from services.reconciliation.rules.which_exchange import Meant
from services.reconciliation.rules.withdrawal import retracted_for, why_withdrawn
from services.runtime.lazy_dict import Shelf


#: Checks of these kinds look at one exchange alone.
CHECKED_INSIDE: frozenset[CheckKind] = frozenset({"sum", "breakdown"})

Key = TypeVar("Key")
Value = TypeVar("Value")


class Book:
    """One ledger's recorded claims and the decisions about them."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        self.position = 0
        self._ledger = ledger
        policy = policy_of(ledger.policy)
        self._reader = ClaimReader(ledger, policy)
        self._retracted: dict[ClaimKey, Standing] = {}
        self._revisers: dict[ClaimKey, set[ClaimKey]] = {}
        self._withdrawn: dict[ClaimKey, Standing] = {}
        #: Claims that quote others, as their own speakers say them, and who quotes whom.
        self._quoting: dict[ClaimKey, Reading] = {}
        self._quoters: dict[ClaimKey, set[ClaimKey]] = {}
        self._judgements = Judgements()
        self._matching = Matching(self._judgements, policy)
        self._chronicle = Chronicle(ledger, policy, self._judgements)
        self._woken: dict[str, Fact] = {}
        self._last: Fact | None = None
        self._said = _Said()

    @property
    def is_of_other_policy(self) -> bool:
        """Whether a figure in the log was decided under another policy: all is to be decided anew."""
        return self._said.other_policy(self._ledger.policy)

    def take(self, body: bytes) -> None:
        """Take in the next event of the log, as the log holds it.

        Raises:
            msgspec.ValidationError, pydantic.ValidationError: It is none.
        """
        self.evolve(hear(body))

    def pass_over(self, position: int) -> None:
        """Take in a decision of our own that was confirmed when it was appended."""
        self.position = max(self.position, position)

    def evolve(self, event: Fact | Decision) -> None:
        """Take in the next event of the log, as it was heard."""
        self.position = max(self.position, event.position)
        match event:
            case ClaimHeard():
                self._record(event)
            case ClaimRetracted():
                self._retract(event)
            case JudgementMade() | JudgementUndone():
                self._judge(event)
            case DecisionEvent():
                self._said.read(event.data, event.position)

    def decide(self, *, after: int) -> list[Decided]:
        """Say what follows from the events recorded at positions above `after`.

        Returns:
            Decisions in a fixed order: by subject, and what is tested across subjects last. The same
            call gives the same answer until an event is evolved or a decision confirmed.
        """
        self._woken = {
            subject: cause for subject, cause in self._woken.items() if cause.position > after
        }
        if self.is_of_other_policy and self._last is not None:
            # What nothing means any more by these rules is to be taken back, so it is asked for too.
            subjects = {*self._chronicle.subjects(), *self._said.subjects()}
            self._woken |= dict.fromkeys(sorted(subjects), self._last)
        if not self._woken:
            return []
        causes = dict(self._woken)
        log = self._said.take_read()
        if log is not None:
            self._chronicle.say_again(log)
        outcomes = self._chronicle.reconcile(causes)
        # What an operator says of a claim comes before what its publisher does.
        excluded = self._judgements.excluded
        withdrawn = ChainMap(excluded, self._withdrawn) if excluded else self._withdrawn
        last = max(causes.values(), key=lambda cause: cause.position)
        return [
            Decided(data, f"{outcome.subject}#{number}", causes.get(outcome.subject, last))
            for outcome in outcomes
            for number, data in enumerate(self._said.differences(outcome, withdrawn, self._ledger))
        ]

    def answer(self) -> Answer:
        """Return what the log says now, all decisions taken together."""
        return self._said.answer()

    def settle(self) -> None:
        """Work out ahead what the next decision rests on, where all that was recorded is decided.

        After the log was read that is every exchange; whoever speaks next would wait for it.
        """
        self._woken.clear()
        log = self._said.take_read()
        if log is not None:
            self._chronicle.say_again(log)
        withdrawn = ChainMap(self._judgements.excluded, self._withdrawn)
        for outcome in self._chronicle.reconcile(()):
            # What comes of it stands in the log, which is seen, and not asked again, by comparing.
            for _ in self._said.differences(outcome, withdrawn, self._ledger):
                pass

    def confirm(self, decided: Decided, position: int) -> None:
        """Note that a decision stands in the log at `position`."""
        self._said.confirm(decided.data, position)

    def _record(self, event: ClaimHeard) -> None:
        key = (event.data.source, event.data.id)
        if key in self._chronicle:
            return
        reading = self._reader.read(event.data, position=event.position)
        self._last = event
        if reading.revises is not None and reading.revises != key:
            self._revisers.setdefault(reading.revises, set()).add(key)
            self._settle_withdrawal(reading.revises, event)
        quoted = quoted_claim(reading)
        if quoted is not None:
            self._quoting[key] = reading
            self._quoters.setdefault(quoted, set()).add(key)
        self._place(self._with_first_speaker(reading), event)
        self._pass_on(key, event)

    def _pass_on(self, key: ClaimKey, event: Fact) -> None:
        """Find anew who speaks first in the claims that quote a new one, by however many others."""
        asked: set[ClaimKey] = set()
        waiting = sorted(self._quoters.get(key, ()))
        while waiting:
            quoter = waiting.pop()
            known = self._chronicle.member(quoter)
            if quoter in asked or known is None:
                continue
            asked.add(quoter)
            waiting += sorted(self._quoters.get(quoter, ()))
            spoken = self._with_first_speaker(self._quoting[quoter])
            if spoken != known.reading:
                self._move(spoken, event)

    def _with_first_speaker(self, reading: Reading) -> Reading:
        if reading.quotes is None:
            return reading
        return with_first_speaker(reading, self._own_words, self._ledger)

    def _own_words(self, key: ClaimKey) -> Reading | None:
        """Return a claim as its own speaker says it, null if it is not known."""
        known = self._chronicle.member(key)
        return self._quoting.get(key) or (known.reading if known else None)

    def _retract(self, event: ClaimRetracted) -> None:
        self._last = event
        retraction = event.data.retraction
        target = (retraction.retracts.source, retraction.retracts.id)
        known = self._retracted.get(target)
        why = retracted_for(retraction.reason, known)
        if why != known:
            self._retracted[target] = why
            self._settle_withdrawal(target, event)
            self._settle_revised_by(target, event)

    def _settle_revised_by(self, key: ClaimKey, event: Fact) -> None:
        """Find anew whether the claim that a claim revises is in force."""
        known = self._chronicle.member(key)
        if known is not None and known.reading.revises is not None:
            self._settle_withdrawal(known.reading.revises, event)

    def _settle_withdrawal(self, key: ClaimKey, event: Fact) -> None:
        """Take a claim out of force or put it back, now or when it arrives."""
        why = self._withdrawal(key)
        if why == self._withdrawn.get(key):
            return
        _set(self._withdrawn, key, why)
        known = self._chronicle.member(key)
        if known is not None:
            self._place(known.reading, event)

    def _withdrawal(self, key: ClaimKey) -> Standing | None:
        """Return how a claim stands by its publisher's word, null if it is in force."""
        revisers = (
            reviser
            for reviser in self._revisers.get(key, ())
            if reviser not in self._retracted and reviser not in self._judgements.excluded
        )
        return why_withdrawn(self._retracted.get(key), revisers)

    def _judge(self, event: JudgementMade | JudgementUndone) -> None:
        self._last = event
        affected = self._judgements.take(event.data)
        for key in sorted(affected.claims):
            known = self._chronicle.member(key)
            if known is not None:
                self._place(known.reading, event)
                self._settle_revised_by(key, event)
        for subject in sorted(affected.subjects):
            for reading in self._chronicle.touch(subject):
                self._move(reading, event)
            self._woken[subject] = event

    def _place(self, reading: Reading, event: Fact) -> None:
        """Put a claim where it belongs, and whatever moves because of it."""
        woken = self._matching.update(
            self._quoting.get(reading.key, reading),
            in_force=self._is_in_force(reading),
            is_known=reading.key in self._chronicle,
        )
        self._move(reading, event)
        self._wake_all(woken, event)

    def _wake_all(self, keys: Iterable[ClaimKey], event: Fact) -> None:
        for key in sorted(keys):
            known = self._chronicle.member(key)
            assert known is not None, f"claim {key} is asked for again"
            # Most claims that were asked again mean what they meant: nothing follows from that.
            if self._meant_by(known.reading) != known.meant:
                self._move(known.reading, event)

    def _move(self, reading: Reading, event: Fact) -> None:
        meant = self._meant_by(reading)
        before = self._chronicle.member(reading.key)
        if before is not None and before.meant.exchange != meant.exchange:
            self._woken[self._chronicle.remove(reading, before.meant)] = event
        in_force = self._is_in_force(reading)
        self._woken[self._chronicle.put(reading, meant, in_force=in_force)] = event

    def _meant_by(self, reading: Reading) -> Meant:
        # Whom a claim quotes decides whose voice it is, not which exchange it means.
        return self._matching.meant_by(self._quoting.get(reading.key, reading))

    def _is_in_force(self, reading: Reading) -> bool:
        return not (reading.key in self._withdrawn or reading.key in self._judgements.excluded)


class _Said:
    """What the log already says, so that only differences are decided."""

    def __init__(self) -> None:
        self._exchanges: Shelf[str, IdentifiedExchange] = Shelf(16)
        self._assignments: Shelf[int, Stand] = Shelf(32)
        self._stands: dict[Stand, Stand] = {}
        self._offered: dict[int, Stand] = {}
        self._figures: Shelf[str, dict[str, _Figure]] = Shelf(8)
        self._checks: Shelf[str, CheckResultDetail] = Shelf(16)
        self._checks_of: dict[str, set[str]] = {}
        self._totals: dict[tuple[str, str, date], PublishedTotal] = {}
        self._policies: dict[str, int] = {}
        self._position = 0
        self._has_read = False

    @override
    def __getstate__(self) -> dict[str, object]:
        """Be kept without what only saves room."""
        return vars(self) | {"_stands": {}}

    def other_policy(self, policy: str) -> bool:
        """Say whether a figure in the log was decided under another policy."""
        return any(count for known, count in self._policies.items() if known != policy)

    def subjects(self) -> list[str]:
        """Name the exchanges, and the subjects with figures, that the log holds."""
        return [*self._exchanges, *(subject for subject, known in self._figures.items() if known)]

    def read(self, data: DecisionData, position: int) -> None:
        """Take in a decision as the log gives it; one that was noted before changes nothing.

        Nobody else decides between what we read last and what we append next, or we could not
        append: a decision up to the last one known is known.
        """
        if position > self._position:
            self._has_read = True
            self.note(data, position)

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

    def take_read(self) -> Unsaid | None:
        """Name the checks and totals the log holds if decisions of others came since last asked."""
        if not self._has_read:
            return None
        self._has_read = False
        return Unsaid(checks=dict.fromkeys(self._checks), totals=dict.fromkeys(self._totals))

    def confirm(self, data: Decisions, position: int) -> None:
        """Take in a decision that we made ourselves."""
        self._position = max(self._position, position)
        for assignment in data.assignments:
            self._assignments[assignment.claim] = self._offered.pop(assignment.claim)
        self._note_all_but_assignments(data)

    def note(self, data: DecisionData, position: int) -> None:
        """Take in the next decision."""
        self._position = max(self._position, position)
        match data:
            case Decisions():
                for assignment in data.assignments:
                    self._assign(assignment, data.exchange)
                self._note_all_but_assignments(data)
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

    def _note_all_but_assignments(self, data: Decisions) -> None:
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

    def differences(
        self,
        outcome: Outcome,
        withdrawn: Mapping[ClaimKey, Standing],
        ledger: LedgerConfiguration,
    ) -> Iterator[Decisions]:
        """Give what an outcome says that the log does not say yet: mostly in one, or in several parts."""
        identified = outcome.exchange
        if identified is not None and identified == self._exchanges.get(identified.exchange):
            identified = None
        forgotten = outcome.forgotten if outcome.forgotten in self._exchanges else None
        figures = self._figure_differences(outcome, ledger)
        checks, gone = self._check_differences(outcome)
        return cut(
            Decisions(
                exchange=outcome.exchange_id,
                identified=identified,
                assignments=self._assignment_differences(outcome, withdrawn),
                policy=ledger.policy if figures else None,
                figures=figures,
                checks=checks,
                withdrawn=gone,
                totals=self._total_differences(outcome),
                forgotten=forgotten,
            )
        )

    def _shared(self, stand: Stand) -> Stand:
        # Claims alike stand alike: each way to stand is kept once.
        return self._stands.setdefault(stand, stand)

    def _assign(self, assignment: Assignment, exchange: str | None) -> None:
        self._assignments[assignment.claim] = self._shared(_stand_of(assignment, exchange))

    def _assignment_differences(
        self, outcome: Outcome, withdrawn: Mapping[ClaimKey, Standing]
    ) -> tuple[Assignment, ...]:
        changed: list[Assignment] = []
        for claim, stand in outcome.stands(withdrawn):
            if stand != self._assignments.get(claim.position):
                self._offered[claim.position] = self._shared(stand)
                changed.append(_assignment(claim.position, stand))
            elif outcome.unsaid is not None:
                outcome.unsaid.claims.discard(claim.key)
        return tuple(changed)

    def _figure_differences(
        self, outcome: Outcome, ledger: LedgerConfiguration
    ) -> tuple[FigureChange, ...]:
        if outcome.figures is None:
            return ()
        known = self._figures.get(outcome.subject, {})
        figures = {str(key): result for key, result in outcome.figures.items()}
        changed: list[FigureChange] = []
        for figure, result in sorted(figures.items(), key=itemgetter(0)):
            old = known.get(figure)
            if old is None or old.result != result or old.policy != ledger.policy:
                changed.append(FigureChange(figure, old.numbers if old else None, result))
        changed += (
            FigureChange(figure, known[figure].numbers)
            for figure in sorted(known.keys() - figures.keys())
        )
        return tuple(changed)

    def _check_differences(
        self, outcome: Outcome
    ) -> tuple[tuple[CheckResultDetail, ...], tuple[str, ...]]:
        """Give the checks with a new outcome, and the ids of those that are gone."""
        checks: dict[str, CheckResultDetail | None] = {}
        if outcome.checks is None and outcome.unsaid is not None:
            checks = outcome.unsaid.checks
        elif outcome.checks is not None:
            checks = dict.fromkeys(self._checks_of.get(outcome.subject, ()))
            checks |= {check.id: check for check in outcome.checks}
        for known in [known for known in checks if checks[known] == self._checks.get(known)]:
            del checks[known]
        found = sorted(checks.items(), key=itemgetter(0))
        return (
            tuple(check for _, check in found if check is not None),
            tuple(gone for gone, check in found if check is None),
        )

    def _total_differences(self, outcome: Outcome) -> tuple[ReconciledTotal, ...]:
        if outcome.unsaid is None:
            return ()
        totals = outcome.unsaid.totals
        for known in [known for known in totals if totals[known] == self._totals.get(known)]:
            del totals[known]
        return tuple(
            ReconciledTotal(side=side, category=category, as_of=as_of, total=total)
            for (side, category, as_of), total in sorted(totals.items(), key=itemgetter(0))
        )

    def _note_figure(self, figure: str, policy: str, new: FigureResult | None) -> None:
        about, measure, *_ = figure.split(":", 2)
        # As subjects are named: a stock is one by itself.
        figures = self._figures.setdefault(f"stock:{figure}" if measure == "held" else about, {})
        before = figures.get(figure)
        if before is not None:
            self._policies[before.policy] -= 1
        if new is not None:
            self._policies[policy] = self._policies.get(policy, 0) + 1
        _set(figures, figure, _Figure(policy, new) if new is not None else None)

    def _note_check(self, check: str, new: CheckResultDetail | None) -> None:
        before = self._checks.get(check)
        if before is not None and before.exchange in self._checks_of:
            self._checks_of[before.exchange].discard(check)
        if new is not None and new.kind in CHECKED_INSIDE:
            assert new.exchange is not None, f"check {check} is about an exchange"
            self._checks_of.setdefault(new.exchange, set()).add(check)
        _set(self._checks, check, new)


def _set(known: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value


class _Figure(NamedTuple):
    """A figure as the log says it, and the policy it was decided under."""

    policy: str
    result: FigureResult

    @property
    def numbers(self) -> tuple[int, int | None, int | None]:
        return self.result.low, self.result.best, self.result.high


def _stand_of(assignment: Assignment, exchange: str | None) -> Stand:
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
