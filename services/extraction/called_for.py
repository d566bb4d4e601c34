"""Whether a number is of people whose release is demanded, and not of those whom a deal calls for."""

from services.extraction.marking import Mark, MarkedText
from services.extraction.told import Told


_WANT = frozenset(("want", "wants"))
_FOR = (["called", "for"], ["call", "for"], ["calling", "for"])
_NONE = frozenset(("no", "not", "nobody", "none", "never", "refuse", "refuses", "refused"))
_UNTIL_WORDS = 9
_DEALS = frozenset(("deal", "agreement", "accord", "arrangement"))
_UNDER = frozenset(("under", "in", "after", "with", "of", "by", "for", "before"))
#: How far before "called for" the deal may stand that does so.
_DEAL_WORDS = 9


def is_called_for(told: Told) -> bool:
    """Return whether a number is demanded: "called on them to free 40"; what is noted beside is told."""
    marked, clause = told.marked, told.clause
    if _is_waited_for(told):
        return True
    calls = [
        one
        for one in marked.marks("call", clause.start, clause.stop)
        # "they hold 59 and want others freed"
        if one.start < told.said.start
        or (
            marked.words[one.start] not in _WANT
            # "got 30 back out of 40 it had asked for"
            and not any(marked.has(kind, clause.start, one.start) for kind in ("get", "backwards"))
            # "a swap of over 200, officials said, prompting him to urge"
            and not marked.has("say", told.group.end, one.start)
        )
    ]
    calls = [
        one
        for one in calls
        # as in: if they are completed, the exchanges would return 142
        if marked.words[one.start] != "if" or "," not in marked.words[one.start : told.said.start]
    ]
    if (
        calls
        and marked.words[calls[0].start] == "must"
        and marked.has("agreement", told.sentence.start, told.sentence.stop)
    ):
        return False  # "under the deal they must free 40"
    if calls and all(is_of_a_deal(marked, one) for one in calls):
        return False
    return bool(calls) and not marked.has("say", calls[-1].end, told.said.start)


def _is_waited_for(told: Told) -> bool:
    """Return whether nobody is freed until so many are: "will free nobody until the rebels release 40"."""
    marked, first = told.marked, told.sentence.start
    until = next((at for at in range(first, told.said.start) if marked.words[at] == "until"), first)
    is_in_clause = told.said.start - until <= _UNTIL_WORDS
    return is_in_clause and bool(_NONE & set(marked.words[first:until]))


def is_of_a_deal(marked: MarkedText, call: Mark) -> bool:
    """Return whether what calls for a release is a deal: "The accord, he said, called for the release of 90"."""
    if marked.words[call.start : call.start + 2] not in _FOR or marked.language_code != "en":
        return False
    first = max(marked.sentence_at(call.start).start, call.start - _DEAL_WORDS)
    deal = next((at for at in range(first, call.start) if marked.words[at] in _DEALS), None)
    if deal is None or marked.has("side_name", deal, call.start):
        return False
    return not _UNDER & set(marked.words[max(first, deal - 2) : deal])
