"""Sides that are told to have held people: by their captivity, by what they held, by who was freed from them."""

from services.extraction.acts import agents_in
from services.extraction.groups import has_taken
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number
from services.extraction.told import Told


_WHERE = frozenset(("in", "into", "to"))
_WITHIN = frozenset(("in", "в", "у", "во"))
_CONTROLLED = frozenset(("controlled", "held", "run"))
#: Behind a side's name these are nobody's captivity: "to Ruritania, detained in May", "the rebel prisoner release",
#: "in Ruritania from captivity".
_NO_CAPTIVITY = frozenset((",", "prisoner", "from", "з", "із", "зі", "из"))
#: What a clause begins behind.
_BEFORE_CLAUSE = frozenset((",", ":", ";", "that", "що", "что"))
#: How far behind "held" an exchange may stand that was.
_EXCHANGE_WORDS = 4


def is_of_another(told: Told, captor: Mark) -> bool:
    """Return whether another number stands between a number and words for a captor."""
    low, high = sorted((told.said.number.end, captor.start))
    if captor.start < told.said.start:
        low, high = captor.end, told.said.start
        if _goes_with_the_one_before(told, captor):
            return True
    return any(
        low <= one.start < high
        and one.kind == "cardinal"
        and not _is_year(one)
        and not _comes_as_well(told, one)
        for one in told.marked.numbers
    )


def _comes_as_well(told: Told, other: Number) -> bool:
    """Return whether a clause begins with so many and others: "40 soldiers and 12 farmers came home from captivity"."""
    marked, start = told.marked, told.said.start
    is_first = start == told.sentence.start or marked.words[start - 1] in _BEFORE_CLAUSE
    joined = marked.at("and", told.group.end)
    return is_first and joined is not None and joined.end == other.start


def _goes_with_the_one_before(told: Told, captor: Mark) -> bool:
    """Return whether a captor is of the number before: the first of "40 held by Borduria and 12 others"."""
    marked, joint = told.marked, told.marked.words[captor.end : told.said.start]
    held = marked.marks("territory", max(told.clause.start, captor.start - 4), captor.start)
    return joint in (["and"], [",", "and"]) and any(
        one.kind == "cardinal" and not _is_year(one)
        for one in marked.numbers
        if held and told.clause.start <= one.start < held[0].start
    )


def _is_year(number: Number) -> bool:
    return number.is_in_digits and 1900 <= number.value < 2100  # noqa: PLR2004


def captors_by_place(told: Told, span: range) -> list[Mark]:
    """Return sides named as captors: "Ruritanian captivity", "controlled by Ruritania", "from Ruritania"."""
    marked = told.marked
    found: list[Mark] = []
    for kind in ("side_name", "side_owner"):
        for mark in marked.marks(kind, span.start, span.stop):
            following = range(mark.end, min(mark.end + 2, span.stop))
            if "".join(marked.words[mark.end : mark.end + 1]) in _NO_CAPTIVITY:
                following = range(0)
            before = range(max(span.start, mark.start - 4), mark.start)
            holds = not _is_destination(marked, mark) and any(
                marked.at("captivity", at) or marked.at("territory", at)
                for at in following
                # "Ruritania held another exchange"
                if not (marked.words[at] == "held" and _is_of_exchange(marked, at + 1))
            )
            is_held_by = marked.has("territory", before.start, before.stop)
            is_from = (
                kind == "side_name"
                and mark.start > span.start
                and marked.at("from_place", mark.start - 1) is not None
                and marked.language_code == "en"
            )
            holds = holds or (kind == "side_name" and _lets_go(told, mark))
            holds = holds or has_taken(marked, mark) or _is_where_held(marked, mark)
            holds = holds or _is_whose_captivity(marked, mark)
            if is_from and _is_let_go_by_another(told, mark, span):
                continue  # "released 60 prisoners from the rebel group"
            is_after = mark.start >= told.said.number.end or told.said.start >= mark.end
            if (holds or is_held_by or is_from) and is_after:
                found.append(mark)
    found += [
        people
        for people in marked.marks("side_people", span.start, span.stop)
        if _is_whose_captivity(marked, people)
    ]
    return found or _captors_as_people(told, span)


def _is_of_exchange(marked: MarkedText, place: int) -> bool:
    """Return whether an exchange is named right behind a place, whatever is said of it before: "another exchange"."""
    return marked.has("exchange", place, place + _EXCHANGE_WORDS)


def _is_whose_captivity(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is named right behind captivity, in Ukrainian and Russian: "з полону бордурських військ"."""
    if marked.language_code == "en":
        return False
    before = marked.marks("captivity", max(0, side.start - 2), side.start)
    # "З бордурського полону Сілдавія визволила 40": who freed them
    is_doer = any(marked.at(kind, side.end) for kind in ("free", "get", "give"))
    return any(one.end == side.start for one in before) and not is_doer


def _captors_as_people(told: Told, span: range) -> list[Mark]:
    """Return a side whose people are said to have taken those counted: "20 who were captured by the Ruritanians"."""
    marked = told.marked
    return [
        people
        for taken in marked.marks("territory", max(span.start, told.group.end), span.stop)
        if marked.words[taken.end - 1] == "by"
        and marked.words[taken.end : taken.end + 1] == ["the"]
        if (people := marked.at("side_people", taken.end + 1)) is not None
    ]


def _is_where_held(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is where people were in captivity: "had been in jail in Ruritania", "з неволі в Бордурії"."""
    if marked.words[max(0, side.start - 1)] not in _WITHIN:
        return False
    near = marked.marks("captivity", max(0, side.start - 3), side.start - 1)
    return any(one.end == side.start - 1 for one in near)


def _is_destination(marked: MarkedText, side: Mark) -> bool:
    """Return whether words for what a side holds say where people are now: "in government-controlled areas"."""
    if marked.language_code != "en" or marked.words[max(0, side.start - 1)] not in _WHERE:
        return False
    return bool(_CONTROLLED & set(marked.words[side.end : side.end + 2]))


def _lets_go(told: Told, side: Mark) -> bool:
    """Return whether people are called released by a side: "60 released prisoners by the rebels"."""
    marked, start = told.marked, told.said.start
    by = side.start - (2 if marked.words[max(0, side.start - 1)] == "the" else 1)
    if by < told.group.end or by > told.group.end + 1 or marked.at("by", by) is None:
        return False
    return any(marked.has(kind, start, told.group.start) for kind in ("free", "give"))


def _is_let_go_by_another(told: Told, captor: Mark, span: range) -> bool:
    """Return whether those who let people go are others than whom they are from."""
    marked = told.marked
    acts = [
        one for kind in ("free", "give") for one in marked.marks(kind, span.start, told.said.start)
    ]
    if not acts or captor.start < told.said.start:
        return False
    agents = agents_in(marked, range(span.start, acts[-1].start))
    return bool(agents) and agents[-1].value != captor.value
