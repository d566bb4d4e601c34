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

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from sys import intern
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct, structs
from msgspec.json import Encoder
from msgspec.structs import force_setattr

from schemas.decisions import (
    Assignment,
    CheckEvaluated,
    CheckResultDetail,
    ClaimsAssigned,
    Decision,
    Decisions,
    DecisionsMade,
    ExchangeForgotten,
    ExchangeIdentified,
    FigureReconciled,
    FigureResult,
    IdentifiedExchange,
    PublishedTotal,
    ReconciledFigure,
    ReconciledTotal,
    TotalReconciled,
)
from schemas.events import ClaimRecorded, Recorded
from schemas.views import Figure, ReadModels
from services.log_events.identities import (
    ClaimHeard,
    ClaimRetracted,
    Heard,
    Identity,
    JudgementMade,
    JudgementUndone,
    heard,
)
from services.projection.cumulative import cumulative
from services.projection.dimensions import dimensions_of, told_dimensions
from services.projection.encoding import (
    SHELF_BITS,
    ClaimOnShelf,
    FigureFields,
    pack,
    pack_figure,
    pack_shelf,
)
from services.projection.rows import (
    RECORDS,
    TABLES,
    Rows,
    Standing,
    Table,
    by_ref,
    claim_view,
    total_key,
)
from services.projection.support import Giving, Witness, by_publisher
from services.projection.support_index import (
    Bench,
    Benches,
    Decided,
    Moment,
)
from services.runtime.lazy_dict import Shelf


class ChangedFigure(Struct, frozen=True, gc=False):
    """A figure that was changed or taken away: the position that did it, and the row, null for gone."""

    id: str
    position: int
    row: bytes | None


class Changes(NamedTuple):
    """What changed since changes were last taken.

    Attributes:
        rows: For each table, key to new row, as it is stored; null for a row that is gone.
        figures: The changed figures in order of position and id: the change feed.
        position: The last position folded.
        policy: The policy of the latest figure, empty before the first.
    """

    rows: Mapping[Table, Mapping[str, bytes | None]]
    figures: tuple[ChangedFigure, ...]
    position: int
    policy: str


class _Place:
    """An exchange: what was said of it last, and what stands under it."""

    __slots__ = ("claim_count", "figures", "identified")

    def __init__(self) -> None:
        self.identified: IdentifiedExchange | None = None
        self.claim_count = 0
        # Like most of what there is very often, a tuple: a set takes three times the memory.
        self.figures: tuple[str, ...] = ()


