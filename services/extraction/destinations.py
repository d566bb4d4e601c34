"""Where people are said to come to: "returned to Ruritania"."""

from services.extraction.joined_sides import side_at
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import Told


_ACTS = ("give", "get", "free", "back")
_NEAR_VERB = 5
_SOIL = frozenset(("soil", "territory"))


def goal_of(told: Told, span: range) -> Mark | None:
    """Return the side that people are said to come to: "returned to Ruritania"."""
    marked = told.marked
    if (home := _on_whose_soil(told, span)) is not None:
        return home
    after = marked.at("to_place", told.said.end)
    if after is not None and (given := side_at(marked, after.end)):
        return given  # "and 44 to Ruritania"
    for mark in marked.marks("side_name", span.start, told.said.start):
        # a verb with its goal before the number: "returned to Ruritania all six of them"
        acts = (one for kind in _ACTS for one in marked.marks(kind, span.start, mark.start))
        is_goal = marked.at("to_place", mark.start - 1) and (
            any(one.end == mark.start - 1 for one in acts)
            # "To Ruritania went back 70 men"
            or (mark.start - 1 == span.start and marked.at("back", mark.end) is not None)
        )
        if is_goal and not _is_goal_of_others(told, range(span.start, mark.start)):
            return mark
    if (given := _given_to(told)) is not None:
        return given
    for mark in marked.marks("side_name", max(span.start, told.said.number.end), span.stop):
        if mark.start > span.start and _follows(marked, "to_place", mark):
            between = range(told.said.number.end, mark.start)
            if marked.has("carrier", span.start, told.said.start):
                between = range(span.start, mark.start)  # "a plane has transported 120 to" a side
            is_of_others = any(
                one.kind == "cardinal" and marked.has("people", one.end, one.end + 2)
                for one in marked.numbers
                if told.group.end <= one.start < mark.start
            )
            # 45 of "it got 45 back, and three pilots returned to Ruritania" did not
            is_told = any(marked.has(kind, span.start, told.said.start) for kind in _ACTS)
            comes = any(marked.has(kind, between.start, between.stop) for kind in _ACTS)
            comes = comes or _is_moved(told, mark)
            if comes and not (is_told and is_of_others):
                return mark
    return None


def _on_whose_soil(told: Told, span: range) -> Mark | None:
    """Return the side on whose soil people are said to be by now: "have crossed, and are on the soil of Ruritania"."""
    marked = told.marked
    soils = (at for at in range(told.said.end, span.stop - 2) if marked.words[at] in _SOIL)
    named = (side_at(marked, at + 2) for at in soils if marked.words[at + 1] == "of")
    return next(filter(None, named), None)


def _is_goal_of_others(told: Told, before: range) -> bool:
    """Return whether others came there, and a goal follows: "50 returned to Klow, and 40 returned to Szohod"."""
    marked, end = told.marked, told.group.end
    is_of_others = any(
        one.start in before and marked.has("people", one.end, one.end + 2) for one in marked.numbers
    )
    acts = [one for kind in _ACTS for one in marked.marks(kind, end, end + 3)]
    return is_of_others and any(
        marked.at("to_place", one.end) and side_at(marked, one.end + 1) for one in acts
    )


def _given_to(told: Told) -> Mark | None:
    """Return the side that people are returned to by whoever had them: "Borduria returned 60 soldiers to Klow"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    goal = marked.at("to_place", end) if end > start else None
    if goal is None or marked.words[goal.start] != "to":
        return None
    acts = (one for kind in _ACTS for one in marked.marks(kind, start - 3, start))
    return side_at(marked, goal.end) if any(one.end == start for one in acts) else None


def _is_moved(told: Told, goal: Mark) -> bool:
    """Return whether it is told right before a number that people were moved: "the transfer of ten captives to"."""
    marked, start = told.marked, told.said.start
    moved = marked.marks("back", max(told.sentence.start, start - 3), start)
    is_of = any(one.end == start and marked.words[start - 1] == "of" for one in moved)
    return is_of and goal.start - told.group.end <= _NEAR_VERB


def _follows(marked: MarkedText, kind: str, mark: Mark) -> bool:
    """Return whether words of a kind end where a mark begins: "bound for" Ruritania, "to the" rebels."""
    start = mark.start - (marked.words[max(0, mark.start - 1)] == "the")
    return any(one.end == start for one in marked.marks(kind, max(0, start - 2), start))
