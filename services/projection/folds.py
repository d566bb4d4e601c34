"""Log events in, rows of the read models out.

The rules:

* A row is a function of the events folded, whatever the batches were: folding in one go, in pieces,
  or twice gives the same rows, byte for byte.
* A row is rebuilt once for all events that touched it since rows were last taken, so a batch costs
  what it changed.
* `position` and `as_known_on` of a row are those of the last event that changed what the row is
  made of. An event that says again what is known changes nothing. (A figure worked out from others
  counts as changed when what gives one of those its best number changes, even in the rare case that
  the same claims are found behind it by another way.)
* A claim is named by its publisher's id, or by `id@source` from the moment a second publisher uses
  that id.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from schemas.events import (
    AssignedClaims,
    Assignment,
    CheckEvaluated,
    CheckResultDetail,
    ClaimRecorded,
    ClaimRetracted,
    ClaimsAssigned,
    Decision,
    EvaluatedCheck,
    ExchangeForgotten,
    ExchangeIdentified,
    FigureReconciled,
    IdentifiedExchange,
    JudgementMade,
    JudgementUndone,
    PublishedTotal,
    ReconciledFigure,
    ReconciledTotal,
    Recorded,
    TotalReconciled,
)
from schemas.views import Check, Exchange, Figure, ReadModels
from services.projection.evidence import Bench, Witness, counts, hash_inputs, sort_claims
from services.projection.rows import (
    TABLES,
    Row,
    Rows,
    Standing,
    Table,
    Total,
    by_ref,
    claim_view,
    total_key,
)
from services.projection.series import cumulative


AnyRow = TypeVar("AnyRow", bound=Row)


class ChangedFigure(NamedTuple):
    """A figure's new row, null if it was taken away, and the position that changed it."""

    id: str
    position: int
    row: Figure | None


class Changes(NamedTuple):
    """What changed since changes were last taken.

    Attributes:
        rows: For each table, key to new row; null for a row that is gone.
        figures: The changed figures once more, in order of position and id: the change feed.
        position: The last position folded.
        policy: The policy of the latest figure, empty before the first.
    """

    rows: Mapping[Table, Mapping[str, Row | None]]
    figures: tuple[ChangedFigure, ...]
    position: int
    policy: str


class _Moment(NamedTuple):
    position: int
    recorded_at: datetime


class _Heard(NamedTuple):
    id: str
    source: str
    recorded_at: datetime


class _Place:
    """An exchange: what was said of it last, and what stands under it."""

    __slots__ = ("claim_count", "figures", "identified")

    def __init__(self) -> None:
        self.identified: IdentifiedExchange | None = None
        self.claim_count = 0
        self.figures: set[str] = set()


class _Kept(NamedTuple):
    exchanges: dict[str, Exchange]
    figures: dict[str, Figure]
    totals: dict[str, Total]
    checks: dict[str, Check]
    claims: dict[str, Standing]