#: Tables whose rows tell when they last changed; of figures the benches know it.
_SHOWN_WITH_TIME: tuple[Table, ...] = ("exchanges", "checks", "totals")
#: A row's fields, as its shape names them.
_Fields = dict[str, Any]
_Thing = TypeVar("_Thing")


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
        self._heard: dict[int, Identity] = {}
        self._first_of_id: dict[str, int] = {}
        self._shared_ids: set[str] = set()
        self._stands: Shelf[int, Assignment] = Shelf(32)
        self._benches = Benches(self._stands)
        self._places: defaultdict[str, _Place] = defaultdict(_Place)
        self._checks: Shelf[str, CheckResultDetail] = Shelf(16)
        self._totals: dict[str, PublishedTotal] = {}
        self._naming: dict[int, tuple[tuple[Table, str], ...]] = {}
        # The rows there are, apart from claims', and when what each is made of changed last. A row
        # itself is a function of all this, and is not kept.
        self._shown_since: dict[Table, dict[str, Moment]] = {
            table: {} for table in _SHOWN_WITH_TIME
        }
        self._touched: dict[Table, dict[str, Moment]] = {table: {} for table in TABLES}
        self._changed: dict[Table, dict[str, bytes | None]] = {table: {} for table in TABLES}
        self._touched_shelves: set[int] = set()
        self._changed_figures: dict[str, ChangedFigure] = {}

    def fold(self, event: Heard | Recorded | Decision) -> None:
        """Take in one event; one at or below `position` changes nothing."""
        if event.position <= self.position:
            return
        self.position = event.position
        # Asking pydantic whether it is one of its records takes longer than most events.
        self._take_in(event if isinstance(event, Struct) else heard(event))

    def _take_in(self, event: Heard) -> None:
        # Most events are claims, and most claims change no row by themselves.
        if isinstance(event, ClaimHeard):
            self._hear(event)
            return
        at = Moment(event.position, event.recorded_at)
        match event:
            case DecisionsMade():
                self._decide(event.data, at)
            case FigureReconciled():
                self._hear_reconciled(event.data, at)
            case ClaimsAssigned():
                self._assign(event.data.assignments, at)
            case CheckEvaluated():
                self._evaluate(event.data.id, event.data.check, at)
            case ExchangeIdentified():
                self._identify(event.data.exchange, event.data, at)
            case ExchangeForgotten():
                self._identify(event.data.exchange, None, at)
            case TotalReconciled():
                self._total(event.data, at)
            case ClaimRetracted() | JudgementMade() | JudgementUndone():
                pass  # What it does to a claim is a decision, and comes as one.

    def take_changes(self) -> Changes:
        """Give what changed since the last call, and forget it."""
        self._rebuild_touched()
        rows, changed = self._changed, self._changed_figures
        self._changed, self._changed_figures = {table: {} for table in TABLES}, {}
        figures = sorted(changed.values(), key=attrgetter("position", "id"))
        return Changes(rows, tuple(figures), self.position, self.policy)

    def forget_changes(self) -> None:
        """Forget what changed: it is written already."""
        self._changed, self._changed_figures = {table: {} for table in TABLES}, {}
        touched, self._touched = self._touched, {table: {} for table in TABLES}
        self._touched_shelves.clear()
        for table in _SHOWN_WITH_TIME:
            shown = self._shown_since[table]
            for key, at in touched[table].items():
                if self._is_shown(table, key):
                    shown[key] = at
                else:
                    shown.pop(key, None)
        for figure, at in touched["figures"].items():
            bench = self._benches[figure]
            bench.shown_since = at if bench.decided else None

    def rows(self) -> Rows:
        """Give all rows, in order of id, key or ref: the same whatever order claims came in."""
        self._rebuild_touched()
        return Rows(
            exchanges=tuple(self._all("exchanges", self._exchange)),
            figures=tuple(self._all_figures()),
            totals=tuple(self._all("totals", self._published_total)),
            checks=tuple(self._all("checks", self._check)),
            claims=by_ref(self._standing(claim) for claim in self._heard),
        )

    def read_models(self, claim_at: Callable[[int], ClaimRecorded]) -> ReadModels:
        """Give all read models; `claim_at` finds a claim in the log by its position."""
        return assemble(self._ledger, self.rows(), claim_at)

    # What events do.

    def _hear(self, event: ClaimHeard) -> None:
        claim, identity = event.position, event.data
        claim_id = identity.id
        force_setattr(identity, "source", intern(identity.source))
        self._heard[claim] = identity
        self._touched_shelves.add(claim >> SHELF_BITS)
        first = self._first_of_id.setdefault(claim_id, claim)
        if first != claim and claim_id not in self._shared_ids:
            self._shared_ids.add(claim_id)
            self._rename(first, Moment(claim, event.recorded_at))

    def _rename(self, claim: int, at: Moment) -> None:
        self._touched_shelves.add(claim >> SHELF_BITS)
        for table, key in self._naming.get(claim, ()):
            self._touch(table, key, at)
        stand = self._stands.get(claim)
        if stand and stand.figure:
            bench = self._benches[stand.figure]
            bench.rename(claim)
            self._touch("figures", stand.figure, at)
            if bench.is_given_by(stand):
                self._touch_worked_out(stand.figure, at)

    def _decide(self, data: Decisions, at: Moment) -> None:
        if data.identified is not None:
            self._identify(data.identified.exchange, data.identified, at)
        if data.assignments:
            self._assign(_assignments_of(data), at)
        if data.figures:
            self.policy = policy = intern(data.policy or "")
            for change in data.figures:
                decided = None
                if change.new is not None:
                    decided = Decided(change.new, policy, dimensions_of(change.figure))
                self._reconcile(change.figure, decided, at)
        for check in data.checks:
            self._evaluate(check.id, check, at)
        for withdrawn in data.withdrawn:
            self._evaluate(withdrawn, None, at)
        for total in data.totals:
            self._total(total, at)
        if data.forgotten is not None:
            self._identify(data.forgotten, None, at)

    def _identify(self, exchange: str, identified: IdentifiedExchange | None, at: Moment) -> None:
        place = self._places[exchange]
        if place.identified != identified:
            place.identified = identified
            self._touch("exchanges", exchange, at)

    def _assign(self, assignments: Iterable[Assignment], at: Moment) -> None:
        gained: defaultdict[str, int] = defaultdict(int)
        for new in assignments:
            claim = new.claim
            assert claim in self._heard, f"no claim was recorded at position {claim}"
            old = self._stands.get(claim)
            if old == new:
                continue
            # One string for all claims that use a word: of each of these there are a few.
            force_setattr(new, "voice", intern(new.voice))
            force_setattr(new, "camp", intern(new.camp))
            if new.evidence is not None:
                force_setattr(new, "evidence", intern(new.evidence))
            self._stands[claim] = new
            self._touched_shelves.add(claim >> SHELF_BITS)
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

    def _weigh(self, old: Assignment | None, new: Assignment, at: Moment) -> None:
        if old and old.figure == new.figure:
            if new.figure:
                self._weigh_at(new.figure, old, new, at)
            return
        if old and old.figure:
            self._weigh_at(old.figure, old, None, at)
        if new.figure:
            self._weigh_at(new.figure, None, new, at)

    def _weigh_at(
        self, figure: str, leaving: Assignment | None, entering: Assignment | None, at: Moment
    ) -> None:
        bench = self._benches[figure]
        figure = bench.figure
        # Who gives the best number matters further only where it is shown elsewhere.
        is_asked = bool(bench.dependents)
        before = is_asked and _part_of(bench, leaving)
        if leaving:
            bench.leave(leaving.claim)
        if entering:
            # One string for all claims: there are hundreds of thousands.
            force_setattr(entering, "figure", figure)
            bench.enter(entering)
        self._touch("figures", figure, at)
        if is_asked and before != _part_of(bench, entering):
            self._touch_worked_out(figure, at)

    def _hear_reconciled(self, data: ReconciledFigure, at: Moment) -> None:
        self.policy = data.policy
        decided = Decided(data.new, data.policy, told_dimensions(data)) if data.new else None
        self._reconcile(data.figure, decided, at)

    def _reconcile(self, figure: str, decided: Decided | None, at: Moment) -> None:
        bench = self._benches[figure]
        old, figure = bench.decided, bench.figure
        is_shown = not _show_alike(old, decided)
        # Comparing whose claims give the best number costs as much as there are; mostly it need not be.
        is_asked = not is_shown or bool(bench.dependents)
        before = bench.drawing() if is_asked else None
        self._stand_under(figure, old, decided, at)
        former = bench.basis
        bench.decide(decided)
        if bench.basis != former:
            self._work_out_from(bench, former)
        if is_shown:
            self._touch("figures", figure, at)
        if (
            is_asked
            and before != bench.drawing()
            and self._best_under(figure, old) != self._best(figure)
        ):
            self._touch("figures", figure, at)
            self._touch_worked_out(figure, at)

    def _work_out_from(self, bench: Bench, former: tuple[str, ...]) -> None:
        figure = bench.figure
        for source in former:
            others = self._benches[source]
            others.dependents = _without(others.dependents, figure)
        for source in bench.basis:
            others = self._benches[source]
            if figure not in others.dependents:
                others.dependents += (figure,)

    def _stand_under(
        self, figure: str, old: Decided | None, new: Decided | None, at: Moment
    ) -> None:
        left, entered = old and old.dimensions.exchange, new and new.dimensions.exchange
        if left == entered:
            return
        if left:
            self._places[left].figures = _without(self._places[left].figures, figure)
            self._touch("exchanges", left, at)
        if entered:
            self._places[entered].figures += (figure,)
            self._touch("exchanges", entered, at)

    def _evaluate(self, check: str, new: CheckResultDetail | None, at: Moment) -> None:
        old = self._checks.get(check)
        if old == new:
            return
        if old:
            self._name_no_more(old.claim, "checks", check)
            del self._checks[check]
        if new:
            assert new.claim in self._heard, (
                f"check {check} names position {new.claim}, where no claim was recorded"
            )
            self._checks[check] = new
            self._name(new.claim, "checks", check)
        self._touch("checks", check, at)

    def _total(self, data: ReconciledTotal, at: Moment) -> None:
        key = total_key(side=data.side, category=data.category, as_of=data.as_of)
        old = self._totals.pop(key, None)
        if data.total:
            self._totals[key] = data.total
        if old == data.total:
            return
        for claim in old.claims if old else ():
            self._name_no_more(claim, "totals", key)
        for claim in data.total.claims if data.total else ():
            assert claim in self._heard, (
                f"total {key} names position {claim}, where no claim was recorded"
            )
            self._name(claim, "totals", key)
        self._touch("totals", key, at)

    def _name(self, claim: int, table: Table, key: str) -> None:
        self._naming[claim] = (*self._naming.get(claim, ()), (table, key))

    def _name_no_more(self, claim: int, table: Table, key: str) -> None:
        if others := _without(self._naming.pop(claim), (table, key)):
            self._naming[claim] = others

    def _touch(self, table: Table, key: str, at: Moment) -> None:
        self._touched[table][key] = at

    def _touch_worked_out(self, figure: str, at: Moment) -> None:
        """Touch the figures that show this one's best claims, however far away."""
        seen, waiting = {figure}, [figure]
        while waiting:
            for dependent in self._benches[waiting.pop()].dependents:
                if dependent in seen:
                    continue
                seen.add(dependent)
                if not self._gives_itself(dependent):
                    self._touch("figures", dependent, at)
                    waiting.append(dependent)

    # What rows are made of.

    def _rebuild_touched(self) -> None:
        touched, self._touched = self._touched, {table: {} for table in TABLES}
        shelves, self._touched_shelves = self._touched_shelves, set()
        claims, figures = self._changed["claims"], self._changed["figures"]
        for shelf in shelves:
            claims[str(shelf)] = pack_shelf(self._on_shelf(shelf))
        for key, at in touched["figures"].items():
            bench = self._benches[key]
            decided, before = bench.decided, bench.shown_since
            if decided is not None:
                figure = self._figure(bench, decided, at)
                figures[key] = pack_figure(figure, is_said=decided.dimensions.are_in_id)
                self._changed_figures[key] = ChangedFigure(key, at.position, _written(figure))
                bench.shown_since = at
            elif before is not None:
                figures[key] = bench.shown_since = None
                self._changed_figures[key] = ChangedFigure(key, at.position, None)
        self._rebuild("exchanges", touched["exchanges"], self._exchange)
        self._rebuild("checks", touched["checks"], self._check)
        self._rebuild("totals", touched["totals"], self._published_total)

    def _rebuild(
        self,
        table: Table,
        touched: Mapping[str, Moment],
        fields_of: Callable[[str, Moment], _Fields | None],
    ) -> None:
        for key, at in touched.items():
            fields = fields_of(key, at)
            if fields is not None:
                self._shown_since[table][key] = at
                self._changed[table][key] = pack(table, key, fields)
            elif self._shown_since[table].pop(key, None) is not None:
                self._changed[table][key] = None

    def _is_shown(self, table: Table, key: str) -> bool:
        if table == "exchanges":
            return self._places[key].identified is not None
        return key in (self._checks if table == "checks" else self._totals)

    def _all(
        self, table: Table, fields_of: Callable[[str, Moment], _Fields | None]
    ) -> Iterator[Any]:
        shown_since = self._shown_since[table]
        for key in sorted(shown_since):
            fields = fields_of(key, shown_since[key])
            assert fields is not None, f"{key} in {table} is shown"
            yield RECORDS[table].model_validate_json(_written(fields))

    def _all_figures(self) -> Iterator[Figure]:
        for bench in sorted(self._benches.all(), key=attrgetter("figure")):
            if bench.decided and bench.shown_since:
                fields = self._figure(bench, bench.decided, bench.shown_since)
                yield Figure.model_validate_json(_written(fields))

    def _on_shelf(self, shelf: int) -> list[ClaimOnShelf]:
        heard, stands, shared = self._heard, self._stands, self._shared_ids
        first = shelf << SHELF_BITS
        return [
            (claim, identity, identity.id in shared, stands.get(claim))
            for claim in range(first, first + (1 << SHELF_BITS))
            if (identity := heard.get(claim))
        ]

    def _standing(self, claim: int) -> Standing:
        identity, stand = self._heard[claim], self._stands.get(claim)
        return Standing.model_validate(
            {
                "id": identity.id,
                "source": identity.source,
                "ref": self._ref(claim),
                "position": claim,
                "assignment": structs.asdict(stand) if stand else None,
            }
        )

    def _exchange(self, key: str, at: Moment) -> _Fields | None:
        place = self._places[key]
        if place.identified is None:
            return None
        identified = place.identified
        return {
            "ledger": self._ledger,
            "id": identified.exchange,
            "date": identified.date,
            "status": identified.status,
            "ordinals": identified.ordinals,
            "mediators": identified.mediators,
            "aliases": identified.aliases,
            "phases": identified.phases,
            "claim_count": place.claim_count,
            "figures": tuple(sorted(place.figures)),
            "position": at.position,
        }

    def _figure(self, bench: Bench, decided: Decided, at: Moment) -> FigureFields:
        key, result, about = bench.figure, decided.result, decided.dimensions
        weighed = bench.weighed(result, self._witnesses)
        claims = weighed.claims
        if bench.basis and not claims.best:
            best = sorted({self._ref(claim) for claim in self._best(key)})
            claims = structs.replace(claims, best=best)
        # By place: by name it takes ten times as long.
        return FigureFields(
            self._ledger,
            key,
            about.exchange,
            about.date,
            about.measure,
            about.side,
            about.category,
            result.low,
            result.best,
            result.high,
            result.claimed_low,
            result.claimed_high,
            result.status,
            result.credibility,
            result.flags,
            result.obs_status,
            weighed.voices,
            weighed.camps,
            claims,
            result.reasons,
            result.checks,
            result.adjudication,
            decided.policy,
            weighed.inputs_hash,
            at.position,
            result.revision,
            result.cause,
            at.recorded_at,
        )

    def _check(self, key: str, at: Moment) -> _Fields | None:
        tested = self._checks.get(key)
        if tested is None:
            return None
        row = structs.asdict(tested)
        row.update(ledger=self._ledger, claim=self._ref(tested.claim), position=at.position)
        return row

    def _published_total(self, key: str, at: Moment) -> _Fields | None:
        published = self._totals.get(key)
        if published is None:
            return None
        claims = sorted(self._ref(claim) for claim in published.claims)
        row = structs.asdict(published)
        row.update(ledger=self._ledger, claims=claims, position=at.position)
        return row

    def _best(self, figure: str) -> set[int]:
        """Name the claims that give a figure's best number, its own or its basis'."""
        bench = self._benches[figure]
        best = self._own_best(bench)
        if best or not bench.basis:
            return best
        seen, waiting = {figure, *bench.basis}, list(bench.basis)
        while waiting:
            bench = self._benches[waiting.pop()]
            own = self._own_best(bench)
            best |= own
            if not own:
                waiting += [basis for basis in bench.basis if basis not in seen]
                seen.update(bench.basis)
        return best

    def _best_under(self, figure: str, decided: Decided | None) -> set[int]:
        """Name the claims that would give a figure's best number under another decision."""
        bench = self._benches[figure]
        now = bench.decided
        bench.decide(decided)
        try:
            return self._best(figure)
        finally:
            bench.decide(now)

    def _own_best(self, bench: Bench) -> set[int]:
        return bench.given_by(bench.stands())

    def _gives_itself(self, figure: str) -> bool:
        """Say whether a figure's own claims give its best number."""
        return bool(self._own_best(self._benches[figure]))

    def _witnesses(self, stands: Iterable[Assignment]) -> list[Witness]:
        heard, shared = self._heard, self._shared_ids
        witnesses = []
        for stand in stands:
            identity = heard[stand.claim]
            claim_id, source = identity.id, identity.source
            ref = f"{claim_id}@{source}" if claim_id in shared else claim_id
            witnesses.append((source, claim_id, ref, stand))
        if len(witnesses) > 1:
            witnesses.sort(key=by_publisher)
        return witnesses

    def _ref(self, claim: int) -> str:
        identity = self._heard[claim]
        if identity.id in self._shared_ids:
            return f"{identity.id}@{identity.source}"
        return identity.id


