"""All exchanges of a ledger in order, and what the claims on each amount to.

A subject is what is reconciled as one: an exchange, one side's running totals, one stock, or a claim
that means nothing of these. What one exchange's figures are depends on that exchange's claims alone;
totals, ordinals, superlatives and gaps are tested across exchanges afterwards.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter, itemgetter

import msgspec
from msgspec.structs import replace

from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import (
    CAME_BACK,
    CheckKind,
    ClaimState,
    ExchangeStatus,
    FigureKey,
    exchange_day,
    figure_key,
)
from services.envelope import content_id
from services.reconciliation.figures import Figured, figure_exchange, figure_stock
from services.reconciliation.identify import Meant
from services.reconciliation.interval import NOBODY, Interval
from services.reconciliation.judgements import Judgements
from services.reconciliation.order import (
    ORDERED_MEASURES,
    TOGETHER,
    Checked,
    Counted,
    Order,
    SeriesName,
)
from services.reconciliation.policy import Policy
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.credibility import confirm
from services.reconciliation.rules.day_sum import add_days
from services.reconciliation.rules.sum_check import Count, Tested
from services.reconciliation.totals import RunningTotals
from services.reconciliation.voices import ACTIVE, Standing, said_of
from services.reconciliation.witnesses import Witnesses
from services.records import (
    CheckResultDetail,
    FigureResult,
    IdentifiedExchange,
    OrdinalGiven,
    PublishedTotal,
)
from services.shelf import Shelf


#: The subject of everything that is tested across exchanges.
ORDER = "order"
#: Most claims on an exchange that are all shown to the rules; of more, witnesses are.
WHOLE_COUNT_MAX = 100
#: Exchanges of these statuses are counted.
COUNTED = CAME_BACK


class Member(msgspec.Struct, gc=False):
    """A claim in a subject, what it means of it and why, and whether it is in force."""

    reading: Reading
    meant: Meant
    in_force: bool

    @property
    def counts(self) -> bool:
        """Whether it may count: it is in force, and no sum of several days' counts."""
        return self.in_force and not self.meant.parts