class ReadModel:
    """All read models of one ledger, in memory.

    Attributes:
        position: The last position folded, 0 before the first.
        policy: The policy of the latest figure, empty before the first.
    """

    def __init__(self, ledger: str) -> None:
        self.position = 0
        self.policy = ""
        self._ledger = ledger
        self._heard: dict[int, _Heard] = {}
        self._claims_by_id: defaultdict[str, list[int]] = defaultdict(list)
        self._assignments: dict[int, Assignment] = {}
        self._benches: defaultdict[str, Bench] = defaultdict(Bench)
        self._worked_out_from: defaultdict[str, set[str]] = defaultdict(set)
        self._places: defaultdict[str, _Place] = defaultdict(_Place)
        self._checks: dict[str, CheckResultDetail] = {}
        self._totals: dict[str, PublishedTotal] = {}
        self._naming: defaultdict[int, set[tuple[Table, str]]] = defaultdict(set)
        self._rows = _Kept({}, {}, {}, {}, {})
        self._touched: dict[Table, dict[str, _Moment]] = {table: {} for table in TABLES}
        self._changed: dict[Table, dict[str, Row | None]] = {table: {} for table in TABLES}
        self._changed_at: dict[str, int] = {}

    def fold(self, event: Recorded | Decision) -> None:
        """Take in one event; one at or below `position` changes nothing."""
        if event.position <= self.position:
            return
        self.position = event.position
        at = _Moment(event.position, event.recorded_at)
        match event:
            case ClaimRecorded():
                self._hear(event, at)
            case ClaimRetracted() | JudgementMade() | JudgementUndone():
                pass  # What it does to a claim is a decision, and comes as one.
            case ExchangeIdentified(data=data):
                self._identify(data.exchange, data, at)
            case ExchangeForgotten(data=data):
                self._identify(data.exchange, None, at)
            case ClaimsAssigned(data=data):
                self._assign(data, at)
            case FigureReconciled(data=data):
                self._reconcile(data, at)
            case CheckEvaluated(data=data):
                self._evaluate(data, at)
            case TotalReconciled(data=data):
                self._total(data, at)

    def take_changes(self) -> Changes:
        """Give what changed since the last call, and forget it."""
        self._rebuild_touched()
        rows, changed_at = self._changed, self._changed_at
        self._changed, self._changed_at = {table: {} for table in TABLES}, {}
        figures = tuple(
            ChangedFigure(figure, position, self._rows.figures.get(figure))
            for position, figure in sorted(
                (position, figure) for figure, position in changed_at.items()
            )
        )
        return Changes(rows, figures, self.position, self.policy)

    def rows(self) -> Rows:
        """Give all rows, in order of id, key or ref: the same whatever order claims came in."""
        self._rebuild_touched()
        kept = self._rows
        return Rows(
            exchanges=_in_order(kept.exchanges),
            figures=_in_order(kept.figures),
            totals=_in_order(kept.totals),
            checks=_in_order(kept.checks),
            claims=by_ref(kept.claims.values()),
        )

    def read_models(self, claim_at: Callable[[int], ClaimRecorded]) -> ReadModels:
        """Give all read models; `claim_at` finds a claim in the log by its position."""
        return assemble(self._ledger, self.rows(), claim_at)

    # What events do.

    def _hear(self, event: ClaimRecorded, at: _Moment) -> None:
        data = event.data
        self._heard[event.position] = _Heard(data.id, data.source, event.recorded_at)
        namesakes = self._claims_by_id[data.id]
        namesakes.append(event.position)
        self._touch("claims", str(event.position), at)
        if len(namesakes) == 2:  # noqa: PLR2004  the second namesake is what renames the first
            self._rename(namesakes[0], at)

    def _rename(self, claim: int, at: _Moment) -> None:
        self._touch("claims", str(claim), at)
        for table, key in self._naming[claim]:
            self._touch(table, key, at)
        assignment = self._assignments.get(claim)
        if assignment and assignment.figure:
            self._touch("figures", assignment.figure, at)
            if self._benches[assignment.figure].is_given_by(assignment):
                self._touch_worked_out(assignment.figure, at)

    def _identify(self, exchange: str, identified: IdentifiedExchange | None, at: _Moment) -> None:
        place = self._places[exchange]
        if place.identified != identified:
            place.identified = identified
            self._touch("exchanges", exchange, at)

    def _assign(self, data: AssignedClaims, at: _Moment) -> None:
        gained: Counter[str] = Counter()
        for new in data.assignments:
            assert new.claim in self._heard, f"no claim was recorded at position {new.claim}"
            old = self._assignments.get(new.claim)
            if old == new:
                continue
            self._assignments[new.claim] = new
            self._touch("claims", str(new.claim), at)
            if old and old.exchange:
                gained[old.exchange] -= 1
            if new.exchange:
                gained[new.exchange] += 1
            if old is None or _weight(old) != _weight(new):
                self._weigh(old, new, at)
        for exchange, count in gained.items():
            if count:
                self._places[exchange].claim_count += count
                self._touch("exchanges", exchange, at)

    def _weigh(self, old: Assignment | None, new: Assignment, at: _Moment) -> None:
        for figure in {old.figure if old else None, new.figure} - {None}:
            assert figure is not None, "null was taken out"
            bench = self._benches[figure]
            leaving = old if old and old.figure == figure else None
            entering = new if new.figure == figure else None
            before = bench.giving(), leaving is not None and bench.is_given_by(leaving)
            if leaving:
                bench.leave(leaving)
            if entering:
                bench.enter(entering)
            after = bench.giving(), entering is not None and bench.is_given_by(entering)
            self._touch("figures", figure, at)
            if before != after:
                self._touch_worked_out(figure, at)

    def _reconcile(self, data: ReconciledFigure, at: _Moment) -> None:
        self.policy = data.policy
        bench = self._benches[data.figure]
        decided = data if data.new else None
        is_shown = _shown(bench.decided) != _shown(decided)
        old, before = bench.decided, bench.drawing()
        self._stand_under(data.figure, old, decided, at)
        for source in bench.basis:
            self._worked_out_from[source].discard(data.figure)
        bench.decided = decided
        for source in bench.basis:
            self._worked_out_from[source].add(data.figure)
        # Comparing whose claims give the best number costs as much as there are; mostly it need not be.
        is_drawn = before != bench.drawing()
        is_given_otherwise = is_drawn and self._best_under(data.figure, old) != self._best(
            data.figure
        )
        if is_shown or is_given_otherwise:
            self._touch("figures", data.figure, at)
        if is_given_otherwise:
            self._touch_worked_out(data.figure, at)

    def _stand_under(
        self, figure: str, old: ReconciledFigure | None, new: ReconciledFigure | None, at: _Moment
    ) -> None:
        left, entered = old and old.exchange, new and new.exchange
        if left == entered:
            return
        if left:
            self._places[left].figures.remove(figure)
            self._touch("exchanges", left, at)
        if entered:
            self._places[entered].figures.add(figure)
            self._touch("exchanges", entered, at)

    def _evaluate(self, data: EvaluatedCheck, at: _Moment) -> None:
        old = self._checks.get(data.id)
        if old == data.check:
            return
        if old:
            self._naming[old.claim].discard(("checks", data.id))
            del self._checks[data.id]
        if data.check:
            assert data.check.claim in self._heard, (
                f"check {data.id} names position {data.check.claim}, where no claim was recorded"
            )
            self._checks[data.id] = data.check
            self._naming[data.check.claim].add(("checks", data.id))
        self._touch("checks", data.id, at)

    def _total(self, data: ReconciledTotal, at: _Moment) -> None:
        key = total_key(side=data.side, category=data.category, as_of=data.as_of)
        old = self._totals.pop(key, None)
        if data.total:
            self._totals[key] = data.total
        if old == data.total:
            return
        for claim in old.claims if old else ():
            self._naming[claim].discard(("totals", key))
        for claim in data.total.claims if data.total else ():
            assert claim in self._heard, (
                f"total {key} names position {claim}, where no claim was recorded"
            )
            self._naming[claim].add(("totals", key))
        self._touch("totals", key, at)

    def _touch(self, table: Table, key: str, at: _Moment) -> None:
        self._touched[table][key] = at

    def _touch_worked_out(self, figure: str, at: _Moment) -> None:
        """Touch the figures that show this one's best claims, however far away."""
        seen, waiting = {figure}, [figure]
        while waiting:
            for dependent in self._worked_out_from.get(waiting.pop(), set()) - seen:
                seen.add(dependent)
                if not self._gives_itself(dependent):
                    self._touch("figures", dependent, at)
                    waiting.append(dependent)

    # What rows are made of.

    def _rebuild_touched(self) -> None:
        touched, self._touched = self._touched, {table: {} for table in TABLES}
        rows = self._rows
        for key in touched["claims"]:
            self._put("claims", rows.claims, key, self._standing(int(key)))
        for key, at in touched["exchanges"].items():
            self._put("exchanges", rows.exchanges, key, self._exchange(key, at))
        for key, at in touched["figures"].items():
            if self._put("figures", rows.figures, key, self._figure(key, at)):
                self._changed_at[key] = at.position
        for key, at in touched["checks"].items():
            self._put("checks", rows.checks, key, self._check(key, at))
        for key, at in touched["totals"].items():
            self._put("totals", rows.totals, key, self._published_total(key, at))

    def _put(self, table: Table, kept: dict[str, AnyRow], key: str, row: AnyRow | None) -> bool:
        """Keep a new row, null for none; say whether there was or is one."""
        if row is None:
            if kept.pop(key, None) is None:
                return False
        else:
            kept[key] = row
        self._changed[table][key] = row
        return True

    def _standing(self, claim: int) -> Standing:
        heard = self._heard[claim]
        return Standing(
            ledger=self._ledger,
            id=heard.id,
            source=heard.source,
            ref=self._ref(claim),
            position=claim,
            recorded_at=heard.recorded_at,
            assignment=self._assignments.get(claim),
        )

    def _exchange(self, key: str, at: _Moment) -> Exchange | None:
        place = self._places[key]
        identified = place.identified
        if identified is None:
            return None
        return Exchange(
            ledger=self._ledger,
            id=identified.exchange,
            date=identified.date,
            status=identified.status,
            ordinals=identified.ordinals,
            mediators=identified.mediators,
            aliases=identified.aliases,
            phases=identified.phases,
            claim_count=place.claim_count,
            figures=tuple(sorted(place.figures)),
            position=at.position,
        )

    def _figure(self, key: str, at: _Moment) -> Figure | None:
        bench = self._benches[key]
        decided, result = bench.decided, bench.result
        if decided is None or result is None:
            return None
        witnesses = [self._witness(claim) for claim in bench.claims]
        heard = [w.assignment for w in witnesses if counts(w.assignment)]
        return Figure(
            ledger=self._ledger,
            id=decided.figure,
            exchange=decided.exchange,
            date=decided.date,
            measure=decided.measure,
            side=decided.side,
            category=decided.category,
            low=result.low,
            best=result.best,
            high=result.high,
            claimed_low=result.claimed_low,
            claimed_high=result.claimed_high,
            status=result.status,
            credibility=result.credibility,
            flags=result.flags,
            obs_status=result.obs_status,
            voices=len({assignment.voice for assignment in heard}),
            camps=len({assignment.camp for assignment in heard}),
            claims=sort_claims(result, witnesses, self._best(key)),
            reasons=result.reasons,
            checks=result.checks,
            adjudication=result.adjudication,
            policy=decided.policy,
            inputs_hash=hash_inputs(witnesses),
            position=at.position,
            revision=result.revision,
            cause=result.cause,
            as_known_on=at.recorded_at,
        )

    def _check(self, key: str, at: _Moment) -> Check | None:
        detail = self._checks.get(key)
        if detail is None:
            return None
        tested = {name: getattr(detail, name) for name in CheckResultDetail.model_fields}
        tested["claim"] = self._ref(detail.claim)
        return Check(ledger=self._ledger, position=at.position, **tested)

    def _published_total(self, key: str, at: _Moment) -> Total | None:
        total = self._totals.get(key)
        if total is None:
            return None
        published = {name: getattr(total, name) for name in PublishedTotal.model_fields}
        published["claims"] = tuple(sorted(self._ref(claim) for claim in total.claims))
        return Total(ledger=self._ledger, position=at.position, **published)

    def _best(self, figure: str) -> set[str]:
        """Name the claims that give a figure's best number, its own or its basis'."""
        best: set[str] = set()
        seen, waiting = {figure}, [figure]
        while waiting:
            bench = self._benches[waiting.pop()]
            own = {self._ref(assignment.claim) for assignment in self._own_best(bench)}
            best |= own
            if not own:
                waiting += [basis for basis in bench.basis if basis not in seen]
                seen.update(bench.basis)
        return best

    def _best_under(self, figure: str, decided: ReconciledFigure | None) -> set[str]:
        """Name the claims that would give a figure's best number under another decision."""
        bench = self._benches[figure]
        now, bench.decided = bench.decided, decided
        try:
            return self._best(figure)
        finally:
            bench.decided = now

    def _own_best(self, bench: Bench) -> Iterator[Assignment]:
        return bench.given_by(self._assignments[claim] for claim in bench.claims)

    def _gives_itself(self, figure: str) -> bool:
        """Say whether a figure's own claims give its best number."""
        return next(self._own_best(self._benches[figure]), None) is not None

    def _witness(self, claim: int) -> Witness:
        heard = self._heard[claim]
        return Witness(heard.source, heard.id, self._ref(claim), self._assignments[claim])

    def _ref(self, claim: int) -> str:
        heard = self._heard[claim]
        is_shared = len(self._claims_by_id[heard.id]) > 1
        return f"{heard.id}@{heard.source}" if is_shared else heard.id


