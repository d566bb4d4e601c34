"""Figures: what was decided on each, and the claims behind it."""

from collections.abc import Callable, Iterator
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from msgspec import Struct, structs
from msgspec.structs import force_setattr

from schemas.decisions import Assignment, FigureResult
from schemas.views import Figure
from services.projection.dimensions import FigureDimensions
from services.projection.encoding import FigureRow, pack_figure
from services.projection.support import SupportKind
from services.projection.support_index import DecidedFigure, EvidenceSet, EvidenceSets, Moment
from services.projection.tables.changed_rows import encode_row
from services.projection.tables.claims import ClaimFold


class ChangedFigure(Struct, frozen=True, gc=False):
    """A figure that was changed or taken away: the position that did it, and the row, null for gone."""

    id: str
    position: int
    row: bytes | None


_Thing = TypeVar("_Thing")


class FigureFold:
    """The figures of one ledger."""

    def __init__(self, ledger: str, claims: ClaimFold) -> None:
        self._ledger = ledger
        self._claims = claims
        self._evidence = EvidenceSets(claims.assignments)
        self._touched: dict[str, Moment] = {}
        #: Those that were decided since changes were last taken.
        self._decided_since: set[str] = set()
        self._changed: dict[str, bytes | None] = {}
        self._feed: dict[str, ChangedFigure] = {}

    def rename(self, claim: int, at: Moment) -> None:
        """Note that a claim has another ref."""
        assignment = self._claims.assignments.get(claim)
        if assignment and assignment.figure:
            evidence = self._evidence[assignment.figure]
            evidence.rename(claim)
            self._touched[assignment.figure] = at
            if evidence.is_supported_by(assignment):
                self._touch_dependents(assignment.figure, at)

    def assign(self, old: Assignment | None, new: Assignment, at: Moment) -> None:
        """Take in where a claim stands, and where it stood, null for nowhere."""
        if old is not None and _counted(old) == _counted(new):
            return
        if old and old.figure == new.figure:
            if new.figure:
                self._replace(new.figure, old, new, at)
            return
        if old and old.figure:
            self._replace(old.figure, old, None, at)
        if new.figure:
            self._replace(new.figure, None, new, at)

    def decide(
        self, figure: str, decided: DecidedFigure | None, at: Moment
    ) -> DecidedFigure | None:
        """Take in what was decided on a figure, null if it was taken away; return what was before."""
        evidence = self._evidence[figure]
        old, figure = evidence.decided, evidence.figure
        if decided is not None:
            self._decided_since.add(figure)
        is_shown = not _show_alike(old, decided)
        # Comparing whose claims support the best number costs as much as there are; mostly it need
        # not be.
        is_asked = not is_shown or bool(evidence.dependents)
        before = evidence.support_source() if is_asked else None
        former = evidence.basis
        evidence.decide(decided)
        if evidence.basis != former:
            self._change_basis(evidence, former)
        if is_shown:
            self._touched[figure] = at
        if (
            is_asked
            and before != evidence.support_source()
            and self._best_under(figure, old) != self._best(figure)
        ):
            self._touched[figure] = at
            self._touch_dependents(figure, at)
        return old

    def take(self) -> tuple[dict[str, bytes | None], list[ChangedFigure]]:
        """Return the rows that changed since the last call, as they are stored and as readers get them.

        The latter are in order of position and id.
        """
        self._update()
        changed, self._changed = self._changed, {}
        feed, self._feed = self._feed, {}
        return changed, sorted(feed.values(), key=attrgetter("position", "id"))

    def discard(self) -> None:
        """Take what changed for written."""
        self._changed, self._feed = {}, {}
        self._decided_since.clear()
        touched, self._touched = self._touched, {}
        for figure, at in touched.items():
            evidence = self._evidence[figure]
            evidence.shown_since = at if evidence.decided else None

    def all(self) -> Iterator[Figure]:
        """Return all figures, in order of id."""
        self._update()
        for evidence in sorted(self._evidence.all(), key=attrgetter("figure")):
            if evidence.decided and evidence.shown_since:
                row = self._row(evidence, evidence.decided, evidence.shown_since)
                yield Figure.model_validate_json(encode_row(row))

    # What claims and decisions do.

    def _replace(
        self, figure: str, leaving: Assignment | None, entering: Assignment | None, at: Moment
    ) -> None:
        evidence = self._evidence[figure]
        figure = evidence.figure
        # Which claims support the best number matters further only where it is shown elsewhere.
        is_asked = bool(evidence.dependents)
        before = is_asked and _part_of(evidence, leaving)
        if leaving:
            evidence.remove(leaving.claim)
        if entering:
            # One string for all claims: there are hundreds of thousands.
            force_setattr(entering, "figure", figure)
            evidence.add(entering)
        self._touched[figure] = at
        if is_asked and before != _part_of(evidence, entering):
            self._touch_dependents(figure, at)

    def _change_basis(self, evidence: EvidenceSet, former: tuple[str, ...]) -> None:
        figure = evidence.figure
        for source in former:
            others = self._evidence[source]
            others.dependents = _without(others.dependents, figure)
        for source in evidence.basis:
            others = self._evidence[source]
            if figure not in others.dependents:
                others.dependents += (figure,)

    def _touch_dependents(self, figure: str, at: Moment) -> None:
        """Touch the figures that show this one's best claims, however far away."""
        seen, waiting = {figure}, [figure]
        while waiting:
            for dependent in self._evidence[waiting.pop()].dependents:
                if dependent in seen:
                    continue
                seen.add(dependent)
                if not self._evidence[dependent].supporting():
                    self._touched[dependent] = at
                    waiting.append(dependent)

    def _best(self, figure: str) -> set[int]:
        """Return the claims that support a figure's best number, its own or its basis'."""
        evidence = self._evidence[figure]
        best = evidence.supporting()
        if best or not evidence.basis:
            return best
        seen, waiting = {figure, *evidence.basis}, list(evidence.basis)
        while waiting:
            evidence = self._evidence[waiting.pop()]
            own = evidence.supporting()
            best |= own
            if not own:
                waiting += [basis for basis in evidence.basis if basis not in seen]
                seen.update(evidence.basis)
        return best

    def _best_under(self, figure: str, decided: DecidedFigure | None) -> set[int]:
        """Return the claims that would support a figure's best number under another decision."""
        evidence = self._evidence[figure]
        now = evidence.decided
        evidence.decide(decided)
        try:
            return self._best(figure)
        finally:
            evidence.decide(now)

    # What rows are made of.

    def _update(self) -> None:
        touched, self._touched = self._touched, {}
        for figure, at in touched.items():
            evidence = self._evidence[figure]
            decided, before = evidence.decided, evidence.shown_since
            if decided is not None:
                row = self._row(evidence, decided, at)
                self._changed[figure] = pack_figure(row, are_in_id=decided.dimensions.are_in_id)
                self._feed[figure] = ChangedFigure(figure, at.position, encode_row(row))
                evidence.shown_since = at
            elif before is not None or figure in self._decided_since:
                # Also where it came and went since: another writer may have stored it in between.
                self._changed[figure] = evidence.shown_since = None
                self._feed[figure] = ChangedFigure(figure, at.position, None)
        self._decided_since.clear()

    def _row(self, evidence: EvidenceSet, decided: DecidedFigure, at: Moment) -> Any:
        figure, result = evidence.figure, decided.result
        support = evidence.support(result, self._claims.evidence)
        claims = support.claims
        if evidence.basis and not claims.best:
            best = sorted({self._claims.ref(claim) for claim in self._best(figure)})
            claims = structs.replace(claims, best=best)
        of_row = (
            self._ledger,
            figure,
            support.voices,
            support.camps,
            claims,
            decided.policy,
            support.inputs_hash,
            at.position,
            at.recorded_at,
        )
        # By place: by name it takes ten times as long.
        values = _dimensions(decided.dimensions) + _decided(result) + of_row
        return FigureRow(*_in_order(values))


