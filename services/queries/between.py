"""What changed between two places of one log, and why: a pure function of its events.

A place is a position, or a time at which the log held what was recorded by then. Both are folded as they
were decided at the time; nothing is decided again. A difference is explained by what happened between the
two: the claims whose standing changed at the row, the retractions and judgements that were decided on, and
for sums the other rows that changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

import msgspec
from typing_extensions import override

from schemas.comparison import CitedFact, Difference, ExplainedDifference
from schemas.decisions import (
    Assignment,
    CheckEvaluated,
    ClaimsAssigned,
    Decision,
    DecisionsMade,
    ExchangeForgotten,
    ExchangeIdentified,
    Explanation,
    FigureReconciled,
    TotalReconciled,
)
from schemas.events import EVENTS, ClaimRecorded, Recorded
from schemas.ledger import LedgerConfiguration
from schemas.operation import Operation
from schemas.views import Check, CumulativePoint, Figure, ReadModels
from services.log_events.envelope import recorded_id
from services.log_events.identities import IdentityEvent, decode_identity
from services.projection.fold import ReadModel, assemble
from services.projection.rows import ClaimRow, total_key
from services.queries.comparison import View, differences
from services.queries.headline_totals import EVERYBODY
from services.queries.history import describe_fact
from services.reconciliation.rules.explanations import CODES, canonical_code


#: Most changed figures named for one sum: later sums follow from all before them.
FOLLOWED_COUNT_MAX = 20
_MEANING = {code.word: code.meaning for code in CODES}


class Place(NamedTuple):
    """A place in a log: a position, or a time; with neither, the end."""

    position: int | None = None
    time: datetime | None = None

    def holds(self, position: int, recorded_at: datetime) -> bool:
        """Return whether an event stands at or before this place."""
        if self.time is not None:
            return recorded_at <= self.time
        return self.position is None or position <= self.position

    @override
    def __str__(self) -> str:
        """Name the place as it was given."""
        if self.time is not None:
            return self.time.isoformat()
        return "the end" if self.position is None else f"position {self.position}"


class PlaceOrderError(ValueError):
    """The first place lies behind the second, or one beyond the log's end."""

    def __init__(self, expected: str, found: str, *, is_end: bool = False) -> None:
        """Make the error.

        Args:
            expected: What a place has to be.
            found: The place as it was given.
            is_end: Whether it is the second of the two.
        """
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found, self.is_end = expected, found, is_end


class Extent(NamedTuple):
    """Where a place was found: the last event it holds, and when that was recorded or what was asked for."""

    position: int = 0
    recorded_at: datetime | None = None


class Between(NamedTuple):
    """What changed between two places.

    Attributes:
        start: The last event of the first place.
        end: The last event of the second.
        recorded_count: Claims, retractions and judgements recorded between the two.
        differences: The rows that changed; exchanges, figures, running totals, checks, operations.
    """

    start: Extent
    end: Extent
    recorded_count: int
    differences: tuple[ExplainedDifference, ...]


class _EventName(msgspec.Struct, frozen=True, gc=False):
    id: str


_name_of = msgspec.json.Decoder(_EventName).decode


def changes_between(
    bodies: Sequence[bytes], *, ledger: LedgerConfiguration, start: Place, end: Place
) -> Between:
    """Work out what changed between two places of a log.

    Args:
        bodies: The log's events as JSON, in order of position.
        ledger: The ledger's configuration.
        start: The first place.
        end: The second, not before the first.

    Raises:
        PlaceOrderError: The first lies behind the second, or one beyond the log's end.
    """
    for place in (start, end):
        if place.position is not None and place.position > len(bodies):
            raise PlaceOrderError(
                f"a position up to {len(bodies)}, the log's last",
                str(place.position),
                is_end=place is end,
            )
    folded = _Folded(bodies, ledger, start, end)
    explain = _Explaining(folded, bodies, ledger)
    return Between(
        folded.extents[0],
        folded.extents[1],
        folded.recorded_count,
        tuple(map(explain.explained, differences(folded.old, folded.new))),
    )