def assemble(ledger: str, rows: Rows, claim_at: Callable[[int], ClaimRecorded]) -> ReadModels:
    """Make the read models out of stored rows; `claim_at` finds a claim in the log by its position."""
    return ReadModels(
        exchanges=rows.exchanges,
        figures=rows.figures,
        cumulative=cumulative(ledger, rows.figures, rows.exchanges, rows.totals),
        checks=rows.checks,
        claims=tuple(claim_view(standing, claim_at(standing.position)) for standing in rows.claims),
    )


def _weight(assignment: Assignment) -> tuple[object, ...]:
    """Give what of an assignment shows in the figure it speaks at."""
    return (
        assignment.figure,
        assignment.voice,
        assignment.camp,
        assignment.low,
        assignment.high,
        assignment.state,
        assignment.reason,
    )


def _shown(decided: ReconciledFigure | None) -> ReconciledFigure | None:
    """Give what of a decision shows by itself: neither the value it replaces nor the basis."""
    if decided is None or decided.new is None:
        return None
    new = decided.new.model_copy(update={"basis": ()})
    return decided.model_copy(update={"old": None, "new": new})


def _in_order(rows: Mapping[str, AnyRow]) -> tuple[AnyRow, ...]:
    return tuple(rows[key] for key in sorted(rows))
