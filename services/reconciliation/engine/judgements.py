"""The judgements in force, as judgements and their undoings arrive in any order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from schemas.judgement import Judgement, Merge, Pin, UndoneJudgement
from schemas.vocabulary import figure_key
from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.rules.judgements import (
    JudgementsInForce,
    Object,
    end_of_merges,
    excluded_by,
    made_at,
    merges_in_force,
    objects_of,
    placed_by,
)


Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class Affected:
    """What a judgement, or its undoing, bears on.

    Attributes:
        claims: Claims whose meaning or weight changed.
        subjects: Exchanges and stocks whose claims, numbers or names changed.
    """

    claims: set[ClaimKey] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)


class Judgements(JudgementsInForce):
    """All judgements of a ledger: what `rules.judgements.find_in_force` returns, after each of them."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Judgement] = {}
        self._undone: set[str] = set()
        self._about: dict[Object, dict[str, Judgement]] = {}

    def take(self, judged: Judgement | UndoneJudgement) -> Affected:
        """Take in a judgement or its undoing, in any order; return what it bears on."""
        if isinstance(judged, UndoneJudgement):
            self._undone.add(judged.judgement)
            judgement = self._made.get(judged.judgement)
        else:
            judgement = self._made.setdefault(judged.id, judged)
        if judgement is None:
            return Affected()
        affected = Affected()
        for about in objects_of(judgement):
            candidates = self._about.setdefault(about, {})
            candidates.pop(judgement.id, None)
            if judgement.id not in self._undone:
                candidates[judgement.id] = judgement
            self._update(about, max(candidates.values(), key=made_at, default=None), affected)
        return affected

    def in_force(self, judgement: str) -> bool:
        """Return whether a judgement is in force, on one of its objects at least."""
        made = self._made[judgement]
        if isinstance(made, Merge):
            return self.merges.get(made.exchange) == made
        return any(
            max(self._about[about].values(), key=made_at, default=None) == made
            for about in objects_of(made)
        )

    def _update(self, about: Object, judgement: Judgement | None, affected: Affected) -> None:
        """Put what is now in force on an object, null for nothing, where it is looked up."""
        match about:
            case ("counts", source, claim):
                standing = None if judgement is None else excluded_by(judgement)
                _set(self.excluded, (source, claim), standing)
                affected.claims.add((source, claim))
            case ("means", source, claim):
                placed = None if judgement is None else placed_by(judgement)
                _set(self.placed, (source, claim), placed)
                affected.claims.add((source, claim))
            case ("figure", figure):
                assert judgement is None or isinstance(judgement, Pin), "figures are pinned"
                key = figure_key(figure)
                subject = key.exchange or f"stock:{figure}"
                _set(self.pins.setdefault(subject, {}), key, judgement)
                affected.subjects |= {subject, self.end_of(subject)}
            case ("split", exchange, into):
                pointers = self.split_off.setdefault(exchange, set())
                (pointers.add if judgement else pointers.discard)(into)
                affected.subjects |= {exchange, self.end_of(exchange)}
            case _:
                self._update_merges(affected)

    def _update_merges(self, affected: Affected) -> None:
        latest = (
            max(candidates.values(), key=made_at)
            for about, candidates in self._about.items()
            if about[0] == "exchange" and candidates
        )
        before = self.merges
        self.merges = merges_in_force(merge for merge in latest if isinstance(merge, Merge))
        affected.subjects |= _moved(before, self.merges)
        affected.subjects |= set(map(self.end_of, self.split_off))


def _moved(before: Mapping[str, Merge], after: Mapping[str, Merge]) -> set[str]:
    """Return the exchanges that a change of merges bears on: what moved, from where, to where."""
    moved: set[str] = set()
    for exchange in before.keys() | after.keys():
        if before.get(exchange) != after.get(exchange):
            moved |= {exchange, end_of_merges(before, exchange), end_of_merges(after, exchange)}
    return moved


def _set(known: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value
