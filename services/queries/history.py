"""The history of a figure: every change of it, with the fact that each follows from.

A function of the log alone. Figures are shown as they were decided at the time; nothing is decided
again. A claim has the name by which figures refer to it now.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from msgspec import structs

from schemas.decisions import (
    Assignment,
    ClaimsAssigned,
    Decision,
    DecisionsMade,
    FigureReconciled,
    FigureResult,
)
from schemas.events import (
    ClaimRecorded,
    ClaimRetracted,
    JudgementMade,
    JudgementUndone,
    Recorded,
    WordsErased,
)
from schemas.views import FollowedFact, Numbers, Revision


class FigureUpdate(NamedTuple):
    """What a figure became under a policy; null if it was taken away."""

    figure: str
    policy: str
    new: FigureResult | None


def history(events: Iterable[Recorded | Decision], figure: str) -> tuple[Revision, ...]:
    """Return every revision of a figure, in the log's order; empty if there never was such a figure.

    Args:
        events: The log's events, in order; decisions that do not name the figure may be left out.
        figure: The figure's id.
    """
    facts: dict[str, Recorded] = {}
    changes: list[tuple[Decision, FigureUpdate, set[int]]] = []
    assigned: dict[int, Assignment] = {}
    moved: set[int] = set()
    for event in events:
        if isinstance(event, Recorded):
            facts[event.id] = event
            continue
        if isinstance(event, ClaimsAssigned | DecisionsMade):
            moved |= _moved(event.data.assignments, figure, assigned)
        for change in changes_in(event):
            if change.figure == figure:
                changes.append((event, change, moved))
                moved = set()
    described = _Facts(facts)
    revisions: list[Revision] = []
    before: FigureResult | None = None
    policy: str | None = None
    for event, change, claims in changes:
        revisions.append(
            Revision(
                ledger=event.subject,
                figure=figure,
                position=event.position,
                recorded_at=event.recorded_at,
                old=_numbers(before),
                new=_numbers(change.new),
                cause=change.new.cause if change.new else None,
                policy=change.policy,
                fact=described.describe(facts[event.causationid]),
                claims=tuple(
                    described.describe(described.at(position)) for position in sorted(claims)
                ),
                decided_anew=policy not in (None, change.policy),
            )
        )
        before, policy = change.new, change.policy
    return tuple(revisions)


def changes_in(event: Recorded | Decision) -> Iterator[FigureUpdate]:
    """Yield the changes of figures that an event records."""
    if isinstance(event, FigureReconciled):
        yield FigureUpdate(event.data.figure, event.data.policy, event.data.new)
    elif isinstance(event, DecisionsMade):
        for change in event.data.figures:
            yield FigureUpdate(change.figure, event.data.policy or "", change.new)


def _moved(
    assignments: Iterable[Assignment], figure: str, assigned: dict[int, Assignment]
) -> set[int]:
    """Return the claims that are new at a figure or changed their state there, and note their state."""
    moved = set()
    for said in assignments:
        if said.figure != figure:
            continue
        # Some events say once for all of them which exchange they mean, as the figure's id does.
        assignment = structs.replace(said, exchange=None)
        if assignment != assigned.get(said.claim):
            moved.add(said.claim)
            assigned[said.claim] = assignment
    return moved


def describe_fact(
    fact: Recorded,
    *,
    ref: Callable[[str, str], str],
    claim_of: Callable[[str, str], ClaimRecorded | None],
) -> FollowedFact:
    """Describe what was recorded.

    Args:
        fact: What was recorded.
        ref: Names a claim as figures do, by its source and id.
        claim_of: Finds a claim by its source and id.
    """
    match fact:
        case ClaimRecorded(data=data):
            return FollowedFact(
                kind="claim",
                position=fact.position,
                name=ref(data.source, data.id),
                who=data.claim.claimant.name,
                outlet=data.claim.reported_by,
                words=data.claim.wording,
            )
        case ClaimRetracted(data=data):
            taken = data.retraction.retracts
            claim = claim_of(taken.source, taken.id)
            return FollowedFact(
                kind="retraction",
                position=fact.position,
                name=ref(taken.source, taken.id),
                who=claim.data.claim.claimant.name if claim else None,
                outlet=claim.data.claim.reported_by if claim else None,
                words=data.retraction.note or data.retraction.reason,
            )
        case JudgementMade(data=made):
            return FollowedFact(
                kind="judgement",
                position=fact.position,
                name=made.id,
                who=made.who,
                outlet=None,
                words=made.why,
            )
        case JudgementUndone(data=undone):
            return FollowedFact(
                kind="undoing",
                position=fact.position,
                name=undone.judgement,
                who=undone.who,
                outlet=None,
                words=undone.why,
            )
        case WordsErased():
            raise AssertionError("no decision follows from an erasure")


class _Facts:
    """What was recorded, and how claims are named."""

    def __init__(self, facts: dict[str, Recorded]) -> None:
        self._claims: dict[tuple[str, str], ClaimRecorded] = {}
        self._sources: defaultdict[str, set[str]] = defaultdict(set)
        self._by_position = {fact.position: fact for fact in facts.values()}
        for fact in facts.values():
            if isinstance(fact, ClaimRecorded):
                self._claims[fact.data.source, fact.data.id] = fact
                self._sources[fact.data.id].add(fact.data.source)

    def at(self, position: int) -> Recorded:
        return self._by_position[position]

    def describe(self, fact: Recorded) -> FollowedFact:
        return describe_fact(fact, ref=self._ref, claim_of=lambda *name: self._claims.get(name))

    def _ref(self, source: str, claim: str) -> str:
        return f"{claim}@{source}" if len(self._sources[claim]) > 1 else claim


def _numbers(result: FigureResult | None) -> Numbers | None:
    if result is None:
        return None
    return Numbers(low=result.low, best=result.best, high=result.high, status=result.status)
