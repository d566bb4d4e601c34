"""All exchanges of a ledger in order, and what the claims on each amount to.

A subject is what is reconciled as one: an exchange, one side's running totals, one stock, or a claim
that means nothing of these. What one exchange's figures are depends on that exchange's claims alone;
totals, ordinals, superlatives and gaps are tested across exchanges afterwards.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.events import (
    Assignment,
    CheckResultDetail,
    FigureResult,
    IdentifiedExchange,
    OrdinalGiven,
    PublishedTotal,
)
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import CheckKind, ExchangeStatus, FigureKey, exchange_day, figure_key
from services.envelope import content_id
from services.reconciliation.figures import Figured, figure_exchange, figure_stock
from services.reconciliation.identify import Meant
from services.reconciliation.judgements import Judgements
from services.reconciliation.policy import Policy
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.rules.first_since import check_first_since
from services.reconciliation.rules.ordinal import check_ordinal
from services.reconciliation.rules.running_total import Contribution, Timeline
from services.reconciliation.rules.sum_check import Count, Tested
from services.reconciliation.rules.superlative import Measured, check_superlative
from services.reconciliation.totals import total_side
from services.reconciliation.voices import ACTIVE, Standing


#: The subject of everything that is tested across exchanges.
ORDER = "order"
#: Measures that are tested across exchanges rather than counted.
ORDERED_MEASURES = frozenset({"exchange_ordinal", "superlative", "first_since"})
#: Exchanges of these statuses are counted.
COUNTED: frozenset[ExchangeStatus] = frozenset({"completed", "unilateral"})


@dataclass(slots=True)
class Member:
    """A claim in a subject, why it is there, and whether it is in force."""

    reading: Reading
    evidence: str | None
    in_force: bool


@dataclass(slots=True)
class Outcome:
    """What one subject amounts to now; null parts are not this subject's to say.

    `standings`, `figure_of` and `voice_of` default to: counts, speaks of no figure, is its own voice.
    """

    subject: str
    exchange_id: str | None = None
    exchange: IdentifiedExchange | None = None
    forgotten: str | None = None
    figures: Mapping[FigureKey, FigureResult] | None = None
    checks: tuple[CheckResultDetail, ...] | None = None
    totals: Mapping[tuple[str, str, date], PublishedTotal] | None = None
    side: str | None = None
    members: Mapping[ClaimKey, Member] = field(default_factory=dict)
    standings: Mapping[ClaimKey, Standing] = field(default_factory=dict)
    figure_of: Mapping[ClaimKey, FigureKey] = field(default_factory=dict)
    voice_of: Mapping[ClaimKey, str] = field(default_factory=dict)

    def assignments(self, withdrawn: Mapping[ClaimKey, Standing]) -> list[Assignment]:
        """Say where each of the subject's claims stands, in order of speech."""
        ordered = sorted(self.members.values(), key=lambda member: member.reading.said)
        return [self._assignment(member, withdrawn) for member in ordered]

    def _assignment(self, member: Member, withdrawn: Mapping[ClaimKey, Standing]) -> Assignment:
        reading = member.reading
        standing = withdrawn.get(reading.key) or self.standings.get(reading.key, ACTIVE)
        figure = self.figure_of.get(reading.key) or _level_of(reading, self.exchange_id)
        return Assignment(
            claim=reading.position,
            exchange=self.exchange_id,
            figure=str(figure) if figure else None,
            voice=self.voice_of.get(reading.key, reading.voice),
            camp=reading.camp,
            tier=reading.tier,
            low=reading.tested.low if reading.tested else None,
            high=reading.tested.high if reading.tested else None,
            state=standing.state,
            reason=standing.reason,
            evidence=member.evidence,
        )


