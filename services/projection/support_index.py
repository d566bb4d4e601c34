"""Which claims stand behind each figure, and how.

The claims that support `best` are, in this order: the active ones that say exactly that number; else
those that start at it (a floor gives its own least number); else, unless the figure was worked out
from others, the bounded ones that contain it ("about 448" gives 448). A figure without any of its
own takes those of the figures it was worked out from. All other claims agree, disagree, are
explained, or do not count.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from typing_extensions import override

from schemas.decisions import Assignment, FigureResult
from services.projection.dimensions import FigureDimensions
from services.projection.support import (
    Evidence,
    RunningSupport,
    Support,
    SupportKind,
    kind_among,
    support_of,
    supports,
)


#: Most claims at a figure that are looked through for each of its rows. With more, looking through them
#: costs more than all else about the row.
FEW_MAX = 32

#: Names claims as they stand, in order of `support.by_publisher`.
Naming = Callable[[Iterable[Assignment]], list[Evidence]]


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When something changed: the position of the event that did it, and when that was recorded."""

    position: int
    recorded_at: datetime


class DecidedFigure(msgspec.Struct, frozen=True, gc=False):
    """What was decided on a figure."""

    result: FigureResult
    policy: str
    dimensions: FigureDimensions


class EvidenceSet:
    """The claims at one figure, and its last result: what its row is made of.

    Attributes:
        figure: The figure's id.
        decided: What was decided last, null before that and after the figure was taken away.
        result: The figure's value, null if there is no such figure.
        basis: Ids of the figures it was worked out from.
        dependents: Ids of the figures that are worked out from it.
        shown_since: When what the figure's row is made of changed last, null as long as there is no row.
    """

    # Nearly all figures have a claim or two, and there are as many sets as figures: whatever each of
    # them holds is there hundreds of thousands of times.
    __slots__ = (
        "_few",
        "_many",
        "basis",
        "decided",
        "dependents",
        "figure",
        "result",
        "shown_since",
    )

    def __init__(self, figure: str) -> None:
        """Begin without claims and without a result."""
        self.figure = figure
        self._few: tuple[Assignment, ...] = ()
        self._many: _LargeEvidence | None = None
        self.decided: DecidedFigure | None = None
        self.result: FigureResult | None = None
        self.basis: tuple[str, ...] = ()
        self.dependents: tuple[str, ...] = ()
        self.shown_since: Moment | None = None

    def decide(self, decided: DecidedFigure | None) -> None:
        """Take a decision for the last one."""
        self.decided = decided
        self.result = decided.result if decided else None
        self.basis = self.result.basis if self.result else ()

    def add(self, assignment: Assignment) -> None:
        """Add a claim."""
        if self._many is not None:
            self._many.add(assignment)
            return
        self._few += (assignment,)
        if len(self._few) > FEW_MAX:
            self._many = _LargeEvidence(self._few)
            self._few = ()

    def remove(self, claim: int) -> None:
        """Remove a claim, by its log position."""
        if self._many is not None:
            self._many.remove(claim)
            return
        self._few = tuple([assignment for assignment in self._few if assignment.claim != claim])

    def rename(self, claim: int) -> None:
        """Note that a claim, by its log position, is named otherwise than before."""
        if self._many is not None:
            self._many.pending.add(claim)

    def assignments(self) -> Collection[Assignment]:
        """Return all claims assigned to the figure, those that do not count included."""
        return self._few if self._many is None else self._many.assignments.values()

    def support(self, result: FigureResult, naming: Naming) -> Support:
        """Return what stands behind the figure, for a row made before any of its claims changes.

        Args:
            result: The figure's value, as `self.result` is.
            naming: Names claims as they stand.
        """
        if self._many is None:
            return support_of(result, self.support_kind(), naming(self._few))
        return self._many.support(result, self.support_kind(), naming)

    def support_kind(self) -> SupportKind | None:
        """Return how the figure's own claims support its best number, null if they do not."""
        result = self.result
        if result is None or result.best is None:
            return None
        many, best = self._many, result.best
        if found := kind_among(self._few, best) if many is None else many.kind_of(best):
            return found
        return None if result.basis and result.status != "approximate" else "inside"

    def support_source(self) -> tuple[SupportKind | None, int | None, tuple[str, ...]]:
        """Return from where a result takes the claims that support its best number.

        As long as this is the same, another result leaves those claims as they were.
        """
        kind = self.support_kind()
        best = self.result.best if self.result and kind else None
        return kind, best, self.basis

    def is_supported_by(self, assignment: Assignment) -> bool:
        """Return whether a claim at this figure is one of those that support its best number."""
        return bool(self._supporting((assignment,)))

    def supporting(self) -> set[int]:
        """Return the claims at this figure that support its best number; by log position."""
        return self._supporting(self.assignments())

    def _supporting(self, assignments: Iterable[Assignment]) -> set[int]:
        kind, best = self.support_kind(), self.result.best if self.result else None
        if best is None or kind is None:
            return set()
        return {
            assignment.claim
            for assignment in assignments
            if assignment.state == "active" and supports(assignment, kind, best)
        }

    def pack(self) -> "PackedEvidence":
        """Return the set as a snapshot keeps it: claims by log position."""
        decided = msgspec.json.encode((self.decided, self.shown_since))
        claims = tuple([assignment.claim for assignment in self.assignments()])
        return decided, claims, self.dependents

    @classmethod
    def unpack(
        cls, figure: str, packed: "PackedEvidence", assignments: Mapping[int, Assignment]
    ) -> "EvidenceSet":
        """Make a set of what a snapshot kept, with the claims as they stand."""
        decided, claims, dependents = packed
        found = cls(figure)
        found.dependents = dependents
        for claim in claims:
            found.add(assignments[claim])
        last, found.shown_since = _unpack_decided(decided)
        found.decide(last)
        return found


