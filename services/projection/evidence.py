"""Which claims stand behind a figure, and how.

The claims that give `best` are, in this order: the active ones that say exactly that number; else
those that start at it (a floor gives its own least number); else, unless the figure was worked out
from others, the bounded ones that contain it ("about 448" gives 448). A figure without any of its
own takes those of the figures it was worked out from. All other claims agree, disagree, are
explained, or do not count.
"""

from collections.abc import Iterable
from hashlib import sha256
from operator import itemgetter
from typing import Any, Literal

import msgspec
from typing_extensions import override

from services.records import About, Assignment, FigureResult


#: How claims give a figure's best number: they say it, start at it, or have it inside.
Giving = Literal["exact", "start", "inside"]


#: One claim at a figure: who published it under which id, how it is named, where it stands.
Witness = tuple[str, str, str, Assignment]
#: Brings witnesses into an order that hangs on nothing else: nobody publishes an id twice.
by_publisher = itemgetter(0, 1)


class Decided(msgspec.Struct, frozen=True, gc=False):
    """What was decided on a figure."""

    result: FigureResult
    policy: str
    about: About


class Bench:
    """The claims at one figure, and its last result: what its row is made of.

    Attributes:
        decided: What was decided last, null before that and after the figure was taken away.
        result: The figure's value, null if there is no such figure.
        basis: Ids of the figures it was worked out from.
        claims: Log positions of all claims assigned to it, those that do not count included.
    """

    __slots__ = ("_exact", "_start", "basis", "claims", "decided", "result")

    def __init__(self) -> None:
        self.decide(None)
        self.claims: set[int] = set()
        # How many active claims say exactly a number, and how many others start at it: enough to
        # know at once who gives the best one, however many claims there are.
        self._exact: dict[int, int] = {}
        self._start: dict[int, int] = {}

    def decide(self, decided: Decided | None) -> None:
        """Take a decision for the last one."""
        self.decided = decided
        self.result = decided.result if decided else None
        self.basis = self.result.basis if self.result else ()

    def enter(self, assignment: Assignment) -> None:
        """Take a claim in."""
        self.claims.add(assignment.claim)
        self._count(assignment, 1)

    def leave(self, assignment: Assignment) -> None:
        """Let a claim go."""
        self.claims.remove(assignment.claim)
        self._count(assignment, -1)

    def giving(self) -> Giving | None:
        """Say how the figure's own claims give its best number, null if they do not."""
        result = self.result
        if result is None or result.best is None:
            return None
        if self._exact.get(result.best):
            return "exact"
        if self._start.get(result.best):
            return "start"
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
            if stand.state == "active" and _gives(stand, giving, best)
        }

    def _count(self, assignment: Assignment, step: int) -> None:
        if counts(assignment) and assignment.low is not None:
            counter = self._exact if assignment.low == assignment.high else self._start
            counter[assignment.low] = counter.get(assignment.low, 0) + step

    def pack(self) -> "PackedBench":
        """Give the bench as a snapshot keeps it."""
        decided = None if self.decided is None else msgspec.json.encode(self.decided)
        return decided, tuple(self.claims), self._exact, self._start

    @classmethod
    def unpack(cls, packed: "PackedBench") -> "Bench":
        """Make a bench of what a snapshot kept."""
        bench = cls()
        decided, claims, bench._exact, bench._start = packed
        bench.claims.update(claims)
        if decided is not None:
            bench.decide(msgspec.json.decode(decided, type=Decided))
        return bench


PackedBench = tuple[bytes | None, tuple[int, ...], dict[int, int], dict[int, int]]


