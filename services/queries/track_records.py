"""How accurate each voice was: its exact figures compared with the ledger's final ranges.

The results are shown and used by no rule. A figure counts once for a voice, however many outlets carried
it, and whether or not the voice corrected it later. Where nobody else states a number, a voice is inside
the range by itself; how often that is so is given beside the share.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from schemas.instants import day_written
from schemas.views import ClaimView, ReadModels, TrackRecord
from services.reconciliation.claims.canonical_text import canonical_text


#: A claim that was taken back, worked out or set aside is no figure of its voice.
_SAID = frozenset({"active", "superseded"})


class _Range(NamedTuple):
    low: int
    best: int
    high: int


class _ExactFigure(NamedTuple):
    """One exact figure of one voice."""

    figure: str
    value: int


def track_records(ledger: str, models: ReadModels) -> tuple[TrackRecord, ...]:
    """Return each voice's track record, those with the most figures first."""
    ranges = dict(_ranges(models))
    voices_at: defaultdict[str, set[str]] = defaultdict(set)
    given: defaultdict[tuple[str, str], dict[_ExactFigure, date | None]] = defaultdict(dict)
    shown = shown_names(claim.voice for claim in models.claims if claim.voice is not None)
    for claim in models.claims:
        if claim.figure not in ranges or claim.voice is None or claim.state not in _SAID:
            continue
        voice = shown[canonical_text(claim.voice)]
        voices_at[claim.figure].add(voice)
        if claim.low is not None and claim.low == claim.high:
            days = given[voice, claim.camp or ""]
            figure = _ExactFigure(claim.figure, claim.low)
            days[figure] = _earlier(days.get(figure), _day(claim))
    records = [
        _record(
            (ledger, voice, camp),
            days,
            ranges,
            alone=sum(len(voices_at[figure.figure]) == 1 for figure in days),
        )
        for (voice, camp), days in given.items()
    ]
    return tuple(sorted(records, key=lambda record: (-record.figures, record.voice, record.camp)))


def shown_names(names: Iterable[str]) -> dict[str, str]:
    """Return how each speaker is shown, by canonical name: as most names are spelled.

    >>> shown_names(["An Outlet", "an outlet", "An Outlet"])
    {'an outlet': 'An Outlet'}
    """
    ranked = sorted(Counter(names).items(), key=lambda spelled: (spelled[1], spelled[0]))
    return {canonical_text(name): name for name, _ in ranked}


def _ranges(models: ReadModels) -> Iterator[tuple[str, _Range]]:
    """Yield the closed ranges of exchanges' figures and of published totals, by figure id."""
    for figure in models.figures:
        if figure.best is not None and figure.high is not None:
            yield figure.id, _Range(figure.low, figure.best, figure.high)
    for point in models.cumulative:
        if point.published and point.best is not None and point.high is not None:
            total = f"{point.as_of.isoformat()}:cumulative_returned:{point.side}:{point.category}"
            yield total, _Range(point.low, point.best, point.high)


def _record(
    about: tuple[str, str, str],
    days: dict[_ExactFigure, date | None],
    ranges: dict[str, _Range],
    *,
    alone: int,
) -> TrackRecord:
    ledger, voice, camp = about
    found = [(given.value, ranges[given.figure]) for given in days]
    inside = sum(known.low <= value <= known.high for value, known in found)
    dated = [day for day in days.values() if day is not None]
    return TrackRecord(
        ledger=ledger,
        voice=voice,
        camp=camp,
        figures=len(found),
        inside=inside,
        alone=alone,
        share=round(inside / len(found), 3),
        mean_difference=round(sum(value - known.best for value, known in found) / len(found), 2),
        first=min(dated, default=None),
        last=max(dated, default=None),
    )


def _day(claim: ClaimView) -> date | None:
    if claim.asserted_at is not None:
        return claim.asserted_at.date()
    return day_written(claim.published_at)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(filter(None, (one, other)), default=None)