def assemble(ledger: str, rows: Rows, claim_at: Callable[[int], ClaimRecorded]) -> ReadModels:
    """Make the read models out of stored rows; `claim_at` finds a claim in the log by its position."""
    return ReadModels(
        exchanges=rows.exchanges,
        figures=rows.figures,
        cumulative=cumulative(ledger, rows.figures, rows.exchanges, rows.totals),
        checks=rows.checks,
        claims=tuple(claim_view(standing, claim_at(standing.position)) for standing in rows.claims),
    )


def _without(things: tuple[_Thing, ...], thing: _Thing) -> tuple[_Thing, ...]:
    return tuple([other for other in things if other != thing])


def _part_of(bench: Bench, stand: Assignment | None) -> tuple[Giving | None, bool]:
    """Say how a figure's claims give its best number, and whether this one does."""
    return bench.giving(), stand is not None and bench.is_given_by(stand)


def _assignments_of(decisions: Decisions) -> tuple[Assignment, ...]:
    """Return the assignments with the exchange that they leave out."""
    if decisions.exchange is not None:
        for assignment in decisions.assignments:
            # Put right where it is: a copy of every one costs more than reading them.
            force_setattr(assignment, "exchange", decisions.exchange)
    return decisions.assignments


#: What of an assignment shows in the figure it speaks at.
_weight = attrgetter("figure", "voice", "camp", "low", "high", "state", "reason")
#: What of a value shows by itself: not what it was worked out from.
_resulting = attrgetter(*(name for name in FigureResult.__struct_fields__ if name != "basis"))
_written = Encoder().encode


def _show_alike(one: Decided | None, other: Decided | None) -> bool:
    """Say whether two decisions show the same by themselves."""
    if one is None or other is None:
        return one is other
    is_result_alike: bool = _resulting(one.result) == _resulting(other.result)
    return is_result_alike and one.policy == other.policy and one.dimensions == other.dimensions