class _Folded:
    """The read models at both places, and which facts were decided on between them, by row."""

    def __init__(
        self, bodies: Iterable[bytes], ledger: LedgerConfiguration, start: Place, end: Place
    ) -> None:
        old, new = ReadModel(ledger.name), ReadModel(ledger.name)
        self.extents = [Extent(), Extent()]
        self.recorded_count = 0
        self.causes: defaultdict[tuple[View, str], dict[str, None]] = defaultdict(dict)
        #: Positions of facts by event id.
        self.facts: dict[str, int] = {}
        for body in bodies:
            event = decode_identity(body)
            was, becomes = (
                place.holds(event.position, event.recorded_at) for place in (start, end)
            )
            if was and not becomes:
                raise PlaceOrderError(f"a place before {end}", str(start))
            if was:
                old.fold(event)
                self.extents[0] = Extent(event.position, start.time or event.recorded_at)
            if becomes:
                new.fold(event)
                self.extents[1] = Extent(event.position, end.time or event.recorded_at)
                self._note(event, body, is_between=not was)
        self.old, self.old_claims = _models(old, ledger)
        self.new, self.new_claims = _models(new, ledger)

    def _note(self, event: IdentityEvent, body: bytes, *, is_between: bool) -> None:
        if not isinstance(event, Decision):
            self.facts[_name_of(body).id] = event.position
            self.recorded_count += is_between
        elif is_between:
            for row in _touched(event):
                self.causes[row][event.causationid] = None


class _Explaining:
    """Explains differences by what happened between the two places."""

    def __init__(
        self, folded: _Folded, bodies: Sequence[bytes], ledger: LedgerConfiguration
    ) -> None:
        self._folded, self._bodies, self._ledger = folded, bodies, ledger
        self._refs = {(row.source, row.id): row.ref for row in folded.new_claims.values()}
        self._by_ref = {row.ref: row.position for row in folded.new_claims.values()}
        self._moved: defaultdict[str, list[int]] = defaultdict(list)
        for position, row in folded.new_claims.items():
            before = _assignment(folded.old_claims.get(position))
            if before != row.assignment:
                places = {told.figure for told in (before, row.assignment) if told and told.figure}
                for figure in places:
                    self._moved[figure].append(position)
        self._old_rows = _rows_by_view(folded.old)
        self._new_rows = _rows_by_view(folded.new)
        figures = {row.id: row for models in (folded.old, folded.new) for row in models.figures}
        #: The latest first, because a sum names the last of those it follows from.
        self._changed_figures = sorted(
            (
                figures[change.id]
                for change in differences(folded.old, folded.new)
                if change.view == "figures"
            ),
            key=lambda figure: (figure.date or date.min, figure.id),
            reverse=True,
        )

    def explained(self, difference: Difference) -> ExplainedDifference:
        """Return a difference with what it follows from."""
        view = difference.view
        old = self._old_rows[view].get(difference.id)
        new = self._new_rows[view].get(difference.id)
        cause = None
        if view == "figures":
            cause = new.cause if isinstance(new, Figure) else "withdrawn"
        before = set(_reasons(old))
        positions = self._facts_of(difference, new or old)
        return ExplainedDifference(
            **dict(difference),
            cause=cause,
            reasons=tuple(reason for reason in _reasons(new) if reason not in before),
            facts=tuple(self._cited(position, difference) for position in positions),
            follows=self._followed(new or old),
        )

    def _facts_of(self, difference: Difference, row: object) -> list[int]:
        """Return the positions of the facts that a difference follows from."""
        named = self._folded.causes.get((difference.view, difference.id), {})
        causes = [self._folded.facts[name] for name in named if name in self._folded.facts]
        others = [position for position in causes if position not in self._folded.new_claims]
        claims: list[int] = []
        if isinstance(row, Figure):
            claims = self._moved.get(difference.id, [])
        elif isinstance(row, Check) and row.claim in self._by_ref:
            claims = [self._by_ref[row.claim]]
        elif isinstance(row, CumulativePoint) and row.published is not None:
            claims = [self._by_ref[ref] for ref in row.published.claims if ref in self._by_ref]
            claims = [claim for claim in claims if self._standing(claim, None)]
        return sorted({*claims, *others}) or sorted(causes)

    def _followed(self, row: object) -> tuple[str, ...]:
        """Return the ids of the figures whose differences a sum is worked out from."""
        figures = self._changed_figures
        if isinstance(row, CumulativePoint):
            since = row.computed.since_total if row.computed else None
            summed = (figure for figure in figures if _is_summed(figure, row, since))
            return tuple(figure.id for figure in islice(summed, FOLLOWED_COUNT_MAX))
        if isinstance(row, Operation):
            days = {*row.phases, row.id}
            return tuple(figure.id for figure in figures if figure.exchange in days)
        return ()

    def _cited(self, position: int, difference: Difference) -> CitedFact:
        fact = self._recorded(position)
        told = describe_fact(fact, ref=self._ref, claim_of=self._claim_of)
        claim = fact.data.claim if isinstance(fact, ClaimRecorded) else None
        figure = difference.id if difference.view == "figures" else None
        return CitedFact(
            **dict(told),
            url=claim.url if claim else None,
            published_at=claim.published_at if claim else None,
            standing=self._standing(position, figure),
        )

    def _standing(self, position: int, figure: str | None) -> str | None:
        """Return what became of a claim, as seen from a figure if one is named."""
        now = _assignment(self._folded.new_claims.get(position))
        before = _assignment(self._folded.old_claims.get(position))
        if now is None or before == now:
            return None
        if figure not in (None, now.figure):
            change = f"now counted at {now.figure}" if now.figure else "no longer counted here"
        elif before is None:
            change = "new" if now.state == "active" else f"new, {now.state}"
        else:
            change = _restated(before, now)
        return change + _in_words(now.reason)

    def _recorded(self, position: int) -> Recorded:
        event = EVENTS.validate_json(self._bodies[position - 1])
        assert isinstance(event, Recorded), f"no fact was recorded at position {position}"
        return event

    def _ref(self, source: str, claim: str) -> str:
        return self._refs.get((source, claim), claim)

    def _claim_of(self, source: str, claim: str) -> ClaimRecorded | None:
        position = self._folded.facts.get(recorded_id(source=source, id=claim))
        found = None if position is None else self._recorded(position)
        return found if isinstance(found, ClaimRecorded) else None


