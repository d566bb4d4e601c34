"""The claims behind a figure, each where it belongs.

That is worked out of all of them for each new row. For a figure with very many claims it is updated
instead as claims come and go: else the thousandth report would cost a thousand times as much as the
first.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Any, Literal

import msgspec

from schemas.decisions import Assignment, FigureResult
from services.reconciliation.claims.canonical_text import canonical_text
from services.reconciliation.rules.explanations import NOTES, canonical_code


#: How claims support a figure's best number: they say it, start at it, or have it inside.
SupportKind = Literal["exact", "start", "inside"]
#: One claim at a figure: who published it under which id, how it is named, where it stands.
Evidence = tuple[str, str, str, Assignment]
#: Brings evidence into an order that depends on nothing else: nobody publishes an id twice.
by_publisher: Callable[[Evidence], tuple[str, str]] = itemgetter(0, 1)


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


class Support(msgspec.Struct, frozen=True, gc=False):
    """What stands behind a figure, until one of its claims comes or goes.

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


def support_of(
    result: FigureResult, kind: SupportKind | None, evidence: Iterable[Evidence]
) -> Support:
    """Put each claim at a figure where it belongs, count who speaks, and hash it all.

    Args:
        result: The figure's value.
        kind: How the figure's own claims support its best number.
        evidence: All claims at the figure, in order of `by_publisher`.
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
    for source, claim_id, ref, stated in evidence:
        voice, camp, state, reason = stated.voice, stated.camp, stated.state, stated.reason
        inputs.append((source, claim_id, voice, camp, stated.low, stated.high, state, reason))
        if state != "active":
            excluded.append(Excluded(ref, reason or state))
            continue
        if stated.low is not None:
            voices.add(canonical_text(voice))
            camps.add(camp)
        if kind and supports(stated, kind, result.best):
            best.append(ref)
        elif _agrees(stated, result):
            agreeing.append(ref)
        elif reason and canonical_code(reason) not in NOTES:
            explained.append(ref)
        else:
            disagreeing.append(ref)
    if len(inputs) > 1:
        for found in (best, agreeing, disagreeing, explained, excluded):
            found.sort()
    claims = SortedClaims(best, agreeing, disagreeing, explained, excluded)
    return Support(claims, len(voices), len(camps), _hash(inputs))


class RunningSupport:
    """What `support_of` returns, updated as claims come and go at a figure whose value stays."""

    __slots__ = (
        "_at",
        "_camps",
        "_claims",
        "_inputs",
        "_keys",
        "_kind",
        "_result",
        "_voices",
    )

    def __init__(
        self, result: FigureResult, kind: SupportKind | None, evidence: Iterable[Evidence]
    ) -> None:
        """Begin with these claims; the arguments are those of `support_of`."""
        self._result, self._kind = result, kind
        evidence = list(evidence)
        self._claims = support_of(result, kind, evidence).claims
        self._at = {one[3].claim: one for one in evidence}
        self._keys = list(map(by_publisher, evidence))
        self._inputs = list(map(_input, evidence))
        self._voices: Counter[str] = Counter()
        self._camps: Counter[str] = Counter()
        for *_, stated in evidence:
            self._count(stated, 1)

    def fits(self, result: FigureResult, kind: SupportKind | None) -> bool:
        """Return whether claims belong where they did, at a later value of the figure."""
        return kind == self._kind and _numbers(result) == _numbers(self._result)

    def add(self, evidence: Evidence) -> None:
        """Add a claim."""
        key = by_publisher(evidence)
        place = bisect_left(self._keys, key)
        self._keys.insert(place, key)
        self._inputs.insert(place, _input(evidence))
        self._at[evidence[3].claim] = evidence
        self._count(evidence[3], 1)
        insort(*self._shown(evidence))

    def remove(self, claim: int) -> None:
        """Remove a claim if it is here, by its log position."""
        evidence = self._at.pop(claim, None)
        if evidence is None:
            return
        place = bisect_left(self._keys, by_publisher(evidence))
        del self._keys[place], self._inputs[place]
        self._count(evidence[3], -1)
        among, shown = self._shown(evidence)
        del among[bisect_left(among, shown)]

    def support(self) -> Support:
        """Return what stands behind the figure now; the lists in it go on changing."""
        return Support(self._claims, len(self._voices), len(self._camps), _hash(self._inputs))

    def _count(self, stated: Assignment, step: int) -> None:
        if stated.state != "active" or stated.low is None:
            return
        voice = canonical_text(stated.voice)
        for spoken, name in ((self._voices, voice), (self._camps, stated.camp)):
            spoken[name] += step
            if not spoken[name]:
                del spoken[name]

    def _shown(self, evidence: Evidence) -> tuple[list[Any], str | Excluded]:
        """Return the list that a claim belongs in, and as what it stands there."""
        claims, ref, stated = self._claims, evidence[2], evidence[3]
        if stated.state != "active":
            return claims.excluded, Excluded(ref, stated.reason or stated.state)
        if self._kind and supports(stated, self._kind, self._result.best):
            return claims.best, ref
        if _agrees(stated, self._result):
            return claims.agreeing, ref
        is_explained = stated.reason and canonical_code(stated.reason) not in NOTES
        return (claims.explained if is_explained else claims.disagreeing), ref


def kind_among(assignments: Iterable[Assignment], best: int) -> SupportKind | None:
    """Return whether one of the claims says exactly a number, or else starts at it."""
    found: SupportKind | None = None
    for assignment in assignments:
        if assignment.low == best and assignment.state == "active":
            if assignment.high == best:
                return "exact"
            found = "start"
    return found


def supports(assignment: Assignment, kind: SupportKind, best: int | None) -> bool:
    """Return whether an active claim supports the best number in the way that counts for it."""
    if kind == "inside":
        return best is not None and _holds_inside(assignment, best)
    return assignment.low == best and (kind == "start" or assignment.high == best)


def _numbers(result: FigureResult) -> tuple[int, int | None, int | None]:
    return result.low, result.best, result.high


#: Without spaces, and with every character as itself.
_canonical = msgspec.json.Encoder().encode


def _hash(inputs: Sequence[object]) -> str:
    return f"sha256:{sha256(_canonical(inputs)).hexdigest()}"


def _input(evidence: Evidence) -> msgspec.Raw:
    """Return, as it is hashed, what of a claim a figure's row is worked out from."""
    source, claim_id, _, stated = evidence
    said = (stated.voice, stated.camp, stated.low, stated.high, stated.state, stated.reason)
    return msgspec.Raw(_canonical((source, claim_id, *said)))


def _holds_inside(assignment: Assignment, best: int) -> bool:
    """Return whether a claim has numbers on both sides of the best one, or it itself."""
    low, high = assignment.low, assignment.high
    return low is not None and high is not None and low <= best <= high


def _agrees(assignment: Assignment, result: FigureResult) -> bool:
    if result.best is None:
        return _overlaps(assignment, result.low, result.high)
    return _overlaps(assignment, result.best, result.best)


def _overlaps(assignment: Assignment, low: int, high: int | None) -> bool:
    """Return whether a claim allows any number from `low` to `high`; one without numbers allows all."""
    if assignment.low is None:
        return True
    starts_in_time = high is None or assignment.low <= high
    return starts_in_time and (assignment.high is None or low <= assignment.high)
