"""Running totals by the figures told before: "So far 40 were freed. In return, 20 were", "In total, 6,400 have been"."""

from collections.abc import Sequence

from services.extraction.counted_since import RunningTotal
from services.extraction.marking import Mark
from services.extraction.proposals import Proposal
from services.extraction.told import Told


#: What begins a sentence that sums up all exchanges, how near its number is, and how many times those of the last one.
_IN_ALL = (["in", "total"], ["in", "all"], ["overall"], ["altogether"])
_HAVE_COME = (["have", "been"], ["have", "come"], ["have", "returned"], ["have", "got"])
_IN_ALL_WORDS, _FAR_ABOVE = 5, 5
_THOUSANDS = 1000


def goes_on_with_total(told: Told, found: Sequence[Proposal]) -> RunningTotal | None:
    """Return since when a number counts that is for a running total: "So far 40 were freed. In return, 20 were"."""
    marked, last = told.marked, found[-1] if found else None
    if last is None or last.measure != "cumulative_returned":
        return None
    if last.at in told.sentence and _is_set_against(told):
        return RunningTotal(last.since)
    tokens = marked.tokens
    is_next = tokens[told.said.start].sentence - tokens[last.at].sentence == 1
    turn = (
        marked.at("in_turn", told.sentence.start) or _part_of_a_side(told) or _side_that_has(told)
    )
    if turn is None or not is_next or marked.at("versus", turn.end):
        return None
    has_day = any(
        marked.has(kind, told.sentence.start, told.sentence.stop) for kind in ("today", "yesterday")
    )
    return None if has_day else RunningTotal(last.since)


def _part_of_a_side(told: Told) -> Mark | None:
    """Return the words by which a side is told to have done its part: "The Ruritanians for their part have freed 90"."""
    marked, first = told.marked, told.sentence.start
    at = first + (marked.words[first] == "the")
    sides = (marked.at(kind, at) for kind in ("side_name", "side_people", "side_owner"))
    side = next(filter(None, sides), None)
    turn = (
        None if side is None else marked.at("in_turn", side.end + (marked.words[side.end] == ","))
    )
    has = turn is not None and {"has", "have"} & set(marked.words[turn.end : told.said.start])
    return turn if has else None


def _side_that_has(told: Told) -> Mark | None:
    """Return the side that a sentence begins with, and tells what it has done: "Ruritania has given 90 people to"."""
    marked, first = told.marked, told.sentence.start
    side = marked.at("side_name", first + (marked.words[first] == "the"))
    if side is None or marked.words[side.end : side.end + 1] not in (["has"], ["have"]):
        return None
    acts = [one for kind in ("give", "free") for one in marked.marks(kind, side.end, side.end + 3)]
    return side if any(one.end == told.said.start for one in acts) else None


def _is_set_against(told: Told) -> bool:
    """Return whether it is told what the other side has done: "they have freed 90 so far, while Klow has freed 80"."""
    marked, start, first = told.marked, told.clause.start, told.sentence.start
    words = set(marked.words[start : told.said.start])
    # "In exchange for 900 freed so far, they have let 80 go"
    turn = marked.at("in_turn", first)
    comma = next((at for at in range(first, told.said.start) if marked.words[at] == ","), first)
    if turn is not None and marked.at("versus", turn.end) is not None:
        return bool({"has", "have"} & set(marked.words[comma : told.said.start]))
    return marked.at("break", start) is not None and bool({"has", "have", "had"} & words)


def total_in_all(told: Told, found: Sequence[Proposal]) -> RunningTotal | None:
    """Return that a number is of all exchanges where it is far above the one told of: "In total, 6,400 have been"."""
    marked, start = told.marked, told.sentence.start
    is_begun = any(marked.words[start : start + len(words)] == words for words in _IN_ALL)
    is_sum = marked.words[start : start + 3] == ["a", "total", "of"]
    is_begun = is_begun or (is_sum and told.said.number.value >= _THOUSANDS)
    has_been = any(
        marked.words[at : at + 2] in _HAVE_COME or marked.words[at] == "returned"
        for at in range(told.said.end, told.sentence.stop)
    )
    returned = [one.value for one in found if one.measure == "returned" and one.value]
    is_above = bool(returned) and told.said.number.value > _FAR_ABOVE * max(returned)
    # "1,200 were freed in 2030. A total of 1,760 people have been"
    is_above = is_above or bool(found and found[-1].measure == "cumulative_returned")
    is_plain = told.said.start <= start + _IN_ALL_WORDS
    is_in_all = is_begun and has_been and is_plain
    return RunningTotal(None) if is_above and (is_in_all or _have_come(told)) else None


def _have_come(told: Told) -> bool:
    """Return whether thousands are told to have come home by now, on no day: "4,000 people have come back"."""
    marked, end, value = told.marked, told.group.end, told.said.number.value
    is_now = marked.words[end : end + 2] in _HAVE_COME and value >= _THOUSANDS
    kinds = ("today", "yesterday", "this_week", "exchange")
    return is_now and not any(
        marked.has(kind, told.sentence.start, told.sentence.stop) for kind in kinds
    )