class Chronicle:
    """The claims of a ledger by subject, and each exchange's last outcome."""

    def __init__(self, ledger: LedgerConfiguration, policy: Policy, judgements: Judgements) -> None:
        self._ledger = ledger
        self._policy = policy
        self._judgements = judgements
        self._members: dict[str, dict[ClaimKey, Member]] = {}
        self._figured: dict[str, Figured] = {}
        self._headers: dict[str, IdentifiedExchange] = {}
        self._counted: list[str] = []
        self._ordered: dict[ClaimKey, tuple[Reading, str | None]] = {}
        self._stale: set[str] = set()

    def subjects(self) -> list[str]:
        """Name every subject there is."""
        return sorted(self._members)

    def put(self, reading: Reading, meant: Meant, *, in_force: bool) -> str:
        """Put a claim into its subject; give the subject."""
        subject = self._subject_of(reading, meant)
        members = self._members.setdefault(subject, {})
        members[reading.key] = Member(reading, meant.evidence, in_force)
        self._stale.add(subject)
        if reading.measure in ORDERED_MEASURES:
            if in_force:
                self._ordered[reading.key] = (reading, meant.exchange)
            else:
                self._ordered.pop(reading.key, None)
        return subject

    def remove(self, reading: Reading, meant: Meant) -> str:
        """Take a claim out of its subject; give the subject."""
        subject = self._subject_of(reading, meant)
        self._members[subject].pop(reading.key, None)
        self._stale.add(subject)
        return subject

    def touch(self, subject: str) -> list[Reading]:
        """Have a subject worked out anew; give its claims."""
        members = self._members.setdefault(subject, {})
        self._stale.add(subject)
        return [members[key].reading for key in sorted(members)]

    def reconcile(self, subjects: Iterable[str]) -> list[Outcome]:
        """Work out what the given subjects, and all that is tested across them, amount to now."""
        asked = set(subjects)
        # Decided by an earlier process, or by another: what is tested across exchanges needs them too.
        for subject in sorted(self._stale - asked):
            self._reconcile_one(subject)
        self._stale.clear()
        outcomes = [self._reconcile_one(subject) for subject in sorted(asked)]
        outcomes += [self._total(side) for side in self._ledger.side_codes]
        outcomes.append(Outcome(ORDER, checks=tuple(self._check_order())))
        return outcomes

    def _subject_of(self, reading: Reading, meant: Meant) -> str:
        if reading.measure == "cumulative_returned" and reading.side in self._ledger.side_codes:
            return f"totals:{reading.side}"
        if reading.measure == "held":
            return f"stock:{_stock_key(reading)}"
        if meant.exchange is not None:
            return meant.exchange
        return f"loose:{content_id(*reading.key)}"

    def _reconcile_one(self, subject: str) -> Outcome:
        members = self._members.get(subject, {})
        in_force = [member.reading for member in members.values() if member.in_force]
        if subject.startswith("totals:"):
            # Reconciled below with every other, since every exchange bears on it.
            return Outcome(subject)
        if subject.startswith("stock:"):
            return self._stock(subject, members, in_force)
        if subject.startswith("loose:"):
            standings = {
                reading.key: Standing("derived", "sum-of-both-sides")
                for reading in in_force
                if reading.measure == "cumulative_exchanged_total"
            }
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
            self._detail(
                "sum", member.reading, figured.sums[key], exchange=exchange, category="all"
            )
            for key, member in sorted(members.items())
            if key in figured.sums
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
        total = FigureKey(exchange, None, "exchanged_total", "both", "all")
        if total in figured.results:
            figured.results[total] = figured.results[total].model_copy(
                update={"checks": tuple(check.id for check in checks)}
            )
        header = self._header(exchange, readings, figured)
        self._keep(exchange, header, figured)
        return Outcome(
            exchange,
            exchange_id=exchange,
            exchange=header,
            forgotten=None if header else exchange,
            figures=figured.results,
            checks=checks + lists,
            members=members,
            standings=figured.standings,
            figure_of=figured.figure_of,
            voice_of=figured.voice_of,
        )

    def _header(
        self, exchange: str, readings: list[Reading], figured: Figured
    ) -> IdentifiedExchange | None:
        """Say what is known of an exchange, null if neither claims nor pins speak of it."""
        if not readings and not figured.pinned:
            return None
        header = _header(exchange, readings)
        is_counted = any(pinned.pin.best for pinned in figured.pinned.values())
        return header.model_copy(
            update={
                # Whoever pins a number of people says that they came back.
                "status": "completed" if is_counted else header.status,
                "aliases": self._judgements.aliases_of(exchange),
                "phases": self._judgements.split_off(exchange),
            }
        )

    def _keep(self, exchange: str, header: IdentifiedExchange | None, figured: Figured) -> None:
        index = bisect_left(self._counted, exchange)
        was_counted = index < len(self._counted) and self._counted[index] == exchange
        is_counted = header is not None and header.status in COUNTED
        if was_counted and not is_counted:
            del self._counted[index]
        elif is_counted and not was_counted:
            insort(self._counted, exchange)
        if header is None:
            self._headers.pop(exchange, None)
            self._figured.pop(exchange, None)
        else:
            self._headers[exchange] = header
            self._figured[exchange] = figured

    def _total(self, side: str) -> Outcome:
        subject = f"totals:{side}"
        members = self._members.get(subject, {})
        readings = [member.reading for member in members.values() if member.in_force]
        categories = {"all"} | {reading.category for reading in readings}
        timelines = {category: self._timeline(side, category) for category in categories}
        totalled = total_side(side, readings, timelines, policy=self._policy)
        by_key = {reading.key: reading for reading in readings}
        checks = {
            key: self._detail(
                "running_total",
                by_key[key],
                tested,
                side=side,
                category=by_key[key].category,
                as_of=by_key[key].as_of,
            )
            for key, tested in sorted(totalled.tested.items())
        }
        checks_at: dict[date | None, list[str]] = {}
        for key, check in checks.items():
            checks_at.setdefault(by_key[key].as_of, []).append(check.id)
        return Outcome(
            subject,
            checks=tuple(checks.values()),
            totals={
                (side, category, day): total.model_copy(
                    update={"checks": tuple(sorted(checks_at.get(day, ())))}
                )
                for (category, day), total in totalled.totals.items()
            },
            side=side,
            members=members,
            standings=totalled.standings,
            figure_of=totalled.figure_of,
            voice_of=totalled.voice_of,
        )

    def _timeline(self, side: str, category: str) -> Timeline:
        contributions = []
        for exchange in self._counted:
            count = self._figured[exchange].assumed(exchange, side, category)
            if count is not None:
                contributions.append(Contribution(self._headers[exchange].date, exchange, count))
        return Timeline(contributions)

    def _check_order(self) -> list[CheckResultDetail]:
        days = [self._headers[exchange].date for exchange in self._counted]
        given = self._given_ordinals()
        found = []
        for _, (reading, exchange) in sorted(self._ordered.items()):
            if reading.modality != "asserted":
                continue
            header = self._headers.get(exchange) if exchange else None
            day = header.date if header else reading.as_of
            if day is None:
                continue
            kind, tested = self._test_order(reading, exchange, day, days, given)
            side = reading.side if reading.side != "both" else None
            found.append(
                self._detail(kind, reading, tested, exchange=exchange, side=side, as_of=day)
            )
        return found

    def _test_order(
        self,
        reading: Reading,
        exchange: str | None,
        day: date,
        days: list[date],
        given: Mapping[str, Mapping[str, int]],
    ) -> tuple[CheckKind, Tested]:
        match reading.measure:
            case "exchange_ordinal":
                since = reading.since if _is_window(reading, days) else None
                return "ordinal", check_ordinal(
                    reading,
                    listed_days=days,
                    since=since,
                    until=day,
                    given=given.get(reading.camp, {}),
                )
            case "superlative":
                return "superlative", check_superlative(
                    reading, self._measures(reading, exchange), self._policy
                )
            case _:
                return "first_since", check_first_since(
                    reading,
                    day=day,
                    before=self._day_before(reading, day),
                    policy=self._policy,
                )

    def _given_ordinals(self) -> dict[str, dict[str, int]]:
        given: dict[str, dict[str, int]] = {}
        for exchange in self._counted:
            for number in self._headers[exchange].ordinals:
                given.setdefault(number.counter, {})[exchange] = number.ordinal
        return given

    def _measures(self, reading: Reading, exchange: str | None) -> list[Measured]:
        if exchange is None or exchange not in self._figured:
            return []
        before = self._counted[: bisect_left(self._counted, exchange)]
        if reading.since is not None:
            before = before[bisect_left(before, reading.since.isoformat()) :]
        sides = self._ledger.side_codes if reading.side == "both" else (reading.side,)
        measures = [
            Measured(
                f"returned to {side}",
                self._figured[exchange].count(exchange, side),
                max(
                    (
                        count.interval.low
                        for earlier in before
                        if (count := self._figured[earlier].count(earlier, side)) is not None
                    ),
                    default=None,
                ),
            )
            for side in sides
        ]
        if reading.side == "both":
            measures.append(
                Measured(
                    "both sides together",
                    self._total_of(exchange),
                    max(
                        (
                            count.interval.low
                            for earlier in before
                            if (count := self._total_of(earlier)) is not None
                        ),
                        default=None,
                    ),
                )
            )
        return measures

    def _total_of(self, exchange: str) -> Count | None:
        return self._figured[exchange].total(exchange)

    def _day_before(self, reading: Reading, day: date) -> date | None:
        earlier = [known for known in self._counted if self._headers[known].date < day]
        if reading.category not in ("all", "military", "unspecified"):
            earlier = [
                known
                for known in earlier
                if self._figured[known].count(known, reading.side, reading.category) is not None
            ]
        return self._headers[earlier[-1]].date if earlier else None

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
            id=f"{kind}:{about}:{content_id(*reading.key)[:12]}",
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


