"""What the subjects that changed, and all that is tested across them, amount to now.

What one exchange's figures are depends on that exchange's claims alone; totals, ordinals, superlatives
and gaps are tested across exchanges afterwards. The steps are those of
`services.reconciliation.reference`, done again for what changed.
"""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from schemas.decisions import CheckResultDetail, PublishedTotal
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FigureKey, exchange_day, figure_key
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.engine.operations import Operations
from services.reconciliation.engine.order import Checked, Order
from services.reconciliation.engine.outcome import Outcome, Pending, PointKey
from services.reconciliation.engine.plans import WaitingPlans
from services.reconciliation.engine.subjects import Subjects
from services.reconciliation.engine.totals import RunningTotals
from services.reconciliation.figures import figure_stock
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import (
    CheckSubject,
    JudgedSubject,
    Member,
    check_detail,
    check_id,
    loose_standing,
    reconcile_exchange,
    totals_subject,
)
from services.reconciliation.rules.credibility import confirm
from services.reconciliation.rules.ordinal import speaks_of_order


#: The subject of everything that is tested across exchanges.
ORDER = "order"


class Reconciler:
    """The subjects of a ledger, and what is kept of what they amount to.

    Attributes:
        subjects: The claims by subject.
    """

    def __init__(self, ledger: LedgerConfiguration, policy: Policy, judgements: Judgements) -> None:
        self.subjects = Subjects(ledger.side_codes)
        self._ledger = ledger
        self._policy = policy
        self._judgements = judgements
        self._operations = Operations(ledger, policy)
        self._plans = WaitingPlans()
        self._order = Order(ledger.side_codes, policy)
        self._totals = {
            side: RunningTotals(side, ledger.opened, policy) for side in ledger.side_codes
        }
        self._pending = {
            subject: Pending() for subject in (ORDER, *map(totals_subject, ledger.side_codes))
        }
        self._stale: set[str] = set()

    def put(self, member: Member) -> str:
        """Put a claim into its subject; return the subject."""
        reading = member.reading
        subject = self.subjects.put(member)
        self._stale.add(subject)
        if speaks_of_order(reading):
            if member.in_force:
                self._order.put(reading, member.meant.exchange or member.meant.operation)
            else:
                self._order.remove(reading.key)
        if subject == totals_subject(reading.side):
            totals = self._totals[reading.side]
            if member.in_force:
                totals.put(reading)
            else:
                totals.remove(reading.key)
            self._pending[subject].claims.add(reading.key)
        if self.subjects.is_large(subject):
            self._pending_in_large(subject).claims.add(reading.key)
        return subject

    def remove(self, member: Member) -> str:
        """Take a claim out of its subject; return the subject."""
        subject = self.subjects.remove(member)
        self._stale.add(subject)
        return subject

    def touch(self, subject: str) -> list[Reading]:
        """Have a subject worked out anew; return its claims."""
        self.subjects.add(subject)
        self._stale.add(subject)
        members = self.subjects.members(subject)
        return [members[key].reading for key in sorted(members)]

    def keep_pending(self, subject: str, pending: Pending) -> None:
        """Note what of a large subject is still not known to stand in the log."""
        self._pending[subject] = pending

    def settle(self, subject: str) -> None:
        """Note that the log says what a subject amounts to."""
        self._plans.settle(subject)

    def reconcile(self, subjects: Iterable[str]) -> list[Outcome]:
        """Return what the given subjects, and all that is tested across them, amount to now."""
        asked = set(subjects)
        # Decided by an earlier process, or by another: what is tested across exchanges needs them too.
        stale = {subject: self._reconcile_one(subject) for subject in sorted(self._stale - asked)}
        self._stale.clear()
        found = {subject: self._reconcile_one(subject) for subject in sorted(asked)}
        if asked:
            # What was recorded since may have changed them through a total, of which only a process that
            # saw both totals would know: they are compared with the log as well.
            found |= stale
        renewed = self._operations.update() | self._plans.update(self.subjects.latest)
        for exchange in sorted(renewed - found.keys()):
            found[exchange] = stale.get(exchange) or self._reconcile_one(exchange)
        for changed in self._operations.take_changed():
            self._order.add(*changed)
        held = [self._hold_totals(side) for side in self._ledger.side_codes]
        closed = {exchange for _, closed_here in held for exchange in closed_here}
        for exchange in sorted(closed - found.keys()):
            found[exchange] = stale.get(exchange) or self._reconcile_one(exchange)
        for exchange, outcome in found.items():
            self._trust(exchange, outcome)
            self._operations.complete(exchange, outcome)
        return [*found.values(), *(outcome for outcome, _ in held), self._test_order()]

    def compare_again(self, log: Pending) -> None:
        """Have what is tested across exchanges compared with the log once more.

        Args:
            log: What the log says of it; values do not matter.
        """
        for side, totals in self._totals.items():
            pending = self._pending[totals_subject(side)]
            pending.claims |= self.subjects.members(totals_subject(side)).keys()
            pending.checks |= {check: None for check in log.checks if _is_total_of(check, side)}
            pending.totals |= {total: None for total in log.totals if total[0] == side}
            pending.checks |= self._total_checks(side, totals.tested)
            pending.totals |= self._points(side, totals.totals)
        for exchange in self.subjects.large():
            self._pending_in_large(exchange).claims |= self.subjects.members(exchange).keys()
        pending = self._pending[ORDER]
        pending.checks |= {check: None for check in log.checks if check.startswith(_ORDER_CHECKS)}
        pending.checks |= {
            detail.id: detail for detail in map(_order_detail, self._order.checks.values())
        }

    def _pending_in_large(self, exchange: str) -> Pending:
        """Return what is pending of a large exchange: all its claims when it has just become large."""
        known = self._pending.get(exchange)
        if known is None:
            claims = set(self.subjects.members(exchange))
            known = self._pending[exchange] = Pending(claims=claims)
        return known

    def _reconcile_one(self, subject: str) -> Outcome:
        if subject.startswith("totals:"):
            # Reconciled with every other, since every exchange bears on it.
            return Outcome(subject)
        if subject.startswith("stock:"):
            return self._reconcile_stock(subject)
        if subject.startswith("loose:"):
            readings = self.subjects.counting(subject)
            standings = {reading.key: loose_standing(reading) for reading in readings}
            return Outcome(subject, members=self.subjects.members(subject), standings=standings)
        if subject.startswith("operation:"):
            return self._operations.reconcile(subject, self.subjects.members(subject))
        return self._reconcile_exchange(subject)

    def _reconcile_stock(self, subject: str) -> Outcome:
        key = figure_key(subject.removeprefix("stock:"))
        pin = self._judgements.pins_at(subject).get(key)
        figured = figure_stock(key, self.subjects.counting(subject), policy=self._policy, pin=pin)
        return Outcome(
            subject,
            figures=figured.results,
            members=self.subjects.members(subject),
            standings=figured.standings,
            figure_of=figured.figure_of,
            voice_of=figured.voice_of,
        )

    def _reconcile_exchange(self, exchange: str) -> Outcome:
        judgements = self._judgements
        found = reconcile_exchange(
            exchange,
            self.subjects.of_exchange(exchange),
            JudgedSubject(
                judgements.pins_at(exchange),
                judgements.aliases_of(exchange),
                judgements.phases_of(exchange),
            ),
            ledger=self._ledger,
            policy=self._policy,
        )
        figured = found.figured
        self._order.keep(exchange, found.in_series)
        self._operations.keep(exchange, found.in_series, exchange_day(exchange))
        self._plans.keep(exchange, found.header, found.lapses_on)
        pending = None
        if self.subjects.is_large(exchange):
            pending = self._pending_in_large(exchange)
            self.subjects.complete(exchange, figured, pending.claims)
        return Outcome(
            exchange,
            pending=pending,
            exchange_id=exchange,
            exchange=self._plans.as_of(exchange, found.header, self.subjects.latest),
            forgotten=None if found.header else exchange,
            figures=figured.results,
            checks=found.checks,
            members=self.subjects.members(exchange),
            standings=figured.standings,
            figure_of=figured.figure_of,
            voice_of=figured.voice_of,
        )

    def _hold_totals(self, side: str) -> tuple[Outcome, set[str]]:
        """Test a side's totals; return the exchanges too that they close around, or no longer."""
        totals = self._totals[side]
        changed = totals.update(
            lambda category: self._order.sums((side, category)), self._order.take_changed(side)
        )
        subject = totals_subject(side)
        pending = self._pending[subject]
        pending.claims |= changed.claims
        pending.checks |= self._total_checks(side, changed.claims)
        pending.totals |= self._points(side, changed.points)
        outcome = Outcome(
            subject,
            pending=pending,
            members=self.subjects.members(subject),
            standings=totals.standings,
            figure_of=totals.figure_of,
            voice_of=totals.voice_of,
        )
        return outcome, changed.closed

    def _total_checks(
        self, side: str, claims: Iterable[ClaimKey]
    ) -> dict[str, CheckResultDetail | None]:
        totals = self._totals[side]
        checks: dict[str, CheckResultDetail | None] = {}
        for key in claims:
            check = check_id("running_total", side, key)
            checks[check] = None
            if key in totals.tested:
                reading = totals.reading(key)
                about = CheckSubject(side=side, category=reading.category, as_of=reading.as_of)
                checks[check] = check_detail(
                    "running_total", key, reading.position, totals.tested[key], about
                )
        return checks

    def _points(
        self, side: str, points: Iterable[tuple[str, date]]
    ) -> dict[PointKey, PublishedTotal | None]:
        totals = self._totals[side]
        found: dict[PointKey, PublishedTotal | None] = {}
        for category, day in points:
            total = totals.totals.get((category, day))
            checks = (check_id("running_total", side, key) for key in totals.tested_on(day))
            found[side, category, day] = total and replace(total, checks=tuple(sorted(checks)))
        return found

    def _trust(self, exchange: str, outcome: Outcome) -> None:
        """Raise a figure nobody else confirms that two running totals close around (§6)."""
        for side, totals in self._totals.items():
            if exchange not in totals.closed or outcome.figures is None:
                continue
            key = FigureKey(exchange, None, "returned", side, "all")
            result = outcome.figures.get(key)
            if result is not None and (trusted := confirm(result)) is not result:
                outcome.figures = {**outcome.figures, key: trusted}

    def _test_order(self) -> Outcome:
        pending = self._pending[ORDER]
        changed = self._order.update()
        for before, _ in changed:
            if before is not None:
                pending.checks[_order_detail(before).id] = None
        for _, after in changed:
            if after is not None:
                detail = _order_detail(after)
                pending.checks[detail.id] = detail
        return Outcome(ORDER, pending=pending)


#: How the ids of checks begin that are tested across exchanges, totals aside.
_ORDER_CHECKS = ("ordinal:", "superlative:", "first_since:", "mediated_count:")


def _order_detail(checked: Checked) -> CheckResultDetail:
    reading = checked.reading
    side = reading.side if reading.side != "both" else None
    about = CheckSubject(exchange=checked.exchange, side=side, as_of=checked.day)
    return check_detail(checked.kind, reading.key, reading.position, checked.tested, about)


def _is_total_of(check: str, side: str) -> bool:
    return check.startswith(f"running_total:{side}:")
