"""What operators judged, and what of it is in force now.

The rules:

* Of two judgements on the same object the later one is in force: later by `at`, then by id. When
  they reached the log plays no part.
* An undone judgement is as if it had never been made, and stays so.
* Objects are: the numbers of a figure (`pin`), whether a claim counts (`exclude`), which exchange a
  claim means (`reassign`, `split`), and which exchange an exchange is (`merge`).
* Merges are followed to their end. One that would close a circle with later ones is not in force.
* Whatever is said of a merged exchange is said of the one it was merged into: claims, pins, splits.

Source: reconciliation.md §4 and §5 step 3, tier 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from schemas.judgement import (
    Exclude,
    JudgedClaim,
    Judgement,
    Merge,
    Pin,
    Reassign,
    Split,
    UndoneJudgement,
    day_of,
)
from schemas.vocabulary import FigureKey, figure_key
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.rules.which_exchange import ABOUT_AN_EXCHANGE, Meant


#: What a judgement is about: its kind of object, and the object's name.
Object = tuple[str, ...]

Key = TypeVar("Key")
Value = TypeVar("Value")


class Placed(NamedTuple):
    """Where an operator put a claim: the exchange, null for none, and the judgement's id."""

    exchange: str | None
    judgement: str

    @property
    def day(self) -> date | None:
        """The day that the claim counts as stating, null where the exchange's id says more than a day."""
        return None if self.exchange is None else day_of(self.exchange)


@dataclass(slots=True)
class Affected:
    """What a judgement, or its undoing, bears on.

    Attributes:
        claims: Claims whose meaning or weight changed.
        subjects: Exchanges and stocks whose claims, numbers or names changed.
    """

    claims: set[ClaimKey] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)


