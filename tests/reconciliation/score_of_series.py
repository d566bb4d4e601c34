"""Score the running totals: against the totals that the sides' own officials published, and for falls.

Only exact totals "since the beginning" count, published by a side for itself. Several definitions are in
use (exchanged alone, or with people freed otherwise), and soldiers and everybody are often said for each
other, so a point is right within three in a hundred of any of them. Some published totals are stale or
wrong themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple


#: How far a point may lie from a published total, as a share of it.
TOLERANCE = 0.03
CATEGORIES = ("all", "military")


class PublishedOf(NamedTuple):
    """What a published total counts: whose people, which, and until when."""

    side: str
    category: str
    day: str


class Newest(NamedTuple):
    """The newest published total of a side, and where the series stands that day."""

    side: str
    day: str
    published: int
    series: int
    error: float


class SeriesScore(NamedTuple):
    """How right the running totals are.

    Attributes:
        right: Published totals that the series meets, of `published`.
        worst: The greatest error among them, as a share.
        newest: The newest published total of each side.
        points: How many points all series have.
        falls: Each point that is lower than the one before it, in words.
    """

    right: int
    published: int
    worst: float
    newest: tuple[Newest, ...]
    points: int
    falls: tuple[str, ...]


def score_series(found: Mapping[str, Any], claims: Iterable[Mapping[str, Any]]) -> SeriesScore:
    """Score the running totals of read models (as JSON values) against what was published."""
    series: dict[tuple[str, str], list[tuple[str, int | None]]] = defaultdict(list)
    for point in sorted(found["cumulative"], key=lambda point: (point["as_of"], point["low"] or 0)):
        series[point["side"], point["category"]].append((point["as_of"], point["best"]))
    errors, newest = [], {}
    # The whole of a day comes after its soldiers, so that it is the newest.
    order = sorted(_published(claims).items(), key=lambda item: (item[0].day, max(item[1])))
    for (side, _, day), values in order:
        reached = [
            best
            for category in CATEGORIES
            if (best := _reached(series.get((side, category), ()), day)) is not None
        ]
        if not reached:
            continue
        errors.append(min(((best - v) / v for best in reached for v in values), key=abs))
        highest = max(values)
        newest[side] = Newest(side, day, highest, reached[0], (reached[0] - highest) / highest)
    return SeriesScore(
        right=sum(abs(error) <= TOLERANCE for error in errors),
        published=len(errors),
        worst=max(errors, key=abs, default=0.0),
        newest=tuple(newest.values()),
        points=sum(map(len, series.values())),
        falls=tuple(_falls(series)),
    )


def _published(claims: Iterable[Mapping[str, Any]]) -> dict[PublishedOf, set[int]]:
    """Return the exact totals since the beginning that a side published for itself."""
    totals = [
        data
        for claim in claims
        for data in (claim["data"],)
        if data["measure"] == "cumulative_returned"
        and (data["quantity"] or {}).get("bound") == "exact"
        and data["claimant"]["party"] == data["side"]
        and data["category"] in CATEGORIES
        and data["period"]["as_of"]
    ]
    if not totals:
        return {}
    # What the greatest total counts from is the beginning; others since that month or before are too.
    opened = max(totals, key=lambda data: data["quantity"]["value"])["period"]["since"]
    found = defaultdict(set)
    for data in totals:
        since = data["period"]["since"]
        if since and opened and (since <= opened or since[:7] == opened[:7]):
            of = PublishedOf(data["side"], data["category"], data["period"]["as_of"])
            found[of].add(data["quantity"]["value"])
    return found


def _reached(points: Iterable[tuple[str, int | None]], day: str) -> int | None:
    """Return where a series stands on a day: its last point until then that has a number."""
    upto = [best for as_of, best in points if as_of <= day and best is not None]
    return upto[-1] if upto else None


def _falls(series: Mapping[tuple[str, str], list[tuple[str, int | None]]]) -> Iterable[str]:
    for (side, category), points in sorted(series.items()):
        told = [(day, best) for day, best in points if best is not None]
        for (day, best), (next_day, next_best) in pairwise(told):
            if next_best < best:
                yield f"{side}:{category} {best} ({day}) to {next_best} ({next_day})"