#: A figure's columns, and where each is found: in what was decided, in what it is about, or here.
_COLUMNS = tuple(Figure.model_fields)
_OF_DIMENSIONS = tuple(name for name in FigureDimensions.__struct_fields__ if name in _COLUMNS)
_OF_RESULT = tuple(name for name in FigureResult.__struct_fields__ if name in _COLUMNS)
_OF_ROW = (
    "ledger",
    "id",
    "voices",
    "camps",
    "claims",
    "policy",
    "inputs_hash",
    "position",
    "as_known_on",
)
_FOUND = (*_OF_DIMENSIONS, *_OF_RESULT, *_OF_ROW)
assert sorted(_FOUND) == sorted(_COLUMNS), (
    f"a figure's columns are found once each, not {set(_FOUND) ^ set(_COLUMNS) or _FOUND}"
)
_dimensions: Callable[[Any], tuple[Any, ...]] = attrgetter(*_OF_DIMENSIONS)
_decided: Callable[[Any], tuple[Any, ...]] = attrgetter(*_OF_RESULT)
_in_order = itemgetter(*(_FOUND.index(name) for name in _COLUMNS))


def _without(things: tuple[_Thing, ...], thing: _Thing) -> tuple[_Thing, ...]:
    return tuple([other for other in things if other != thing])


def _part_of(
    evidence: EvidenceSet, assignment: Assignment | None
) -> tuple[SupportKind | None, bool]:
    """Return how a figure's claims support its best number, and whether this one does."""
    is_part = assignment is not None and evidence.is_supported_by(assignment)
    return evidence.support_kind(), is_part


#: What of an assignment shows in the figure it speaks at.
_counted = attrgetter("figure", "voice", "camp", "low", "high", "state", "reason")
#: What of a value shows by itself: not what it was worked out from.
_resulting = attrgetter(*(name for name in FigureResult.__struct_fields__ if name != "basis"))


def _show_alike(one: DecidedFigure | None, other: DecidedFigure | None) -> bool:
    """Return whether two decisions show the same by themselves."""
    if one is None or other is None:
        return one is other
    is_result_alike: bool = _resulting(one.result) == _resulting(other.result)
    return is_result_alike and one.policy == other.policy and one.dimensions == other.dimensions
