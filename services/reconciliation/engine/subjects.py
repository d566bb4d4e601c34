"""All exchanges of a ledger in order, and what the claims on each amount to.

A subject is what is reconciled as one: an exchange, one side's running totals, one stock, or a claim
that means nothing of these. What one exchange's figures are depends on that exchange's claims alone;
totals, ordinals, superlatives and gaps are tested across exchanges afterwards.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from schemas.decisions import CheckResultDetail, FigureResult, IdentifiedExchange, PublishedTotal
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FigureKey, figure_key
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing, said_of
from services.reconciliation.engine.index.statements import Witnesses
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.engine.order import ORDERED_MEASURES, Checked, Order
from services.reconciliation.engine.totals import RunningTotals
from services.reconciliation.figures import figure_stock
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import (
    About,
    ExchangeClaims,
    Judged,
    Member,
    Stand,
    check_detail,
    check_id,
    figure_spoken_of,
    loose_standing,
    reconcile_exchange,
    stand_of,
    subject_of,
    totals_subject,
)
from services.reconciliation.rules.credibility import confirm
from services.reconciliation.rules.which_exchange import Meant
from services.runtime.lazy_dict import Shelf


#: The subject of everything that is tested across exchanges.
ORDER = "order"
#: Most claims on an exchange that are all shown to the rules; of more, witnesses are.
WHOLE_COUNT_MAX = 100


@dataclass(slots=True)
class Unsaid:
    """What changed in a large subject and is not known to stand in the log yet; null is gone.

    Whoever compares it with the log takes out what stands there.
    """

    claims: set[ClaimKey] = field(default_factory=set)
    checks: dict[str, CheckResultDetail | None] = field(default_factory=dict)
    totals: dict[tuple[str, str, date], PublishedTotal | None] = field(default_factory=dict)


class Outcome(msgspec.Struct, gc=False):
    """What one subject amounts to now; null parts are not this subject's to say.

    Where `unsaid` is given, it alone tells which claims, checks and totals are to be compared with
    the log; where it is null, all are.
    `standings`, `figure_of` and `voice_of` default to: counts, speaks of no figure, is its own voice.
    """

    subject: str
    exchange_id: str | None = None
    exchange: IdentifiedExchange | None = None
    forgotten: str | None = None
    figures: Mapping[FigureKey, FigureResult] | None = None
    checks: tuple[CheckResultDetail, ...] | None = None
    unsaid: Unsaid | None = None
    members: Mapping[ClaimKey, Member] = msgspec.field(default_factory=dict)
    standings: Mapping[ClaimKey, Standing] = msgspec.field(default_factory=dict)
    figure_of: Mapping[ClaimKey, FigureKey] = msgspec.field(default_factory=dict)
    voice_of: Mapping[ClaimKey, str] = msgspec.field(default_factory=dict)

    def stands(self, withdrawn: Mapping[ClaimKey, Standing]) -> list[tuple[Reading, Stand]]:
        """Say where each of the claims to be compared stands, in order of speech."""
        members: Iterable[Member] = self.members.values()
        if self.unsaid is not None:
            members = (self.members[key] for key in self.unsaid.claims if key in self.members)
        ordered = sorted(members, key=_spoken_at)
        named: dict[FigureKey, str] = {}
        return [(member.reading, self._stand(member, withdrawn, named)) for member in ordered]

    def _stand(
        self, member: Member, withdrawn: Mapping[ClaimKey, Standing], named: dict[FigureKey, str]
    ) -> Stand:
        reading = member.reading
        standing = withdrawn.get(reading.key) or self.standings.get(reading.key, ACTIVE)
        key = self.figure_of.get(reading.key) or figure_spoken_of(reading, self.exchange_id)
        figure = None
        if key is not None:
            figure = named.get(key) or named.setdefault(key, str(key))
        return stand_of(
            member,
            self.exchange_id,
            standing=standing,
            figure=figure,
            voice=self.voice_of.get(reading.key),
        )


class Chronicle:
    """The claims of a ledger by subject, and each exchange's last outcome."""

    def __init__(self, ledger: LedgerConfiguration, policy: Policy, judgements: Judgements) -> None:
        self._ledger = ledger
        self._policy = policy
        self._judgements = judgements
        self._subjects: dict[ClaimKey, str] = {}
        self._members: Shelf[str, dict[ClaimKey, Member]] = Shelf(4)
        self._order = Order(ledger.side_codes, policy)
        self._totals = {side: RunningTotals(side, policy) for side in ledger.side_codes}
        self._unsaid = {
            subject: Unsaid() for subject in (ORDER, *map(totals_subject, ledger.side_codes))
        }
        self._stale: set[str] = set()
        self._witnesses: Shelf[str, Witnesses] = Shelf(1)
        self._other_days: dict[str, Counter[str]] = {}
        self._wholes: dict[str, set[ClaimKey]] = {}

    def __contains__(self, key: ClaimKey) -> bool:
        """Say whether a claim is in any subject."""
        return key in self._subjects

    def member(self, key: ClaimKey) -> Member | None:
        """Give a claim with what it means, null for one that is not known."""
        subject = self._subjects.get(key)
        return None if subject is None else self._members[subject][key]

    def subjects(self) -> list[str]:
        """Name every subject there is."""
        return sorted(self._members)

    def put(self, reading: Reading, meant: Meant, *, in_force: bool) -> str:
        """Put a claim into its subject; give the subject."""
        subject = subject_of(reading, meant, self._ledger.side_codes)
        members = self._members.get(subject)
        if members is None:
            # Of all totals few are asked for at a time; of another subject's claims all are.
            is_of_totals = subject.startswith("totals:")
            members = self._members[subject] = Shelf(8) if is_of_totals else {}
        before = members.get(reading.key)
        if before is not None:
            self._note(subject, reading.key, before.meant, -1)
        self._subjects[reading.key] = subject
        members[reading.key] = Member(reading, meant, in_force)
        self._note(subject, reading.key, meant, 1)
        self._stale.add(subject)
        if meant.exchange == subject:
            self._witness(subject, members[reading.key])
        if reading.measure in ORDERED_MEASURES:
            if in_force:
                self._order.ask(reading, meant.exchange)
            else:
                self._order.forget(reading.key)
        elif subject == totals_subject(reading.side):
            totals = self._totals[reading.side]
            if in_force:
                totals.put(reading)
            else:
                totals.remove(reading.key)
            self._unsaid[subject].claims.add(reading.key)
        return subject

    def remove(self, reading: Reading, meant: Meant) -> str:
        """Take a claim out of its subject; give the subject."""
        subject = subject_of(reading, meant, self._ledger.side_codes)
        self._subjects.pop(reading.key, None)
        if self._members[subject].pop(reading.key, None) is not None:
            self._note(subject, reading.key, meant, -1)
        if subject in self._witnesses:
            self._witnesses[subject].remove(reading.key)
        self._stale.add(subject)
        return subject

    def _note(self, exchange: str, key: ClaimKey, meant: Meant, times: int) -> None:
        """Keep count of the claims that date an exchange a day off, or mean several days by it."""
        if meant.other_day is not None:
            dates = self._other_days.setdefault(exchange, Counter())
            dates[meant.other_day.isoformat()] += times
        if meant.parts:
            wholes = self._wholes.setdefault(exchange, set())
            (wholes.add if times > 0 else wholes.discard)(key)

    def _witness(self, exchange: str, member: Member) -> None:
        """Keep count of what a large exchange's claims say, from the claim on that makes it large."""
        members = [member]
        if exchange not in self._witnesses:
            if len(self._members[exchange]) <= WHOLE_COUNT_MAX:
                return
            self._witnesses[exchange] = Witnesses()
            self._unsaid[exchange] = Unsaid()
            members = list(self._members[exchange].values())
        for known in members:
            if known.counts:
                self._witnesses[exchange].put(known.reading)
            else:
                self._witnesses[exchange].remove(known.reading.key)
            self._unsaid[exchange].claims.add(known.reading.key)

    def touch(self, subject: str) -> list[Reading]:
        """Have a subject worked out anew; give its claims."""
        members = self._members.setdefault(subject, {})
        self._stale.add(subject)
        return [members[key].reading for key in sorted(members)]

    def reconcile(self, subjects: Iterable[str]) -> list[Outcome]:
        """Work out what the given subjects, and all that is tested across them, amount to now."""
        asked = set(subjects)
        # Decided by an earlier process, or by another: what is tested across exchanges needs them too.
        stale = {subject: self._reconcile_one(subject) for subject in sorted(self._stale - asked)}
        self._stale.clear()
        found = {subject: self._reconcile_one(subject) for subject in sorted(asked)}
        tested: list[Outcome] = []
        for side in self._ledger.side_codes:
            outcome, closed = self._total(side)
            tested.append(outcome)
            for exchange in sorted(closed - found.keys()):
                found[exchange] = stale.get(exchange) or self._reconcile_one(exchange)
        for exchange, outcome in found.items():
            self._trust(exchange, outcome)
        return [*found.values(), *tested, self._check_order()]

    def _trust(self, exchange: str, outcome: Outcome) -> None:
        """Raise a figure nobody else confirms that two running totals close around (§6)."""
        for side, totals in self._totals.items():
            if exchange not in totals.closed or outcome.figures is None:
                continue
            key = FigureKey(exchange, None, "returned", side, "all")
            result = outcome.figures.get(key)
            if result is not None and (trusted := confirm(result)) is not result:
                outcome.figures = {**outcome.figures, key: trusted}

    def say_again(self, log: Unsaid) -> None:
        """Have what is tested across exchanges compared with the log once more.

        Args:
            log: What the log says of it; values do not matter.
        """
        for side, totals in self._totals.items():
            unsaid = self._unsaid[totals_subject(side)]
            unsaid.claims |= self._members.get(totals_subject(side), {}).keys()
            unsaid.checks |= {check: None for check in log.checks if _is_total_of(check, side)}
            unsaid.totals |= {total: None for total in log.totals if total[0] == side}
            unsaid.checks |= self._total_checks(side, totals.tested)
            unsaid.totals |= self._points(side, totals.totals)
        for exchange in self._witnesses:
            self._unsaid[exchange].claims |= self._members[exchange].keys()
        unsaid = self._unsaid[ORDER]
        unsaid.checks |= {check: None for check in log.checks if check.startswith(_ORDER_CHECKS)}
        unsaid.checks |= {
            detail.id: detail for detail in map(self._order_detail, self._order.checks.values())
        }

    def _reconcile_one(self, subject: str) -> Outcome:
        members = self._members.get(subject, {})
        if subject.startswith("totals:"):
            # Reconciled below with every other, since every exchange bears on it.
            return Outcome(subject)
        if subject in self._witnesses:
            return self._exchange(subject, members, self._witnesses[subject].heard())
        in_force = sorted(
            (member.reading for member in members.values() if member.counts), key=said_of
        )
        if subject.startswith("stock:"):
            return self._stock(subject, members, in_force)
        if subject.startswith("loose:"):
            standings = {reading.key: loose_standing(reading) for reading in in_force}
            return Outcome(subject, members=members, standings=standings)
        return self._exchange(subject, members, in_force)

    def _stock(
        self, subject: str, members: Mapping[ClaimKey, Member], readings: list[Reading]
    ) -> Outcome:
        key = figure_key(subject.removeprefix("stock:"))
        pin = self._judgements.pins_at(subject).get(key)
        figured = figure_stock(key, readings, policy=self._policy, pin=pin)
        return Outcome(
            subject,
            figures=figured.results,
            members=members,
            standings=figured.standings,
            figure_of=figured.figure_of,
            voice_of=figured.voice_of,
        )

    def _exchange(
        self, exchange: str, members: Mapping[ClaimKey, Member], readings: list[Reading]
    ) -> Outcome:
        judgements = self._judgements
        other_days = self._other_days.get(exchange) or Counter[str]()
        found = reconcile_exchange(
            exchange,
            ExchangeClaims(
                counting=readings,
                wholes=[members[key] for key in self._wholes.get(exchange, ())],
                other_days={day for day, count in other_days.items() if count > 0},
            ),
            Judged(
                judgements.pins_at(exchange),
                judgements.aliases_of(exchange),
                judgements.split_off(exchange),
            ),
            ledger=self._ledger,
            policy=self._policy,
        )
        figured = found.figured
        self._order.keep(exchange, found.in_series)
        unsaid = self._unsaid.get(exchange)
        if unsaid is not None:
            unsaid.claims |= self._witnesses[exchange].settle(figured)
            self._witnesses[exchange].complete(figured, unsaid.claims)
        return Outcome(
            exchange,
            unsaid=unsaid,
            exchange_id=exchange,
            exchange=found.header,
            forgotten=None if found.header else exchange,
            figures=figured.results,
            checks=found.checks,
            members=members,
            standings=figured.standings,
            figure_of=figured.figure_of,
            voice_of=figured.voice_of,
        )

    def _total(self, side: str) -> tuple[Outcome, set[str]]:
        """Work out a side's totals; give the exchanges too that they close around, or no longer."""
        totals = self._totals[side]
        changed = totals.settle(
            lambda category: self._order.timeline((side, category)), self._order.take_changed(side)
        )
        unsaid = self._unsaid[totals_subject(side)]
        unsaid.claims |= changed.claims
        unsaid.checks |= self._total_checks(side, changed.claims)
        unsaid.totals |= self._points(side, changed.points)
        outcome = Outcome(
            totals_subject(side),
            unsaid=unsaid,
            members=self._members.get(totals_subject(side), {}),
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
                checks[check] = check_detail(
                    "running_total",
                    key,
                    reading.position,
                    totals.tested[key],
                    About(side=side, category=reading.category, as_of=reading.as_of),
                )
        return checks

    def _points(
        self, side: str, points: Iterable[tuple[str, date]]
    ) -> dict[tuple[str, str, date], PublishedTotal | None]:
        totals = self._totals[side]
        found: dict[tuple[str, str, date], PublishedTotal | None] = {}
        for category, day in points:
            total = totals.totals.get((category, day))
            checks = (check_id("running_total", side, key) for key in totals.tested_on(day))
            found[side, category, day] = total and replace(total, checks=tuple(sorted(checks)))
        return found

    def _check_order(self) -> Outcome:
        unsaid = self._unsaid[ORDER]
        changed = self._order.settle()
        for before, _ in changed:
            if before is not None:
                unsaid.checks[self._order_detail(before).id] = None
        for _, after in changed:
            if after is not None:
                detail = self._order_detail(after)
                unsaid.checks[detail.id] = detail
        return Outcome(ORDER, unsaid=unsaid)

    def _order_detail(self, checked: Checked) -> CheckResultDetail:
        reading = checked.reading
        side = reading.side if reading.side != "both" else None
        about = About(exchange=checked.exchange, side=side, as_of=checked.day)
        return check_detail(checked.kind, reading.key, reading.position, checked.tested, about)


_spoken_at = attrgetter("reading.said")

#: How the ids of checks begin that are tested across exchanges, totals aside.
_ORDER_CHECKS = ("ordinal:", "superlative:", "first_since:", "mediated_count:")


def _is_total_of(check: str, side: str) -> bool:
    return check.startswith(f"running_total:{side}:")
