"""People of whom it is only told that somebody took them, or what befell them."""

from services.extraction.told import Told


_TAKEN_WORDS, _VERB_WORDS, _ARRESTED_WORDS = 5, 7, 10
_CARRIED_OFF = ["carried", "off"]
_KNOWN = frozenset(("the", "of", "all", "remaining", "other", "who"))
#: How far the number may be that another one is joined to.
_JOINED, _JOINED_AHEAD = 4, 7


def is_captured(told: Told) -> bool:
    """Return whether it is only told of people that they were captured: "the 15 men were captured in May"."""
    marked, clause = told.marked, told.clause
    before = marked.words[max(0, told.said.start - 2) : told.said.start]
    is_known = before[-1:] == ["the"] and before[0] != "of"
    is_past = told.group.end < clause.stop and marked.words[told.group.end] in ("were", "was")
    return (
        is_known
        and is_past
        and not any(
            marked.has(kind, clause.start, clause.stop)
            for kind in ("give", "get", "free", "freed", "back", "swap", "exchange", "part")
        )
    )


def is_of_what_befell(told: Told) -> bool:
    """Return whether it is only told of people what befell them, or what they said: "since 30 girls were taken"."""
    marked, end, clause = told.marked, told.group.end, told.clause
    if told.group.start >= end or marked.language_code != "en":
        return False
    if (
        marked.at("say", end)
        and told.group.side is None
        and not marked.has("free", clause.start, end)
    ):
        return True  # "in which the five officers said that they were safe"
    is_since = marked.has("since", max(clause.start, told.said.start - 2), told.said.start)
    return is_since and any(
        marked.is_small("were", at) and marked.has(kind, at, at + 2)
        for at in range(told.group.start, end + 1)
        for kind in ("seize", "befell")
    )


def were_only_taken(told: Told) -> bool:
    """Return whether it is only told of people that somebody took them: "200 people who have been detained"."""
    marked, end, sentence = told.marked, told.group.end, told.sentence
    if _gave_up(told) or _were_arrested(told) or _were_in_crimes(told) or _whom_somebody_took(told):
        return True
    if marked.language_code != "en" or marked.words[end : end + 1] != ["who"]:
        return False
    near = range(end + 1, min(end + _TAKEN_WORDS, sentence.stop))
    is_taken = any(
        marked.is_small("were", at) and marked.has(kind, at, at + 3)
        for at in near
        for kind in ("seize", "befell")
    )
    acts = ("give", "get", "free", "freed", "back", "swap", "exchange", "plan", "held", "each")
    start = told.said.start
    if any(
        one.end == start and marked.words[one.start] != "among"
        for one in marked.marks("part", start - 3, start)
    ):
        return False  # "over 60 captives, including 13 who were detained in May"
    return (
        is_taken
        and not any(marked.has(kind, sentence.start, told.said.start) for kind in acts)
        and not any(marked.has(kind, end, sentence.stop) for kind in acts)
    )


def _gave_up(told: Told) -> bool:
    """Return whether it is only told of people that they gave themselves up: "hundreds of men gave themselves up"."""
    marked, end, clause = told.marked, told.group.end, told.clause
    near = range(end, min(end + _VERB_WORDS, clause.stop))
    up = next((at for at in near if marked.words[at : at + 2] == ["themselves", "up"]), None)
    kinds = ("get", "free", "freed", "back", "swap", "exchange")
    return up is not None and not any(marked.has(kind, clause.start, up) for kind in kinds)


def _were_arrested(told: Told) -> bool:
    """Return whether it is all that is told of people that somebody arrested them: "on that day 20 men were arrested"."""
    marked, end, start = told.marked, told.group.end, told.said.start
    is_new = start > 0 and marked.words[start - 1] not in _KNOWN
    if marked.language_code != "en" or not is_new or end == told.group.start:
        return False
    stop = min(end + _ARRESTED_WORDS, told.sentence.stop - 2, next_number(told))
    kinds = ("give", "get", "free", "swap", "exchange", "part", "held")
    return not any(marked.has(kind, end, told.sentence.stop) for kind in kinds) and any(
        marked.words[at] in ("were", "been")
        and "who" not in marked.words[end:at]
        and (marked.words[at + 1] == "arrested" or marked.words[at + 1 : at + 3] == _CARRIED_OFF)
        for at in range(end, stop)
    )


def _were_in_crimes(told: Told) -> bool:
    """Return whether it is only told of people what they did: "the 36 prisoners were involved in robberies"."""
    marked, end, start = told.marked, told.group.end, told.said.start
    involved = next(iter(marked.marks("were_involved", end, end + 2)), None)
    is_known = marked.words[max(0, start - 1)] == "the" and marked.language_code == "en"
    return (
        involved is not None
        and is_known
        and marked.words[involved.end : involved.end + 1] == ["in"]
        and not marked.has("exchange", involved.end, told.sentence.stop)
    )


def _whom_somebody_took(told: Told) -> bool:
    """Return whether some are told to be of those whom somebody took: "were among the 310 whom the rebels took"."""
    marked, end, start = told.marked, told.group.end, told.said.start
    if marked.language_code != "en" or marked.words[end : end + 1] not in (["whom"], ["that"]):
        return False
    near = range(end + 1, min(end + _TAKEN_WORDS + 2, told.sentence.stop))
    is_taken = any(marked.words[at] == "took" or marked.at("seize", at) for at in near)
    first = max(told.sentence.start, start - 2)
    return is_taken and "among" in marked.words[first:start]


def is_seized_with(told: Told) -> bool:
    """Return whether a number is of those who were seized with somebody: "was kidnapped along with 16 officers"."""
    marked, sentence = told.marked, told.sentence
    return any(
        # "40 were captured at sea and three on the coast", or "and nine are wounded"
        marked.words[joint.start : joint.end] != ["and"]
        or not any(sentence.start <= n.start < one.start for n in marked.numbers)
        for one in marked.marks("seize", sentence.start, told.said.start)
        for joint in marked.marks("and", one.end, told.said.start)
    )


def next_number(told: Told) -> int:
    """Return where others begin who are counted beside those of a number: of "12 prisoners and 11 bodies" the "and"."""
    marked, end = told.marked, told.group.end
    following = next((one for one in marked.numbers if one.start >= end), None)
    if following is None or following.start - end > _JOINED_AHEAD:
        return len(marked.words)
    joints = [at for at in range(end, following.start) if _joins(told, at)]
    return joints[-1] if joints else len(marked.words)


def _joins(told: Told, place: int) -> bool:
    return told.marked.words[place] == "," or told.marked.at("and", place) is not None