def _level_of(reading: Reading, exchange: str | None) -> FigureKey | None:
    """Name the figure a claim would speak of if it counted."""
    if exchange is None or reading.measure not in ("returned", "exchanged_total"):
        return None
    return FigureKey(exchange, None, reading.measure, reading.side, reading.category)


def _stock_key(reading: Reading) -> FigureKey:
    day = reading.as_of or reading.published_on
    return FigureKey(None, day, "held", reading.side, reading.category)


def _is_window(reading: Reading, days: list[date]) -> bool:
    """Say whether a count of exchanges starts after the ledger's first one."""
    return reading.since is not None and bool(days) and reading.since > days[0]


def _header(exchange: str, readings: list[Reading]) -> IdentifiedExchange:
    ordinals = {
        (reading.camp, reading.stated_ordinal)
        for reading in readings
        if reading.stated_ordinal is not None and reading.modality == "asserted"
    }
    return IdentifiedExchange(
        exchange=exchange,
        date=exchange_day(exchange),
        status=_status(readings),
        ordinals=tuple(
            OrdinalGiven(counter=counter, ordinal=ordinal) for counter, ordinal in sorted(ordinals)
        ),
        mediators=tuple(sorted({name for reading in readings for name in reading.mediators})),
        aliases=(),
        phases=(),
    )


def _status(readings: list[Reading]) -> ExchangeStatus:
    """Say whether an exchange took place, by what is asserted, planned and denied of it.

    Parts alone ("65 were aboard", "the largest") do not make an exchange: somebody must say that
    people came back.
    """
    numbered = [
        reading
        for reading in readings
        if reading.measure in ("returned", "exchanged_total") and not reading.is_breakdown
    ]
    if any(
        reading.modality == "asserted"
        and reading.interval is not None
        and reading.interval != (0, 0)
        for reading in numbered
    ):
        return "completed"
    if any(reading.modality == "denied" for reading in numbered):
        return "cancelled"
    if any(reading.modality == "planned" for reading in numbered):
        return "planned"
    return "unconfirmed"
