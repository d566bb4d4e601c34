"""Which claims stand behind a figure, and how.

The claims that give `best` are, in this order: the active ones that say exactly that number; else
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
    Giving,
    Weighed,
    Weighing,
    Witness,
    gives,
    says,
    weigh,
)


#: Most claims at a figure that are looked through for each of its rows. With more, looking through them
#: costs more than all else about the row.
FEW_MAX = 32

#: Names claims as they stand, in order of `support.by_publisher`.
Naming = Callable[[Iterable[Assignment]], list[Witness]]


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When something changed: the position of the event that did it, and when that was recorded."""

    position: int
    recorded_at: datetime


class Decided(msgspec.Struct, frozen=True, gc=False):
    """What was decided on a figure."""

    result: FigureResult
    policy: str
    dimensions: FigureDimensions


class Bench:
    """The claims at one figure, and its last result: what its row is made of.

    Attributes:
        figure: The figure's id.
        decided: What was decided last, null before that and after the figure was taken away.
        result: The figure's value, null if there is no such figure.
        basis: Ids of the figures it was worked out from.
        dependents: Ids of the figures that are worked out from it.
        shown_since: When what the figure's row is made of changed last, null as long as there is no row.
    """

    # Nearly all figures have a claim or two, and there are as many benches as figures: whatever each of
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

    def __init__(self, figure: str, stands: tuple[Assignment, ...] = ()) -> None:
        """Begin with these claims and without a result."""
        self.figure = figure
        self._few = stands
        self._many: _Many | None = None
        self.decided: Decided | None = None
        self.result: FigureResult | None = None
        self.basis: tuple[str, ...] = ()
        self.dependents: tuple[str, ...] = ()
        self.shown_since: Moment | None = None

    def decide(self, decided: Decided | None) -> None:
        """Take a decision for the last one."""
        self.decided = decided
        self.result = decided.result if decided else None
        self.basis = self.result.basis if self.result else ()

    def enter(self, stand: Assignment) -> None:
        """Take a claim in."""
        if self._many is not None:
            self._many.enter(stand)
            return
        self._few += (stand,)
        if len(self._few) > FEW_MAX:
            self._many = _Many(self._few)
            self._few = ()

    def leave(self, claim: int) -> None:
        """Let a claim go, by its log position."""
        if self._many is not None:
            self._many.leave(claim)
            return
        self._few = tuple([stand for stand in self._few if stand.claim != claim])

    def rename(self, claim: int) -> None:
        """Note that a claim, by its log position, is named otherwise than before."""
        if self._many is not None:
            self._many.moved.add(claim)

    def stands(self) -> Collection[Assignment]:
        """Give all claims assigned to the figure, those that do not count included."""
        return self._few if self._many is None else self._many.stands.values()

    def weighed(self, result: FigureResult, naming: Naming) -> Weighed:
        """Say what the claims come to, for a row that is made before any of them moves.

        Args:
            result: The figure's value, as `self.result` is.
            naming: Names claims as they stand.
        """
        if self._many is None:
            return weigh(result, self.giving(), naming(self._few))
        return self._many.weighed(result, self.giving(), naming)

    def giving(self) -> Giving | None:
        """Say how the figure's own claims give its best number, null if they do not."""
        result = self.result
        if result is None or result.best is None:
            return None
        many, best = self._many, result.best
        if found := says(self._few, best) if many is None else many.says(best):
            return found
        return None if result.basis and result.status != "approximate" else "inside"

    def drawing(self) -> tuple[Giving | None, int | None, tuple[str, ...]]:
        """Say from where a result takes the claims that give its best number.

        As long as this is the same, another result leaves those claims as they were.
        """
        giving = self.giving()
        best = self.result.best if self.result and giving else None
        return giving, best, self.basis

    def is_given_by(self, stand: Assignment) -> bool:
        """Say whether a claim at this figure is one of those that give its best number."""
        return bool(self.given_by((stand,)))

    def given_by(self, stands: Iterable[Assignment]) -> set[int]:
        """Choose from claims at this figure those that give its best number; by log position."""
        giving, best = self.giving(), self.result.best if self.result else None
        if best is None or giving is None:
            return set()
        return {
            stand.claim
            for stand in stands
            if stand.state == "active" and gives(stand, giving, best)
        }

    def pack(self) -> "PackedBench":
        """Give the bench as a snapshot keeps it: claims by log position."""
        decided = msgspec.json.encode((self.decided, self.shown_since))
        return decided, tuple([stand.claim for stand in self.stands()]), self.dependents

    @classmethod
    def unpack(
        cls, figure: str, packed: "PackedBench", stands: Mapping[int, Assignment]
    ) -> "Bench":
        """Make a bench of what a snapshot kept, with the claims as they stand."""
        decided, claims, dependents = packed
        bench = cls(figure)
        bench.dependents = dependents
        for claim in claims:
            bench.enter(stands[claim])
        last, bench.shown_since = _unpack_decided(decided)
        bench.decide(last)
        return bench


