"""What operators judged, and what of it is in force.

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

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from schemas.judgement import (
    Exclude,
    JudgedClaim,
    Judgement,
    Merge,
    Pin,
    Reassign,
    Split,
    day_of,
)
from schemas.vocabulary import FigureKey, figure_key
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.rules.which_exchange import ABOUT_AN_EXCHANGE, Meant


#: What a judgement is about: its kind of object, and the object's name.
Object = tuple[str, ...]


class Placed(NamedTuple):
    """Where an operator put a claim: the exchange, null for none, and the judgement's id."""

    exchange: str | None
    judgement: str

    @property
    def day(self) -> date | None:
        """The day that the claim counts as stating, null where the exchange's id says more than a day."""
        return None if self.exchange is None else day_of(self.exchange)


class JudgementsInForce:
    """The judgements in force on every object.

    Attributes:
        excluded: The claims that do not count, and why.
        placed: Where claims were put.
        pins: The pinned figures by the exchange or stock they were pinned at.
        merges: By merged exchange, its merge.
        split_off: By exchange, the exchanges that were split off it.
    """

    def __init__(self) -> None:
        self.excluded: dict[ClaimKey, Standing] = {}
        self.placed: dict[ClaimKey, Placed] = {}
        self.pins: dict[str, dict[FigureKey, Pin]] = {}
        self.merges: Mapping[str, Merge] = {}
        self.split_off: dict[str, set[str]] = {}

    def place(self, reading: Reading) -> Placed | None:
        """Return where an operator put a claim, null if nobody did."""
        if not self.placed or reading.measure not in ABOUT_AN_EXCHANGE:
            return None
        return self.placed.get(reading.key)

    def resolve(self, meant: Meant) -> Meant:
        """Follow merges from the exchange a claim would mean to the one it means."""
        if meant.exchange not in self.merges:
            return meant
        exchange, evidence = meant.exchange, meant.evidence
        while exchange is not None and exchange in self.merges:
            merge = self.merges[exchange]
            exchange, evidence = merge.into, f"{evidence}; judged:{merge.id}"
        return replace(meant, exchange=exchange, evidence=evidence)

    def pins_at(self, subject: str) -> dict[FigureKey, Pin]:
        """Return the pinned figures of an exchange or stock, those of its aliases included."""
        if subject in self.merges:
            return {}
        pins: dict[FigureKey, Pin] = {}
        for known in (subject, *self.aliases_of(subject)):
            for key, pin in self.pins.get(known, {}).items():
                here = key._replace(exchange=subject) if key.exchange else key
                if here not in pins or made_at(pin) > made_at(pins[here]):
                    pins[here] = pin
        return pins

    def subjects(self) -> set[str]:
        """Return the exchanges and stocks of which figures are pinned."""
        return {self.end_of(subject) for subject, pins in self.pins.items() if pins}

    def aliases_of(self, exchange: str) -> tuple[str, ...]:
        """Return the exchanges that were merged into this one, however far around."""
        return tuple(
            sorted(other for other in self.merges if self.end_of(other) == exchange != other)
        )

    def phases_of(self, exchange: str) -> tuple[str, ...]:
        """Return the exchanges that were split off this one."""
        found = {
            self.end_of(into)
            for known in (exchange, *self.aliases_of(exchange))
            for into in self.split_off.get(known, ())
        }
        return tuple(sorted(found - {exchange}))

    def end_of(self, exchange: str) -> str:
        """Return the exchange that one was merged into in the end, itself if it was not."""
        return end_of_merges(self.merges, exchange)


def find_in_force(made: Iterable[Judgement], undone: Collection[str]) -> JudgementsInForce:
    """Return which judgements are in force.

    Args:
        made: All judgements, in any order.
        undone: The ids of those that were undone.
    """
    found = JudgementsInForce()
    latest: dict[Object, Judgement] = {}
    for judgement in sorted(made, key=made_at):
        if judgement.id not in undone:
            latest |= dict.fromkeys(objects_of(judgement), judgement)
    merges = []
    for judged, judgement in latest.items():
        match judged:
            case ("counts", source, claim):
                found.excluded[source, claim] = excluded_by(judgement)
            case ("means", source, claim):
                found.placed[source, claim] = placed_by(judgement)
            case ("figure", figure):
                assert isinstance(judgement, Pin), "figures are pinned"
                key = figure_key(figure)
                found.pins.setdefault(key.exchange or f"stock:{figure}", {})[key] = judgement
            case ("split", exchange, into):
                found.split_off.setdefault(exchange, set()).add(into)
            case _:
                assert isinstance(judgement, Merge), "exchanges are merged"
                merges.append(judgement)
    found.merges = merges_in_force(merges)
    return found


def objects_of(judgement: Judgement) -> list[Object]:
    """Return what a judgement is about."""
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


def made_at(judgement: Judgement) -> tuple[object, str]:
    """Return what orders judgements: when one was made, then its id."""
    return judgement.at, judgement.id


def excluded_by(judgement: Judgement) -> Standing:
    """Return how a claim stands that an operator excluded."""
    return Standing("excluded", f"judged:{judgement.id}")


def placed_by(judgement: Judgement) -> Placed:
    """Return where a judgement puts a claim."""
    assert isinstance(judgement, Reassign | Split), "claims are reassigned or split off"
    exchange = judgement.exchange if isinstance(judgement, Reassign) else judgement.into
    return Placed(exchange, judgement.id)


def merges_in_force(merges: Iterable[Merge]) -> dict[str, Merge]:
    """Return the merges in force: the latest first, so that no earlier one closes a circle.

    Args:
        merges: The latest merge of each exchange.
    """
    found: dict[str, Merge] = {}
    for merge in sorted(merges, key=made_at, reverse=True):
        if end_of_merges(found, merge.into) != merge.exchange:
            found[merge.exchange] = merge
    return found


def end_of_merges(merges: Mapping[str, Merge], exchange: str) -> str:
    """Return the exchange that merges lead to from one."""
    while exchange in merges:
        exchange = merges[exchange].into
    return exchange


def _key(claim: JudgedClaim) -> ClaimKey:
    return claim.source, claim.id