class Benches(dict[str, Bench]):
    """The bench of each figure, an empty one where there was none.

    Out of a snapshot a bench is unpacked when it is first asked for: most never are, and unpacking all
    of them would take longer than the rest of a start.
    """

    def __init__(self, packed: dict[str, PackedBench] | None = None) -> None:
        super().__init__()
        self._packed = packed or {}

    def __missing__(self, figure: str) -> Bench:
        packed = self._packed.pop(figure, None)
        bench = self[figure] = Bench.unpack(packed) if packed else Bench()
        return bench

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled packed."""
        packed = {figure: bench.pack() for figure, bench in self.items()}
        return Benches, (self._packed | packed,)


def counts(assignment: Assignment) -> bool:
    """Say whether a claim is active and carries a number."""
    return assignment.state == "active" and assignment.low is not None


class Excluded(msgspec.Struct, frozen=True, order=True, gc=False):
    """As `schemas.views.ExcludedClaim`."""

    claim: str
    reason: str


class SortedClaims(msgspec.Struct, frozen=True, gc=False):
    """The claims at a figure, each where it belongs: as `schemas.views.FigureClaims`, in order."""

    best: list[str]
    agreeing: list[str]
    disagreeing: list[str]
    explained: list[str]
    excluded: list[Excluded]


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """What the claims at a figure come to.

    Attributes:
        claims: Each claim where it belongs.
        voices: How many voices speak a number that counts.
        camps: How many camps they are of.
        inputs_hash: Hash of what the figure's row is worked out from; equal inputs give equal hashes.
            Camp and reason are part of it, since they decide what the row shows.
    """

    claims: SortedClaims
    voices: int
    camps: int
    inputs_hash: str


def weigh(result: FigureResult, giving: Giving | None, witnesses: Iterable[Witness]) -> Weighed:
    """Put each claim at a figure where it belongs, count who speaks, and hash it all.

    Args:
        result: The figure's value.
        giving: How the figure's own claims give its best number.
        witnesses: All claims at the figure, in order of `by_publisher`.
    """
    # In one turn: most figures have a claim or two, and a turn costs more than what is done in it.
    best: list[str] = []
    agreeing: list[str] = []
    disagreeing: list[str] = []
    explained: list[str] = []
    excluded: list[Excluded] = []
    voices: set[str] = set()
    camps: set[str] = set()
    inputs = []
    for source, claim_id, ref, stand in witnesses:
        voice, camp, state, reason = stand.voice, stand.camp, stand.state, stand.reason
        inputs.append((source, claim_id, voice, camp, stand.low, stand.high, state, reason))
        if state != "active":
            excluded.append(Excluded(ref, reason or state))
            continue
        if stand.low is not None:
            voices.add(voice)
            camps.add(camp)
        if giving and _gives(stand, giving, result.best):
            best.append(ref)
        elif _agrees(stand, result):
            agreeing.append(ref)
        elif reason:
            explained.append(ref)
        else:
            disagreeing.append(ref)
    for found in (best, agreeing, disagreeing, explained, excluded):
        found.sort()
    sorted_claims = SortedClaims(best, agreeing, disagreeing, explained, excluded)
    inputs_hash = f"sha256:{sha256(_canonical(inputs)).hexdigest()}"
    return Weighed(sorted_claims, len(voices), len(camps), inputs_hash)


#: Without spaces, and with every character as itself.
_canonical = msgspec.json.Encoder().encode


def _gives(stand: Assignment, giving: Giving, best: int | None) -> bool:
    """Say whether an active claim gives the best number, where such claims give it that way."""
    if giving == "inside":
        return best is not None and _holds_inside(stand, best)
    return stand.low == best and (giving == "start" or stand.high == best)


def _holds_inside(stand: Assignment, best: int) -> bool:
    """Say whether a claim has numbers on both sides of the best one, or it itself."""
    return stand.low is not None and stand.high is not None and stand.low <= best <= stand.high


def _agrees(assignment: Assignment, result: FigureResult) -> bool:
    if result.best is None:
        return _overlaps(assignment, result.low, result.high)
    return _overlaps(assignment, result.best, result.best)


def _overlaps(assignment: Assignment, low: int, high: int | None) -> bool:
    """Say whether a claim allows any number from `low` to `high`; one without numbers allows all."""
    if assignment.low is None:
        return True
    starts_in_time = high is None or assignment.low <= high
    return starts_in_time and (assignment.high is None or low <= assignment.high)
