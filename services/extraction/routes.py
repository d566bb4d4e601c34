"""Flights and convoys: how many they carried from one side's town to the other's.

"A plane carrying 40 flew from A to B, and 35 were on board the B-A flight": each number goes with the route named
on its own side of the sentence, behind it where the first number comes before the first route.
"""

from typing import NamedTuple

from services.extraction.marking import Mark, MarkedText
from services.extraction.told import SideReading, Told, other_side


_HYPHENS = frozenset("-‑–—")
_LEFT_WITHIN = 4
_ROUTE_WORDS = 7
_ORIGIN_WORDS = 7
_FOR = frozenset(("for", "to", "towards"))
_ON_THE = frozenset(("on", "aboard", "in"))


class Route(NamedTuple):
    """From where to where people were carried: the words that say so, and the side of the latter."""

    goal: Mark
    start: int
    end: int


def by_route(told: Told) -> SideReading | None:
    """Return the side that a number's flight or convoy went to."""
    marked = told.marked
    route = route_of(marked, told.said.start, told.said.end)
    if route is not None:
        return SideReading((route.goal.value,), route.goal)
    origin = _origin(told)
    goal = other_side(marked.ledger, origin.value) if origin is not None else None
    return SideReading((goal,), origin) if goal is not None else None


def _origin(told: Told) -> Mark | None:
    """Return whose town a number's flight came from: "the flight from the port of A took off carrying 40"."""
    marked, clause, start = told.marked, told.clause, told.said.start
    for carrier in marked.marks("carrier", clause.start, start):
        origin = marked.at("from_place", carrier.end)
        if origin is None or not marked.has("carry", origin.end, start):
            continue
        names = marked.marks("side_name", origin.end, min(origin.end + _ORIGIN_WORDS, start))
        is_alone = len(marked.marks("side_name", clause.start, clause.stop)) == 1
        return names[0] if names and is_alone else None
    return None


def is_on_a_route(marked: MarkedText, start: int, end: int) -> bool:
    """Return whether a number that names no people counts those of a flight: "and another with 35 from B to A"."""
    sentence = marked.sentence_at(start)
    route = route_of(marked, start, end)
    if route is None or end >= len(marked.words):
        return False
    number = marked.tokens[start].sentence
    before = marked.sentences[max(0, number - 1)].start
    if not any(marked.has(kind, before, start) for kind in ("people", "people_known")):
        return False
    word = marked.words[end]
    is_followed = route.start == end or word in _ON_THE or marked.at("carry", end) is not None
    is_carried = any(
        one.end == start for one in marked.marks("carry", max(sentence.start, start - 3), start)
    )
    is_carried = is_carried or (start > sentence.start and marked.at("with", start - 1) is not None)
    is_counted = any(marked.at(kind, end) for kind in ("not_people", "carrier", "people"))
    return (is_followed or is_carried) and not is_counted


def route_of(marked: MarkedText, start: int, end: int) -> Route | None:
    """Return the route that a number's people went, null where none is named beside it."""
    sentence = marked.sentence_at(start)
    if not any(marked.has(kind, sentence.start, sentence.stop) for kind in ("carrier", "carry")):
        return None
    routes = _routes(marked, sentence)
    numbers = [
        one
        for one in marked.numbers
        if one.start in sentence
        and one.kind == "cardinal"
        and not marked.has("not_people", one.end, one.end + 1)
        and not marked.at("carrier", one.end)
    ]
    if not routes or not numbers:
        return None
    before = max((one.end for one in numbers if one.end <= start), default=sentence.start)
    after = min((one.start for one in numbers if one.start >= end), default=sentence.stop)
    is_led = routes[0].start < numbers[0].start
    span = range(before, start) if is_led else range(end, after)
    found = [one for one in routes if one.start in span]
    return found[-1 if is_led else 0] if found else None


def _routes(marked: MarkedText, sentence: range) -> list[Route]:
    """Return the routes of a sentence between towns of two sides, in order."""
    names = marked.marks("side_name", sentence.start, sentence.stop)
    found: list[Route] = []
    for place, first in enumerate(names[:-1]):
        second = names[place + 1]
        if first.value == second.value or (found and first.start < found[-1].end):
            continue
        start = _start_of(marked, first, second, sentence)
        if start is not None:
            found.append(Route(second, start, second.end))
    return found


def _start_of(marked: MarkedText, first: Mark, second: Mark, sentence: range) -> int | None:
    """Return where a route between two names begins, null where they name none."""
    between = marked.words[first.end : second.start]
    if not between or len(between) > _ROUTE_WORDS:
        return None
    is_from = first.start > sentence.start and marked.at("from_place", first.start - 1) is not None
    if len(between) == 1 and between[0] in _HYPHENS:
        is_flight = marked.at("carrier", second.end) is not None
        return first.start if is_flight else None
    is_to = any(
        one.end == second.start for one in marked.marks("to_place", second.start - 2, second.start)
    )
    if is_from:
        return first.start - 1 if is_to else None
    near = max(sentence.start, first.start - _LEFT_WITHIN)
    left = marked.marks("leave", near, first.start)
    if left and between[-1] in _FOR:
        return left[-1].start
    # "the Sanaa to Aden flight"
    return first.start if is_to and len(between) == 1 else None