def _models(
    model: ReadModel, ledger: LedgerConfiguration
) -> tuple[ReadModels, Mapping[int, ClaimRow]]:
    """Return the read models without what claims say, and where each claim stands."""
    rows = model.rows()
    texts: dict[int, ClaimRecorded] = {}
    models = assemble(ledger, rows._replace(claims=()), texts.__getitem__)
    return models, {row.position: row for row in rows.claims}


def _touched(event: Decision) -> Iterator[tuple[View, str]]:
    """Yield the rows that a decision says something new about."""
    match event:
        case DecisionsMade(data=data):
            if data.identified is not None:
                yield "exchanges", data.identified.exchange
            if data.forgotten is not None:
                yield "exchanges", data.forgotten
            yield from (("figures", change.figure) for change in data.figures)
            yield from (("checks", check.id) for check in data.checks)
            yield from (("checks", withdrawn) for withdrawn in data.withdrawn)
            yield from (_total(total.side, total.category, total.as_of) for total in data.totals)
        case ExchangeIdentified() | ExchangeForgotten():
            yield "exchanges", event.data.exchange
        case FigureReconciled():
            yield "figures", event.data.figure
        case CheckEvaluated():
            yield "checks", event.data.id
        case ClaimsAssigned():
            pass  # Where claims stand is compared as a whole.
        case TotalReconciled(data=data):
            yield _total(data.side, data.category, data.as_of)


def _total(side: str, category: str, as_of: date) -> tuple[View, str]:
    return "cumulative", total_key(side=side, category=category, as_of=as_of)


def _assignment(row: ClaimRow | None) -> Assignment | None:
    return row.assignment if row else None


def _rows_by_view(models: ReadModels) -> Mapping[View, Mapping[str, object]]:
    totals = {
        total_key(side=row.side, category=row.category, as_of=row.as_of): row
        for row in models.cumulative
    }
    return {
        "exchanges": {row.id: row for row in models.exchanges},
        "figures": {row.id: row for row in models.figures},
        "cumulative": totals,
        "checks": {row.id: row for row in models.checks},
        "operations": {row.id: row for row in models.operations},
    }


def _reasons(row: object) -> tuple[Explanation, ...]:
    if isinstance(row, Figure):
        return row.reasons
    return row.explanations if isinstance(row, Check) else ()


def _is_summed(figure: Figure, total: CumulativePoint, since: date | None) -> bool:
    """Return whether a running total adds a figure."""
    if (figure.measure, figure.side) != ("returned", total.side) or figure.date is None:
        return False
    if total.category not in (EVERYBODY, figure.category):
        return False
    return (since is None or since < figure.date) and figure.date <= total.as_of


def _restated(before: Assignment, now: Assignment) -> str:
    if before.figure != now.figure:
        return f"before at {before.figure or 'no figure'}"
    if before.state != now.state:
        return f"{before.state} before, {now.state} now"
    if (before.low, before.high) != (now.low, now.high):
        return f"read as {_span(before)} before, as {_span(now)} now"
    return "read otherwise"


def _in_words(reason: str | None) -> str:
    """Return the codes of a claim's reason in words, behind a colon."""
    words = [
        _MEANING.get(canonical_code(code), code) for code in (reason or "").split("; ") if code
    ]
    return f": {'; '.join(words)}" if words else ""


def _span(assignment: Assignment) -> str:
    high = "open" if assignment.high is None else str(assignment.high)
    return high if assignment.low == assignment.high else f"{assignment.low} – {high}"