_unpack_decided = msgspec.json.Decoder(tuple[Decided | None, Moment | None]).decode
PackedBench = tuple[bytes, tuple[int, ...], tuple[str, ...]]


class _Many:
    """Very many claims at one figure.

    Attributes:
        stands: The claims, by log position.
        moved: Those that entered, left or were renamed since they were weighed.
    """

    __slots__ = ("_exact", "_start", "_weighing", "moved", "stands")

    def __init__(self, stands: Iterable[Assignment]) -> None:
        self.stands: dict[int, Assignment] = {}
        self.moved: set[int] = set()
        self._weighing: Weighing | None = None
        # How many active claims say exactly a number, and how many others start at it: enough to
        # know at once who gives the best one.
        self._exact: Counter[int] = Counter()
        self._start: Counter[int] = Counter()
        for stand in stands:
            self.enter(stand)

    def enter(self, stand: Assignment) -> None:
        self.stands[stand.claim] = stand
        self._count(stand, 1)

    def leave(self, claim: int) -> None:
        self._count(self.stands.pop(claim), -1)

    def says(self, best: int) -> Giving | None:
        if self._exact[best]:
            return "exact"
        return "start" if self._start[best] else None

    def weighed(self, result: FigureResult, giving: Giving | None, naming: Naming) -> Weighed:
        weighing = self._weighing
        if weighing is None or not weighing.fits(result, giving):
            weighing = self._weighing = Weighing(result, giving, naming(self.stands.values()))
        else:
            for claim in self.moved:
                weighing.leave(claim)
            for witness in naming(
                [self.stands[claim] for claim in self.moved if claim in self.stands]
            ):
                weighing.enter(witness)
        self.moved.clear()
        return weighing.weighed()

    def _count(self, stand: Assignment, step: int) -> None:
        self.moved.add(stand.claim)
        if stand.state == "active" and stand.low is not None:
            counter = self._exact if stand.low == stand.high else self._start
            counter[stand.low] += step


class Benches(dict[str, Bench]):
    """The bench of each figure, an empty one where there was none.

    Out of a snapshot a bench is unpacked when it is first asked for: most never are, and unpacking all
    of them would take longer than the rest of a start.
    """

    def __init__(
        self, stands: Mapping[int, Assignment], packed: dict[str, PackedBench] | None = None
    ) -> None:
        """Begin with none, or with packed ones of claims that stand as `stands` says."""
        super().__init__()
        self._stands = stands
        self._packed = packed or {}

    def __missing__(self, figure: str) -> Bench:
        packed = self._packed.pop(figure, None)
        bench = Bench.unpack(figure, packed, self._stands) if packed else Bench(figure)
        self[figure] = bench
        return bench

    def all(self) -> Iterable[Bench]:
        """Give all benches, those that were not asked for yet as well."""
        for figure in list(self._packed):
            self[figure]
        return self.values()

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled packed."""
        packed = {figure: bench.pack() for figure, bench in self.items()}
        return Benches, (self._stands, self._packed | packed)