_unpack_decided = msgspec.json.Decoder(tuple[DecidedFigure | None, Moment | None]).decode
PackedEvidence = tuple[bytes, tuple[int, ...], tuple[str, ...]]


class _LargeEvidence:
    """Very many claims at one figure.

    Attributes:
        assignments: The claims, by log position.
        pending: Those that came, went or were renamed since the support was last worked out.
    """

    __slots__ = ("_exact", "_running", "_start", "assignments", "pending")

    def __init__(self, assignments: Iterable[Assignment]) -> None:
        self.assignments: dict[int, Assignment] = {}
        self.pending: set[int] = set()
        self._running: RunningSupport | None = None
        # How many active claims say exactly a number, and how many others start at it: enough to
        # know at once which support the best one.
        self._exact: Counter[int] = Counter()
        self._start: Counter[int] = Counter()
        for assignment in assignments:
            self.add(assignment)

    def add(self, assignment: Assignment) -> None:
        self.assignments[assignment.claim] = assignment
        self._count(assignment, 1)

    def remove(self, claim: int) -> None:
        self._count(self.assignments.pop(claim), -1)

    def kind_of(self, best: int) -> SupportKind | None:
        if self._exact[best]:
            return "exact"
        return "start" if self._start[best] else None

    def support(self, result: FigureResult, kind: SupportKind | None, naming: Naming) -> Support:
        running = self._running
        if running is None or not running.fits(result, kind):
            running = RunningSupport(result, kind, naming(self.assignments.values()))
            self._running = running
        else:
            for claim in self.pending:
                running.remove(claim)
            present = [claim for claim in self.pending if claim in self.assignments]
            for evidence in naming([self.assignments[claim] for claim in present]):
                running.add(evidence)
        self.pending.clear()
        return running.support()

    def _count(self, assignment: Assignment, step: int) -> None:
        self.pending.add(assignment.claim)
        if assignment.state == "active" and assignment.low is not None:
            counter = self._exact if assignment.low == assignment.high else self._start
            counter[assignment.low] += step


class EvidenceSets(dict[str, EvidenceSet]):
    """The evidence set of each figure, an empty one where there was none.

    Out of a snapshot a set is unpacked when it is first asked for: most never are, and unpacking all
    of them would take longer than the rest of a start.
    """

    def __init__(
        self,
        assignments: Mapping[int, Assignment],
        packed: dict[str, PackedEvidence] | None = None,
    ) -> None:
        """Begin with none, or with packed ones of claims that stand as `assignments` says."""
        super().__init__()
        self._assignments = assignments
        self._packed = packed or {}

    def __missing__(self, figure: str) -> EvidenceSet:
        packed = self._packed.pop(figure, None)
        found = (
            EvidenceSet.unpack(figure, packed, self._assignments) if packed else EvidenceSet(figure)
        )
        self[figure] = found
        return found

    def all(self) -> Iterable[EvidenceSet]:
        """Return all sets, those that were not asked for yet as well."""
        for figure in list(self._packed):
            self[figure]
        return self.values()

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled packed."""
        packed = {figure: evidence.pack() for figure, evidence in self.items()}
        return EvidenceSets, (self._assignments, self._packed | packed)
