"""Totals up to an exchange that is told of, and what some days brought to them."""

from services.extraction.spans import within_days
from services.extraction.told import Told
from services.extraction.totals_told import sums_up_to_another


_BEFORE = frozenset(("before", "until", "prior"))
#: How far behind "before" the exchange that it names may stand, and its comma.
_NAMED_WITHIN = 8
#: What stands before one exchange: "an exchange over three days".
_ONE = frozenset(("a", "an", "the", "this"))
_ACTS = ("free", "get", "back", "give", "swap")


def was_before_another(told: Told) -> bool:
    """Return whether so many came back before an exchange told of: "Prior to that release it had freed 810"."""
    marked, first, start = told.marked, told.sentence.start, told.said.start
    if marked.language_code != "en":
        return False
    if marked.words[first] not in _BEFORE or "had" not in marked.words[first:start]:
        return _had_been(told)
    near = range(first, min(first + _NAMED_WITHIN, start))
    stop = next((at for at in near if marked.words[at] == ","), first)
    is_named = any(marked.has(kind, first, stop) for kind in ("release", "exchange"))
    return is_named and any(marked.has(kind, stop, told.sentence.stop) for kind in _ACTS)


def _had_been(told: Told) -> bool:
    """Return whether so many had been freed some time before: "another 810 had been released before"."""
    marked, end = told.marked, told.group.end
    words = marked.words[end : told.sentence.stop]
    is_freed = any(marked.at(kind, end + 2) is not None for kind in _ACTS)
    last = next((word for word in reversed(words) if word[0].isalnum()), "")
    return words[:2] == ["had", "been"] and is_freed and last == "before"


def is_by_days(told: Told) -> bool:
    """Return whether a clause counts what some days brought, if those add to no total: "90 in two days, 810 in all"."""
    marked, clause = told.marked, told.clause
    is_added = any(
        sums_up_to_another(told, one)
        for one in marked.marks("so_far", told.said.end, told.sentence.stop)
    )
    # "an exchange over three days that involves 900" is one
    is_one = marked.language_code == "en" and any(
        marked.words[one.start - 1] in _ONE
        and marked.words[one.end : one.end + 1] == ["over"]
        and marked.words[one.end + 1 : one.end + 2] != ["the"]
        for one in marked.marks("exchange", clause.start + 1, clause.stop)
    )
    return within_days(told) and not is_added and not is_one
