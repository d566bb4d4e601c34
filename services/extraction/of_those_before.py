"""Whose people a number counts by what it is of: those before, in brackets or as "five of these"; both sides'."""

from services.extraction.joined_sides import joined_sides
from services.extraction.marking import Mark
from services.extraction.told import SideReading, Told


_OF_THESE = (["of", "these"], ["of", "those"], ["of", "them"])
#: How many words may stand between those who are counted and a bracket.
_BEFORE_WORDS = 6
#: How far behind captives of one side those of the other may begin.
_OTHER_WORDS = 4


def of_those_before(told: Told, before: str | None) -> SideReading | None:
    """Return the side of the figure before where a number is told to be of its people."""
    is_open = before in told.marked.ledger.side_codes and told.group.side is None
    if before is None or not is_open or told.marked.language_code != "en":
        return None
    return SideReading((before,), None) if _is_in_brackets(told) or _are_of_these(told) else None


def _are_of_these(told: Told) -> bool:
    """Return whether some of those before are counted first: "Five of these people had been held"."""
    marked, end = told.marked, told.said.number.end
    is_first = told.said.start - told.sentence.start <= 1
    return is_first and marked.words[end : end + 2] in _OF_THESE


def _is_in_brackets(told: Told) -> bool:
    """Return whether a number stands in brackets behind people who are counted: "21 men (15 privates and 6 officers)"."""
    marked, start = told.marked, told.said.start
    within = range(told.sentence.start, start)
    opened = next((at for at in reversed(within) if marked.words[at] in "()"), None)
    if opened is None or marked.words[opened] != "(":
        return False
    return any(
        told.sentence.start <= one.start and opened - _BEFORE_WORDS <= one.end <= opened
        for one in marked.numbers
        if any(marked.has(kind, one.end, opened) for kind in ("people", "side_people"))
    )


def of_one_and_the_other(told: Told) -> Mark | None:
    """Return the words for captives of two sides: "90 prisoners of the Bordurians and of the Ruritanian government"."""
    marked, end = told.marked, told.group.end
    near = range(end, min(end + _OTHER_WORDS, told.sentence.stop))
    joint = next((at for at in near if marked.words[at : at + 2] == ["and", "of"]), None)
    if joint is None or marked.language_code != "en" or "," in marked.words[end:joint]:
        return None
    return joined_sides(marked, range(told.said.number.end, min(joint + 6, told.sentence.stop)))