class Judgements:
    """All judgements of a ledger.

    Attributes:
        excluded: The claims that do not count, by judgement.
    """

    def __init__(self) -> None:
        self.excluded: dict[ClaimKey, Standing] = {}
        self._made: dict[str, Judgement] = {}
        self._undone: set[str] = set()
        self._about: dict[Object, dict[str, Judgement]] = {}
        self._placed: dict[ClaimKey, Placed] = {}
        self._pins: dict[str, dict[FigureKey, Pin]] = {}
        self._merges: dict[str, Merge] = {}
        self._split_off: dict[str, set[str]] = {}

    def take(self, judged: Judgement | UndoneJudgement) -> Affected:
        """Take in a judgement or its undoing, in any order; say what it bears on."""
        if isinstance(judged, UndoneJudgement):
            self._undone.add(judged.judgement)
            judgement = self._made.get(judged.judgement)
        else:
            judgement = self._made.setdefault(judged.id, judged)
        if judgement is None:
            return Affected()
        affected = Affected()
        for about in _objects(judgement):
            candidates = self._about.setdefault(about, {})
            candidates.pop(judgement.id, None)
            if judgement.id not in self._undone:
                candidates[judgement.id] = judgement
            self._settle(about, max(candidates.values(), key=_when, default=None), affected)
        return affected

    def subjects(self) -> set[str]:
        """Return the exchanges and stocks of which figures are pinned."""
        return {self._end_of(subject) for subject, pins in self._pins.items() if pins}

    def in_force(self, judgement: str) -> bool:
        """Say whether a judgement is in force, on one of its objects at least."""
        made = self._made[judgement]
        if isinstance(made, Merge):
            return self._merges.get(made.exchange) == made
        return any(
            max(self._about[about].values(), key=_when, default=None) == made
            for about in _objects(made)
        )

    def place(self, reading: Reading) -> Placed | None:
        """Say where an operator put a claim, null if nobody did."""
        return self._placed.get(reading.key) if reading.measure in ABOUT_AN_EXCHANGE else None

    def resolve(self, meant: Meant) -> Meant:
        """Follow merges from the exchange a claim would mean to the one it means."""
        if meant.exchange not in self._merges:
            return meant
        exchange, evidence = meant.exchange, meant.evidence
        while exchange in self._merges:
            merge = self._merges[exchange]
            exchange, evidence = merge.into, f"{evidence}; judged:{merge.id}"
        return replace(meant, exchange=exchange, evidence=evidence)

    def pins_at(self, subject: str) -> dict[FigureKey, Pin]:
        """Give the pinned figures of an exchange or stock, those of its aliases included."""
        if subject in self._merges:
            return {}
        pins: dict[FigureKey, Pin] = {}
        for known in (subject, *self.aliases_of(subject)):
            for key, pin in self._pins.get(known, {}).items():
                here = key._replace(exchange=subject) if key.exchange else key
                if here not in pins or _when(pin) > _when(pins[here]):
                    pins[here] = pin
        return pins

    def aliases_of(self, exchange: str) -> tuple[str, ...]:
        """Give the exchanges that were merged into this one, however far around."""
        return tuple(
            sorted(other for other in self._merges if self._end_of(other) == exchange != other)
        )

    def split_off(self, exchange: str) -> tuple[str, ...]:
        """Give the exchanges that were split off this one."""
        found = {
            self._end_of(into)
            for known in (exchange, *self.aliases_of(exchange))
            for into in self._split_off.get(known, ())
        }
        return tuple(sorted(found - {exchange}))

    def _settle(self, about: Object, judgement: Judgement | None, affected: Affected) -> None:
        """Put what is now in force on an object, null for nothing, where it is looked up."""
        match about:
            case ("counts", source, claim):
                reason = Standing("excluded", f"judged:{judgement.id}") if judgement else None
                _set(self.excluded, (source, claim), reason)
                affected.claims.add((source, claim))
            case ("means", source, claim):
                self._settle_place((source, claim), judgement)
                affected.claims.add((source, claim))
            case ("figure", figure):
                assert judgement is None or isinstance(judgement, Pin), "figures are pinned"
                key = figure_key(figure)
                subject = key.exchange or f"stock:{figure}"
                _set(self._pins.setdefault(subject, {}), key, judgement)
                affected.subjects |= {subject, self._end_of(subject)}
            case ("split", exchange, into):
                pointers = self._split_off.setdefault(exchange, set())
                (pointers.add if judgement else pointers.discard)(into)
                affected.subjects |= {exchange, self._end_of(exchange)}
            case _:
                before = self._merges
                self._merges = self._merged()
                affected.subjects |= _moved(before, self._merges)
                affected.subjects |= set(map(self._end_of, self._split_off))

    def _settle_place(self, claim: ClaimKey, judgement: Judgement | None) -> None:
        placed = None
        if isinstance(judgement, Reassign):
            placed = Placed(judgement.exchange, judgement.id)
        elif isinstance(judgement, Split):
            placed = Placed(judgement.into, judgement.id)
        _set(self._placed, claim, placed)

    def _merged(self) -> dict[str, Merge]:
        """Give the merges in force, the latest first: no earlier one closes a circle."""
        latest = [
            max(candidates.values(), key=_when)
            for about, candidates in self._about.items()
            if about[0] == "exchange" and candidates
        ]
        merges: dict[str, Merge] = {}
        for merge in sorted(latest, key=_when, reverse=True):
            assert isinstance(merge, Merge), "exchanges are merged"
            if _end(merges, merge.into) != merge.exchange:
                merges[merge.exchange] = merge
        return merges

    def _end_of(self, exchange: str) -> str:
        return _end(self._merges, exchange)


def _objects(judgement: Judgement) -> list[Object]:
    match judgement:
        case Pin():
            return [("figure", judgement.figure)]
        case Exclude():
            return [("counts", *_key(judgement.claim))]
        case Reassign():
            return [("means", *_key(judgement.claim))]
        case Merge():
            return [("exchange", judgement.exchange)]
        case Split():
            claims: Iterable[Object] = (("means", *_key(claim)) for claim in judgement.claims)
            return [*dict.fromkeys(claims), ("split", judgement.exchange, judgement.into)]


def _key(claim: JudgedClaim) -> ClaimKey:
    return claim.source, claim.id


def _when(judgement: Judgement) -> tuple[object, str]:
    return judgement.at, judgement.id


def _end(merges: Mapping[str, Merge], exchange: str) -> str:
    while exchange in merges:
        exchange = merges[exchange].into
    return exchange


def _moved(before: Mapping[str, Merge], after: Mapping[str, Merge]) -> set[str]:
    """Name the exchanges that a change of merges bears on: what moved, from where, to where."""
    moved: set[str] = set()
    for exchange in before.keys() | after.keys():
        if before.get(exchange) != after.get(exchange):
            moved |= {exchange, _end(before, exchange), _end(after, exchange)}
    return moved


def _set(known: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value