class Stand(msgspec.Struct, frozen=True, gc=False):
    """Where a claim stands: an assignment without the claim, so that claims alike share one."""

    exchange: str | None
    figure: str | None
    voice: str
    camp: str
    tier: int
    low: int | None
    high: int | None
    state: ClaimState
    reason: str | None
    evidence: str | None


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
        key = self.figure_of.get(reading.key) or _level_of(reading, self.exchange_id)
        figure = None
        if key is not None:
            figure = named.get(key) or named.setdefault(key, str(key))
        tested = reading.tested
        return Stand(
            self.exchange_id,
            figure,
            self.voice_of.get(reading.key, reading.voice),
            reading.camp,
            reading.tier,
            tested.low if tested else None,
            tested.high if tested else None,
            standing.state,
            standing.reason,
            member.meant.evidence,
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
            subject: Unsaid() for subject in (ORDER, *map(_totals_of, ledger.side_codes))
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
        subject = self._subject_of(reading, meant)
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
        elif subject == _totals_of(reading.side):
            totals = self._totals[reading.side]
            if in_force:
                totals.put(reading)
            else:
                totals.remove(reading.key)
            self._unsaid[subject].claims.add(reading.key)
        return subject

    def remove(self, reading: Reading, meant: Meant) -> str:
        """Take a claim out of its subject; give the subject."""
        subject = self._subject_of(reading, meant)
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
            unsaid = self._unsaid[_totals_of(side)]
            unsaid.claims |= self._members.get(_totals_of(side), {}).keys()
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

    def _subject_of(self, reading: Reading, meant: Meant) -> str:
        if reading.measure == "cumulative_returned" and reading.side in self._ledger.side_codes:
            return _totals_of(reading.side)
        if reading.measure == "held":
            return f"stock:{_stock_key(reading)}"
        if meant.exchange is not None:
            return meant.exchange
        return f"loose:{content_id(*reading.key)}"

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
            standings = {reading.key: _loose(reading) for reading in in_force}
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
        figured = figure_exchange(
            exchange,
            readings,
            ledger=self._ledger,
            policy=self._policy,
            pins=self._judgements.pins_at(exchange),
        )
        checks = tuple(
            self._detail("sum", members[key].reading, tested, exchange=exchange, category="all")
            for key, tested in sorted(figured.sums.items(), key=itemgetter(0))
        )
        lists = tuple(
            self._detail(
                "breakdown",
                listed.reading,
                listed.tested,
                exchange=exchange,
                side=side,
                category=listed.kind,
            )
            for side, listed in figured.lists
        )
        sums = self._sums_of_days(exchange, members, figured)
        _name_checks(figured, exchange, checks + lists + sums)
        header = self._header(exchange, readings, figured)
        self._keep(exchange, header, figured)
        unsaid = self._unsaid.get(exchange)
        if unsaid is not None:
            unsaid.claims |= self._witnesses[exchange].settle(figured)
            self._witnesses[exchange].complete(figured, unsaid.claims)
        return Outcome(
            exchange,
            unsaid=unsaid,
            exchange_id=exchange,
            exchange=header,
            forgotten=None if header else exchange,
            figures=figured.results,
            checks=checks + lists + sums,
            members=members,
            standings=figured.standings,
            figure_of=figured.figure_of,
            voice_of=figured.voice_of,
        )

    def _sums_of_days(
        self, exchange: str, members: Mapping[ClaimKey, Member], figured: Figured
    ) -> tuple[CheckResultDetail, ...]:
        """Set aside the claims that speak of several days as one, and show how their days add up."""
        details = []
        for key in sorted(self._wholes.get(exchange, ())):
            member = members[key]
            reading, parts = member.reading, member.meant.parts
            days = ", ".join(part.day.isoformat() for part in parts)
            figured.standings[key] = Standing("derived", f"sum-of-days:{days}")
            figured.figure_of[key] = FigureKey(
                exchange, None, "returned", reading.side, reading.category
            )
            if member.in_force:
                tested = add_days(reading, parts)
                details.append(
                    self._detail(
                        "sum",
                        reading,
                        tested,
                        exchange=exchange,
                        side=reading.side,
                        category=reading.category,
                    )
                )
        return tuple(details)

    def _header(
        self, exchange: str, readings: list[Reading], figured: Figured
    ) -> IdentifiedExchange | None:
        """Say what is known of an exchange, null if neither claims nor pins speak of it."""
        if not readings and not figured.pinned:
            return None
        is_counted = any(pinned.pin.best for pinned in figured.pinned.values())
        ordinals = {
            (reading.counter, reading.stated_ordinal)
            for reading in readings
            if reading.stated_ordinal is not None and reading.modality == "asserted"
        }
        return IdentifiedExchange(
            exchange=exchange,
            date=exchange_day(exchange),
            # Whoever pins a number of people says that they came back.
            status="completed" if is_counted else _status(readings, self._policy),
            ordinals=tuple(
                OrdinalGiven(counter=counter, ordinal=ordinal)
                for counter, ordinal in sorted(ordinals)
            ),
            mediators=tuple(sorted({name for reading in readings for name in reading.mediators})),
            aliases=self._aliases_of(exchange),
            phases=self._judgements.split_off(exchange),
        )

    def _aliases_of(self, exchange: str) -> tuple[str, ...]:
        """Name what else an exchange is called: by judgement, or by a date that is one day off."""
        dates = self._other_days.get(exchange) or Counter[str]()
        slips = {day for day, count in dates.items() if count > 0} - {exchange}
        return tuple(sorted(slips | set(self._judgements.aliases_of(exchange))))

    def _keep(self, exchange: str, header: IdentifiedExchange | None, figured: Figured) -> None:
        if header is None:
            self._order.keep(exchange, None)
            return
        counts: dict[SeriesName, Count] = {}
        together = FigureKey(exchange, None, "exchanged_total", "both", "all")
        for key, result in figured.results.items():
            if result.best is None:
                continue
            count = Count(Interval(result.low, result.high), result.best)
            if key.measure == "returned":
                counts[key.side, key.category] = count
            elif key == together:
                counts[TOGETHER] = count
        for side, whole in figured.wholes.items():
            counts.setdefault((side, "all"), whole)
        assumed = {(side, "all"): figured.assumed(exchange, side) for side in figured.wholes}
        counted = Counted(
            day=header.date,
            is_counted=header.status in COUNTED,
            counts=counts,
            assumed={name: count for name, count in assumed.items() if count is not None},
            ordinals={given.counter: given.ordinal for given in header.ordinals},
        )
        self._order.keep(exchange, counted)

    def _total(self, side: str) -> tuple[Outcome, set[str]]:
        """Work out a side's totals; give the exchanges too that they close around, or no longer."""
        totals = self._totals[side]
        changed = totals.settle(
            lambda category: self._order.timeline((side, category)), self._order.take_changed(side)
        )
        unsaid = self._unsaid[_totals_of(side)]
        unsaid.claims |= changed.claims
        unsaid.checks |= self._total_checks(side, changed.claims)
        unsaid.totals |= self._points(side, changed.points)
        outcome = Outcome(
            _totals_of(side),
            unsaid=unsaid,
            members=self._members.get(_totals_of(side), {}),
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
            check = _check_id("running_total", side, key)
            checks[check] = None
            if key in totals.tested:
                reading = totals.reading(key)
                checks[check] = self._detail(
                    "running_total",
                    reading,
                    totals.tested[key],
                    side=side,
                    category=reading.category,
                    as_of=reading.as_of,
                )
        return checks

    def _points(
        self, side: str, points: Iterable[tuple[str, date]]
    ) -> dict[tuple[str, str, date], PublishedTotal | None]:
        totals = self._totals[side]
        found: dict[tuple[str, str, date], PublishedTotal | None] = {}
        for category, day in points:
            total = totals.totals.get((category, day))
            checks = (_check_id("running_total", side, key) for key in totals.tested_on(day))
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
        return self._detail(
            checked.kind,
            reading,
            checked.tested,
            exchange=checked.exchange,
            side=side,
            as_of=checked.day,
        )

    def _detail(  # noqa: PLR0913  a check is named by what it is about
        self,
        kind: CheckKind,
        reading: Reading,
        tested: Tested,
        *,
        exchange: str | None = None,
        side: str | None = None,
        category: str | None = None,
        as_of: date | None = None,
    ) -> CheckResultDetail:
        about = exchange or side or "-"
        if kind == "breakdown":
            about = f"{about}:{side}:{category}"
        return CheckResultDetail(
            id=_check_id(kind, about, reading.key),
            kind=kind,
            claim=reading.position,
            exchange=exchange,
            side=side,
            category=category,
            as_of=as_of,
            expected=tested.expected,
            expected_low=tested.interval.low if tested.interval else None,
            expected_high=tested.interval.high if tested.interval else None,
            got=tested.got,
            diff=tested.diff,
            tolerance=tested.tolerance,
            result=tested.result,
            explanations=tested.explanations,
            radius=tested.radius,
        )


def _loose(reading: Reading) -> Standing:
    """Say how a claim stands that is about no exchange, total or stock."""
    if reading.measure == "bodies":
        return Standing("excluded", "bodies-are-not-counted")
    if reading.measure == "cumulative_exchanged_total":
        return Standing("derived", "sum-of-both-sides")
    return ACTIVE


def _level_of(reading: Reading, exchange: str | None) -> FigureKey | None:
    """Name the figure a claim would speak of if it counted."""
    if exchange is None or reading.measure not in ("returned", "exchanged_total"):
        return None
    return FigureKey(exchange, None, reading.measure, reading.side, reading.category)


def _name_checks(figured: Figured, exchange: str, checks: Iterable[CheckResultDetail]) -> None:
    """Let each figure name the checks that test it."""
    named: dict[FigureKey, list[str]] = {}
    for check in checks:
        measure = "exchanged_total" if check.side is None else "returned"
        key = FigureKey(exchange, None, measure, check.side or "both", "all")
        named.setdefault(key, []).append(check.id)
    for key, ids in named.items():
        if key in figured.results:
            figured.results[key] = replace(figured.results[key], checks=tuple(sorted(ids)))


def _stock_key(reading: Reading) -> FigureKey:
    day = reading.as_of or reading.published_on
    return FigureKey(None, day, "held", reading.side, reading.category)


_spoken_at = attrgetter("reading.said")


def _totals_of(side: str) -> str:
    """Name the subject of a side's running totals."""
    return f"totals:{side}"


#: How the ids of checks begin that are tested across exchanges, totals aside.
_ORDER_CHECKS = ("ordinal:", "superlative:", "first_since:")


def _is_total_of(check: str, side: str) -> bool:
    return check.startswith(f"running_total:{side}:")


def _check_id(kind: CheckKind, about: str, claim: ClaimKey) -> str:
    return f"{kind}:{about}:{content_id(*claim)[:12]}"


def _status(readings: list[Reading], policy: Policy) -> ExchangeStatus:
    """Say whether an exchange took place, by what is asserted, planned and denied of it.

    Parts alone ("65 were aboard", "the largest") do not make an exchange: somebody must say that
    people came back, with a number or, better placed than an outlet, without disclosing it.
    """
    numbered = [
        reading
        for reading in readings
        if reading.measure in ("returned", "exchanged_total") and not reading.is_breakdown
    ]
    came_back = [
        reading
        for reading in numbered
        if reading.modality == "asserted"
        and reading.interval != NOBODY
        and (reading.interval is not None or reading.tier < OUTLET_TIER)
    ]
    if came_back:
        return "unilateral" if _is_one_sided(came_back, numbered, policy) else "completed"
    if any(reading.modality == "denied" for reading in numbered):
        return "cancelled"
    if any(reading.modality == "planned" for reading in numbered):
        return "planned"
    return "unconfirmed"


def _is_one_sided(
    came_back: Iterable[Reading], numbered: Iterable[Reading], policy: Policy
) -> bool:
    """Say whether people came back to one side alone, and somebody says that nobody was got for them."""
    sides = {reading.side for reading in came_back}
    if len(sides) != 1 or "both" in sides:
        return False
    said = (f"{reading.stated_category} {reading.wording}".casefold() for reading in came_back)
    return any(words in text for text in said for words in policy.one_sided) or any(
        reading.modality == "asserted" and reading.interval == NOBODY and reading.side not in sides
        for reading in numbered
    )
