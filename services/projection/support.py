"""What the claims at a figure come to.

That is worked out of all of them for each new row. Of a figure with very many claims it is kept instead,
and follows those that come and go: else the thousandth report would cost a thousand times as much as the
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


#: How claims give a figure's best number: they say it, start at it, or have it inside.
Giving = Literal["exact", "start", "inside"]
#: One claim at a figure: who published it under which id, how it is named, where it stands.
Witness = tuple[str, str, str, Assignment]
#: Brings witnesses into an order that hangs on nothing else: nobody publishes an id twice.
by_publisher: Callable[[Witness], tuple[str, str]] = itemgetter(0, 1)


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
    """What the claims at a figure come to, until one of them comes or goes.

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
        if giving and gives(stand, giving, result.best):
            best.append(ref)
        elif _agrees(stand, result):
            agreeing.append(ref)
        elif reason:
            explained.append(ref)
        else:
            disagreeing.append(ref)
    if len(inputs) > 1:
        for found in (best, agreeing, disagreeing, explained, excluded):
            found.sort()
    claims = SortedClaims(best, agreeing, disagreeing, explained, excluded)
    return Weighed(claims, len(voices), len(camps), _hash(inputs))


class Weighing:
    """What `weigh` gives, kept for claims that come and go at a figure whose value stays."""

    __slots__ = (
        "_at",
        "_camps",
        "_claims",
        "_giving",
        "_inputs",
        "_keys",
        "_result",
        "_voices",
    )

    def __init__(
        self, result: FigureResult, giving: Giving | None, witnesses: Iterable[Witness]
    ) -> None:
        """Begin with these claims; the arguments are those of `weigh`."""
        self._result, self._giving = result, giving
        witnesses = list(witnesses)
        self._claims = weigh(result, giving, witnesses).claims
        self._at = {witness[3].claim: witness for witness in witnesses}
        self._keys = list(map(by_publisher, witnesses))
        self._inputs = list(map(_input, witnesses))
        self._voices: Counter[str] = Counter()
        self._camps: Counter[str] = Counter()
        for *_, stand in witnesses:
            self._count(stand, 1)

    def fits(self, result: FigureResult, giving: Giving | None) -> bool:
        """Say whether claims belong where they did, at a later value of the figure."""
        return giving == self._giving and _numbers(result) == _numbers(self._result)

    def enter(self, witness: Witness) -> None:
        """Take a claim in."""
        key = by_publisher(witness)
        place = bisect_left(self._keys, key)
        self._keys.insert(place, key)
        self._inputs.insert(place, _input(witness))
        self._at[witness[3].claim] = witness
        self._count(witness[3], 1)
        insort(*self._shown(witness))

    def leave(self, claim: int) -> None:
        """Let a claim go if it is here, by its log position."""
        witness = self._at.pop(claim, None)
        if witness is None:
            return
        place = bisect_left(self._keys, by_publisher(witness))
        del self._keys[place], self._inputs[place]
        self._count(witness[3], -1)
        among, shown = self._shown(witness)
        del among[bisect_left(among, shown)]

    def weighed(self) -> Weighed:
        """Say what the claims come to now; the lists in it go on changing."""
        return Weighed(self._claims, len(self._voices), len(self._camps), _hash(self._inputs))

    def _count(self, stand: Assignment, step: int) -> None:
        if stand.state != "active" or stand.low is None:
            return
        for spoken, name in ((self._voices, stand.voice), (self._camps, stand.camp)):
            spoken[name] += step
            if not spoken[name]:
                del spoken[name]

    def _shown(self, witness: Witness) -> tuple[list[Any], str | Excluded]:
        """Give the list that a claim belongs in, and as what it stands there."""
        claims, ref, stand = self._claims, witness[2], witness[3]
        if stand.state != "active":
            return claims.excluded, Excluded(ref, stand.reason or stand.state)
        if self._giving and gives(stand, self._giving, self._result.best):
            return claims.best, ref
        if _agrees(stand, self._result):
            return claims.agreeing, ref
        return (claims.explained if stand.reason else claims.disagreeing), ref


def says(stands: Iterable[Assignment], best: int) -> Giving | None:
    """Say whether one of the claims says exactly a number, or else starts at it."""
    found: Giving | None = None
    for stand in stands:
        if stand.low == best and stand.state == "active":
            if stand.high == best:
                return "exact"
            found = "start"
    return found


def gives(stand: Assignment, giving: Giving, best: int | None) -> bool:
    """Say whether an active claim gives the best number, where such claims give it that way."""
    if giving == "inside":
        return best is not None and _holds_inside(stand, best)
    return stand.low == best and (giving == "start" or stand.high == best)


def _numbers(result: FigureResult) -> tuple[int, int | None, int | None]:
    return result.low, result.best, result.high


#: Without spaces, and with every character as itself.
_canonical = msgspec.json.Encoder().encode


def _hash(inputs: Sequence[object]) -> str:
    return f"sha256:{sha256(_canonical(inputs)).hexdigest()}"


def _input(witness: Witness) -> msgspec.Raw:
    """Give, as it is hashed, what of a claim a figure's row is worked out from."""
    source, claim_id, _, stand = witness
    said = (stand.voice, stand.camp, stand.low, stand.high, stand.state, stand.reason)
    return msgspec.Raw(_canonical((source, claim_id, *said)))


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
