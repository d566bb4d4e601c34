"""Numbers of the other side in Ukrainian and Russian that leave their people and their verb to the number before.

"До Сілдавії повернулися 45 військових, до Бордурії – 60", "Бордурия отпустила 60 сильдавцев, Сильдавия – 55".
"""

from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import other_side


_DASHES = frozenset("-–—")
_ENDS = frozenset((".", ",", ";", "!", ")", '"', "»"))
_ACTS = ("get", "back", "free", "give")
_COUNTED_WORDS = 4
_PEOPLE = ("people", "side_people", "people_known")


def of_side_beside(
    marked: MarkedText, said: BoundedNumber, sentence: range, people_end: int | None = None
) -> Group | None:
    """Return the people of a side that did with so many what another one did with those before it."""
    if marked.language_code == "en" or said.number.value < 2:  # noqa: PLR2004
        return None
    end = said.start - (marked.words[said.start - 1] in _DASHES)
    side = _side_ending_at(marked, end, sentence)
    after = people_end or said.number.end
    is_end = after >= sentence.stop or marked.words[after] in _ENDS
    if side is None or not is_end or end == said.start or not _is_joined(marked, side, sentence):
        return None
    goal = _goal_before(marked, side, sentence)
    is_from = marked.at("from_place", side.start - 1) is not None
    before = range(sentence.start, side.start)
    act = next(
        (one for kind in _ACTS for one in marked.marks(kind, before.start, before.stop)), None
    )
    is_counted = any(
        one.start in before
        and any(marked.has(kind, one.end, one.end + _COUNTED_WORDS) for kind in _PEOPLE)
        for one in marked.numbers
    )
    if act is None or not is_counted:
        return None
    value: str | None = side.value
    if is_from or (goal is None and act.kind in ("give", "free")):
        value = other_side(marked.ledger, side.value)
    if value is None:
        return None
    return Group("unspecified", value, side, None, after, after)


def _side_ending_at(marked: MarkedText, end: int, sentence: range) -> Mark | None:
    """Return the side named right before a place: "Бордурія", "до Бордурії", "з бордурського"."""
    first = max(sentence.start, end - 3)
    named = [one for one in marked.marks("side_name", first, end) if one.end == end]
    named += [
        one
        for one in marked.marks("side_owner", first + 1, end)
        if one.end == end
        and any(marked.at(kind, one.start - 1) for kind in ("to_place", "from_place"))
    ]
    return next(iter(named), None)


def _goal_before(marked: MarkedText, side: Mark, sentence: range) -> Mark | None:
    return marked.at("to_place", side.start - 1) if side.start > sentence.start else None


def _is_joined(marked: MarkedText, side: Mark, sentence: range) -> bool:
    """Return whether a comma or "and" stands before a side, and before the word for where to."""
    is_led = _goal_before(marked, side, sentence) or marked.at("from_place", side.start - 1)
    place = side.start - 1 - (is_led is not None)
    return place > sentence.start and (
        marked.words[place] in (",", ";")
        or marked.at("and", place) is not None
        or marked.words[place] in ("а", "та", "и", "й")
    )
