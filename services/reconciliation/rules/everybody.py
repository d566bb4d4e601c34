"""When a number for soldiers stands for everybody, reconciliation.md §3.

Outlets turn people into soldiers. A claim that gives for the soldiers alone what its own camp gives for
everybody speaks of everybody: it is read at the wider level, with `category-drift` as its reason. This
holds for an exchange (`services.reconciliation.rules.drift` says when it is looked at there) and for a
running total alike.

Only of running totals may soldiers be taken for everybody although nobody says so: where the speaker
counts everybody when not saying whom, and no total for everybody was given that day. Of one exchange
soldiers alone say nothing of others: nobody's figure for everybody is made of them.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading


class ReadAsEverybody(NamedTuple):
    """Totals of soldiers that are read as totals of everybody, as they are read then.

    Attributes:
        drifted: Those that repeat their own camp's total for everybody, and are none of soldiers.
        assumed: Those that are read both ways, on an assumption.
    """

    drifted: tuple[Reading, ...]
    assumed: tuple[Reading, ...]


def as_everybody(reading: Reading) -> Reading:
    """Return a claim as one on everybody."""
    return replace(reading, category="all", place="all")


def said_of_everybody(readings: Iterable[Reading]) -> dict[str, set[Interval]]:
    """Return what each camp says of everybody."""
    said: dict[str, set[Interval]] = {}
    for reading in readings:
        if reading.place == "all" and reading.tested is not None:
            said.setdefault(reading.camp, set()).add(reading.tested)
    return said


def repeats_its_camp(reading: Reading, everybody: Mapping[str, set[Interval]]) -> bool:
    """Return whether a claim gives for a part what its own camp gives for everybody."""
    return reading.tested is not None and reading.tested in everybody.get(reading.camp, ())


def read_totals(soldiers: Iterable[Reading], whole: Iterable[Reading]) -> ReadAsEverybody:
    """Return the totals of soldiers that speak of everybody, among those of one day and side.

    Args:
        soldiers: The claims on soldiers.
        whole: Those on everybody, as they were said.
    """
    whole = list(whole)
    everybody = said_of_everybody(whole)
    drifted, assumed = [], []
    for reading in soldiers:
        if reading.scope != "all" or reading.tested is None:
            continue
        if repeats_its_camp(reading, everybody):
            drifted.append(as_everybody(reading))
        elif not whole:
            assumed.append(as_everybody(reading))
    return ReadAsEverybody(tuple(drifted), tuple(assumed))
